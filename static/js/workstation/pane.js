// One photo in OpenSeadragon, with the findings drawn over it on a canvas of our own. All that is
// drawn is in pixels of the photo: one transformation brings it where the photo lies.

import { Overlay } from "./overlay.js";

const { OpenSeadragon } = window;
const LARGEST = 8; // screen pixels for one of the photo
const STEP = 1.25;
const FINGER = 10; // CSS pixels
const BAR = 56; // CSS pixels: what is done with a finding stands over the photo's upper edge
const JUDGED_FROM = 32; // CSS pixels that a finding must measure to be judged

// OpenSeadragon writes a style sheet into the page unless it finds one of its own; our CSP forbids
// that, and workstation.css says the same. An element of no namespace is found, and is no style.
const found = document.createElementNS(null, "style");
found.setAttribute("data-openseadragon-mobile-css", "");
document.head.append(found);

export class Pane {
  constructor(element, photo, { onMove, onResize, onPress, onDrag, onRelease, onClick, onHover }) {
    this.element = element;
    this.photo = photo;
    this.viewer = OpenSeadragon({
      element: element.querySelector("[data-photo]"),
      tileSources: pyramid(photo.levels),
      drawer: "canvas",
      showNavigationControl: false,
      visibilityRatio: 0.6,
      minZoomImageRatio: 0.9,
      maxZoomPixelRatio: LARGEST,
      zoomPerScroll: STEP,
      animationTime: reducedMotion() ? 0 : 0.25,
      springStiffness: 12,
      gestureSettingsMouse: { clickToZoom: false, dblClickToZoom: false },
      gestureSettingsTouch: { clickToZoom: false, dblClickToZoom: false },
      gestureSettingsPen: { clickToZoom: false, dblClickToZoom: false },
    });
    this.viewer.innerTracker.keyHandler = null; // the keys are ours
    this.viewer.innerTracker.keyDownHandler = null;
    this.viewer.canvas.tabIndex = -1; // the pane around it has the focus
    this.overlay = new Overlay(this.viewer.canvas);
    this.viewer.addHandler("update-viewport", () => this.draw());
    for (const moved of ["viewport-change", "animation-finish"]) this.viewer.addHandler(moved, () => onMove(this));
    this.slack = 0; // how far beside its goal the pointer in use may come down
    this.moving = false;
    this.viewer.addHandler("animation-start", () => { this.moving = true; });
    this.viewer.addHandler("animation-finish", () => {
      this.moving = false;
      this.draw();
    });
    // A tablet is turned, a window drawn larger: what filled the pane fills it again.
    this.isFitted = true;
    for (const moved of ["viewport-change", "animation-finish"]) {
      this.viewer.addHandler(moved, () => { this.isFitted = Math.abs(this.viewport.getZoom() / this.viewport.getHomeZoom() - 1) < 0.01; });
    }
    this.viewer.addHandler("resize", () => {
      const { isFitted } = this;
      requestAnimationFrame(() => {
        if (isFitted) this.viewport.goHome(true);
        this.draw();
        onResize();
      });
    });
    const at = (event) => this.toPhoto(event.position);
    this.viewer.addHandler("canvas-press", (event) => {
      this.slack = event.originalEvent.pointerType === "touch" ? FINGER : 0;
      onPress(this, at(event));
    });
    this.viewer.addHandler("canvas-drag", (event) => {
      event.preventDefaultAction = onDrag(this, at(event));
    });
    this.viewer.addHandler("canvas-release", (event) => onRelease(this, at(event)));
    this.viewer.addHandler("canvas-drag-end", (event) => {
      event.preventDefaultAction = true; // it stays where the hand let go
    });
    this.viewer.addHandler("canvas-click", (event) => event.quick && onClick(this, at(event)));
    this.viewer.addHandler("canvas-double-click", (event) => onClick(this, at(event), true));
    this.viewer.canvas.addEventListener("pointermove", (event) => {
      if (!event.buttons) onHover(this, this.toPhoto(this.#within(event)));
    });
    this.opened = new Promise((resolve) => {
      this.viewer.addOnceHandler("open", resolve);
      this.viewer.addOnceHandler("open-failed", resolve);
    });
  }

  get viewport() {
    return this.viewer.viewport;
  }

  // Screen pixels (of CSS) for one pixel of the photo, as drawn at this moment.
  get scale() {
    return (this.viewport.getZoom(true) * this.viewport.getContainerSize().x) / this.photo.width;
  }

  get origin() {
    return this.viewport.pixelFromPoint(new OpenSeadragon.Point(0, 0), true);
  }

  toScreen([x, y]) {
    const { origin, scale } = this;
    return [origin.x + x * scale, origin.y + y * scale];
  }

  toPhoto({ x, y }) {
    const { origin, scale } = this;
    return [(x - origin.x) / scale, (y - origin.y) / scale];
  }

  // The photo's point in the middle of the pane.
  get centre() {
    const { x, y } = this.viewport.getContainerSize();
    return this.toPhoto({ x: x / 2, y: y / 2 });
  }

  draw() {
    const { x, y } = this.viewport.getContainerSize();
    this.overlay.draw({ width: x, height: y, scale: this.scale, origin: this.origin, moving: this.moving });
  }

  fit() {
    this.viewport.goHome();
  }

  actual() {
    this.viewport.zoomTo(this.#zoomOf(1));
    this.viewport.applyConstraints();
  }

  zoom(steps) {
    this.viewport.zoomBy(STEP ** steps);
    this.viewport.applyConstraints();
  }

  // Bring a box into view, large enough to judge it; what is well in view stays where it is.
  reveal([x, y, width, height]) {
    const size = this.viewport.getContainerSize();
    const [left, top] = this.toScreen([x, y]);
    const side = Math.max(width, height) * this.scale;
    const margin = 24;
    const inView =
      left > margin && top > margin + BAR && left + width * this.scale < size.x - margin && top + height * this.scale < size.y - margin;
    if (inView && side >= JUDGED_FROM) return;
    const middle = new OpenSeadragon.Point((x + width / 2) / this.photo.width, (y + height / 2) / this.photo.width);
    if (side < JUDGED_FROM) {
      const wanted = Math.min(LARGEST, Math.min(size.x, size.y) / (8 * Math.max(width, height)));
      this.viewport.zoomTo(this.#zoomOf(wanted));
    }
    this.viewport.panTo(middle);
    this.viewport.applyConstraints();
  }

  // Where this pane stands, told so that a photo of another size can stand there too.
  get stand() {
    const centre = this.viewport.getCenter(true);
    return { zoom: this.viewport.getZoom(true) / this.viewport.getHomeZoom(), x: centre.x, y: (centre.y * this.photo.width) / this.photo.height };
  }

  follow({ zoom, x, y }) {
    this.viewport.zoomTo(zoom * this.viewport.getHomeZoom(), null, true);
    this.viewport.panTo(new OpenSeadragon.Point(x, (y * this.photo.height) / this.photo.width), true);
  }

  // Light that changes how it looks and nothing of what is stored.
  light(brightness, contrast) {
    const plain = brightness === 100 && contrast === 100;
    this.viewer.drawer.canvas.style.filter = plain ? "" : `brightness(${brightness}%) contrast(${contrast}%)`;
  }

  #zoomOf(scale) {
    return (scale * this.photo.width) / this.viewport.getContainerSize().x;
  }

  #within(event) {
    const bounds = this.viewer.canvas.getBoundingClientRect();
    return { x: event.clientX - bounds.x, y: event.clientY - bounds.y };
  }
}

// The same picture in several sizes: what is loaded follows from how large it is shown.
function pyramid(levels) {
  const source = new OpenSeadragon.LegacyTileSource(levels);
  source.getClosestLevel = () => source.minLevel; // it would begin with the largest
  return source;
}

function reducedMotion() {
  return matchMedia("(prefers-reduced-motion: reduce)").matches;
}
