// The queue by keyboard and without reloading. The focus is the place, so Enter is the button's own.

import { preload } from "./preload.js";

const lists = document.querySelector("[data-queue]");
const said = document.querySelector("[data-queue-said]");
const dialog = document.querySelector("[data-keys]");
const actions = () => [...lists.querySelectorAll("[data-queue-action]")];
const rowOf = (element) => element?.closest("[data-visit]");

// --- Keys ---

function walk(step) {
  const all = actions();
  if (!all.length) return;
  const here = all.indexOf(rowOf(document.activeElement)?.querySelector("[data-queue-action]"));
  const next = here < 0 ? 0 : Math.min(all.length - 1, Math.max(0, here + step));
  all[next].focus();
  rowOf(all[next]).scrollIntoView({ block: "nearest" });
}

// The bar that comes with the first mark may lie over the row.
function mark() {
  const row = rowOf(document.activeElement);
  row?.querySelector("[data-mark]")?.click();
  row?.scrollIntoView({ block: "nearest" });
}

function search() {
  document.querySelector(".queue-filter").open = true;
  document.querySelector("[name=q]").focus();
}

const keys = {
  j: () => walk(1),
  k: () => walk(-1),
  x: mark,
  "/": search,
  "?": () => dialog.showModal(),
};

document.addEventListener("keydown", (event) => {
  if (dialog.open || event.isComposing || event.ctrlKey || event.metaKey || event.altKey) return;
  if (event.target.closest("input:not([type=checkbox]), textarea, select") || !keys[event.key]) return;
  event.preventDefault();
  keys[event.key]();
});

const opener = document.querySelector("[data-open-keys]");
opener.hidden = false;
opener.addEventListener("click", () => dialog.showModal());

// --- Live ---

// Who is in which list: waiting times tick without anybody having come or gone.
const order = (root) => [...root.querySelectorAll("[data-visit]")].map((row) => row.dataset.visit).join();

function replace(fresh) {
  const focused = rowOf(document.activeElement)?.dataset.visit;
  const marked = new Set([...lists.querySelectorAll("[data-mark]:checked")].map((box) => box.value));
  const opened = [...lists.querySelectorAll("details[open]")].map((one) => rowOf(one)?.dataset.visit);
  const changed = order(lists) !== order(fresh);
  lists.replaceChildren(...fresh.childNodes);
  for (const box of lists.querySelectorAll("[data-mark]")) box.checked = marked.has(box.value);
  const row = (id) => lists.querySelector(`[data-visit="${id}"]`);
  for (const id of opened) row(id)?.querySelector("details")?.setAttribute("open", "");
  if (focused) row(focused)?.querySelector("[data-queue-action]")?.focus({ preventScroll: true });
  if (!changed) return;
  said.textContent = lists.dataset.said;
  preload(lists.dataset.following);
}

let looks = 0;

async function look() {
  if (document.hidden || dialog.open) return;
  const mine = ++looks;
  const address = new URL(location.href);
  address.searchParams.set("part", "lists");
  const headers = { "X-By-Itself": "1" }; // nobody need sit here: the session may end
  const response = await fetch(address, { headers }).catch(() => null); // no connection: the next look will tell
  if (!response?.ok || response.redirected) return;
  const fresh = document.createElement("div");
  fresh.append(document.createRange().createContextualFragment(await response.text()));
  if (mine === looks) replace(fresh); // an older answer may come after a newer one
}

setInterval(look, 1000 * Number(lists.dataset.pollSeconds));
document.addEventListener("visibilitychange", look);

window.addEventListener("load", () => preload(lists.dataset.following));
