// What quality looks at: the face at a fixed scale, and masks of what lies in an outline.
// A picture is { source, width, height }, where the source is anything that a canvas can draw.

import { resampled } from "./resample.js";

const sheets = new Map();

// The face's box with its longer side scaled to `side` pixels. `exact` scales as the server does;
// otherwise the canvas scales, which costs a tenth.
export function frameFace(picture, face, side, { exact = false } = {}) {
  const box = inside(face, picture);
  const scale = side / face.size;
  const pixels = exact ? cutExactly(picture, box, scale) : cut(picture, box, scale);
  const place = ({ x, y }) => ({ x: (x - box.x) * scale, y: (y - box.y) * scale });
  return { ...pixels, side, place };
}

// A square in the middle of the face, `pixels` wide at that scale: all of it face, for little work.
export function frameMiddle(picture, face, side, pixels) {
  const wide = (pixels * face.size) / side;
  const middle = {
    x: face.x + (face.width - wide) / 2,
    y: face.y + (face.height - wide) / 2,
    width: wide,
    height: wide,
  };
  const cutOut = cut(picture, inside(middle, picture), side / face.size);
  return { ...cutOut, side, face: new Uint8Array(cutOut.width * cutOut.height).fill(1) };
}

// The whole picture, small: enough to tell how bright it is.
export function frameWhole(picture, side) {
  const { width, height } = picture;
  return cut(picture, { x: 0, y: 0, width, height }, side / Math.max(width, height));
}

// The picture's own pixels round some of its points, and where they were cut.
export function frameRound(picture, points, margin) {
  const xs = points.map((point) => point.x);
  const ys = points.map((point) => point.y);
  const [left, top] = [Math.min(...xs) - margin, Math.min(...ys) - margin];
  const width = Math.max(...xs) + margin - left;
  const height = Math.max(...ys) + margin - top;
  const box = inside({ x: left, y: top, width, height }, picture);
  return { ...cut(picture, box, 1), x: box.x, y: box.y };
}

// 1 inside any of the shapes, which are in pixels of the picture, else 0. Where they lie outside what
// there is of the picture, all of it counts.
export function maskOf(frame, shapes) {
  const mask = shapeOf(frame, shapes);
  return mask.includes(1) ? mask : mask.fill(1);
}

// The same, but empty where the shapes lie outside.
export function shapeOf({ width, height, place }, shapes) {
  const context = sheet("mask", width, height);
  for (const shape of shapes) {
    context.beginPath();
    for (const point of shape) {
      const { x, y } = place(point);
      context.lineTo(x + 0.5, y + 0.5);
    }
    context.closePath();
    context.fill();
    context.stroke(); // the outline itself counts
  }
  const { data } = context.getImageData(0, 0, width, height);
  const mask = new Uint8Array(width * height);
  for (let i = 0; i < mask.length; i += 1) mask[i] = data[4 * i + 3] >> 7;
  return mask;
}

function inside(box, picture) {
  const left = Math.min(Math.max(0, Math.round(box.x)), picture.width - 1);
  const top = Math.min(Math.max(0, Math.round(box.y)), picture.height - 1);
  const right = Math.min(picture.width, Math.round(box.x + box.width));
  const bottom = Math.min(picture.height, Math.round(box.y + box.height));
  return { x: left, y: top, width: Math.max(1, right - left), height: Math.max(1, bottom - top) };
}

function cut({ source }, box, scale) {
  const width = Math.max(1, Math.round(box.width * scale));
  const height = Math.max(1, Math.round(box.height * scale));
  const context = sheet("picture", width, height);
  context.drawImage(source, box.x, box.y, box.width, box.height, 0, 0, width, height);
  return { data: context.getImageData(0, 0, width, height).data, width, height };
}

function cutExactly(picture, box, scale) {
  const width = Math.max(1, Math.round(box.width * scale));
  const height = Math.max(1, Math.round(box.height * scale));
  return resampled(cut(picture, box, 1), width, height);
}

// What pictures are drawn on, in a page or in a worker.
export function newSheet() {
  const isPage = "document" in globalThis;
  const canvas = isPage ? document.createElement("canvas") : new OffscreenCanvas(1, 1);
  return canvas.getContext("2d", { willReadFrequently: true });
}

function sheet(name, width, height) {
  if (!sheets.has(name)) sheets.set(name, newSheet());
  const context = sheets.get(name);
  Object.assign(context.canvas, { width, height }); // empties it too
  return context;
}
