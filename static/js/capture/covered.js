// What hides the skin, by its colour: as the server's inference/quality/covered.py, which finds
// hands as well.

const OWN_SKIN = 0.7; // quantile of redness: the face's skin even where most of it is covered
const PALER = [0.7, 0.6]; // times the own skin's redness, or stops: white, grey, black have none
const YELLOWER = 1.3; // stops of log-chromaticity
const DARKER = 5; // stops below the face's bright skin
const DARKEST = 0.004; // of full light: about a step of eight bits
const STOPS = Float32Array.from({ length: 256 }, (_, i) =>
  Math.log2(Math.max((i / 255) ** 2.2, DARKEST)),
);

// Share, 0 to 1, of the skin's regions that does not look like the face's own skin.
export function coveredShare({ data, skin }) {
  const places = [...skin.keys()].filter((i) => skin[i]);
  const [reds, greens, blues] = [0, 1, 2].map((k) => places.map((i) => STOPS[data[4 * i + k]]));
  const redness = reds.map((red, i) => red - greens[i]);
  const yellowness = greens.map((green, i) => green - blues[i]);
  const leastOwn = quantile(redness, OWN_SKIN);
  const own = (values) => values.filter((_, i) => redness[i] >= leastOwn);
  const ownRedness = quantile(own(redness), 0.5);
  const ownYellowness = quantile(own(yellowness), 0.5);
  const palest = ownRedness - Math.max(PALER[0] * ownRedness, PALER[1]);
  const darkest = quantile(greens, 0.8) - DARKER;
  const hidden = places.filter(
    (_, i) =>
      redness[i] < palest ||
      Math.abs(yellowness[i] - ownYellowness) > YELLOWER ||
      greens[i] < darkest,
  );
  return hidden.length / places.length;
}

function quantile(values, share) {
  return Float32Array.from(values).sort()[Math.floor(share * (values.length - 1))];
}
