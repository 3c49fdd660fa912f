// One judge for what the camera shows, for stills and for files: by the standard the server uses.

import { FaceFinder } from "./finder.js";
import { glassesOf, liveSharpness, measureLive, measureStill } from "./measures.js";
import { judge } from "./verdict.js";

// What costs much is not looked at every time: of so many looks one sees who else is there, and
// glasses. The shutter waits for enough of them to hold one that measures sharpness.
const OTHERS = 8;
const SHARPNESS = 4;

export class Judge {
  rest = 4; // times as long as a look took, before the next: a fifth of the page's time at most
  #looks = 0;
  #glasses = {};
  #sharpness = {};

  // `files`: MediaPipe's; `standard`: the clinic's table of limits; `sharpness`: the regression's
  // coefficients.
  static async load({ files, standard, sharpness }) {
    return new Judge(await FaceFinder.load(files), { standard, sharpness });
  }

  constructor(finder, { standard, sharpness }) {
    this.finder = finder;
    this.standard = standard;
    this.sharpness = sharpness;
  }

  // Any picture file that the browser can open.
  async still(blob, view) {
    const picture = await pictureOf(blob);
    try {
      const faces = await this.finder.inStill(picture);
      return this.#judged(measureStill(picture, faces, this.sharpness), faces, view);
    } finally {
      picture.source.close();
    }
  }

  // `enlarged`: how many pixels of the still stand for one of the live picture.
  async live(picture, view, enlarged) {
    const look = this.#looks++;
    const isThorough = look % OTHERS === 0;
    const faces = this.finder.inLive(picture, { everybody: isThorough });
    const measures = measureLive(picture, this.finder.preview, faces);
    if (faces.length) {
      const [face] = faces;
      measures.face_pixels *= enlarged;
      if (isThorough) this.#glasses = glassesOf(picture, face);
      if (look % SHARPNESS === 2) this.#sharpness = liveSharpness(picture, face, this.sharpness);
      Object.assign(measures, this.#glasses, this.#sharpness);
    }
    return this.#judged(measures, faces, view);
  }

  close() {
    this.finder.close();
  }

  #judged(measures, faces, view) {
    return { faces: faces.map(boxOf), measures, ...judge(measures, view, this.standard) };
  }
}

// Upright as the file's metadata say.
async function pictureOf(blob) {
  const source = await createImageBitmap(blob, { imageOrientation: "from-image" });
  return { source, width: source.width, height: source.height };
}

function boxOf({ x, y, width, height, size }) {
  return { x, y, width, height, size };
}
