// Sends a photo as soon as it is chosen, with a preview and a bar; the plain form works without it.

import { replaceParts } from "./progress.js";

const words = document.getElementById("visit").dataset;
const chosen = new Map(); // view -> { file, url }, kept until the page has the photo itself
let sending = 0;

function choose(card, file) {
  const before = chosen.get(card.dataset.view);
  if (before) URL.revokeObjectURL(before.url);
  chosen.set(card.dataset.view, { file, url: URL.createObjectURL(file) });
}

function preview(card) {
  const picture = card.querySelector("[data-picture]");
  const image = new Image();
  image.alt = "";
  image.addEventListener("load", () => picture.replaceChildren(image));
  image.src = chosen.get(card.dataset.view).url; // a browser that cannot show HEIC keeps the drawing
}

function send(card) {
  const form = card.querySelector("[data-upload]");
  const data = new FormData(form);
  data.set("photo", chosen.get(card.dataset.view).file, "photo"); // its name stays on the device
  const request = new XMLHttpRequest();
  request.open("POST", form.action);
  request.setRequestHeader("X-Requested-With", "XMLHttpRequest");
  request.upload.addEventListener("progress", (event) => showProgress(card, event));
  request.addEventListener("load", () => finish(card, request));
  request.addEventListener("error", () => fail(card, words.lost));
  start(card);
  request.send(data);
}

function start(card) {
  sending += 1;
  card.setAttribute("aria-busy", "true");
  card.querySelector("[data-retry]").hidden = true;
  card.querySelector("[data-error]")?.remove();
  for (const input of card.querySelectorAll("input[type=file], button")) input.disabled = true;
  say(card, words.sending, 0);
}

function stop(card) {
  sending -= 1;
  card.removeAttribute("aria-busy");
  for (const input of card.querySelectorAll("input[type=file], button")) input.disabled = false;
}

function showProgress(card, { loaded, total }) {
  const share = total ? Math.round((100 * loaded) / total) : 0;
  say(card, loaded < total ? `${words.sending} ${share} %` : words.checking, share);
}

function say(card, message, share) {
  const box = card.querySelector(".sending");
  box.hidden = false;
  box.querySelector(".sending__words").textContent = message;
  const bar = box.querySelector("progress");
  bar.hidden = share === null;
  if (share !== null) bar.value = share;
}

function finish(card, request) {
  stop(card);
  const isPart = request.status < 500 && replaceParts(request.responseText, { always: true });
  if (!isPart) fail(card, words.broken, { stopped: true });
}

function fail(card, message, { stopped = false } = {}) {
  if (!stopped) stop(card);
  say(card, message, null);
  const retry = card.querySelector("[data-retry]");
  retry.hidden = false;
  retry.focus();
}

document.addEventListener("change", ({ target }) => {
  const card = target.closest("[data-view]");
  if (!card || target.type !== "file" || !target.files.length) return;
  choose(card, target.files[0]);
  target.value = ""; // choosing the same file again is a change again
  preview(card);
  send(card);
});

document.addEventListener("click", ({ target }) => {
  if (target.closest("[data-retry]")) send(target.closest("[data-view]"));
});

document.addEventListener("replaced", ({ target }) => {
  const waits = target.querySelector("[data-picture=waiting]");
  if (waits && chosen.has(target.dataset.view)) preview(target);
});

window.addEventListener("beforeunload", (event) => {
  if (sending) event.preventDefault();
});
