// The judge in a thread of its own; judges.js speaks to it. A classic script, for MediaPipe fetches
// its own code by importScripts, which modules do not have.

let judge; // once it is loaded, which judges.js waits for

const CALLS = {
  async load(setup) {
    const { Judge } = await import("./judge.js");
    judge = await Judge.load(setup);
  },
  still(blob, view) {
    return judge.still(blob, view);
  },
  async live(source, view, enlarged) {
    try {
      const { width, height } = source;
      return await judge.live({ source, width, height }, view, enlarged);
    } finally {
      source.close();
    }
  },
};

self.addEventListener("message", async ({ data: { number, call, parts } }) => {
  try {
    self.postMessage({ number, answer: await CALLS[call](...parts) });
  } catch (error) {
    self.postMessage({ number, problem: String(error) });
  }
});
