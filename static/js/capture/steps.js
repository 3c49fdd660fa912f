// What the page shows at each step; it decides nothing.

export class Steps {
  #still = null;

  constructor(root, { instructions, standard, words }) {
    Object.assign(this, { root, instructions, findings: standard.words, words });
    this.titles = new Map();
  }

  get isAutomatic() {
    return this.root.querySelector("[data-automatic]").checked;
  }

  // The focus goes to the step's heading, so that a screen reader reads on from there.
  show(name) {
    for (const step of this.root.querySelectorAll("[data-step]")) {
      step.hidden = step.dataset.step !== name;
    }
    this.#step(name).querySelector("h2")?.focus();
  }

  showView({ title, hint }, { mirrored }) {
    fill(this.root, "[data-title]", title);
    fill(this.root, "[data-hint]", hint);
    this.root.querySelector("video").classList.toggle("viewfinder__video--mirrored", mirrored);
    this.showInstruction("no_face", 0);
    this.show("live");
    this.#step("live").scrollIntoView(); // the shutter too has to be on a small screen
  }

  showPicker({ title, hint }, code) {
    fill(this.root, "[data-title]", title);
    fill(this.root, "[data-hint]", hint);
    fill(this.root, "[data-why]", this.words[code]);
    this.show("picker");
  }

  showInstruction(code, filled) {
    const line = this.root.querySelector("[data-instruction]");
    if (line.dataset.code !== code) {
      line.dataset.code = code; // said once, not at every look
      line.textContent = this.instructions[code];
    }
    this.root.querySelector("[data-ring]").setAttribute("stroke-dasharray", `${100 * filled} 100`);
    this.#step("live").classList.toggle("viewfinder--good", code === "good");
  }

  // Photos from before are not listed as still to be taken.
  showKept(views) {
    this.root.querySelector("[data-kept]").hidden = !views.length;
    for (const name of views) this.root.querySelector(`[data-to-take="${name}"]`).hidden = true;
  }

  showStill(blob, { title }) {
    fill(this.root, "[data-title]", title);
    if (this.#still) URL.revokeObjectURL(this.#still);
    this.#still = URL.createObjectURL(blob);
    this.root.querySelector("[data-still]").src = this.#still;
    this.#setFindings([]);
    this.#offer({ verdict: this.words.looking, isGood: false, isReady: false });
    this.show("review");
  }

  // `verdict`: a judge's, or null where nobody could judge.
  showVerdict(verdict) {
    const { reasons = [], cautions = [] } = verdict ?? {};
    const isGood = !reasons.length;
    const said = isGood ? cautions : reasons;
    this.#setFindings(said.map(({ code }) => this.findings[code]));
    const words = verdict ? wordsFor(reasons, cautions) : "unjudged";
    this.#offer({ verdict: this.words[words], isGood, isReady: true });
  }

  showSending({ view, state, share, message }) {
    const entry = this.root.querySelector(`[data-entry="${view}"]`);
    entry.hidden = false;
    entry.dataset.state = state;
    fill(entry, "[data-entry-state]", message || this.words[state]);
    const bar = entry.querySelector("progress");
    bar.hidden = state !== "sending";
    bar.value = 100 * share;
    entry.querySelector("[data-do=again]").hidden = !["refused", "broken"].includes(state);
    this.root.querySelector("[data-outbox]").hidden = false;
  }

  #step(name) {
    return this.root.querySelector(`[data-step=${name}]`);
  }

  #setFindings(sentences) {
    const list = this.root.querySelector("[data-findings]");
    list.replaceChildren(
      ...sentences.map((words) => Object.assign(document.createElement("li"), { textContent: words })),
    );
    list.hidden = !sentences.length;
  }

  #offer({ verdict, isGood, isReady }) {
    fill(this.root, "[data-verdict]", verdict);
    const step = this.#step("review");
    const use = step.querySelector("[data-do=use]");
    use.disabled = !isReady;
    use.textContent = isGood || !isReady ? this.words.use : this.words.use_anyway;
    use.classList.toggle("button--primary", isGood);
    step.querySelector("[data-do=again]").classList.toggle("button--primary", isReady && !isGood);
  }
}

function wordsFor(reasons, cautions) {
  if (reasons.length) return "poor";
  return cautions.length ? "fair" : "good";
}

function fill(root, selector, text) {
  for (const place of root.querySelectorAll(selector)) place.textContent = text;
}
