// Sends a photo as soon as it is chosen, with a preview and a bar; the plain form works without it.

import { announce, replaceParts } from "./progress.js";
import { Upload } from "./resumable.js";

const words = document.getElementById("visit").dataset;
const chosen = new Map(); // view -> { file, url }, kept until the page has the photo itself
let sending = 0;
let turn = Promise.resolve(); // one photo after the other: on a weak line the first is there sooner

// Also for photos chosen elsewhere on the page: several at once.
export function sendChosen(card, file) {
  const before = chosen.get(card.dataset.view);
  if (before) URL.revokeObjectURL(before.url);
  chosen.set(card.dataset.view, { file, url: URL.createObjectURL(file) });
  preview(card);
  send(card);
}

function preview(card) {
  const picture = card.querySelector("[data-picture]");
  const image = new Image();
  image.alt = "";
  image.addEventListener("load", () => picture.replaceChildren(image));
  image.src = chosen.get(card.dataset.view).url; // a browser that cannot show HEIC keeps the drawing
}

async function send(card) {
  const form = card.querySelector("[data-upload]");
  const { file } = chosen.get(card.dataset.view);
  const upload = new Upload(file, card.dataset.view, {
    announce: form.dataset.upload,
    token: form.querySelector("[name=csrfmiddlewaretoken]").value,
    events: {
      progress: (share) => showProgress(card, share),
      lost: () => wait(card),
      again: () => goOn(card),
    },
  });
  start(card);
  const mine = turn.then(() => upload.send());
  turn = mine.catch(() => {});
  let response;
  try {
    response = await mine;
  } catch (error) {
    stop(card);
    return fail(card, error.name === "NotReadableError" ? words.unreadable : words.broken);
  }
  finish(card, response);
}

function start(card) {
  sending += 1;
  card.setAttribute("aria-busy", "true");
  card.querySelector("[data-error]")?.remove();
  for (const input of card.querySelectorAll("input[type=file], button")) input.disabled = true;
  goOn(card);
  say(card, words.sending, 0);
}

function stop(card) {
  sending -= 1;
  card.removeAttribute("aria-busy");
  for (const input of card.querySelectorAll("input[type=file], button")) input.disabled = false;
}

function showProgress(card, done) {
  const share = Math.round(100 * done);
  say(card, share < 100 ? `${words.sending} ${share} %` : words.checking, share);
}

function say(card, message, share) {
  const box = card.querySelector(".sending");
  box.hidden = false;
  box.querySelector(".sending__words").textContent = message;
  const bar = box.querySelector("progress");
  bar.hidden = share === null;
  if (share !== null) bar.value = share;
}

// The card stays busy: the upload goes on by itself, and the button only makes it sooner.
function wait(card) {
  say(card, words.lost, null);
  announce(`${titleOf(card)}: ${words.lost}`);
  const retry = card.querySelector("[data-retry]");
  retry.hidden = false;
  retry.disabled = false;
}

function titleOf(card) {
  return card.querySelector("h2").textContent;
}

function goOn(card) {
  card.querySelector("[data-retry]").hidden = true;
}

async function finish(card, response) {
  const html = await response.text();
  stop(card);
  if (response.redirected) location.reload(); // signed out meanwhile
  else if (!replaceParts(html, { always: true })) fail(card, words.broken);
}

function fail(card, message) {
  say(card, message, null);
  announce(`${titleOf(card)}: ${message}`);
  const retry = card.querySelector("[data-retry]");
  retry.hidden = false;
  retry.focus();
}

function take(input) {
  const card = input.closest("[data-view]");
  if (!card || input.type !== "file" || !input.files.length) return;
  if (!globalThis.crypto?.subtle) return input.form.submit(); // no secure connection: in one piece
  const [file] = input.files;
  input.value = ""; // choosing the same file again is a change again
  sendChosen(card, file);
}

document.addEventListener("change", ({ target }) => take(target));
// Whoever was quicker than this script has chosen already.
for (const input of document.querySelectorAll("[data-view] input[type=file]")) take(input);

document.addEventListener("click", ({ target }) => {
  const card = target.closest("[data-retry]") && target.closest("[data-view]");
  if (!card) return;
  if (card.hasAttribute("aria-busy")) Upload.hurry();
  else send(card);
});

document.addEventListener("replaced", ({ target }) => {
  const waits = target.querySelector("[data-picture=waiting]");
  if (waits && chosen.has(target.dataset.view)) preview(target);
});

window.addEventListener("beforeunload", (event) => {
  if (sending) event.preventDefault();
});
