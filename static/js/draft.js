// Keeps what the doctor writes, and the claim on the visit while they are at work. A tab left alone
// stops asking, so that its visit goes back to the queue.

const form = document.querySelector("[data-draft]");
const status = form.querySelector("[data-draft-status]");
const TYPING_PAUSE = 800; // ms
const RETRY = 5000; // ms
let timer = 0;
let active = false;
let leaving = false;
let saving = Promise.resolve();

function say(text, bad = false) {
  status.textContent = text;
  status.classList.toggle("draft-status--bad", bad);
}

// One after the other, so that nothing older comes after what is newer.
function save() {
  saving = saving.then(send, send);
  return saving;
}

async function send() {
  active = false;
  clearTimeout(timer);
  timer = 0;
  let response;
  try {
    response = await fetch(form.dataset.draft, { method: "POST", body: new FormData(form), keepalive: true });
  } catch {
    response = null;
  }
  if (leaving) return;
  if (response?.ok) return say(`${form.dataset.saved}, ${new Date().toLocaleTimeString()}`);
  if (response?.status === 409) return say(await response.text(), true);
  say(form.dataset.unsaved, true);
  later(RETRY);
}

function later(pause) {
  clearTimeout(timer);
  timer = setTimeout(save, pause);
}

form.addEventListener("input", () => {
  later(TYPING_PAUSE);
});

for (const type of ["pointerdown", "pointermove", "wheel", "keydown"]) {
  document.addEventListener(type, () => { active = true; }, { passive: true });
}
setInterval(() => active && save(), 1000 * Number(form.dataset.pingSeconds));

form.addEventListener("submit", () => {
  leaving = true;
  clearTimeout(timer);
});
for (const way of document.querySelectorAll("[data-release]")) {
  way.addEventListener("submit", async (event) => {
    event.preventDefault();
    leaving = true;
    if (timer) await save();
    event.target.submit();
  });
}
window.addEventListener("pagehide", () => {
  if (timer && !leaving) send();
});

// --- The form's small courtesies ---

const weeks = form.querySelector("[data-weeks-buttons]");
weeks.hidden = false;
weeks.addEventListener("click", (event) => {
  const button = event.target.closest("[data-weeks]");
  if (!button) return;
  const day = new Date();
  day.setDate(day.getDate() + 7 * Number(button.dataset.weeks));
  const iso = [day.getFullYear(), day.getMonth() + 1, day.getDate()].map((part) => String(part).padStart(2, "0"));
  form.querySelector("[name=next_visit_on]").value = iso.join("-");
  later(0);
});
