// The doctor's workstation: panes, findings, list and grades tied together.

import { Editor } from "./editor.js";
import { listen } from "./keys.js";
import { LesionList, ordered } from "./list.js";
import { TYPES, heatmapOf } from "./overlay.js";
import { Pane } from "./pane.js";
import { Store } from "./store.js";

const page = JSON.parse(document.getElementById("station-data").textContent);
const { texts } = page;
const station = document.querySelector("[data-station]");
const find = (selector) => station.querySelector(selector);
const all = (selector) => [...station.querySelectorAll(selector)];
const decision = document.querySelector("[data-draft]");
const dialog = document.querySelector("[data-keys]");

function say(text, bad = false) {
  const status = document.querySelector("[data-saved-state]");
  status.textContent = text;
  status.classList.toggle("is-bad", bad);
}

// A screen reader speaks it; `seen` where the eye needs it too.
function tell(text, seen = false) {
  find("[data-told]").textContent = text;
  if (seen) find("[data-measured]").textContent = text;
}

const store = new Store(page, { csrf: decision.querySelector("[name=csrfmiddlewaretoken]").value, say, told: texts });
const editor = new Editor(store, { show, tell, texts, visible: (pane) => visible(pane.photo.view) });
const list = new LesionList(find("[data-list]"), texts, { onChoose: choose });

// --- Panes: the views of this visit, and beside each the same view last time ---

const photos = { now: page.photos, before: page.before };
const places = Object.fromEntries(all("[data-pane]").map((one) => [`${one.dataset.visit}-${one.dataset.pane}`, one]));
const panes = new Map();
let view = page.photos[0]?.view;
let layout = "one";
let leader = null;

const current = () => panes.get(`now-${view}`);
const shownPanes = () => [...panes.values()].filter((one) => !one.element.hidden);

function paneOf(visit, name) {
  const key = `${visit}-${name}`;
  const photo = photos[visit].find((one) => one.view === name);
  if (!panes.has(key) && photo) panes.set(key, open(visit, places[key], photo));
  return panes.get(key);
}

function open(visit, element, photo) {
  const own = (method) => (pane, ...more) => {
    if (visit === "before") return false;
    return editor[method](pane, ...more);
  };
  const pane = new Pane(element, photo, {
    onMove: (moving) => moving === leader && follow(moving),
    onResize: () => leader && follow(leader),
    onPress: (pressed, point) => {
      leader = pressed;
      if (visit === "now" && view !== photo.view) showView(photo.view);
      element.focus({ preventScroll: true });
      own("press")(pressed, point);
    },
    onDrag: own("drag"),
    onRelease: own("release"),
    onClick: own("click"),
    onHover: own("hover"),
  });
  element.addEventListener("wheel", () => { leader = pane; }, { capture: true, passive: true });
  pane.isOfNow = visit === "now";
  if (!pane.isOfNow) pane.overlay.set({ lesions: photo.lesions, editable: false });
  pane.opened.then(() => {
    element.dataset.open = "";
    light();
    if (leader && leader !== pane) pane.follow(leader.stand);
    show();
  });
  return pane;
}

function follow(moving) {
  showZoom();
  for (const other of shownPanes()) if (other !== moving) other.follow(moving.stand);
}

function arrange() {
  const wanted = new Set([`now-${view}`]);
  if (layout === "all") for (const photo of page.photos) wanted.add(`now-${photo.view}`);
  if (layout === "before") wanted.add(`before-${view}`);
  let shown = 0;
  for (const [key, element] of Object.entries(places)) {
    element.hidden = !wanted.has(key);
    shown += wanted.has(key);
    if (wanted.has(key)) paneOf(element.dataset.visit, element.dataset.pane);
    element.classList.toggle("pane--current", key === `now-${view}`);
  }
  find("[data-panes]").dataset.shown = shown;
  find("[data-no-before]").hidden = layout !== "before" || `before-${view}` in places;
  leader = current();
  for (const tab of all("[data-view]")) tab.setAttribute("aria-pressed", String(tab.dataset.view === view));
  for (const button of all("[data-layout]")) button.setAttribute("aria-pressed", String(button.dataset.layout === layout));
  for (const note of all("[data-notes]")) note.hidden = note.dataset.notes !== view;
  show();
}

function showView(name) {
  view = name;
  editor.select(null);
  arrange();
  find(`[data-visit=now][data-pane="${CSS.escape(name)}"]`)?.focus({ preventScroll: true });
}

function nextView() {
  const names = page.photos.map((photo) => photo.view);
  showView(names[(names.indexOf(view) + 1) % names.length]);
}

function lay(name) {
  layout = layout === name ? "one" : name;
  arrange();
}

// --- What is seen ---

const box = (name) => find(`[data-show="${name}"]`);
const flip = (name) => box(name)?.click();

function visible(name) {
  if (!box("findings").checked) return [];
  return [...store.lesions.values()]
    .filter((one) => one.view === name && box(one.type).checked)
    .filter((one) => one.stands || (one.verdict === "rejected" && (box("rejected").checked || one.key === editor.selected)))
    .filter((one) => !box("deciding").checked || one.decides)
    .map((one) => editor.shape(one));
}

// What decides may lie on a view that is not looked at: then that view comes to the front.
function toWhatDecides() {
  const deciding = [...store.lesions.values()].filter((one) => one.stands && one.decides);
  const here = deciding.some((one) => one.view === view);
  if (box("deciding").checked && deciding.length && !here) showView(deciding[0].view);
  if (box("deciding").checked) tell(texts.deciding.replace("{count}", deciding.length));
  show();
}

// The case as the machine left it, on demand.
const byMachine = (name) =>
  [...store.lesions.values()].filter((one) => one.view === name && one.found && one.score >= store.limits[name][one.found.type]).map((one) => ({ ...one, ...one.found, verdict: "", stands: true }));

let asked = 0;
function show() {
  asked ||= requestAnimationFrame(() => {
    asked = 0;
    drawPanes();
    list.show(visible(view), editor.selected);
  });
}

function drawPanes() {
  for (const pane of shownPanes()) {
    if (!pane.isOfNow) continue;
    const { photo } = pane;
    const here = photo.view === view;
    const { draft } = editor;
    const polygon = draft?.polygon && draft.next ? [...draft.polygon, draft.next] : draft?.polygon;
    pane.overlay.set({
      lesions: box("machine").checked ? byMachine(photo.view) : visible(photo.view),
      selected: here ? editor.selected : null,
      editable: !box("machine").checked,
      regions: box("regions").checked ? photo.regions : [],
      heatmap: box("heatmap").checked ? photo.heat : null,
      draft: here && draft ? { ...draft, polygon } : null,
      measure: here ? editor.measured : null,
    });
    pane.element.classList.toggle("pane--drawing", editor.tool !== "select");
    if (pane.viewer.isOpen()) pane.draw();
  }
  showZoom();
  if (!editor.measured && editor.tool === "select") find("[data-measured]").textContent = "";
  showBar();
  for (const tool of all("[data-tool]")) tool.setAttribute("aria-pressed", String(tool.dataset.tool === editor.tool));
}

// What can be done with the finding, or with the outline that is being drawn.
function showBar() {
  const { lesion } = editor;
  find("[data-finding]").hidden = !lesion || editor.tool !== "select" || box("machine").checked;
  find("[data-outline]").hidden = !editor.draft?.polygon;
  for (const button of all("[data-retype]")) button.setAttribute("aria-pressed", String(button.dataset.retype === lesion?.type));
  for (const [what, verdict] of [["confirm", "accepted"], ["reject", "rejected"]]) {
    find(`[data-do=${what}]`).setAttribute("aria-pressed", String(lesion?.verdict === verdict));
  }
}

function showZoom() {
  const pane = current();
  if (pane?.viewer.isOpen()) find("[data-zoom-now]").textContent = `${Math.round(100 * pane.scale)} %`;
}

function light() {
  const [brightness, contrast] = ["brightness", "contrast"].map((name) => Number(find(`[data-light=${name}]`).value));
  for (const pane of panes.values()) if (pane.viewer.drawer) pane.light(brightness, contrast);
}

async function heat() {
  if (box("heatmap").checked) {
    for (const photo of page.photos) {
      if (photo.heatmap && !photo.heat) photo.heat = await heatmapOf(photo.heatmap, photo.heatmapBox).catch(() => null);
    }
  }
  show();
}

// --- What follows from the findings ---

store.listen(({ grades, panel, threshold, undoNumber, redoNumber, pending }) => {
  if (editor?.selected && !store.lesion(editor.selected)) editor.selected = null;
  const element = find("[data-panel]");
  if (panel !== element.shown) {
    const open = new Set([...element.querySelectorAll("details[open]")].map((one) => one.className));
    const template = document.createElement("template");
    template.innerHTML = panel;
    for (const details of template.content.querySelectorAll("details")) details.open = open.has(details.className);
    element.replaceChildren(template.content);
    element.shown = panel;
  }
  for (const count of all("[data-count]")) count.textContent = grades.counts[count.dataset.count];
  find("[data-threshold]").value = threshold ?? page.threshold;
  find("[data-threshold-now]").textContent = threshold === null ? texts.own : threshold.toFixed(2);
  find("[data-threshold-own]").hidden = threshold === null;
  find("[data-do=undo]").disabled = undoNumber === null && !pending;
  find("[data-do=redo]").disabled = redoNumber === null && !pending;
  show();
});

// --- The walk from lesion to lesion ---

function choose(key) {
  editor.select(key);
  const one = store.lesion(key);
  if (one) current()?.reveal(one.box);
}

// The walk keeps the order that it set out in: what is judged on the way does not change its place.
let route = [];

// False at either end, where Tab goes on to the rest of the page.
function walk(step) {
  const seen = new Set(visible(view).map((one) => one.key));
  if (!route.includes(editor.selected)) route = ordered(visible(view)).map((one) => one.key);
  const here = route.indexOf(editor.selected);
  const ahead = step > 0 ? route.slice(here + 1) : route.slice(0, here < 0 ? route.length : here).reverse();
  const next = ahead.find((key) => seen.has(key));
  if (!next) {
    route = [];
    editor.select(null);
    return false;
  }
  choose(next);
  const place = texts.place.replace("{place}", route.indexOf(next) + 1).replace("{all}", route.length);
  tell(`${list.words(store.lesion(next)).join(", ")}. ${place}`);
  return true;
}

// --- Controls ---

const zooms = {
  in: () => current()?.zoom(1),
  out: () => current()?.zoom(-1),
  fit: () => current()?.fit(),
  actual: () => current()?.actual(),
};
const go = (selector) => {
  const field = decision.querySelector(selector);
  field?.focus();
  field?.scrollIntoView({ block: "center" });
};
const slider = find("[data-threshold]");
const setThreshold = (value) => store.take("threshold", { threshold: value });
const shiftThreshold = (by) => setThreshold(Math.min(0.95, Math.max(page.floor, Math.round(100 * (Number(slider.value) + by)) / 100)));

const actions = {
  a: () => editor.acceptAll(),
  n: () => editor.use("box"),
  p: () => editor.use("polygon"),
  m: () => editor.use("measure"),
  v: nextView,
  x: () => lay("all"),
  b: () => lay("before"),
  h: () => flip("findings"),
  r: () => flip("regions"),
  e: () => flip("heatmap"),
  d: () => flip("deciding"),
  o: () => flip("machine"),
  "+": zooms.in,
  "=": zooms.in,
  "-": zooms.out,
  0: zooms.fit,
  9: zooms.actual,
  "[": () => shiftThreshold(-0.05),
  "]": () => shiftThreshold(0.05),
  g: () => go("[name=grade]:checked, [name=grade]"),
  s: () => go("[name=assessment]"),
  t: () => go("[name=advice]"),
  f: () => go("[name=next_visit_on]"),
  q: () => document.querySelector("[data-queue]").click(),
};

const does = {
  undo: () => editor.undo(),
  redo: () => editor.redo(),
  accept: () => editor.acceptAll(),
  confirm: () => editor.accept(),
  reject: () => editor.reject(),
  back: () => editor.dropCorner(),
  close: () => editor.enter(current()),
};

station.addEventListener("click", (event) => {
  const button = event.target.closest("button");
  if (!button) return;
  const { view: name, layout: wanted, tool, zoomTo, retype, do: what } = button.dataset;
  if (name) showView(name);
  if (wanted) lay(wanted);
  if (tool) editor.use(tool === editor.tool ? editor.tool : tool);
  if (zoomTo) zooms[zoomTo]();
  if (retype) editor.retype(retype);
  if (what) does[what]();
  if (button.closest("[data-finding], [data-outline]")) current()?.element.focus({ preventScroll: true });
});
const onShown = { heatmap: heat, deciding: toWhatDecides };
for (const one of all("[data-show]")) one.addEventListener("change", onShown[one.dataset.show] ?? show);
for (const one of all("[data-light]")) one.addEventListener("input", light);
find("[data-light-plain]").addEventListener("click", () => {
  for (const one of all("[data-light]")) one.value = 100;
  light();
});
slider.addEventListener("input", () => store.preview(Number(slider.value)));
slider.addEventListener("change", () => setThreshold(Number(slider.value)));
find("[data-threshold-own]").addEventListener("click", () => setThreshold(null));

function sign() {
  decision.requestSubmit();
}

listen({ editor, actions, pane: current, types: TYPES, walk, dialog, sign });

// What is not saved yet is saved before the page is left by a form.
document.addEventListener(
  "submit",
  (event) => {
    editor.settle();
    if (!store.pending || store.lost || event.target.method === "dialog") return;
    event.preventDefault();
    event.stopImmediatePropagation();
    const { target, submitter } = event;
    store.flush().then(() => target.requestSubmit(submitter?.form === target ? submitter : undefined));
  },
  true,
);

const opener = document.querySelector("[data-open-keys]");
opener.hidden = false;
opener.addEventListener("click", () => dialog.showModal());

if (view) {
  arrange();
  if (document.activeElement === document.body) find(`[data-visit=now][data-pane="${CSS.escape(view)}"]`)?.focus({ preventScroll: true });
}
// So that the measure of frames and the tests of geometry can ask where things are drawn.
station.panes = panes;
