// Light and colour of the skin, measured as in the server's inference/quality/light.py.

const SATURATED = 0.98;
const SHADING_BLUR = 20 / 480; // of the face's size: shading stays, lesions and pores go
const GRID = 60; // cells across the face: shading has no finer detail
const COLOUR_STEP = 0.05;

export function measureLight({ data, width, height, side, skin }) {
  const value = brightness(data);
  const counts = histogram(value, skin);
  const bright = value.reduce((n, v, i) => n + (skin[i] && v >= SATURATED * 255 ? 1 : 0), 0);
  const [low, high] = shading(value, width, height, side, skin);
  return {
    brightness: quantile(counts, 0.5) / 255,
    overexposed: bright / skin.reduce((n, inside) => n + inside, 0),
    unevenness: Math.log2(Math.max(high, 1) / Math.max(low, 1)),
  };
}

// The HSV value that a tenth of a whole picture exceeds: low only in the dark.
export function brightestTenth({ data }) {
  return quantile(histogram(brightness(data)), 0.9) / 255;
}

// CIELAB of the skin's median colour: hue in degrees from red towards yellow, distance from grey.
export function measureColour({ data, skin }) {
  const [a, b] = medianColour(data, skin);
  return { hue: (180 / Math.PI) * Math.atan2(b, a), chroma: Math.hypot(a, b) };
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

// The dark and the bright tenth of the skin once fine detail is smoothed away.
function shading(value, width, height, side, skin) {
  const step = Math.max(1, Math.round(side / GRID));
  const cells = averaged(value, width, height, step);
  const smooth = blurred(cells, (SHADING_BLUR * side) / step);
  const kept = Uint8Array.from(smooth, Math.round);
  const counts = histogram(kept, coarse(skin, width, step, cells));
  return [quantile(counts, 0.1), quantile(counts, 0.9)];
}

function averaged(value, width, height, step) {
  const across = Math.max(1, Math.floor(width / step));
  const down = Math.max(1, Math.floor(height / step));
  const values = new Float32Array(across * down);
  for (let y = 0; y < down * step && y < height; y += 1) {
    for (let x = 0; x < across * step && x < width; x += 1) {
      values[Math.floor(y / step) * across + Math.floor(x / step)] += value[y * width + x];
    }
  }
  const size = Math.min(step, width) * Math.min(step, height);
  return { values: values.map((sum) => sum / size), width: across, height: down };
}

function coarse(mask, width, step, cells) {
  const middle = step >> 1;
  return Uint8Array.from(cells.values, (_, i) => {
    const x = (i % cells.width) * step + middle;
    const y = Math.floor(i / cells.width) * step + middle;
    return mask[y * width + x] ?? 0;
  });
}

function blurred({ values, width, height }, sigma) {
  const reach = Math.ceil(3 * sigma);
  const offsets = Array.from({ length: 2 * reach + 1 }, (_, i) => i - reach);
  const weights = offsets.map((offset) => Math.exp(-(offset ** 2) / (2 * sigma ** 2)));
  const total = weights.reduce((sum, weight) => sum + weight);
  const weighed = (at) => weights.reduce((sum, weight, i) => sum + weight * at(offsets[i]), 0) / total;
  const rows = values.map((_, i) => {
    const x = i % width;
    return weighed((offset) => values[i - x + mirrored(x + offset, width)]);
  });
  return rows.map((_, i) => {
    const x = i % width;
    return weighed((offset) => rows[x + width * mirrored((i - x) / width + offset, height)]);
  });
}

function mirrored(at, length) {
  const inside = at < 0 ? -at : at;
  return inside < length ? inside : Math.max(0, 2 * length - 2 - inside);
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
