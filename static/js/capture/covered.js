// What hides the skin, by its colour: as the server's inference/quality/covered.py, which finds hands
// by their shape as well.

const OWN_SKIN = 0.7; // quantile of redness: the face's skin even where most of it is covered
const PALER = [0.7, 0.6]; // times the own skin's redness, or stops: white, grey, black have none
const YELLOWER = 1.3; // stops of log-chromaticity
const DARKER = 5; // stops below the face's bright skin
const DARKEST = 0.004; // of full light: about a step of eight bits
const MOST_HIDDEN = 0.95; // beyond, light and colour are those of what covers the face

// Of each of the 256 levels, the logarithm of its light.
export const STOPS = Float32Array.from({ length: 256 }, (_, i) =>
  Math.log2(Math.max((i / 255) ** 2.2, DARKEST)),
);

// `bare`: the skin that nothing covers; `covered`: the share, 0 to 1, that this leaves out.
export function uncover({ data, skin }) {
  const isLikeSkin = ownSkin(data, skin);
  const bare = new Uint8Array(skin.length);
  let all = 0;
  let left = 0;
  for (let i = 0; i < skin.length; i += 1) {
    if (skin[i]) {
      bare[i] = isLikeSkin(i) ? 1 : 0;
      all += 1;
      left += bare[i];
    }
  }
  const covered = 1 - left / all;
  return { bare: covered > MOST_HIDDEN ? skin : bare, covered };
}

// Whether a pixel looks like the face's own skin.
function ownSkin(data, skin) {
  const redness = (i) => STOPS[data[4 * i]] - STOPS[data[4 * i + 1]];
  const yellowness = (i) => STOPS[data[4 * i + 1]] - STOPS[data[4 * i + 2]];
  const green = (i) => STOPS[data[4 * i + 1]];
  const least = quantile(valuesIn(skin, redness), OWN_SKIN);
  const own = skin.map((inside, i) => (inside && redness(i) >= least ? 1 : 0));
  const ownRedness = quantile(valuesIn(own, redness), 0.5);
  const ownYellowness = quantile(valuesIn(own, yellowness), 0.5);
  const palest = ownRedness - Math.max(PALER[0] * ownRedness, PALER[1]);
  const darkest = quantile(valuesIn(skin, green), 0.8) - DARKER;
  return (i) =>
    redness(i) >= palest &&
    Math.abs(yellowness(i) - ownYellowness) <= YELLOWER &&
    green(i) >= darkest;
}

// One number for each pixel of the mask.
export function valuesIn(mask, valueOf) {
  const values = new Float32Array(mask.length);
  let count = 0;
  for (let i = 0; i < mask.length; i += 1) if (mask[i]) values[count++] = valueOf(i);
  return values.subarray(0, count);
}

// Sorts the values, which are Float32Array.
export function quantile(values, share) {
  return values.sort()[Math.floor(share * (values.length - 1))];
}
