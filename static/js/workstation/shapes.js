// Geometry of findings, in pixels of the photo, to a tenth of one: as they are stored.

export const LEAST = 4; // a smaller box was a slip of the hand

export const tenth = (value) => Math.round(value * 10) / 10 + 0;

export function within({ box, polygon }, photo) {
  const [x, y, width, height] = box;
  const wide = Math.min(width, photo.width);
  const high = Math.min(height, photo.height);
  const left = Math.min(Math.max(x, 0), photo.width - wide);
  const top = Math.min(Math.max(y, 0), photo.height - high);
  return fitted({ box, polygon }, [left, top, wide, high]);
}

// The same shape in another box: an outline is stretched with it.
export function fitted({ box, polygon }, into) {
  const [x, y, width, height] = box;
  const to = into.map(tenth);
  const stretched = ([px, py]) => [tenth(to[0] + ((px - x) / width) * to[2]), tenth(to[1] + ((py - y) / height) * to[3])];
  return { box: to, polygon: polygon ? polygon.map(stretched) : null };
}

export function moved({ box, polygon }, across, down, photo) {
  const [x, y, width, height] = box;
  return within(fitted({ box, polygon }, [x + across, y + down, width, height]), photo);
}

export function resized({ box, polygon }, across, down, photo) {
  const [x, y, width, height] = box;
  const wide = Math.min(Math.max(LEAST, width + across), photo.width - x);
  const high = Math.min(Math.max(LEAST, height + down), photo.height - y);
  return fitted({ box, polygon }, [x, y, wide, high]);
}

// A corner (0 or 1 across and down) is drawn to a point; the opposite one stays.
export function cornered({ box, polygon }, [across, down], point, photo) {
  const [x, y, width, height] = box;
  const fixed = [x + (1 - across) * width, y + (1 - down) * height];
  return fitted({ box, polygon }, between(fixed, point, photo));
}

export function between(a, b, photo) {
  const limit = ([x, y]) => [Math.min(Math.max(x, 0), photo.width), Math.min(Math.max(y, 0), photo.height)];
  const [[ax, ay], [bx, by]] = [limit(a), limit(b)];
  const width = Math.max(LEAST, Math.abs(ax - bx));
  const height = Math.max(LEAST, Math.abs(ay - by));
  return [Math.min(Math.min(ax, bx), photo.width - width), Math.min(Math.min(ay, by), photo.height - height), width, height].map(tenth);
}

export function round(points) {
  const [x, y] = [0, 1].map((axis) => points.map((point) => point[axis]));
  const [left, top] = [Math.min(...x), Math.min(...y)];
  return [left, top, Math.max(...x) - left, Math.max(...y) - top].map(tenth);
}

// An outline to begin with, where nobody draws by hand.
export function octagon([x, y], radius) {
  return Array.from({ length: 8 }, (_, place) => {
    const angle = (place * Math.PI) / 4;
    return [tenth(x + radius * Math.cos(angle)), tenth(y + radius * Math.sin(angle))];
  });
}

// The smallest shape at a point, else the nearest within `margin`, for an unsteady hand.
export function at(lesions, [x, y], margin) {
  const away = ({ box: [left, top, width, height] }) => Math.max(left - x, x - left - width, top - y, y - top - height, 0);
  const hit = lesions.filter((one) => away(one) <= margin);
  return hit.sort((one, other) => away(one) - away(other) || one.box[2] * one.box[3] - other.box[2] * other.box[3])[0] ?? null;
}

export const distance = ([ax, ay], [bx, by]) => Math.hypot(ax - bx, ay - by);
