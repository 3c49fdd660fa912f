// From one look after the other to one instruction at a time, and to the moment to take the photo.

const ENOUGH = 5; // good looks in a row before the shutter goes off by itself
const STEADY = 0.04; // of the face's size that it may move between two looks
const CENTRED = 0.2; // of the picture's shorter side that the face may be off the middle
const LEAST_SHARE = 0.4; // of the shorter side: a smaller face wastes the camera's pixels

// What the doctor could live with but a person before the camera can easily mend.
const MENDED = {
  another_face: "several_faces",
  rather_small: "too_far",
  rather_close: "too_close",
  slightly_cut_off: "off_centre",
  slightly_tipped: "head_tipped",
  leaning: "leaning",
};

// What makes the photo better but may be in the eye of the judge, or cannot be had where the person
// stands: each is said for a while, then let be.
const ADVICE = {
  rather_dark: "too_dark",
  rather_bright: "overexposed",
  uneven_light: "harsh_shadow",
  mixed_light: "mixed_light",
  partly_covered: "covered",
  glasses: "glasses",
  slightly_blurred: "blurred",
  colour_cast: "wrong_colours",
};
const PATIENCE = 16; // looks: four seconds

export class Guide {
  #before = null;
  #heard = null;
  #said = null;
  #good = 0;
  #advised = new Map(); // at how many looks each advice was given

  // `seen`: a live verdict with its faces. Returns the code of what to say and how far the ring is
  // filled, 0 to 1; at 1 the photo should be taken.
  look(seen, picture, view) {
    const wanted = this.#wanted(seen, picture, view);
    this.#good = wanted === "good" ? this.#good + 1 : 0;
    return { code: this.#settled(wanted), filled: Math.min(1, this.#good / ENOUGH) };
  }

  #wanted({ reasons, cautions, faces }, picture, view) {
    const moved = this.#hasMoved(faces[0]);
    if (reasons.length && reasons[0].code !== "blurred") return reasons[0].code;
    const mended = cautions.find((one) => one.code in MENDED || one.code === "slightly_turned");
    if (mended) return MENDED[mended.code] ?? `not_${view}`;
    return misplaced(faces[0], picture) ?? (moved ? "moving" : this.#last(reasons, cautions));
  }

  #last(reasons, cautions) {
    if (reasons.length) return reasons[0].code;
    const isDue = ({ code }) => code in ADVICE && this.#timesAdvised(code) < PATIENCE;
    const advice = cautions.find(isDue)?.code;
    if (!advice) return "good";
    this.#advised.set(advice, this.#timesAdvised(advice) + 1);
    return ADVICE[advice];
  }

  #timesAdvised(code) {
    return this.#advised.get(code) ?? 0;
  }

  #hasMoved(face) {
    const before = this.#before;
    this.#before = face ?? null;
    if (!face || !before) return true;
    const [from, to] = [centre(before), centre(face)];
    const way = Math.hypot(to.x - from.x, to.y - from.y, face.size - before.size);
    return way > STEADY * face.size;
  }

  // A word that would be taken back at the next look is not said.
  #settled(wanted) {
    if (wanted === this.#heard || this.#said === null) this.#said = wanted;
    this.#heard = wanted;
    return this.#said;
  }
}

function misplaced(face, { width, height }) {
  const shorter = Math.min(width, height);
  if (face.size < LEAST_SHARE * shorter) return "too_far";
  const { x, y } = centre(face);
  const off = Math.max(Math.abs(x - width / 2), Math.abs(y - height / 2));
  return off > CENTRED * shorter ? "off_centre" : null;
}

function centre(face) {
  return { x: face.x + face.width / 2, y: face.y + face.height / 2 };
}
