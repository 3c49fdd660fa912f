// From measures to reasons and cautions, by the clinic's table: as the server's
// inference/quality/verdict.py. What the phone does not measure it leaves to the server.

// { reasons, cautions }: findings { code, measure, value, limit }, most useful first.
export function judge(measures, view, standard) {
  const { criteria, order, silenced_by: silencedBy, level_pitch: levelPitch } = standard;
  const judged = { ...measures, ...angles(measures, view, levelPitch) };
  const broken = criteria
    .filter((one) => one.views.includes(view) && isBroken(one, judged[one.measure]))
    .sort((a, b) => order.indexOf(a.code) - order.indexOf(b.code));
  const codes = new Set(broken.map((one) => one.code));
  const said = broken.filter((one) => !(silencedBy[one.code] ?? []).some((code) => codes.has(code)));
  const reasons = said.filter((one) => one.consequence === "refuse");
  const refused = new Set(reasons.map((one) => one.measure));
  const cautions = said.filter((one) => one.consequence === "caution" && !refused.has(one.measure));
  return { reasons, cautions };
}

function isBroken({ side, limit }, value) {
  if (value === undefined) return false;
  return side === "below" ? value < limit : value > limit;
}

// What the limits on angles speak of.
function angles(measures, view, levelPitch) {
  if (measures.yaw === undefined) return {};
  return {
    side_turn: view === "right" ? -measures.yaw : measures.yaw,
    pitch: Math.abs(measures.pitch - levelPitch),
    roll: Math.abs(measures.roll),
  };
}
