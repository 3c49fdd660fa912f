// What lies over a photo: findings, regions, heatmap, the shape being drawn. A frame costs little,
// however many findings there are: it is drawn with something to spare round the pane, and while the
// photo moves the drawing is moved with it, until it shows too little or too coarsely. At rest it is
// always drawn anew, line by line where it lies.

export const TYPES = ["comedone", "papule", "pustule", "nodule", "cyst", "scar"];
// Told apart without colour: each has its dash, and its number stands beside it.
const DASHES = { comedone: [], papule: [], pustule: [2, 3], nodule: [9, 3], cyst: [9, 3, 2, 3], scar: [4, 4] };
const WIDTH = 2; // CSS pixels
const CASING = 4.5;
const LABELLED_FROM = 14; // CSS pixels that a shape must measure to carry its number
const MARK = 14;
export const HANDLE = 5;
const SPARE = 0.25; // of the pane, on each side
const COARSE = 1.3; // how much larger or smaller a moved drawing may be than it was drawn

export class Overlay {
  constructor(host) {
    this.canvas = document.createElement("canvas");
    this.canvas.className = "pane__findings";
    this.canvas.setAttribute("aria-hidden", "true");
    host.append(this.canvas);
    this.context = this.canvas.getContext("2d");
    this.shown = { lesions: [], selected: null, editable: true, regions: [], heatmap: null, draft: null, measure: null };
    this.colours = readColours();
    this.marks = new Map();
    this.drawn = null;
    this.set({});
  }

  set(changes) {
    Object.assign(this.shown, changes);
    this.regions = pathOf(this.shown.regions.map((one) => ({ polygon: one.points })));
    this.drawn = null;
  }

  // `origin`: where the photo's corner lies in the pane; `scale`: CSS pixels for one of the photo.
  draw({ width, height, scale, origin, moving }) {
    const pane = { width, height, scale, origin };
    if (moving && this.#move(pane)) return;
    const ratio = window.devicePixelRatio || 1;
    const whole = (length) => Math.round(length * ratio) / ratio; // device pixels
    const spare = { x: whole(SPARE * width), y: whole(SPARE * height) };
    this.#fit({ width: width + 2 * spare.x, height: height + 2 * spare.y, spare, ratio });
    this.#paint({
      width: width + 2 * spare.x,
      height: height + 2 * spare.y,
      scale,
      origin: { x: origin.x + spare.x, y: origin.y + spare.y },
      ratio,
    });
    this.drawn = { ...pane, spare };
  }

  // Lays what was drawn where it belongs now; false where that would show less than the pane.
  #move({ width, height, scale, origin }) {
    const { drawn } = this;
    if (!drawn || drawn.width !== width || drawn.height !== height) return false;
    const by = scale / drawn.scale;
    if (by > COARSE || by < 1 / COARSE) return false;
    const { spare } = drawn;
    const x = origin.x - by * (drawn.origin.x + spare.x);
    const y = origin.y - by * (drawn.origin.y + spare.y);
    const covers = x <= 0 && y <= 0 && x + by * (width + 2 * spare.x) >= width && y + by * (height + 2 * spare.y) >= height;
    if (covers) this.canvas.style.transform = `matrix(${by}, 0, 0, ${by}, ${x}, ${y})`;
    return covers;
  }

  #fit({ width, height, spare, ratio }) {
    const [wide, high] = [Math.round(width * ratio), Math.round(height * ratio)];
    if (this.canvas.width !== wide || this.canvas.height !== high) {
      this.canvas.width = wide;
      this.canvas.height = high;
      this.canvas.style.width = `${wide / ratio}px`;
      this.canvas.style.height = `${high / ratio}px`;
      this.marks.clear();
    }
    this.canvas.style.transform = `translate(${-spare.x}px, ${-spare.y}px)`;
  }

  #paint({ width, height, scale, origin, ratio }) {
    const [wide, high] = [this.canvas.width, this.canvas.height];
    this.scale = scale;
    const { context } = this;
    context.setTransform(1, 0, 0, 1, 0, 0);
    context.clearRect(0, 0, wide, high);
    context.setTransform(ratio, 0, 0, ratio, 0, 0);
    const seen = this.#inView({ width, height, scale, origin });
    const onPhoto = () => context.setTransform(ratio * scale, 0, 0, ratio * scale, ratio * origin.x, ratio * origin.y);
    onPhoto();
    this.#heatmap();
    if (this.regions) this.#stroke(this.regions, this.colours.region, 1.5, [2, 5]);
    context.setTransform(ratio, 0, 0, ratio, 0, 0);
    this.#findings(seen);
    onPhoto();
    this.#selected();
    this.#drafts();
    context.setTransform(ratio, 0, 0, ratio, 0, 0);
    this.#labels(seen, ratio);
  }

  // Each finding in view with its place on the screen.
  #inView({ width, height, scale, origin }) {
    const seen = [];
    for (const one of this.shown.lesions) {
      const [x, y, wide, high] = one.box;
      const place = [origin.x + x * scale, origin.y + y * scale, wide * scale, high * scale];
      if (place[0] < width && place[1] < height && place[0] + place[2] > 0 && place[1] + place[3] > 0) {
        seen.push({ one, place, outline: one.polygon?.map(([px, py]) => [origin.x + px * scale, origin.y + py * scale]) });
      }
    }
    return seen;
  }

  #findings(seen) {
    const { context } = this;
    context.setLineDash([]);
    context.strokeStyle = this.colours.casing;
    context.lineWidth = CASING;
    for (const one of seen) if (one.one.stands) this.#line(one);
    for (const type of TYPES) {
      context.strokeStyle = this.colours[type];
      context.lineWidth = WIDTH;
      context.setLineDash(DASHES[type]);
      for (const one of seen) if (one.one.stands && one.one.type === type) this.#line(one);
    }
    context.strokeStyle = this.colours.region;
    context.lineWidth = 1;
    context.setLineDash([2, 4]);
    for (const one of seen) if (!one.one.stands) this.#line(one);
  }

  #line({ one, place, outline }) {
    const { context } = this;
    const [x, y, width, height] = place;
    if (!outline && one.type !== "comedone") return context.strokeRect(x, y, width, height);
    context.beginPath();
    if (outline) {
      for (const point of outline) context.lineTo(...point);
      context.closePath();
    } else context.ellipse(x + width / 2, y + height / 2, width / 2, height / 2, 0, 0, 2 * Math.PI);
    return context.stroke();
  }

  #stroke(path, colour, width, dash) {
    const { context, scale } = this;
    context.strokeStyle = colour;
    context.lineWidth = width / scale;
    context.setLineDash(dash.map((length) => length / scale));
    context.stroke(path);
  }

  #cased(path, colour, width, dash) {
    this.#stroke(path, this.colours.casing, width + CASING - WIDTH, []);
    this.#stroke(path, colour, width, dash);
  }

  #heatmap() {
    const { heatmap } = this.shown;
    if (!heatmap) return;
    this.context.globalAlpha = 0.55;
    this.context.drawImage(heatmap.canvas, ...heatmap.box);
    this.context.globalAlpha = 1;
  }

  #selected() {
    const one = this.shown.lesions.find(({ key }) => key === this.shown.selected);
    if (!one) return;
    this.#cased(pathOf([one]), this.colours[one.type], 4, []);
    if (!this.shown.editable || !hasHandles(one.box, this.scale)) return;
    const [x, y, width, height] = one.box;
    const handle = HANDLE / this.scale;
    for (const [across, down] of CORNERS) {
      const place = [x + across * width - handle, y + down * height - handle, 2 * handle, 2 * handle];
      this.context.fillStyle = this.colours.region;
      this.context.fillRect(...place);
      this.#stroke(rectangle(place), this.colours.casing, 1, []);
    }
  }

  #drafts() {
    const { draft, measure } = this.shown;
    if (draft) this.#cased(draft.polygon ? line(draft.polygon) : pathOf([draft]), this.colours.region, WIDTH, [5, 4]);
    if (measure) this.#cased(line(measure), this.colours.region, WIDTH, []);
  }

  // The number of the type at its corner; filled where a doctor has confirmed it.
  #labels(seen, ratio) {
    for (const { one, place: [x, y, width, height] } of seen) {
      if (one.key !== this.shown.selected && Math.max(width, height) < LABELLED_FROM) continue;
      this.context.drawImage(this.#mark(one.type, one.verdict, ratio), x + width + 2, y - MARK, MARK, MARK);
    }
  }

  // Letters are dear: each mark is written once and then copied.
  #mark(type, verdict, ratio) {
    const name = `${type} ${verdict}`;
    if (!this.marks.has(name)) {
      const canvas = document.createElement("canvas");
      canvas.width = canvas.height = Math.ceil(MARK * ratio);
      const context = canvas.getContext("2d");
      context.scale(ratio, ratio);
      const confirmed = verdict === "accepted";
      context.fillStyle = confirmed ? this.colours[type] : this.colours.casing;
      context.fillRect(0, 0, MARK, MARK);
      context.fillStyle = confirmed ? this.colours.casing : this.colours[type];
      context.font = "600 11px system-ui, sans-serif";
      context.textBaseline = "middle";
      context.textAlign = "center";
      context.fillText(verdict === "rejected" ? "×" : String(TYPES.indexOf(type) + 1), MARK / 2, MARK / 2 + 0.5);
      this.marks.set(name, canvas);
    }
    return this.marks.get(name);
  }
}

export const CORNERS = [[0, 0], [1, 0], [0, 1], [1, 1]];

// On a small one they would hide what is judged; it can be moved, and resized once it is larger.
export const hasHandles = ([, , width, height], scale) => Math.min(width, height) * scale >= 6 * HANDLE;

function readColours() {
  const style = getComputedStyle(document.documentElement);
  const read = (name) => style.getPropertyValue(name).trim();
  const types = TYPES.map((type) => [type, read(`--lesion-${type}`)]);
  return { ...Object.fromEntries(types), casing: read("--lesion-casing"), region: read("--region") };
}

function pathOf(shapes) {
  if (!shapes.length) return null;
  const path = new Path2D();
  for (const { type, box, polygon } of shapes) {
    if (polygon) path.addPath(line([...polygon, polygon[0]]));
    else if (type === "comedone") {
      const [x, y, width, height] = box;
      path.moveTo(x + width, y + height / 2);
      path.ellipse(x + width / 2, y + height / 2, width / 2, height / 2, 0, 0, 2 * Math.PI);
    } else path.rect(...box);
  }
  return path;
}

function line(points) {
  const path = new Path2D();
  points.forEach(([x, y], place) => (place ? path.lineTo(x, y) : path.moveTo(x, y)));
  return path;
}

function rectangle(place) {
  const path = new Path2D();
  path.rect(...place);
  return path;
}

// The network's grey map as colour and transparency: nothing where it saw nothing.
export async function heatmapOf(url, box) {
  const image = new Image();
  image.src = url;
  await image.decode();
  const canvas = document.createElement("canvas");
  canvas.width = image.naturalWidth;
  canvas.height = image.naturalHeight;
  const context = canvas.getContext("2d");
  context.drawImage(image, 0, 0);
  const pixels = context.getImageData(0, 0, canvas.width, canvas.height);
  for (let place = 0; place < pixels.data.length; place += 4) {
    const heat = pixels.data[place] / 255;
    pixels.data.set([255, Math.round(230 * heat), Math.round(80 - 80 * heat), Math.round(255 * Math.sqrt(heat))], place);
  }
  context.putImageData(pixels, 0, 0);
  return { canvas, box };
}
