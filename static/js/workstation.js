// The doctor's workstation: views as tabs, zoom, findings tied to their list, everything on a key.

import { Picture } from "./picture.js";

const station = document.querySelector("[data-station]");
const viewers = [...station.querySelectorAll("[data-view]")];
const zoomNow = station.querySelector("[data-zoom-now]");
const tabs = [...station.querySelectorAll("[role=tab]")];
const dialog = document.querySelector("[data-keys]");
const pictures = new Map();
let shown = viewers[0];

for (const viewer of viewers) {
  const svg = viewer.querySelector("[data-picture]");
  if (svg) pictures.set(viewer, new Picture(svg, showZoom));
}

// --- Views ---

function show(viewer) {
  shown = viewer;
  for (const one of viewers) one.hidden = one !== viewer;
  for (const list of station.querySelectorAll("[data-list]")) list.hidden = list.dataset.list !== viewer.dataset.view;
  for (const tab of tabs) {
    const on = tab.getAttribute("aria-controls") === viewer.id;
    tab.setAttribute("aria-selected", String(on));
    tab.tabIndex = on ? 0 : -1;
  }
  if (picture()) showZoom(picture());
}

function nextView(step = 1) {
  show(viewers[(viewers.indexOf(shown) + step + viewers.length) % viewers.length]);
}

for (const tab of tabs) {
  tab.addEventListener("click", () => show(document.getElementById(tab.getAttribute("aria-controls"))));
  tab.addEventListener("keydown", (event) => {
    const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
    if (!step) return;
    nextView(step);
    tabs.find((one) => one.tabIndex === 0).focus();
  });
}

if (tabs.length) {
  station.classList.add("station--tabs");
  station.querySelector("[data-tabs]").hidden = false;
  for (const viewer of viewers) {
    viewer.setAttribute("role", "tabpanel");
    viewer.setAttribute("aria-labelledby", `tab-${viewer.dataset.view}`);
  }
}

// --- Zoom ---

function picture() {
  return pictures.get(shown);
}

function showZoom(one) {
  if (one === picture()) zoomNow.textContent = `${Math.round(100 * one.scale)} %`;
}

const zooms = {
  in: () => picture()?.zoom(1),
  out: () => picture()?.zoom(-1),
  fit: () => picture()?.fit(),
  actual: () => picture()?.actual(),
};

station.querySelector("[data-zoom]").hidden = !pictures.size;
for (const button of station.querySelectorAll("[data-zoom-to]")) {
  button.addEventListener("click", zooms[button.dataset.zoomTo]);
}

// --- Findings and their list ---

function light(key, on) {
  for (const one of station.querySelectorAll(`[data-lesion="${key}"]`)) {
    one.classList.toggle(one instanceof SVGElement ? "lesion--lit" : "is-lit", on);
  }
}

const items = (viewer) => [...station.querySelectorAll(`[data-list="${viewer.dataset.view}"] [data-lesion]`)];

for (const viewer of viewers) {
  for (const item of items(viewer)) {
    const key = item.dataset.lesion;
    const shape = viewer.querySelector(`[data-lesion="${key}"]`);
    for (const [type, on] of [["mouseenter", true], ["focus", true], ["mouseleave", false], ["blur", false]]) {
      item.addEventListener(type, () => light(key, on));
    }
    item.addEventListener("click", () => pictures.get(viewer)?.reveal(shape));
    shape?.addEventListener("mouseenter", () => {
      light(key, true);
      item.scrollIntoView({ block: "nearest" });
    });
    shape?.addEventListener("mouseleave", () => light(key, false));
  }
}

function walk(step) {
  const list = items(shown);
  if (!list.length) return;
  station.querySelector("details.lesions").open = true;
  const here = list.indexOf(document.activeElement);
  const next = here < 0 ? 0 : Math.min(list.length - 1, Math.max(0, here + step));
  list[next].focus({ preventScroll: true });
  list[next].scrollIntoView({ block: "nearest" });
}

// --- Keys ---

const flip = (name) => station.querySelector(`[data-show="${name}"]`)?.click();
const types = [...station.querySelectorAll(".switch [data-show]")].map((one) => one.dataset.show);
const go = (selector) => {
  const field = station.querySelector(selector);
  field?.focus();
  return field;
};

const keys = {
  h: () => flip("findings"),
  r: () => flip("regions"),
  d: () => flip("deciding"),
  v: () => nextView(),
  "+": zooms.in,
  "=": zooms.in,
  "-": zooms.out,
  0: zooms.fit,
  9: zooms.actual,
  j: () => walk(1),
  k: () => walk(-1),
  g: () => go("[name=grade]:checked") ?? go("[name=grade]"),
  a: () => go("[name=assessment]"),
  t: () => go("[name=advice]"),
  n: () => go("[name=next_visit_on]"),
  q: () => document.querySelector(".station-head a").click(),
  "?": () => dialog.showModal(),
};
for (let number = 1; number <= 6; number += 1) keys[number] = () => flip(types[number - 1]);

document.addEventListener("keydown", (event) => {
  if (dialog.open || event.isComposing) return;
  const form = station.querySelector("[data-draft]");
  if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) return void form.requestSubmit();
  const field = event.target.closest("textarea, select, input:not([type=checkbox], [type=radio])");
  if (field && event.key === "Escape") return void field.blur();
  if (field || event.ctrlKey || event.metaKey || event.altKey || !keys[event.key]) return;
  event.preventDefault();
  keys[event.key]();
});

const opener = document.querySelector("[data-open-keys]");
opener.hidden = false;
opener.addEventListener("click", () => dialog.showModal());

if (shown) show(shown);
