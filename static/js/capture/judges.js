// Where pictures are judged: in a thread of their own, so that the page's is free for the camera's
// picture and for fingers; where a browser's workers cannot draw, in the page after all.

const WORKER = new URL("./worker.js", import.meta.url);

// A judge: `live`, `still` and `close` as in judge.js, and `rest`, how many times as long as a look
// took the next has to wait.
export async function loadJudge(setup) {
  try {
    return await DistantJudge.load(setup);
  } catch {
    const { Judge } = await import("./judge.js");
    return Judge.load(setup);
  }
}

class DistantJudge {
  rest = 1; // half of one of the phone's processors at most
  #asked = new Map(); // what to do with the answer, by its number
  #number = 0;
  #worker = new Worker(WORKER);

  static async load({ files, standard, sharpness }) {
    const judge = new DistantJudge();
    try {
      await judge.#ask("load", [{ files, standard, sharpness }]);
      return judge;
    } catch (error) {
      judge.close();
      throw error;
    }
  }

  constructor() {
    this.#worker.addEventListener("message", ({ data }) => this.#take(data));
    this.#worker.addEventListener("error", ({ message }) => this.#giveUp(message));
  }

  still(blob, view) {
    return this.#ask("still", [blob, view]);
  }

  async live({ source }, view, enlarged) {
    const seen = await createImageBitmap(source);
    return this.#ask("live", [seen, view, enlarged], [seen]);
  }

  close() {
    this.#worker.terminate();
  }

  #ask(call, parts, given = []) {
    const number = this.#number++;
    return new Promise((resolve, reject) => {
      this.#asked.set(number, { resolve, reject });
      this.#worker.postMessage({ number, call, parts }, given);
    });
  }

  #take({ number, answer, problem }) {
    const { resolve, reject } = this.#asked.get(number);
    this.#asked.delete(number);
    if (problem === undefined) resolve(answer);
    else reject(new Error(problem));
  }

  #giveUp(problem) {
    for (const { reject } of this.#asked.values()) reject(new Error(problem));
    this.#asked.clear();
  }
}
