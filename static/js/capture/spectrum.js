// The power of a picture's spatial frequencies, under a Hann window against its hard edges.

// Padded with zeros to powers of two, { power, across, down }: row y, column x holds the frequency
// (y / down, x / across) in cycles a pixel, the upper half of each standing for negative ones.
export function powerSpectrum(values, width, height) {
  const [across, down] = [powerOfTwo(width), powerOfTwo(height)];
  const real = windowed(values, width, height, across, down);
  const imaginary = new Float32Array(across * down);
  for (let y = 0; y < height; y += 1) transform(real, imaginary, y * across, 1, across);
  for (let x = 0; x <= across / 2; x += 1) transform(real, imaginary, x, across, down);
  return { power: real.map((value, i) => value * value + imaginary[i] * imaginary[i]), across, down };
}

function windowed(values, width, height, across, down) {
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  const [columns, rows] = [hann(width), hann(height)];
  const out = new Float32Array(across * down);
  for (let y = 0; y < height; y += 1) {
    for (let x = 0; x < width; x += 1) {
      out[y * across + x] = (values[y * width + x] - mean) * columns[x] * rows[y];
    }
  }
  return out;
}

function hann(length) {
  return Float32Array.from({ length }, (_, i) =>
    length > 1 ? 0.5 - 0.5 * Math.cos((2 * Math.PI * i) / (length - 1)) : 1,
  );
}

function powerOfTwo(least) {
  return 2 ** Math.ceil(Math.log2(Math.max(least, 2)));
}

// Fast Fourier transform (Cooley and Tukey, radix 2) of one row or column, in place.
function transform(real, imaginary, start, stride, length) {
  const { order, cosines, sines, re, im } = plan(length);
  for (let i = 0; i < length; i += 1) {
    const from = start + stride * order[i];
    re[i] = real[from];
    im[i] = imaginary[from];
  }
  for (let half = 1; half < length; half *= 2) {
    const turn = length / (2 * half);
    for (let block = 0; block < length; block += 2 * half) {
      for (let i = 0; i < half; i += 1) {
        const c = cosines[i * turn];
        const s = sines[i * turn];
        const a = block + i;
        const b = a + half;
        const x = re[b] * c - im[b] * s;
        const y = re[b] * s + im[b] * c;
        re[b] = re[a] - x;
        im[b] = im[a] - y;
        re[a] += x;
        im[a] += y;
      }
    }
  }
  for (let i = 0; i < length; i += 1) {
    real[start + stride * i] = re[i];
    imaginary[start + stride * i] = im[i];
  }
}

const plans = new Map();

function plan(length) {
  if (!plans.has(length)) plans.set(length, newPlan(length));
  return plans.get(length);
}

function newPlan(length) {
  const angle = (i) => (-2 * Math.PI * i) / length;
  return {
    order: bitReversed(length),
    cosines: Float32Array.from({ length: length / 2 }, (_, i) => Math.cos(angle(i))),
    sines: Float32Array.from({ length: length / 2 }, (_, i) => Math.sin(angle(i))),
    re: new Float32Array(length),
    im: new Float32Array(length),
  };
}

function bitReversed(length) {
  const order = new Uint16Array(length);
  for (let i = 1; i < length; i += 1) order[i] = (order[i >> 1] >> 1) | (i & 1 ? length >> 1 : 0);
  return order;
}
