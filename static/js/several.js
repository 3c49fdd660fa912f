// Several photos chosen at once: asks which view each one shows, then sends all of them.

import { sendChosen } from "./upload.js";

const block = document.querySelector("[data-several]");
if (block && globalThis.crypto?.subtle) start();

function start() {
  const picker = block.querySelector("input[type=file]");
  const dialog = block.querySelector("dialog");
  const list = dialog.querySelector("ol");
  const twice = dialog.querySelector("[data-twice]");
  let files = [];

  block.hidden = false;
  picker.addEventListener("change", () => {
    files = [...picker.files];
    picker.value = "";
    if (files.length) ask();
  });

  function ask() {
    const views = suggestions();
    list.replaceChildren(...files.map((file, place) => line(file, place, views[place] ?? "")));
    twice.hidden = true;
    dialog.showModal();
  }

  function line(file, place, view) {
    const item = block.querySelector("template").content.firstElementChild.cloneNode(true);
    item.querySelector("[data-number]").textContent = place + 1;
    item.querySelector("select").value = view;
    const image = item.querySelector("img");
    image.src = URL.createObjectURL(file);
    image.addEventListener("load", () => URL.revokeObjectURL(image.src), { once: true });
    return item;
  }

  function chosenViews() {
    return [...list.querySelectorAll("select")].map((select) => select.value);
  }

  dialog.querySelector("form").addEventListener("submit", (event) => {
    if (event.submitter?.value !== "send") return;
    const views = chosenViews().filter(Boolean);
    twice.hidden = new Set(views).size === views.length;
    if (!twice.hidden) event.preventDefault();
  });

  dialog.addEventListener("close", () => {
    if (dialog.returnValue !== "send") return;
    chosenViews().forEach((view, place) => {
      if (view) sendChosen(document.getElementById(`view-${view}`), files[place]);
    });
  });
}

// Views that wait for a photo come first, in the page's order.
function suggestions() {
  const cards = [...document.querySelectorAll("[data-view]")];
  const isEmpty = (card) => card.dataset.state.startsWith("empty");
  return [...cards.filter(isEmpty), ...cards.filter((card) => !isEmpty(card))].map((card) => card.dataset.view);
}
