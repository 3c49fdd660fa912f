// How sharp the face is: the six features and the regression of the server's
// inference/quality/sharpness.py, with its coefficients, which come with the page.

import { powerSpectrum } from "./spectrum.js";

export const FEATURES = [
  "laplacian",
  "tenengrad",
  "brenner",
  "high_frequency",
  "grain",
  "local_contrast",
];

// Probability, 0 to 1, that what lies under the frame's face mask is sharp.
export function sharpnessOf(frame, regression) {
  const values = features(frame);
  const z = FEATURES.map((name, i) => {
    const { mean, deviation } = regression.features[name];
    return (values[i] - mean) / deviation;
  });
  let logit = regression.intercept;
  FEATURES.forEach((name, i) => {
    logit += regression.weights[name] * z[i];
    for (let j = i; j < z.length; j += 1) {
      logit += regression.weights[`${name} * ${FEATURES[j]}`] * z[i] * z[j];
    }
  });
  return 1 / (1 + Math.exp(-logit));
}

// Logarithms of the six values, in the order of FEATURES.
export function features(frame) {
  const image = grey(frame);
  return [
    laplacian(image),
    meanSquare(gradientOf(image), image.mask),
    brenner(image),
    highFrequency(image),
    grain(image),
    localContrast(image),
  ].map((value) => Math.log(Math.max(value, 1e-6)));
}

// Brightness is divided out: the same face must not look sharper in more light.
function grey({ data, width, height, face }) {
  const values = new Float32Array(width * height);
  for (let i = 0; i < values.length; i += 1) {
    values[i] = Math.round(0.299 * data[4 * i] + 0.587 * data[4 * i + 1] + 0.114 * data[4 * i + 2]);
  }
  const gain = 128 / Math.max(mean(values, face), 1);
  for (let i = 0; i < values.length; i += 1) values[i] *= gain;
  return { values, width, height, mask: face };
}

function mean(values, mask) {
  let sum = 0;
  let count = 0;
  for (let i = 0; i < mask.length; i += 1) {
    if (mask[i]) {
      sum += values[i];
      count += 1;
    }
  }
  return sum / Math.max(count, 1);
}

function meanSquare(values, mask) {
  let sum = 0;
  let count = 0;
  for (let i = 0; i < mask.length; i += 1) {
    if (mask[i]) {
      sum += values[i] * values[i];
      count += 1;
    }
  }
  return sum / Math.max(count, 1);
}

// Calls visit(i, up, down, left, right) for every pixel under the mask: where it is, and how far away
// its neighbours are. Where a row or column ends, the picture is continued by its mirror image. Runs
// for every pixel several times a second, so it makes no arrays on the way.
function eachInside({ width, height, mask }, visit) {
  for (let y = 0; y < height; y += 1) {
    const up = y > 0 ? -width : width;
    const down = y < height - 1 ? width : -width;
    for (let x = 0; x < width; x += 1) {
      const i = y * width + x;
      if (mask[i]) visit(i, up, down, x > 0 ? -1 : 1, x < width - 1 ? 1 : -1);
    }
  }
}

function laplacian(image) {
  const { values: v } = image;
  let sum = 0;
  let squares = 0;
  let count = 0;
  eachInside(image, (i, up, down, left, right) => {
    const value = v[i + left] + v[i + right] + v[i + up] + v[i + down] - 4 * v[i];
    sum += value;
    squares += value * value;
    count += 1;
  });
  return squares / count - (sum / count) ** 2;
}

// Sobel's gradient, per pixel.
function gradientOf(image) {
  const { values: v } = image;
  const gradient = new Float32Array(v.length);
  eachInside(image, (i, up, down, left, right) => {
    const rising = v[i + up + right] - v[i + down + left]; // the two diagonals serve both ways
    const falling = v[i + down + right] - v[i + up + left];
    const across = rising + falling + 2 * (v[i + right] - v[i + left]);
    const along = falling - rising + 2 * (v[i + down] - v[i + up]);
    gradient[i] = Math.sqrt(across * across + along * along) / 8;
  });
  return gradient;
}

// Of four directions the least: motion blurs one direction only.
function brenner({ values: v, width, mask }) {
  const [across, down] = [stepped(v, mask, 2) / 4, stepped(v, mask, 2 * width) / 4];
  return Math.min(across, down, stepped(v, mask, width + 1) / 2, stepped(v, mask, width - 1) / 2);
}

function stepped(v, mask, step) {
  let sum = 0;
  let count = 0;
  for (let i = step; i < v.length; i += 1) {
    if (mask[i]) {
      sum += (v[i] - v[i - step]) * (v[i] - v[i - step]);
      count += 1;
    }
  }
  return sum / Math.max(count, 1);
}

function highFrequency({ values, width, height }) {
  const { power, across, down } = powerSpectrum(values, width, height);
  let high = 0;
  let all = 0;
  for (let y = 0; y < down; y += 1) {
    const fy = (y <= down / 2 ? y : y - down) / down;
    for (let x = 0; x <= across / 2; x += 1) {
      const square = fy * fy + (x / across) ** 2;
      const value = power[y * across + x];
      if (square > 0.25 ** 2) high += value;
      if (square > 0.02 ** 2) all += value;
    }
  }
  return high / Math.max(all, 1e-9);
}

// The mean response to the difference of two Laplacians, which edges hardly wake.
function grain(image) {
  const { values: v } = image;
  let sum = 0;
  let count = 0;
  eachInside(image, (i, up, down, left, right) => {
    const upper = v[i + up + left] + v[i + up + right];
    const lower = v[i + down + left] + v[i + down + right];
    const sides = v[i + left] + v[i + right] + v[i + up] + v[i + down];
    sum += Math.abs(upper + lower - 2 * sides + 4 * v[i]);
    count += 1;
  });
  return sum / Math.max(count, 1);
}

function localContrast(image) {
  const sums = runningSums(image);
  return meanDeviation(image, sums, 2) / Math.max(meanDeviation(image, sums, 10), 1e-3);
}

// Sums of the values and of their squares over everything above and left of each pixel.
function runningSums({ values, width, height }) {
  const stride = width + 1;
  const sums = new Float64Array(stride * (height + 1));
  const squares = new Float64Array(stride * (height + 1));
  for (let y = 0; y < height; y += 1) {
    let sum = 0;
    let square = 0;
    for (let x = 0; x < width; x += 1) {
      const value = values[y * width + x];
      sum += value;
      square += value * value;
      const to = (y + 1) * stride + x + 1;
      sums[to] = sums[to - stride] + sum;
      squares[to] = squares[to - stride] + square;
    }
  }
  return { sums, squares, stride };
}

// The mean over the mask of the deviation in the window that reaches so far from each pixel.
function meanDeviation({ width, height, mask }, { sums, squares, stride }, reach) {
  let total = 0;
  let count = 0;
  for (let y = 0; y < height; y += 1) {
    const top = Math.max(0, y - reach) * stride;
    const bottom = Math.min(height, y + reach + 1) * stride;
    for (let x = 0; x < width; x += 1) {
      if (mask[y * width + x]) {
        const left = Math.max(0, x - reach);
        const right = Math.min(width, x + reach + 1);
        const n = ((right - left) * (bottom - top)) / stride;
        const a = bottom + right;
        const b = bottom + left;
        const c = top + right;
        const d = top + left;
        const mean = (sums[a] - sums[b] - sums[c] + sums[d]) / n;
        const square = (squares[a] - squares[b] - squares[c] + squares[d]) / n;
        total += Math.sqrt(Math.max(square - mean * mean, 0));
        count += 1;
      }
    }
  }
  return total / Math.max(count, 1);
}
