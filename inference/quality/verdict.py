"""From measures and limits to reasons and cautions."""

from __future__ import annotations

from typing import TYPE_CHECKING

from inference.quality.messages import CAUTIONS, MESSAGES, REASONS
from inference.results import Finding, Quality, View

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

Measures = dict[str, float]

FILLS_FRAME = 0.95

# measure, side, limit, code
Rule = tuple[str, str, str, str]

DARK: tuple[Rule, ...] = (("brightness", "below", "refuse_brightness_below", "too_dark"),)
LIGHT: tuple[Rule, ...] = (
    *DARK,
    ("brightness", "below", "caution_brightness_below", "rather_dark"),
    ("overexposed", "above", "refuse_overexposed_above", "overexposed"),
    ("overexposed", "above", "caution_overexposed_above", "rather_bright"),
)
SHARPNESS: tuple[Rule, ...] = (
    ("sharpness", "below", "refuse_sharpness_below", "blurred"),
    ("sharpness", "below", "caution_sharpness_below", "slightly_blurred"),
)
FACE: tuple[Rule, ...] = (
    ("unevenness", "above", "caution_unevenness_above", "uneven_light"),
    ("chroma", "below", "refuse_chroma_below", "no_colour"),
    ("hue", "below", "refuse_hue_below", "wrong_colours"),
    ("hue", "above", "refuse_hue_above", "wrong_colours"),
    ("hue", "below", "caution_hue_below", "colour_cast"),
    ("hue", "above", "caution_hue_above", "colour_cast"),
    ("second_face", "above", "refuse_second_face_above", "several_faces"),
    ("face_pixels", "below", "refuse_face_pixels_below", "too_far"),
    ("face_pixels", "below", "caution_face_pixels_below", "rather_small"),
    ("cut_off", "above", "refuse_cut_off_above", "cut_off"),
    ("cut_off", "above", "caution_cut_off_above", "slightly_cut_off"),
    ("tip", "above", "refuse_pitch_above", "head_tipped"),
    ("tip", "above", "caution_pitch_above", "slightly_tipped"),
    ("lean", "above", "caution_roll_above", "leaning"),
)
FRONT: tuple[Rule, ...] = (
    ("turn", "above", "refuse_front_turn_above", "not_front"),
    ("turn", "above", "caution_front_turn_above", "slightly_turned"),
)
ORDER = {code: place for place, code in enumerate(MESSAGES)}
# A caution says nothing new beside the refusal of the same measure.
STRONGER = {
    "rather_dark": {"too_dark"},
    "rather_bright": {"overexposed"},
    "slightly_blurred": {"blurred"},
    "colour_cast": {"wrong_colours", "no_colour"},
    "rather_small": {"too_far"},
    "slightly_cut_off": {"cut_off", "too_close"},
    "slightly_tipped": {"head_tipped"},
    "slightly_turned": {"not_front", "not_left", "not_right"},
}


def judge(measures: Measures, view: View, limits: Mapping[str, float]) -> Quality:
    """The verdict on a photo with a face, for the view asked for."""
    angles = {
        "turn": _turn(measures["yaw"], view),
        "tip": abs(measures["pitch"]),
        "lean": abs(measures["roll"]),
    }
    rules = LIGHT + SHARPNESS + FACE + (FRONT if view is View.FRONT else _side_rules(view))
    found = _broken(rules, {**measures, **angles}, limits)
    if measures["frame_share"] >= FILLS_FRAME:
        found = map(_too_close, found)
    return _quality(found, measures)


def judge_body(measures: Measures, limits: Mapping[str, float]) -> Quality:
    """The verdict on chest or back: light and sharpness only."""
    return _quality(_broken(LIGHT + SHARPNESS, measures, limits), measures)


def judge_faceless(measures: Measures, limits: Mapping[str, float]) -> Quality:
    """The verdict where a face is wanted and none was found: perhaps for want of light."""
    return _quality([*_broken(DARK, measures, limits), _finding("no_face", 0, 1)], measures)


def _turn(yaw: float, view: View) -> float:
    """Degrees off the front, or degrees towards the side asked for."""
    return {View.FRONT: abs(yaw), View.LEFT: yaw, View.RIGHT: -yaw}[view]


def _side_rules(view: View) -> tuple[Rule, ...]:
    return (
        ("turn", "below", "refuse_side_turn_below", f"not_{view.value}"),
        ("turn", "below", "caution_side_turn_below", "slightly_turned"),
    )


def _broken(
    rules: Iterable[Rule], measures: Measures, limits: Mapping[str, float]
) -> Iterator[Finding]:
    for measure, side, name, code in rules:
        value, limit = measures[measure], limits[name]
        if value < limit if side == "below" else value > limit:
            yield _finding(code, value, limit)


def _finding(code: str, value: float, limit: float) -> Finding:
    return Finding(code, round(value, 3), limit, MESSAGES[code])


def _too_close(finding: Finding) -> Finding:
    if finding.code != "cut_off":
        return finding
    return _finding("too_close", finding.value, finding.limit)


def _quality(findings: Iterable[Finding], measures: Measures) -> Quality:
    found = sorted(findings, key=lambda one: ORDER[one.code])
    codes = {one.code for one in found}
    reasons = tuple(one for one in found if one.code in REASONS)
    cautions = (one for one in found if one.code in CAUTIONS)
    return Quality(
        accepted=not reasons,
        reasons=reasons,
        cautions=tuple(one for one in cautions if not codes & STRONGER.get(one.code, set())),
        measures={name: round(value, 3) for name, value in measures.items()},
    )
