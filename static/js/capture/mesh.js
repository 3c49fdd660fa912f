// The face's mesh: pose, outline and regions, by the same vertices as the server's inference/face.py
// (a test compares the numbers). Points are { x, y, z } in pixels of the picture.

export const REGIONS = {
  nose: [
    8, 417, 465, 412, 399, 437, 355, 358, 327, 326, 2, 97, 98, 129, 126, 217, 174, 188, 245, 193,
  ],
  chin: [
    129, 98, 97, 2, 326, 327, 358, 423, 426, 436, 432, 422, 430, 394, 379, 378, 400, 377, 152, 148,
    176, 149, 150, 169, 210, 202, 212, 216, 206, 203,
  ],
  forehead: [
    162, 21, 54, 103, 67, 109, 10, 338, 297, 332, 284, 251, 389, 276, 283, 282, 295, 285, 8, 55, 65,
    52, 53, 46,
  ],
  right_cheek: [
    162, 46, 226, 31, 228, 229, 230, 231, 232, 233, 244, 245, 188, 174, 217, 126, 129, 203, 206,
    216, 212, 202, 210, 169, 150, 136, 172, 58, 132, 93, 234, 127,
  ],
  left_cheek: [
    389, 356, 454, 323, 361, 288, 397, 365, 379, 394, 430, 422, 432, 436, 426, 423, 358, 355, 437,
    399, 412, 465, 464, 453, 452, 451, 450, 449, 448, 261, 446, 276,
  ],
};
export const MIRRORED_PAIRS = [
  [33, 263],
  [127, 356],
  [234, 454],
  [93, 323],
  [58, 288],
  [61, 291],
];
export const EYES = [
  [33, 246, 161, 160, 159, 158, 157, 173, 133, 155, 154, 153, 145, 144, 163, 7],
  [263, 466, 388, 387, 386, 385, 384, 398, 362, 382, 381, 380, 374, 373, 390, 249],
];
export const BROW = 10;
export const CHIN_TIP = 152;
const VERTICES = 468; // those after it stand for the irises, which this model does not find

export class Face {
  constructor(points) {
    this.points = points.slice(0, VERTICES);
    const xs = this.points.map((point) => point.x);
    const ys = this.points.map((point) => point.y);
    this.x = Math.min(...xs);
    this.y = Math.min(...ys);
    this.width = Math.max(...xs) - this.x;
    this.height = Math.max(...ys) - this.y;
  }

  // The same face in the picture at another size.
  scaled(factor) {
    return new Face(this.points.map((point) => times(point, factor)));
  }

  // Pixels of the longer side: hardly changes when the head turns.
  get size() {
    return Math.max(this.width, this.height);
  }

  get outline() {
    return hull(this.points);
  }

  // The edges of the lids of both eyes.
  get eyes() {
    return EYES.map((vertices) => vertices.map((i) => this.points[i]));
  }

  // Outlines of the regions that do not face away from the camera.
  get visibleRegions() {
    const shapes = Object.values(REGIONS).map((vertices) => vertices.map((i) => this.points[i]));
    return shapes.filter((shape) => signedArea(shape) > 0);
  }

  // Degrees: yaw, then pitch, then roll, of the head's axes in the camera's frame, which runs
  // right, down and away.
  get pose() {
    const { points } = this;
    const across = unit(mean(MIRRORED_PAIRS.map(([a, b]) => minus(points[b], points[a]))));
    const down = minus(points[CHIN_TIP], points[BROW]);
    const straight = unit(minus(down, times(across, dot(down, across))));
    const inward = unit(cross(across, straight));
    const level = unit(cross({ x: 0, y: 1, z: 0 }, inward));
    return {
      yaw: degrees(Math.atan2(inward.x, inward.z)),
      pitch: degrees(Math.asin(Math.min(1, Math.max(-1, inward.y)))),
      roll: degrees(Math.atan2(dot(across, cross(inward, level)), dot(across, level))),
    };
  }

  // How much of the cheek that turns away is seen against the other: 1 straight on, 0 edge on, below
  // 0 where it faces away.
  get farCheek() {
    const cheeks = [REGIONS.right_cheek, REGIONS.left_cheek].map((vertices) =>
      signedArea(vertices.map((i) => this.points[i])),
    );
    return Math.min(...cheeks) / Math.max(...cheeks, 1);
  }

  // Share of the face's area, 0 to 1, that lies outside a picture of this size.
  cutOff(width, height) {
    const whole = signedArea(this.outline);
    return Math.max(0, 1 - signedArea(clipped(this.outline, width, height)) / Math.max(whole, 1));
  }
}

// Positive for shapes that run clockwise on the screen.
function signedArea(shape) {
  return (
    shape.reduce((sum, point, i) => {
      const before = shape[(i || shape.length) - 1];
      return sum + before.x * point.y - point.x * before.y;
    }, 0) / 2
  );
}

// Convex hull, clockwise on the screen (Andrew's monotone chain).
function hull(points) {
  const sorted = [...points].sort((a, b) => a.x - b.x || a.y - b.y);
  return [...chain(sorted), ...chain(sorted.reverse())];
}

function chain(points) {
  const kept = [];
  for (const point of points) {
    while (kept.length > 1 && turn(kept.at(-2), kept.at(-1), point) <= 0) kept.pop();
    kept.push(point);
  }
  kept.pop();
  return kept;
}

function turn(a, b, c) {
  return (b.x - a.x) * (c.y - a.y) - (b.y - a.y) * (c.x - a.x);
}

// The part of a convex shape inside the picture (Sutherland and Hodgman).
function clipped(shape, width, height) {
  const edges = [
    (p) => p.x,
    (p) => width - p.x,
    (p) => p.y,
    (p) => height - p.y,
  ];
  return edges.reduce(cutAt, shape);
}

function cutAt(shape, depth) {
  return shape.flatMap((point, i) => {
    const before = shape[(i || shape.length) - 1];
    const [d, e] = [depth(before), depth(point)];
    const crossing = d * e < 0 ? [between(before, point, d / (d - e))] : [];
    return e >= 0 ? [...crossing, point] : crossing;
  });
}

function between(a, b, share) {
  return { x: a.x + share * (b.x - a.x), y: a.y + share * (b.y - a.y) };
}

function minus(a, b) {
  return { x: a.x - b.x, y: a.y - b.y, z: a.z - b.z };
}

function times(a, factor) {
  return { x: a.x * factor, y: a.y * factor, z: a.z * factor };
}

function mean(vectors) {
  const sum = vectors.reduce((a, b) => ({ x: a.x + b.x, y: a.y + b.y, z: a.z + b.z }));
  return times(sum, 1 / vectors.length);
}

function dot(a, b) {
  return a.x * b.x + a.y * b.y + a.z * b.z;
}

function cross(a, b) {
  return { x: a.y * b.z - a.z * b.y, y: a.z * b.x - a.x * b.z, z: a.x * b.y - a.y * b.x };
}

function unit(a) {
  return times(a, 1 / Math.max(Math.sqrt(dot(a, a)), 1e-9));
}

function degrees(angle) {
  return (180 / Math.PI) * angle;
}
