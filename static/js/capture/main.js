// The page that takes one view after the other: camera or picker, look, still, review, send.

import { Camera, CameraError } from "./camera.js";
import { Guide } from "./guide.js";
import { loadJudge } from "./judges.js";
import { Keeper } from "./keeper.js";
import { Outbox } from "./outbox.js";
import { Steps } from "./steps.js";

const EVERY_MS = 250;
const SHORT_BUZZ_MS = 80;

const setup = JSON.parse(document.getElementById("capture-setup").textContent);
const root = document.getElementById("capture");
const steps = new Steps(root, setup);
const camera = new Camera(root.querySelector("video"));
const keeper = new Keeper(setup.keeping);
const outbox = new Outbox({
  keeper,
  announce: setup.upload,
  token: root.querySelector("[name=csrfmiddlewaretoken]").value,
  onChange: (entry) => steps.showSending(entry),
});
const toTake = [...setup.views];
let loading = null; // the promise of a judge
let facing = "user";
let watching = 0; // which round of looks is the current one
let isTaking = false;
let taken = null;

const view = () => toTake[0];

// Photos kept from before: what was chosen is sent, what was not is looked at again.
async function begin() {
  const kept = await keeper.all().catch(() => []); // a private window keeps nothing
  const isAsked = (one) => toTake.some((asked) => asked.view === one.view);
  for (const { view: name } of kept.filter((one) => !isAsked(one))) keeper.drop(name); // has arrived
  const wanted = kept.filter(isAsked);
  const chosen = wanted.filter((one) => one.isChosen);
  for (const { view: name, blob } of chosen) {
    toTake.splice(toTake.findIndex((asked) => asked.view === name), 1);
    outbox.put(name, blob);
  }
  steps.showKept(chosen.map((one) => one.view));
  const open = wanted.find((one) => !one.isChosen);
  if (open) putFirst(open.view);
  if (open) review(open.blob);
  else steps.show(toTake.length ? "start" : "end");
}

function putFirst(name) {
  const asked = setup.views.find((one) => one.view === name);
  const place = toTake.indexOf(asked);
  if (place >= 0) toTake.splice(place, 1);
  toTake.unshift(asked);
}

async function start() {
  stopWatching();
  steps.show("wait");
  try {
    await camera.open(facing);
    const judge = await theJudge();
    steps.showView(view(), { mirrored: facing === "user" });
    watch(judge);
  } catch (error) {
    useThePicker(error instanceof CameraError ? error.code : "no_guide");
    if (!(error instanceof CameraError)) throw error;
  }
}

async function theJudge() {
  loading ??= loadJudge(setup);
  try {
    return await loading;
  } catch (error) {
    loading = null; // the connection may be back next time
    throw error;
  }
}

function useThePicker(code) {
  stopWatching();
  camera.close();
  steps.showPicker(view(), code);
}

// --- Looking --------------------------------------------------------------------------------------

async function watch(judge) {
  watching += 1;
  const round = watching;
  const guide = new Guide();
  while (round === watching) {
    const began = performance.now();
    if (camera.isShowing && !document.hidden) await lookOnce(judge, guide, round);
    const took = performance.now() - began;
    const pause = Math.max(EVERY_MS - took, judge.rest * took);
    await new Promise((resolve) => setTimeout(resolve, pause));
  }
}

async function lookOnce(judge, guide, round) {
  const began = performance.now();
  const { picture } = camera;
  const { view: name } = view();
  const seen = await judge.live(picture, name, camera.enlarged).catch((error) => error);
  if (round !== watching) return; // the camera was closed meanwhile
  if (seen instanceof Error) {
    loading = null; // a judge that failed is not asked again
    judge.close();
    useThePicker("no_guide");
    throw seen;
  }
  const { code, filled } = guide.look(seen, picture, name);
  steps.showInstruction(code, filled);
  performance.measure("look", { start: began });
  if (filled === 1 && steps.isAutomatic) take();
}

function stopWatching() {
  watching += 1;
}

// --- One photo ------------------------------------------------------------------------------------

async function take() {
  if (isTaking) return;
  isTaking = true;
  stopWatching();
  navigator.vibrate?.(SHORT_BUZZ_MS);
  const blob = await camera.still();
  camera.close();
  isTaking = false;
  review(blob);
}

async function review(blob) {
  taken = blob;
  steps.showStill(blob, view());
  keeper.keep(view().view, blob, { isChosen: false }).catch(() => {}); // as above
  const judge = await theJudge().catch(() => null);
  // A file that the browser cannot open, such as HEIC, is judged by the server alone.
  const verdict = judge && (await judge.still(blob, view().view).catch(() => null));
  if (taken === blob) steps.showVerdict(verdict);
}

function use() {
  outbox.put(view().view, taken);
  taken = null;
  toTake.shift();
  if (toTake.length) start();
  else steps.show("end");
}

function again(viewName) {
  if (viewName) putFirst(viewName);
  else keeper.drop(view().view).catch(() => {});
  start();
}

const ACTIONS = {
  start,
  use,
  again: (button) => again(button.dataset.view),
  take,
  picker: () => useThePicker("chosen"),
  turn: () => {
    stopWatching();
    facing = facing === "user" ? "environment" : "user";
    start();
  },
};

root.addEventListener("click", ({ target }) => {
  const button = target.closest("[data-do]");
  if (button) ACTIONS[button.dataset.do](button);
});

root.addEventListener("change", ({ target }) => {
  if (target.type !== "file" || !target.files.length) return;
  review(target.files[0]);
  target.value = "";
});

window.addEventListener("pagehide", () => camera.close());
begin();
