// The decision's courtesies: the grade follows the lesions until the doctor chooses one, what does
// not apply is out of sight, and words are offered, never filled in unasked.

import { preload } from "./preload.js";

const form = document.querySelector("[data-draft]");
const acne = form.querySelector("[data-only-acne]");
const diagnosis = form.querySelector("[name=diagnosis]");
const grade = () => form.querySelector("[name=grade]:checked")?.value ?? "";
const isAcne = () => diagnosis.value === "acne";
let counted = acne.dataset.countedGrade;

function show() {
  acne.hidden = !isAcne();
  form.querySelector("[data-only-other]").hidden = diagnosis.value !== "other";
  form.querySelector("[data-override]").hidden = !counted || !grade() || grade() === counted;
  form.querySelector("[data-words]").hidden = !isAcne() || !grade();
  for (const button of form.querySelectorAll("[data-words-of]")) button.hidden = button.dataset.wordsOf !== grade();
  for (const offer of form.querySelectorAll("[data-for-grade]")) {
    const wanted = offer.dataset.forGrade;
    offer.hidden = wanted !== "" && (!isAcne() || wanted !== grade());
  }
}

form.addEventListener("input", show);
form.addEventListener("change", show);

// What the lesions give now stands in the panel beside, which is written anew after every step.
function follow() {
  const now = document.querySelector("[data-grade]")?.dataset.grade;
  if (!now || now === counted) return;
  const followed = grade() === counted || grade() === "";
  counted = now;
  if (followed) {
    form.querySelector(`[name=grade][value="${now}"]`).checked = true;
    form.dispatchEvent(new Event("input", { bubbles: true }));
  }
  show();
}

new MutationObserver(follow).observe(document.querySelector("[data-station]") ?? document.body, {
  childList: true,
  subtree: true,
});

// Words go where the cursor stands, behind what is written.
function insert(field, text) {
  field.value = field.value.trim() ? `${field.value.trimEnd()}\n${text}` : text;
  field.dispatchEvent(new Event("input", { bubbles: true }));
}

function useWords() {
  const offered = form.querySelector("[data-words-of]:not([hidden])");
  const field = form.querySelector("[name=assessment]");
  if (offered && isAcne() && !field.value.includes(offered.dataset.text)) insert(field, offered.dataset.text);
}

form.querySelector("[data-words]").addEventListener("click", useWords);
form.querySelector("[data-offers]").addEventListener("click", (event) => {
  const button = event.target.closest("[data-insert]");
  if (button) insert(form.querySelector("[name=advice]"), button.dataset.insert);
});

document.addEventListener("keydown", (event) => {
  const typing = event.target.closest("textarea, select, input:not([type=checkbox], [type=radio])");
  if (typing || event.key !== "w" || event.ctrlKey || event.metaKey || event.altKey || event.isComposing) return;
  event.preventDefault();
  useWords();
});

window.addEventListener("load", () => preload(form.dataset.following));
show();
follow();
