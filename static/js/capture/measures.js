// All that the phone measures of one picture, by the names in the server's table of limits.

import { uncover } from "./covered.js";
import { frameFace, frameMiddle, frameWhole, maskOf, shapeOf } from "./frame.js";
import { MOST_TURNED, rimStep } from "./glasses.js";
import { blownOut, brightestTenth, measureColour, measureLight } from "./light.js";
import { sharpnessOf } from "./sharpness.js";

const FACE_SIDE = 480; // the scale at which the server measures
const SMALL_SIDE = 120; // the one for colour, where pores, lesions and strands of hair average out
const LIVE_SIDE = 60; // a quarter of those pixels, several times a second
const MIDDLE = 126; // of the 480: rounded up or down, the spectrum fits into 128
const WHOLE_SIDE = 160;

// As the server measures: for a picture that was taken.
export function measureStill(picture, faces, regression) {
  if (!faces.length) return withoutFace(picture);
  const [face] = faces;
  const [frame, small] = [FACE_SIDE, SMALL_SIDE].map((side) =>
    frameFace(picture, face, side, { exact: true }),
  );
  frame.face = maskOf(frame, [face.outline]);
  for (const one of [frame, small]) one.skin = maskOf(one, face.visibleRegions);
  small.eyes = shapeOf(small, face.eyes);
  return {
    ...skinOf(small),
    overexposed: blownOut(frame),
    ...placeOf(picture, faces),
    ...glassesOf(picture, face),
    sharpness: sharpnessOf(frame, regression),
  };
}

// The same without sharpness and glasses, on a face cut from a small preview, for a fraction of the
// work. `preview`: the picture at the size at which faces were looked for.
export function measureLive(picture, preview, faces) {
  if (!faces.length) return withoutFace(preview);
  const face = faces[0].scaled(preview.width / picture.width);
  const small = frameFace(preview, face, LIVE_SIDE);
  small.skin = maskOf(small, face.visibleRegions);
  small.eyes = shapeOf(small, face.eyes);
  return { ...skinOf(small), overexposed: blownOut(small), ...placeOf(picture, faces) };
}

// On the middle of the face only.
export function liveSharpness(picture, face, regression) {
  const middle = frameMiddle(picture, face, FACE_SIDE, MIDDLE);
  return { sharpness: sharpnessOf(middle, regression) };
}

// Not on a turned head, where nothing is known of glasses.
export function glassesOf(picture, face) {
  return Math.abs(face.pose.yaw) > MOST_TURNED ? {} : { glasses: rimStep(picture, face) };
}

function withoutFace(picture) {
  return { faces: 0, brightness: brightestTenth(frameWhole(picture, WHOLE_SIDE)) };
}

function skinOf(small) {
  const { bare, covered } = uncover(small);
  return { ...measureLight(small, bare), ...measureColour(small, bare), covered };
}

function placeOf({ width, height }, faces) {
  const [face, other] = faces;
  return {
    ...face.pose,
    faces: faces.length,
    second_face: other ? other.size / face.size : 0,
    face_pixels: face.size,
    frame_share: Math.max(face.width / width, face.height / height),
    cut_off: face.cutOff(width, height),
    far_cheek: face.farCheek,
  };
}
