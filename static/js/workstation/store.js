// The findings as the doctor holds them. Every step is shown at once, kept in the browser until the
// server has it, and sent in its order; the server's answer then is what counts.

const RETRY = 3000; // ms

export class Store {
  constructor({ state, urls, photos, review }, { csrf, say, told }) {
    this.urls = urls;
    this.csrf = csrf;
    this.say = say;
    this.told = told;
    this.limits = Object.fromEntries(photos.map((photo) => [photo.view, photo.thresholds]));
    this.place = `cleargrade:steps:${review}`;
    this.outbox = JSON.parse(localStorage.getItem(this.place) ?? "[]");
    this.listeners = [];
    this.lost = false;
    this.sending = null;
    this.#adopt(state);
    for (const entry of this.outbox) this.#show(entry);
    if (this.outbox.length) this.flush();
  }

  listen(listener) {
    this.listeners.push(listener);
    listener(this);
  }

  get pending() {
    return this.outbox.length > 0;
  }

  lesion(key) {
    return this.lesions.get(key);
  }

  // A step as the server knows it; gives back the key of the finding it is about.
  take(kind, change = {}) {
    const key = crypto.randomUUID();
    this.#put({ way: "record", step: { key, kind, ...change } });
    return change.target ?? key;
  }

  undo() {
    this.#put({ way: "undo" });
  }

  redo() {
    this.#put({ way: "redo" });
  }

  // How things would stand at another threshold: asked for, not stored.
  async preview(threshold) {
    this.threshold = threshold;
    this.#restand();
    this.#tell();
    this.asked?.abort();
    this.asked = new AbortController();
    try {
      const response = await fetch(`${this.urls.regrade}?threshold=${threshold}`, { signal: this.asked.signal });
      const answer = response.ok ? await response.json() : null;
      if (answer && !this.pending && this.threshold === threshold) {
        this.grades = answer.grades;
        this.panel = answer.panel;
        this.#tell();
      }
    } catch (error) {
      if (error.name !== "AbortError") this.say(this.told.unsaved, true);
    }
  }

  flush() {
    this.sending ??= this.#sendAll().finally(() => {
      this.sending = null;
    });
    return this.sending;
  }

  // --- What is shown ---

  #adopt(state) {
    this.lesions = new Map(state.lesions.map((one) => [one.key, one]));
    this.undoNumber = state.undo;
    this.redoNumber = state.redo;
    this.threshold = state.threshold;
    this.grades = state.grades;
    this.panel = state.panel;
  }

  #put(entry) {
    if (this.lost) return;
    this.outbox.push(entry);
    this.#keep();
    this.#show(entry);
    this.#tell();
    this.flush();
  }

  #show({ way, step }) {
    if (way !== "record") return;
    const one = this.lesions.get(step.target);
    const shown = {
      accept: () => this.#change(one, { verdict: "accepted" }),
      reject: () => this.#change(one, { verdict: "rejected" }),
      retype: () => this.#change(one, { verdict: "accepted", type: step.type }),
      reshape: () => this.#change(one, { verdict: "accepted", box: step.box, polygon: step.polygon }),
      add: () => this.#add(step),
      accept_all: () => this.#acceptAll(),
      threshold: () => { this.threshold = step.threshold; },
    };
    shown[step.kind]();
    this.#restand();
  }

  #change(one, changes) {
    if (one) this.lesions.set(one.key, { ...one, ...changes });
  }

  #add({ key, view, type, box, polygon }) {
    this.lesions.set(key, { key, view, type, box, polygon, region: "", score: null, verdict: "accepted", found: null, stands: true });
  }

  #acceptAll() {
    for (const one of [...this.lesions.values()]) if (one.stands && !one.verdict) this.#change(one, { verdict: "accepted" });
  }

  #restand() {
    for (const one of [...this.lesions.values()]) this.#change(one, { stands: this.#stands(one) });
  }

  // The same rule as the server's: what a doctor confirmed or made stands, whatever its score.
  #stands(one) {
    if (one.verdict || !one.found) return one.verdict !== "rejected";
    return one.score >= this.#limit(one);
  }

  #limit({ view, found }) {
    const limits = this.limits[view];
    const own = limits[found.type];
    const least = Math.min(...Object.values(limits));
    if (this.threshold === null) return own;
    return this.threshold >= least ? Math.max(own, this.threshold) : (own * this.threshold) / least;
  }

  #tell() {
    for (const listener of this.listeners) listener(this);
  }

  // --- What is sent ---

  #keep() {
    if (this.outbox.length) localStorage.setItem(this.place, JSON.stringify(this.outbox));
    else localStorage.removeItem(this.place);
  }

  async #sendAll() {
    while (this.outbox.length && !this.lost) {
      const answer = await this.#send(this.outbox[0]);
      if (!answer) {
        this.say(this.told.unsaved, true);
        await new Promise((resolve) => setTimeout(resolve, RETRY));
        continue;
      }
      if (!answer.body && answer.status >= 300) {
        this.lost = true; // the steps stay in the browser for the page after signing in again
        this.say(this.told.signedOut, true);
        break;
      }
      this.outbox.shift();
      this.#keep();
      this.#receive(answer);
    }
  }

  // Which step is undone is settled before it is sent, so that sending again undoes no other.
  async #send(entry) {
    if (entry.way !== "record" && entry.number === undefined) {
      entry.number = entry.way === "undo" ? this.undoNumber : this.redoNumber;
      this.#keep();
    }
    if (entry.way !== "record" && entry.number === null) return { status: 200, body: null };
    const { view: _ours, ...step } = entry.step ?? {};
    try {
      const response = await fetch(this.urls[entry.way], {
        method: "POST",
        headers: { "Content-Type": "application/json", "X-CSRFToken": this.csrf },
        body: JSON.stringify(entry.way === "record" ? step : { number: entry.number }),
        keepalive: true,
      });
      if (response.status >= 500 || response.status === 429) return null;
      const json = response.headers.get("Content-Type")?.includes("json");
      return json ? { status: response.status, body: await response.json() } : { status: 401, body: null };
    } catch {
      return null;
    }
  }

  #receive({ status, body }) {
    if (!body) return;
    if (body.lost) {
      this.lost = true;
      this.outbox = [];
      this.#keep();
    }
    if (body.lesions) {
      this.undoNumber = body.undo;
      this.redoNumber = body.redo;
      // Later steps are shown already and still on their way: their answer will hold them too.
      if (!this.outbox.some((entry) => entry.way === "record")) this.#adopt(body);
    }
    if (status >= 400) this.say(body.problem, true);
    else if (!this.pending) this.say(this.told.saved);
    this.#tell();
  }
}
