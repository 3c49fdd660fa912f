// Sends a file in pieces and goes on where it stood when the connection comes back. The server says
// how much it has; nothing is remembered here, so the same file chosen again goes on as well.

const PIECE = 512 * 1024; // bytes: lost at most with a connection
const FIRST_PAUSE = 1000; // ms
const LONGEST_PAUSE = 15_000; // ms
const TRIES_ON_ERRORS = 4; // the server's; of a connection one never despairs

export class Upload {
  // `announce` is where the upload begins; `events` has progress(share), lost() and again().
  constructor(file, view, { announce, token, events }) {
    Object.assign(this, { file, view, announce, events });
    this.headers = { "X-CSRFToken": token, "X-Requested-With": "XMLHttpRequest" };
    this.pause = FIRST_PAUSE;
    this.errors = 0;
  }

  // The server's last answer: the card after the last piece, or why the photo is refused.
  async send() {
    this.digest = await sha256(this.file);
    for (;;) {
      try {
        return await this.#sendFromWhereItStands();
      } catch (error) {
        if (!(error instanceof TypeError) && !(error instanceof ServerError)) throw error;
        if (error instanceof ServerError && ++this.errors > TRIES_ON_ERRORS) throw error;
        this.events.lost();
        await connection(this.pause);
        this.pause = Math.min(2 * this.pause, LONGEST_PAUSE);
        this.events.again();
      }
    }
  }

  // Go on at once instead of after the pause.
  static hurry() {
    window.dispatchEvent(new Event("online"));
  }

  async #sendFromWhereItStands() {
    const begun = await this.#begin();
    if (begun.status !== 201) return begun;
    const { address } = await begun.json();
    let offset = offsetOf(begun);
    for (;;) {
      this.events.progress(offset / this.file.size);
      const response = await this.#sendPiece(address, offset);
      if (response.status === 404) throw new ServerError(response.status); // forgotten: begin anew
      if (response.status !== 204 && response.status !== 409) return response;
      if (response.status === 409 && !response.headers.has("Upload-Offset")) return response;
      offset = offsetOf(response);
      this.pause = FIRST_PAUSE;
    }
  }

  #begin() {
    const body = new FormData();
    body.set("view", this.view);
    body.set("byte_size", this.file.size);
    body.set("sha256", this.digest);
    return ask(this.announce, { method: "POST", headers: this.headers, body });
  }

  async #sendPiece(address, offset) {
    const headers = {
      ...this.headers,
      "Content-Type": "application/offset+octet-stream",
      "Upload-Offset": String(offset),
    };
    const body = await this.file.slice(offset, offset + PIECE).arrayBuffer();
    return ask(address, { method: "PATCH", headers, body });
  }
}

class ServerError extends Error {}

async function ask(address, options) {
  const response = await fetch(address, options);
  if (response.status >= 500) throw new ServerError(response.status);
  return response;
}

function offsetOf(response) {
  return Number(response.headers.get("Upload-Offset"));
}

async function sha256(file) {
  const digest = await crypto.subtle.digest("SHA-256", await file.arrayBuffer());
  return [...new Uint8Array(digest)].map((byte) => byte.toString(16).padStart(2, "0")).join("");
}

// After the pause, or as soon as the browser says that it is online again.
function connection(pause) {
  return new Promise((resolve) => {
    const timer = setTimeout(done, pause);
    function done() {
      clearTimeout(timer);
      window.removeEventListener("online", done);
      resolve();
    }
    window.addEventListener("online", done);
  });
}
