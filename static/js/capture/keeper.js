// Photos that the server does not have yet, kept on the device through reloads and closed pages.
// They lie there encrypted by a key that only this visit's page gets, so that nobody who is not
// signed in as the patient can look at them.

const DATABASE = "cleargrade-stills";
const STORE = "stills";
const LONGEST_MS = 14 * 24 * 3600 * 1000; // after that nobody comes back for them
const CIPHER = "AES-GCM";

export class Keeper {
  #last; // the work that the next has to wait for

  // `key`: base64 of 32 bytes.
  constructor({ visit, key }) {
    this.visit = visit;
    this.#last = opened(key);
    this.#last.catch(() => {}); // told to whoever wants something kept
  }

  // Resolves once the photo is safe. A later photo of the same view takes the place of an earlier.
  keep(view, blob, { isChosen }) {
    return this.#next(async ({ database, key }) => {
      const iv = crypto.getRandomValues(new Uint8Array(12));
      const data = await crypto.subtle.encrypt({ name: CIPHER, iv }, key, await blob.arrayBuffer());
      const { visit } = this;
      const since = Date.now();
      const record = { id: this.#id(view), visit, view, isChosen, since, type: blob.type, iv, data };
      await done(storeOf(database, "readwrite").put(record));
    });
  }

  drop(view) {
    return this.#next(({ database }) => done(storeOf(database, "readwrite").delete(this.#id(view))));
  }

  // This visit's photos: { view, blob, isChosen }. What nobody came back for is thrown away.
  all() {
    return this.#next(async ({ database, key }) => {
      const records = await done(storeOf(database, "readonly").getAll());
      const old = records.filter(({ since }) => Date.now() - since > LONGEST_MS);
      for (const { id } of old) await done(storeOf(database, "readwrite").delete(id));
      const ours = records.filter((one) => one.visit === this.visit && !old.includes(one));
      return Promise.all(ours.map((record) => decrypted(record, key)));
    });
  }

  #id(view) {
    return `${this.visit}/${view}`;
  }

  // One after the other, in the order asked for; what fails does not stop what follows.
  #next(work) {
    const before = this.#last;
    const result = before.then(work);
    this.#last = result.then(
      () => before,
      () => before,
    );
    return result;
  }
}

async function opened(key) {
  const request = indexedDB.open(DATABASE, 1);
  request.onupgradeneeded = () => request.result.createObjectStore(STORE, { keyPath: "id" });
  const bytes = Uint8Array.from(atob(key), (character) => character.charCodeAt(0));
  const usages = ["encrypt", "decrypt"];
  return {
    database: await done(request),
    key: await crypto.subtle.importKey("raw", bytes, CIPHER, false, usages),
  };
}

async function decrypted({ view, isChosen, type, iv, data }, key) {
  const bytes = await crypto.subtle.decrypt({ name: CIPHER, iv }, key, data);
  return { view, isChosen, blob: new Blob([bytes], { type }) };
}

function storeOf(database, mode) {
  return database.transaction(STORE, mode).objectStore(STORE);
}

function done(request) {
  return new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
  });
}
