// Photos on their way, one after the other: each is kept until the server has it, whatever the
// connection does.

import { Upload } from "../resumable.js";

const SETTLED = ["sent", "refused", "broken"];

// Tells its changes by `onChange(entry)`; an entry is { view, blob, state, share, message }, and its
// state waiting, sending, offline, sent, refused or broken.
export class Outbox {
  #entries = new Map();
  #isSending = false;

  constructor({ announce, token, onChange }) {
    Object.assign(this, { announce, token, onChange });
    window.addEventListener("beforeunload", (event) => {
      if (this.isPending) event.preventDefault();
    });
  }

  // A later photo of the same view takes the place of an earlier one.
  put(view, blob) {
    this.#change({ view, blob, share: 0, message: "" }, "waiting");
    this.#sendAll();
  }

  get isPending() {
    return [...this.#entries.values()].some(({ state }) => !SETTLED.includes(state));
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
      this.#change(entry, ...outcomeOf(answer, await answer.text()));
    } catch {
      this.#change(entry, "broken"); // the server failed more than a few times, or the file is gone
    }
  }

  #change(entry, state, more = {}) {
    if (state !== "waiting" && this.#entries.get(entry.view) !== entry) return; // replaced meanwhile
    Object.assign(entry, { state, ...more });
    this.#entries.set(entry.view, entry);
    this.onChange(entry);
  }
}

// The card of the view once the photo is taken in, or the sentence that says why not.
function outcomeOf({ ok, redirected }, html) {
  const page = new DOMParser().parseFromString(html, "text/html");
  if (ok && !redirected && page.querySelector("[data-view]")) return ["sent", { blob: null }];
  return ["refused", { message: page.querySelector("[data-error]")?.textContent.trim() ?? "" }];
}
