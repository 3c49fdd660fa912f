// A window on a photo: its SVG's viewBox, in pixels of the photo. Zooming and moving change nothing
// else, so what is drawn over the photo stays on its pixels.

const LARGEST = 8; // screen pixels for one of the photo
const STEP = 1.25;

export class Picture {
  constructor(svg, onChange) {
    this.svg = svg;
    this.onChange = onChange;
    const { width, height } = svg.viewBox.baseVal;
    this.photo = { width, height };
    this.fitted = true;
    svg.classList.add("picture--live");
    svg.addEventListener("wheel", (event) => this.#wheel(event), { passive: false });
    svg.addEventListener("pointerdown", (event) => this.#hold(event));
    new ResizeObserver(() => this.#resize()).observe(svg);
  }

  get scale() {
    return this.svg.clientWidth / this.svg.viewBox.baseVal.width;
  }

  get #fitScale() {
    const { clientWidth, clientHeight } = this.svg;
    return Math.min(clientWidth / this.photo.width, clientHeight / this.photo.height);
  }

  fit() {
    this.#show(this.#fitScale, this.photo.width / 2, this.photo.height / 2);
  }

  actual() {
    this.#zoomAt(1, ...this.#centre());
  }

  zoom(steps) {
    this.#zoomAt(this.scale * STEP ** steps, ...this.#centre());
  }

  // Bring a shape into the middle, large enough to judge it.
  reveal(shape) {
    const box = shape.getBBox();
    const wanted = Math.min(LARGEST, this.svg.clientWidth / (8 * Math.max(box.width, box.height)));
    this.#show(Math.max(this.scale, wanted), box.x + box.width / 2, box.y + box.height / 2);
  }

  #centre() {
    const { x, y, width, height } = this.svg.viewBox.baseVal;
    return [x + width / 2, y + height / 2];
  }

  // Zoom so that the photo's point (x, y) stays where it is on the screen.
  #zoomAt(scale, x, y) {
    const [centreX, centreY] = this.#centre();
    const kept = this.scale / this.#within(scale);
    this.#show(scale, x + (centreX - x) * kept, y + (centreY - y) * kept);
  }

  #within(scale) {
    const least = this.#fitScale;
    return Math.min(Math.max(scale, least), Math.max(LARGEST, least));
  }

  #show(wanted, centreX, centreY) {
    const scale = this.#within(wanted);
    this.fitted = scale <= this.#fitScale * 1.001;
    const width = this.svg.clientWidth / scale;
    const height = this.svg.clientHeight / scale;
    const x = inside(centreX, width, this.photo.width) - width / 2;
    const y = inside(centreY, height, this.photo.height) - height / 2;
    this.svg.setAttribute("viewBox", `${x} ${y} ${width} ${height}`);
    this.svg.classList.toggle("picture--zoomed", !this.fitted);
    this.onChange(this);
  }

  #resize() {
    if (!this.svg.clientWidth) return;
    if (this.fitted) this.fit();
    else this.#show(this.scale, ...this.#centre());
  }

  #wheel(event) {
    event.preventDefault();
    const bounds = this.svg.getBoundingClientRect();
    const { x, y } = this.svg.viewBox.baseVal;
    const at = [x + (event.clientX - bounds.x) / this.scale, y + (event.clientY - bounds.y) / this.scale];
    this.#zoomAt(this.scale * STEP ** (-Math.sign(event.deltaY)), ...at);
  }

  #hold(event) {
    if (this.fitted || event.button !== 0) return;
    const [startX, startY] = this.#centre();
    const move = (to) =>
      this.#show(
        this.scale,
        startX - (to.clientX - event.clientX) / this.scale,
        startY - (to.clientY - event.clientY) / this.scale,
      );
    const end = () => {
      this.svg.classList.remove("picture--held");
      this.svg.removeEventListener("pointermove", move);
    };
    this.svg.setPointerCapture(event.pointerId);
    this.svg.classList.add("picture--held");
    this.svg.addEventListener("pointermove", move);
    this.svg.addEventListener("pointerup", end, { once: true });
    this.svg.addEventListener("pointercancel", end, { once: true });
  }
}

// Where the window's centre may be, so that the photo fills it or is centred in it.
function inside(centre, window, photo) {
  if (window >= photo) return photo / 2;
  return Math.min(Math.max(centre, window / 2), photo - window / 2);
}
