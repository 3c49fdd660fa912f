// One judge for what the camera shows, for stills and for files: by the standard the server uses.

import { measureLive, measureStill } from "./measures.js";
import { judge } from "./verdict.js";

export class Judge {
  // `standard`: the clinic's table of limits; `sharpness`: the regression's coefficients.
  constructor(finder, { standard, sharpness }) {
    this.finder = finder;
    this.standard = standard;
    this.sharpness = sharpness;
  }

  still(picture, view) {
    const faces = this.finder.inStill(picture);
    const measures = measureStill(picture, faces, this.sharpness);
    return { faces, measures, ...judge(measures, view, this.standard) };
  }

  // `enlarged`: how many pixels of the still stand for one of the live picture.
  live(picture, view, enlarged) {
    const faces = this.finder.inLive(picture);
    const measures = measureLive(picture, faces, this.sharpness);
    if (faces.length) measures.face_pixels *= enlarged;
    return { faces, measures, ...judge(measures, view, this.standard) };
  }
}

// Any picture file as something to judge, upright as its metadata say.
export async function pictureOf(blob) {
  const source = await createImageBitmap(blob, { imageOrientation: "from-image" });
  return { source, width: source.width, height: source.height };
}
