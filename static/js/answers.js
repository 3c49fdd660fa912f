// Keeps the patient's answers while they type; without it the button saves them.

const form = document.querySelector("[data-answers]");
const status = form.querySelector("[data-answers-status]");
const TYPING_PAUSE = 800; // ms
const RETRY = 5000; // ms
let timer = 0;
let leaving = false;

async function save() {
  clearTimeout(timer);
  timer = 0;
  const body = new FormData(form);
  const response = await fetch(form.dataset.answers, { method: "POST", body, keepalive: true }).catch(() => null);
  if (leaving) return;
  if (response?.status === 409) status.textContent = await response.text();
  else if (response?.ok && !response.redirected) status.textContent = `${form.dataset.saved}, ${new Date().toLocaleTimeString()}`;
  else later(RETRY, form.dataset.unsaved);
}

function later(pause, words) {
  if (words) status.textContent = words;
  clearTimeout(timer);
  timer = setTimeout(save, pause);
}

form.addEventListener("input", () => later(TYPING_PAUSE));
form.addEventListener("submit", () => {
  leaving = true;
  clearTimeout(timer);
});
window.addEventListener("pagehide", () => {
  if (timer && !leaving) save();
});
