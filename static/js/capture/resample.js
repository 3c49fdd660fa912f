// Scales pixels as the server does (OpenCV's INTER_AREA down, INTER_CUBIC up): what a canvas does
// instead differs by browser, and sharpness must not.

const SHARPNESS = -0.75; // OpenCV's cubic

// RGBA pixels { data, width, height } at another size.
export function resampled({ data, width, height }, newWidth, newHeight) {
  const across = taps(width, newWidth);
  const down = taps(height, newHeight);
  const rows = new Float32Array(newWidth * height * 3);
  for (let y = 0; y < height; y += 1) {
    for (let x = 0; x < newWidth; x += 1) {
      const { first, weights } = across[x];
      let red = 0;
      let green = 0;
      let blue = 0;
      for (let i = 0; i < weights.length; i += 1) {
        const from = 4 * (y * width + within(first + i, width));
        red += weights[i] * data[from];
        green += weights[i] * data[from + 1];
        blue += weights[i] * data[from + 2];
      }
      const to = 3 * (y * newWidth + x);
      rows[to] = red;
      rows[to + 1] = green;
      rows[to + 2] = blue;
    }
  }
  return { data: columns(rows, newWidth, height, down), width: newWidth, height: newHeight };
}

function columns(rows, width, height, down) {
  const out = new Uint8ClampedArray(4 * width * down.length); // rounds and clamps by itself
  const line = new Float32Array(3 * width);
  down.forEach(({ first, weights }, y) => {
    line.fill(0);
    weights.forEach((weight, i) => {
      const from = 3 * width * within(first + i, height);
      for (let k = 0; k < line.length; k += 1) line[k] += weight * rows[from + k];
    });
    for (let x = 0; x < width; x += 1) {
      const to = 4 * (y * width + x);
      out[to] = line[3 * x];
      out[to + 1] = line[3 * x + 1];
      out[to + 2] = line[3 * x + 2];
      out[to + 3] = 255;
    }
  });
  return out;
}

function taps(from, to) {
  const ratio = from / to;
  return Array.from({ length: to }, (_, at) => (ratio > 1 ? area(at, ratio) : cubic(at, ratio)));
}

function area(at, ratio) {
  const start = at * ratio;
  const end = start + ratio;
  const first = Math.floor(start + 1e-6);
  const weights = [];
  for (let i = first; i < end - 1e-6; i += 1) {
    weights.push((Math.min(i + 1, end) - Math.max(i, start)) / ratio);
  }
  return { first, weights };
}

function cubic(at, ratio) {
  const place = (at + 0.5) * ratio - 0.5;
  const first = Math.floor(place) - 1;
  return { first, weights: [0, 1, 2, 3].map((i) => cubicAt(Math.abs(place - first - i))) };
}

function cubicAt(distance) {
  const a = SHARPNESS;
  const d = distance;
  if (d <= 1) return (a + 2) * d ** 3 - (a + 3) * d ** 2 + 1;
  return d < 2 ? a * d ** 3 - 5 * a * d ** 2 + 8 * a * d - 4 * a : 0;
}

function within(at, length) {
  return Math.min(Math.max(at, 0), length - 1);
}
