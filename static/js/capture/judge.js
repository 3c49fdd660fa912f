// One judge for what the camera shows, for stills and for files: by the standard the server uses.

import { glassesOf, liveSharpness, measureLive, measureStill } from "./measures.js";
import { judge } from "./verdict.js";

// What costs much is not looked at every time: of so many looks one sees who else is there, and
// glasses. The shutter waits for enough of them to hold one that measures sharpness.
const OTHERS = 8;
const SHARPNESS = 4;

export class Judge {
  #looks = 0;
  #glasses = {};
  #sharpness = {};

  // `standard`: the clinic's table of limits; `sharpness`: the regression's coefficients.
  constructor(finder, { standard, sharpness }) {
    this.finder = finder;
    this.standard = standard;
    this.sharpness = sharpness;
  }

  async still(picture, view) {
    const faces = await this.finder.inStill(picture);
    const measures = measureStill(picture, faces, this.sharpness);
    return { faces, measures, ...judge(measures, view, this.standard) };
  }

  // `enlarged`: how many pixels of the still stand for one of the live picture.
  live(picture, view, enlarged) {
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
    return { faces, measures, ...judge(measures, view, this.standard) };
  }
}

// Any picture file as something to judge, upright as its metadata say.
export async function pictureOf(blob) {
  const source = await createImageBitmap(blob, { imageOrientation: "from-image" });
  return { source, width: source.width, height: source.height };
}
