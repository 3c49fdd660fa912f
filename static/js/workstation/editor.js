// Changing findings: by the pointer on a photo, by keys on the one that is selected.

import { CORNERS, HANDLE, hasHandles } from "./overlay.js";
import { LEAST, at, between, cornered, distance, moved, octagon, resized, round, tenth, within } from "./shapes.js";

const NUDGES_PAUSE = 500; // ms: several presses of an arrow are one step
const SIZE = 0.03; // of the photo's width, for a box that nobody drew

export class Editor {
  constructor(store, { show, tell, texts, visible }) {
    this.store = store;
    this.show = show; // draws anew
    this.tell = tell; // what a screen reader hears
    this.texts = texts;
    this.visible = visible; // the findings of a pane that can be seen
    this.tool = "select";
    this.type = "papule";
    this.selected = null;
    this.draft = null;
    this.measured = null;
    this.grip = null;
    this.nudged = null;
    window.addEventListener("pagehide", () => this.settle());
  }

  get lesion() {
    return this.selected && this.store.lesion(this.selected);
  }

  // The selected finding as it is at this moment, in the middle of a move too.
  shape(one) {
    return this.nudged?.key === one.key ? { ...one, ...this.nudged.shape } : one;
  }

  select(key) {
    if (key !== this.selected) this.settle();
    this.selected = key;
    this.show();
  }

  use(tool) {
    this.settle();
    this.tool = this.tool === tool ? "select" : tool;
    this.draft = null;
    this.measured = null;
    this.tell(this.texts.tools[this.tool], this.tool !== "select");
    this.show();
  }

  // --- Judging ---

  accept() {
    if (this.lesion) this.#step("accept", { target: this.selected });
  }

  reject() {
    if (this.lesion) this.#step("reject", { target: this.selected });
  }

  retype(type) {
    this.type = type;
    if (this.lesion) this.#step("retype", { target: this.selected, type });
    else this.tell(this.texts.newOnes.replace("{type}", this.texts.types[type]));
    this.show();
  }

  acceptAll() {
    this.#step("accept_all");
    this.tell(this.texts.allAccepted);
  }

  undo() {
    this.settle();
    this.store.undo();
  }

  redo() {
    this.settle();
    this.store.redo();
  }

  // --- By the arrows ---

  nudge(pane, across, down, resizing) {
    const one = this.lesion;
    if (!one || one.view !== pane.photo.view) return false;
    const step = Math.max(1, Math.round(2 / pane.scale));
    const change = resizing ? resized : moved;
    this.#hold(one, change(this.shape(one), across * step, down * step, pane.photo));
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.settle(), NUDGES_PAUSE);
    return true;
  }

  // What was moved becomes a step.
  settle() {
    clearTimeout(this.timer);
    const { nudged } = this;
    this.nudged = null;
    if (!nudged) return;
    const one = this.store.lesion(nudged.key);
    if (one && JSON.stringify([one.box, one.polygon]) !== JSON.stringify([nudged.shape.box, nudged.shape.polygon])) {
      this.store.take("reshape", { target: nudged.key, ...nudged.shape });
    }
  }

  #hold(one, shape) {
    this.nudged = { key: one.key, shape };
    this.show();
  }

  // Enter: closes an outline, puts a new shape into the middle, else accepts.
  enter(pane) {
    if (this.tool === "polygon" && this.draft) return this.#close(pane);
    if (this.tool === "box" || this.tool === "polygon") return this.#putInTheMiddle(pane);
    if (!this.lesion) return false;
    this.accept();
    return true;
  }

  #putInTheMiddle(pane) {
    const side = SIZE * pane.photo.width;
    const [x, y] = pane.centre;
    const polygon = this.tool === "polygon" ? octagon([x, y], side / 2) : null;
    const box = polygon ? round(polygon) : [x - side / 2, y - side / 2, side, side].map(tenth);
    this.#add(pane, within({ box, polygon }, pane.photo));
    return true;
  }

  #add(pane, { box, polygon }) {
    const { photo } = pane;
    const type = polygon && !["cyst", "scar"].includes(this.type) ? "cyst" : this.type;
    this.settle();
    this.selected = this.store.take("add", { photo: photo.id, view: photo.view, type, box, polygon });
    this.tool = "select";
    this.draft = null;
    this.tell(this.texts.added.replace("{type}", this.texts.types[type]));
    this.show();
  }

  #step(kind, change) {
    this.settle();
    this.store.take(kind, change);
  }

  // --- By the pointer ---

  press(pane, point) {
    const one = this.lesion;
    if (this.tool === "box" || this.tool === "measure") this.grip = { start: point };
    else if (this.tool === "select" && one?.view === pane.photo.view) this.grip = this.#gripOn(pane, this.shape(one), point);
  }

  #gripOn(pane, one, point) {
    const [x, y, width, height] = one.box;
    const reach = (HANDLE + 5 + pane.slack) / pane.scale;
    const corner = hasHandles(one.box, pane.scale) && CORNERS.find(([across, down]) => distance(point, [x + across * width, y + down * height]) < reach);
    if (corner) return { one, corner };
    return at([one], point, (3 + pane.slack) / pane.scale) ? { one, start: point } : null;
  }

  // Whether the drag is ours; else it moves the photo.
  drag(pane, point) {
    const { grip } = this;
    if (this.tool === "polygon") return false;
    if (!grip) return false;
    const { photo } = pane;
    if (this.tool === "measure") this.measured = [grip.start, point];
    else if (this.tool === "box") this.draft = { box: between(grip.start, point, photo) };
    else if (grip.corner) return this.#hold(grip.one, cornered(grip.one, grip.corner, point, photo)) ?? true;
    else return this.#hold(grip.one, moved(grip.one, point[0] - grip.start[0], point[1] - grip.start[1], photo)) ?? true;
    this.show();
    return true;
  }

  release(pane) {
    const { grip, draft } = this;
    this.grip = null;
    if (!grip) return;
    if (this.tool === "measure" && this.measured) return this.#measure(pane);
    if (this.tool === "box" && draft?.box && Math.max(draft.box[2], draft.box[3]) > LEAST) this.#add(pane, { box: draft.box, polygon: null });
    else this.settle();
  }

  click(pane, point, double) {
    if (this.tool === "polygon") return double ? this.#close(pane) : this.#corner(pane, point);
    if (this.tool !== "select") return;
    this.select(at(this.visible(pane), point, (4 + pane.slack) / pane.scale)?.key ?? null);
  }

  hover(pane, point) {
    if (this.tool === "polygon" && this.draft) {
      this.draft = { ...this.draft, next: point };
      this.show();
    }
  }

  #corner(pane, [x, y]) {
    const { photo } = pane;
    const point = [Math.min(Math.max(x, 0), photo.width), Math.min(Math.max(y, 0), photo.height)].map(tenth);
    this.draft = { polygon: [...(this.draft?.polygon ?? []), point] };
    this.show();
  }

  dropCorner() {
    if (!this.draft?.polygon) return false;
    const polygon = this.draft.polygon.slice(0, -1);
    this.draft = polygon.length ? { polygon } : null;
    this.show();
    return true;
  }

  #close(pane) {
    const polygon = this.draft?.polygon.filter((point, place, all) => !place || distance(point, all[place - 1]) > 1);
    if (!polygon || polygon.length < 3) {
      this.tell(this.texts.fewCorners, true);
      return true;
    }
    this.#add(pane, { box: round(polygon), polygon });
    return true;
  }

  #measure(pane) {
    const pixels = distance(...this.measured);
    const { pixelsPerMm } = pane.photo;
    const told = pixelsPerMm ? this.texts.millimetres : this.texts.pixels;
    this.tell(told.replace("{px}", Math.round(pixels)).replace("{mm}", (pixels / (pixelsPerMm ?? 1)).toFixed(1)), true);
    this.show();
  }

  escape() {
    if (this.tool !== "select") return this.use(this.tool);
    this.measured = null;
    this.select(null);
  }
}
