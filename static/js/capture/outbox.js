// Photos on their way, one after the other: each is kept on the device until the server has it,
// whatever the connection does.

import { Upload } from "../resumable.js";

const SETTLED = ["sent", "refused", "broken"];

// Tells its changes by `onChange(entry)`; an entry is { view, blob, state, share, message }, and its
// state waiting, sending, offline, sent, refused or broken.
export class Outbox {
  #entries = new Map();
  #isSending = false;

  constructor({ announce, token, keeper, onChange }) {
    Object.assign(this, { announce, token, keeper, onChange });
    window.addEventListener("beforeunload", (event) => {
      if (this.#isAtRisk) event.preventDefault();
    });
  }

  // A later photo of the same view takes the place of an earlier one.
  put(view, blob) {
    const entry = { view, blob, share: 0, message: "", isKept: false };
    this.#change(entry, "waiting");
    this.#keep(entry);
    this.#sendAll();
  }

  async #keep(entry) {
    try {
      await this.keeper.keep(entry.view, entry.blob, { isChosen: true });
      entry.isKept = true;
    } catch {
      // A private window keeps nothing: then the browser asks before the page is left.
    }
  }

  get #isAtRisk() {
    return [...this.#entries.values()].some(
      ({ state, isKept }) => !isKept && !SETTLED.includes(state),
    );
  }

  async #sendAll() {
    if (this.#isSending) return;
    this.#isSending = true;
    for (let entry = this.#waiting; entry; entry = this.#waiting) await this.#send(entry);
    this.#isSending = false;
  }

  get #waiting() {
    return [...this.#entries.values()].find(({ state }) => state === "waiting");
  }

  async #send(entry) {
    this.#change(entry, "sending");
    const events = {
      progress: (share) => this.#change(entry, "sending", { share }),
      lost: () => this.#change(entry, "offline"),
      again: () => this.#change(entry, "sending"),
    };
    const { announce, token } = this;
    try {
      const answer = await new Upload(entry.blob, entry.view, { announce, token, events }).send();
      const outcome = outcomeOf(answer, await answer.text());
      // Sent or to be taken again: what lies on the device serves nobody, and if it cannot be thrown
      // away now, it is once its view is no longer asked for.
      if (this.#isCurrent(entry)) await this.keeper.drop(entry.view).catch(() => {});
      this.#change(entry, ...outcome);
    } catch {
      this.#change(entry, "broken"); // the server failed more than a few times, or the file is gone
    }
  }

  #change(entry, state, more = {}) {
    if (state !== "waiting" && !this.#isCurrent(entry)) return; // replaced meanwhile
    Object.assign(entry, { state, ...more });
    this.#entries.set(entry.view, entry);
    this.onChange(entry);
  }

  #isCurrent(entry) {
    return this.#entries.get(entry.view) === entry;
  }
}

// The card of the view once the photo is taken in, or the sentence that says why not.
function outcomeOf({ ok, redirected }, html) {
  const page = new DOMParser().parseFromString(html, "text/html");
  if (ok && !redirected && page.querySelector("[data-view]")) return ["sent", { blob: null }];
  return ["refused", { message: page.querySelector("[data-error]")?.textContent.trim() ?? "" }];
}
