// Glasses, by the rim's bridge: as in the server's inference/quality/covered.py.

import { frameRound } from "./frame.js";
import { gaussian } from "./light.js";

const BRIDGE_TOP = 9; // from between the brows
const BRIDGE_END = 195; // to the middle of the nose
const INNER_CORNERS = [133, 362];
const [WIDTH, HEIGHT] = [24, 64];
const RIM_STEP = 3;
const BLUR = 0.6; // of a pixel of the bridge at that size
const MARGIN = 8;

export const MOST_TURNED = 30; // degrees: beyond, the bridge stands against the background

// Stops of the sharpest step along the bridge of the nose that spans its width, which skin does not
// show and a rim does.
export function rimStep(picture, face) {
  const stops = bridge(picture, face);
  let most = 0;
  for (let y = RIM_STEP; y < HEIGHT; y += 1) {
    const steps = Float32Array.from(
      { length: WIDTH },
      (_, x) => stops[y * WIDTH + x] - stops[(y - RIM_STEP) * WIDTH + x],
    ).sort();
    most = Math.max(most, Math.abs(steps[WIDTH / 2 - 1] + steps[WIDTH / 2]) / 2);
  }
  return most;
}

// Logarithms of the brightness of the bridge, upright and half as wide as the eyes stand apart.
function bridge(picture, { points }) {
  const [right, left] = INNER_CORNERS.map((i) => points[i]);
  const [top, end] = [points[BRIDGE_TOP], points[BRIDGE_END]];
  const aside = { x: (left.x - right.x) / 4, y: (left.y - right.y) / 4 };
  const down = { x: end.x - top.x, y: end.y - top.y };
  const corners = [top, end].flatMap(({ x, y }) => [
    { x: x - aside.x, y: y - aside.y },
    { x: x + aside.x, y: y + aside.y },
  ]);
  const part = frameRound(picture, corners, MARGIN);
  const soft = softened(part, HEIGHT / Math.max(Math.hypot(down.x, down.y), 1));
  const start = { x: corners[0].x - part.x, y: corners[0].y - part.y };
  return Float32Array.from({ length: WIDTH * HEIGHT }, (_, i) => {
    const across = (2 * (i % WIDTH)) / WIDTH;
    const along = Math.floor(i / WIDTH) / HEIGHT;
    const x = start.x + across * aside.x + along * down.x;
    const y = start.y + across * aside.y + along * down.y;
    return Math.log2(between(soft, x, y) + 4);
  });
}

// Brightness without detail that the smaller size cannot hold.
function softened({ data, width, height }, scale) {
  const values = new Float32Array(width * height);
  for (let i = 0; i < values.length; i += 1) {
    values[i] = 0.299 * data[4 * i] + 0.587 * data[4 * i + 1] + 0.114 * data[4 * i + 2];
  }
  const image = { values, width, height };
  return scale < 1 ? { ...image, values: gaussian(image, BLUR / scale) } : image;
}

// Between the four pixels round a place; beyond the edge the edge goes on.
function between({ values, width, height }, x, y) {
  const [left, top] = [Math.floor(x), Math.floor(y)];
  const at = (column, row) =>
    values[within(row, height) * width + within(column, width)];
  const [dx, dy] = [x - left, y - top];
  const upper = (1 - dx) * at(left, top) + dx * at(left + 1, top);
  const lower = (1 - dx) * at(left, top + 1) + dx * at(left + 1, top + 1);
  return (1 - dy) * upper + dy * lower;
}

function within(at, length) {
  return Math.min(Math.max(at, 0), length - 1);
}
