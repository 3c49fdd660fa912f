// All that the phone measures of one picture, by the names in the server's table of limits.

import { coveredShare } from "./covered.js";
import { frameFace, frameMiddle, frameWhole } from "./frame.js";
import { brightestTenth, measureColour, measureLight } from "./light.js";
import { sharpnessOf } from "./sharpness.js";

const FACE_SIDE = 480; // the scale at which the server measures
const SMALL_SIDE = 120; // the one for colour, where pores, lesions and strands of hair average out
const LIVE_SIDE = 60; // a quarter of those pixels, several times a second
const MIDDLE = 126; // of the 480: rounded up or down, the spectrum fits into 128
const WHOLE_SIDE = 160;

// As the server measures: for a picture that was taken.
export function measureStill(picture, faces, regression) {
  if (!faces.length) return withoutFace(picture);
  const [frame, small] = [FACE_SIDE, SMALL_SIDE].map((side) =>
    frameFace(picture, faces[0], side, { exact: true }),
  );
  return { ...seen(picture, faces, frame, small), sharpness: sharpnessOf(frame, regression) };
}

// The same at a fraction of the work: light on the small face, sharpness on the middle only.
export function measureLive(picture, faces, regression) {
  if (!faces.length) return withoutFace(picture);
  const small = frameFace(picture, faces[0], LIVE_SIDE);
  const middle = frameMiddle(picture, faces[0], FACE_SIDE, MIDDLE);
  return { ...seen(picture, faces, small, small), sharpness: sharpnessOf(middle, regression) };
}

function withoutFace(picture) {
  return { faces: 0, brightness: brightestTenth(frameWhole(picture, WHOLE_SIDE)) };
}

function seen({ width, height }, faces, frame, small) {
  const [face, other] = faces;
  return {
    ...measureLight(frame),
    ...measureColour(small),
    covered: coveredShare(small),
    ...face.pose,
    faces: faces.length,
    second_face: other ? other.size / face.size : 0,
    face_pixels: face.size,
    frame_share: Math.max(face.width / width, face.height / height),
    cut_off: face.cutOff(width, height),
  };
}
