// The findings of the photo in view as a list: for ears, and for eyes that look for one in words.

import { TYPES } from "./overlay.js";

const WORST_FIRST = ["nodule", "cyst", "pustule", "papule", "comedone", "scar"];

// The order of the list and of the walk with Tab: what matters most comes first.
export function ordered(lesions) {
  const rank = (one) => (one.stands ? 0 : 10) + WORST_FIRST.indexOf(one.type);
  return [...lesions].sort((one, other) => rank(one) - rank(other) || (other.score ?? 1) - (one.score ?? 1) || (one.key < other.key ? -1 : 1));
}

export class LesionList {
  constructor(element, texts, { onChoose }) {
    this.element = element;
    this.texts = texts;
    this.signs = Object.fromEntries(TYPES.map((type) => [type, document.querySelector(`.legend .lesion--${type}`)]));
    element.addEventListener("click", (event) => {
      const item = event.target.closest("[data-lesion]");
      if (item) onChoose(item.dataset.lesion);
    });
    element.addEventListener("keydown", (event) => {
      const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
      const items = [...element.querySelectorAll("[data-lesion]")];
      const next = step && items[items.indexOf(document.activeElement) + step];
      if (!next) return;
      event.preventDefault();
      event.stopPropagation();
      next.focus();
      onChoose(next.dataset.lesion);
    });
  }

  show(lesions, selected) {
    const held = document.activeElement?.closest?.("[data-lesion]")?.dataset.lesion;
    const rows = ordered(lesions).map((one) => this.#row(one, one.key === selected));
    const first = rows[0]?.firstChild;
    if (first && !rows.some((row) => row.firstChild.tabIndex === 0)) first.tabIndex = 0;
    this.element.replaceChildren(...(rows.length ? rows : [this.#empty()]));
    if (held) this.element.querySelector(`[data-lesion="${CSS.escape(held)}"]`)?.focus({ preventScroll: true });
    const row = this.element.querySelector("[aria-current]");
    if (row) this.element.scrollTop = Math.max(0, row.offsetTop - this.element.offsetTop - this.element.clientHeight / 2);
  }

  words(one) {
    const { types, regions, verdicts, machineSaid } = this.texts;
    const said = one.found && one.found.type !== one.type ? machineSaid.replace("{type}", types[one.found.type]) : "";
    const score = one.score === null ? "" : `${Math.round(100 * one.score)} %`;
    return [types[one.type], regions[one.region] ?? "", score, verdicts[one.verdict] ?? "", said].filter(Boolean);
  }

  #row(one, isSelected) {
    const button = document.createElement("button");
    button.type = "button";
    button.dataset.lesion = one.key;
    button.dataset.type = one.type;
    button.tabIndex = isSelected ? 0 : -1;
    if (isSelected) button.setAttribute("aria-current", "true");
    if (!one.stands) button.classList.add("is-rejected");
    button.append(this.signs[one.type].cloneNode(true));
    const [type, ...more] = this.words(one);
    for (const [text, name] of [[type, "type"], [more.join(" · "), "more"]]) {
      const span = document.createElement("span");
      span.className = `lesion-list__${name}`;
      span.textContent = text;
      button.append(span);
    }
    const item = document.createElement("li");
    item.append(button);
    return item;
  }

  #empty() {
    const item = document.createElement("li");
    item.className = "soft";
    item.textContent = this.texts.noLesion;
    return item;
  }
}
