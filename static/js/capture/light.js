// Light and colour of the skin, measured as in the server's inference/quality/light.py.

import { quantile as sortedQuantile, STOPS, valuesIn } from "./covered.js";

const SATURATED = 0.98;
const SHADING_BLUR = 5 / 120; // of the face's size: shading stays, lesions and pores go
const WHITES = 0.97; // quantile of an eye: even one hardly open shows some white
const SHADE = 2.5; // stops: darker skin tells no colour
const COLOUR_STEP = 0.05;

// `small`: a frame with its skin and its eyes, and `bare` the part of the skin that nothing covers.
// `light`: of the skin or of the whites of the eyes, whichever is higher: in the dark both are low, on
// dark skin in good light the whites are not.
export function measureLight(small, bare) {
  const value = brightness(small.data);
  const smooth = Uint8Array.from(
    gaussian({ ...small, values: value }, SHADING_BLUR * small.side),
    Math.round,
  );
  const shading = histogram(smooth, small.skin);
  const [low, high] = [quantile(shading, 0.1), quantile(shading, 0.9)];
  return {
    light: Math.max(quantile(histogram(value, bare), 0.5), whites(value, small.eyes)) / 255,
    unevenness: Math.log2(Math.max(high, 1) / Math.max(low, 1)),
    mixed_light: mixedLight(small, bare),
  };
}

// Of the whites of the eyes; closed or hidden eyes have none.
function whites(value, eyes) {
  return eyes.includes(1) ? quantile(histogram(value, eyes), WHITES) : 0;
}

// Share, 0 to 1, of the skin that is as good as white.
export function blownOut({ data, skin }) {
  const value = brightness(data);
  let bright = 0;
  let all = 0;
  for (let i = 0; i < skin.length; i += 1) {
    if (skin[i]) {
      all += 1;
      if (value[i] >= SATURATED * 255) bright += 1;
    }
  }
  return bright / all;
}

// The HSV value that a tenth of a whole picture exceeds: low only in the dark.
export function brightestTenth({ data }) {
  return quantile(histogram(brightness(data)), 0.9) / 255;
}

// CIELAB of the bare skin's median colour: hue in degrees from red towards yellow, distance from
// grey.
export function measureColour({ data }, bare) {
  const [a, b] = medianColour(data, bare);
  return { hue: (180 / Math.PI) * Math.atan2(b, a), chroma: Math.hypot(a, b) };
}

// Stops by which the ratio of red to blue differs between the two halves of the face.
function mixedLight({ data, width }, bare) {
  const green = (i) => STOPS[data[4 * i + 1]];
  const warmth = (i) => STOPS[data[4 * i]] - STOPS[data[4 * i + 2]];
  const darkest = sortedQuantile(valuesIn(bare, green), 0.8) - SHADE;
  const half = (isRight) =>
    bare.map((inside, i) =>
      inside && green(i) > darkest && i % width < width / 2 === isRight ? 1 : 0,
    );
  const [right, left] = [half(true), half(false)].map((mask) => valuesIn(mask, warmth));
  if (!right.length || !left.length) return 0;
  return Math.abs(sortedQuantile(right, 0.5) - sortedQuantile(left, 0.5));
}

function brightness(data) {
  const value = new Uint8Array(data.length / 4);
  for (let i = 0; i < value.length; i += 1) {
    value[i] = Math.max(data[4 * i], data[4 * i + 1], data[4 * i + 2]);
  }
  return value;
}

function histogram(value, mask) {
  const counts = new Uint32Array(256);
  for (let i = 0; i < value.length; i += 1) if (!mask || mask[i]) counts[value[i]] += 1;
  return counts;
}

function quantile(counts, share) {
  const wanted = share * counts.reduce((sum, count) => sum + count, 0);
  let seen = 0;
  return counts.findIndex((count) => (seen += count) > wanted || seen >= wanted);
}

// Smoothed; beyond its edges a picture goes on as its mirror image.
export function gaussian({ values, width, height }, sigma) {
  const reach = Math.ceil(3 * sigma);
  const weights = Float32Array.from({ length: 2 * reach + 1 }, (_, i) =>
    Math.exp(-((i - reach) ** 2) / (2 * sigma ** 2)),
  );
  const total = weights.reduce((sum, weight) => sum + weight);
  for (let k = 0; k < weights.length; k += 1) weights[k] /= total;
  const rows = new Float32Array(values.length);
  weighed(values, rows, { weights, length: width, step: 1, lines: height, between: width });
  const out = new Float32Array(values.length);
  weighed(rows, out, { weights, length: height, step: width, lines: width, between: 1 });
  return out;
}

// Along each of the lines, whose pixels lie `step` apart and whose beginnings `between`.
function weighed(values, out, { weights, length, step, lines, between }) {
  const reach = weights.length >> 1;
  const places = Int32Array.from({ length: length + 2 * reach }, (_, i) =>
    mirrored(i - reach, length),
  );
  for (let line = 0; line < lines; line += 1) {
    const start = line * between;
    for (let i = 0; i < length; i += 1) {
      let sum = 0;
      for (let k = 0; k < weights.length; k += 1) {
        sum += weights[k] * values[start + step * places[i + k]];
      }
      out[start + step * i] = sum;
    }
  }
}

function mirrored(at, length) {
  if (length === 1) return 0;
  const around = 2 * length - 2;
  const place = ((at % around) + around) % around;
  return place < length ? place : around - place;
}

function medianColour(data, skin) {
  const [reds, yellows] = [new Uint32Array(256 / COLOUR_STEP), new Uint32Array(256 / COLOUR_STEP)];
  for (let i = 0; i < skin.length; i += 1) {
    if (skin[i]) {
      const [a, b] = labOf(data[4 * i], data[4 * i + 1], data[4 * i + 2]);
      reds[Math.round((a + 128) / COLOUR_STEP)] += 1;
      yellows[Math.round((b + 128) / COLOUR_STEP)] += 1;
    }
  }
  return [reds, yellows].map((counts) => quantile(counts, 0.5) * COLOUR_STEP - 128);
}

const LINEAR = Float64Array.from({ length: 256 }, (_, i) => {
  const share = i / 255;
  return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
});

// sRGB under D65.
function labOf(red, green, blue) {
  const [r, g, b] = [LINEAR[red], LINEAR[green], LINEAR[blue]];
  const x = root((0.412453 * r + 0.35758 * g + 0.180423 * b) / 0.950456);
  const y = root(0.212671 * r + 0.71516 * g + 0.072169 * b);
  const z = root((0.019334 * r + 0.119193 * g + 0.950227 * b) / 1.088754);
  return [500 * (x - y), 200 * (y - z)];
}

function root(t) {
  return t > 0.008856 ? Math.cbrt(t) : 7.787 * t + 16 / 116;
}
