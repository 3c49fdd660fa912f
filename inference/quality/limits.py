"""The standard of the picture check: what is measured, and beyond which limit it means what.

One table for the server, the phone (:func:`to_json`) and the clinic, which may override every
default by name (:func:`problems`, :func:`limits_for`). Beyond a ``refuse_…`` limit findings would
mislead, so the photo is refused; beyond a ``caution_…`` limit it passes and the doctor is told.
QUALITY_CARD.md beside this file shows the curves that the defaults were read from.

Standard library only, so that the web tier may read it.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from types import MappingProxyType
from typing import TYPE_CHECKING, Literal

from inference.quality.messages import MESSAGES
from inference.results import FACE_VIEWS, View

if TYPE_CHECKING:
    from collections.abc import Mapping

    from inference.results import Json

Consequence = Literal["refuse", "caution"]
Side = Literal["below", "above"]


@dataclass(frozen=True, slots=True)
class Measure:
    """``lowest`` and ``highest``: the values a limit on it may take."""

    unit: str
    lowest: float
    highest: float
    meaning: str


MEASURES: Mapping[str, Measure] = MappingProxyType(
    {
        "light": Measure(
            "0 to 1", 0, 1, "HSV value of the bare skin or of the whites of the eyes, the higher"
        ),
        "brightness": Measure(
            "0 to 1", 0, 1, "HSV value of the skin, or of a picture without face"
        ),
        "overexposed": Measure("share", 0, 1, "skin with an HSV value of at least 0.98"),
        "unevenness": Measure(
            "doublings", 0, 8, "of HSV value between the dark and the bright tenth of the skin"
        ),
        "mixed_light": Measure(
            "stops", 0, 10, "between the halves of the face, of the ratio of red to blue"
        ),
        "faces": Measure("count", 1, 4, "faces found"),  # without one there is nothing to read
        "second_face": Measure("share", 0, 1, "size of a second face against the first"),
        "frame_share": Measure(
            "share", 0, 5, "the face's box against the picture, in the direction it fills more of"
        ),
        "face_pixels": Measure("pixels", 0, 10_000, "longer side of the face's box"),
        "cut_off": Measure("share", 0, 1, "of the face's area outside the picture"),
        "covered": Measure(
            "share", 0, 1, "of the face's regions where skin of the face's own colour is missing"
        ),
        "glasses": Measure(
            "stops", 0, 10, "step in light across the bridge of the nose, as of a rim"
        ),
        "far_cheek": Measure(
            "share", -1, 1, "of the cheek that turns away, as seen, against the other"
        ),
        "side_turn": Measure("degrees", -90, 90, "turn towards the side asked for"),
        "pitch": Measure("degrees", 0, 90, "up or down from level, without sign"),
        "roll": Measure("degrees", 0, 180, "towards a shoulder, without sign"),
        "skin_share": Measure("share", 0, 1, "of a picture of chest or back in colours of skin"),
        "picture_pixels": Measure(
            "pixels", 0, 10_000, "shorter side of a picture of chest or back"
        ),
        "sharpness": Measure("0 to 1", 0, 1, "probability that the skin is sharp"),
        "chroma": Measure("CIELAB", 0, 180, "the bare skin's median distance from grey"),
        "hue": Measure("degrees", -180, 180, "the bare skin's median, from red (0) to yellow (90)"),
    }
)


@dataclass(frozen=True, slots=True)
class Criterion:
    """A limit on a measure, and the code of what is said beyond it, in the views it is for."""

    consequence: Consequence
    measure: str
    side: Side
    default: float
    code: str
    views: tuple[View, ...] = FACE_VIEWS

    @property
    def name(self) -> str:
        """What a clinic calls the limit."""
        return f"{self.consequence}_{self.measure}_{self.side}"

    def broken(self, value: float, limit: float) -> bool:
        return value < limit if self.side == "below" else value > limit


ALL, BODY = tuple(View), (View.CHEST, View.BACK)
FRONT, LEFT, RIGHT = (View.FRONT,), (View.LEFT,), (View.RIGHT,)

CRITERIA: tuple[Criterion, ...] = (
    Criterion("refuse", "light", "below", 0.34, "too_dark"),
    Criterion("caution", "light", "below", 0.45, "rather_dark"),
    Criterion("refuse", "brightness", "below", 0.20, "too_dark", ALL),
    Criterion("caution", "brightness", "below", 0.30, "rather_dark", ALL),
    Criterion("refuse", "overexposed", "above", 0.50, "overexposed", ALL),
    Criterion("caution", "overexposed", "above", 0.30, "rather_bright", ALL),
    Criterion("refuse", "unevenness", "above", 2.0, "harsh_shadow", ALL),
    Criterion("caution", "unevenness", "above", 1.5, "uneven_light", ALL),
    Criterion("caution", "mixed_light", "above", 0.8, "mixed_light"),
    Criterion("refuse", "faces", "below", 1, "no_face"),
    Criterion("refuse", "second_face", "above", 0.5, "several_faces"),
    Criterion("caution", "second_face", "above", 0.2, "another_face"),
    Criterion("refuse", "frame_share", "above", 1.05, "too_close"),
    Criterion("caution", "frame_share", "above", 0.97, "rather_close"),
    Criterion("refuse", "face_pixels", "below", 240, "too_far"),
    Criterion("caution", "face_pixels", "below", 360, "rather_small"),
    Criterion("refuse", "cut_off", "above", 0.15, "cut_off"),
    Criterion("caution", "cut_off", "above", 0.04, "slightly_cut_off"),
    Criterion("refuse", "covered", "above", 0.40, "covered"),
    Criterion("caution", "covered", "above", 0.15, "partly_covered"),
    Criterion("caution", "glasses", "above", 0.30, "glasses", FRONT),
    Criterion("refuse", "far_cheek", "below", 0.05, "not_front", FRONT),
    Criterion("caution", "far_cheek", "below", 0.15, "slightly_turned", FRONT),
    Criterion("refuse", "side_turn", "below", 12, "not_left", LEFT),
    Criterion("refuse", "side_turn", "below", 12, "not_right", RIGHT),
    Criterion("caution", "side_turn", "below", 22, "slightly_turned", (*LEFT, *RIGHT)),
    Criterion("refuse", "pitch", "above", 45, "head_tipped"),
    Criterion("caution", "pitch", "above", 28, "slightly_tipped"),
    Criterion("caution", "roll", "above", 25, "leaning"),
    Criterion("refuse", "skin_share", "below", 0.15, "no_skin", BODY),
    Criterion("caution", "skin_share", "below", 0.35, "little_skin", BODY),
    Criterion("refuse", "picture_pixels", "below", 480, "few_pixels", BODY),
    Criterion("refuse", "sharpness", "below", 0.15, "blurred", ALL),
    Criterion("caution", "sharpness", "below", 0.30, "slightly_blurred", ALL),
    Criterion("refuse", "chroma", "below", 3, "no_colour", ALL),
    Criterion("refuse", "hue", "below", -20, "wrong_colours"),
    Criterion("refuse", "hue", "above", 105, "wrong_colours"),
    Criterion("caution", "hue", "below", 15, "colour_cast"),
    Criterion("caution", "hue", "above", 80, "colour_cast"),
)
DEFAULT_LIMITS: Mapping[str, float] = MappingProxyType({one.name: one.default for one in CRITERIA})
MEASURE_OF: Mapping[str, str] = MappingProxyType({one.name: one.measure for one in CRITERIA})

# Degrees of pitch that the mesh sees in a level face: its line from brow to chin falls back.
LEVEL_PITCH = -8.0

# What another finding already says, or makes impossible to judge.
# In the dark and in glare colours fade; in false colours nothing looks like skin.
NO_TRUE_COLOUR = frozenset({"too_dark", "overexposed", "no_colour", "wrong_colours"})
SILENCED_BY: Mapping[str, frozenset[str]] = MappingProxyType(
    {
        "cut_off": frozenset({"too_close"}),
        "slightly_cut_off": frozenset({"too_close"}),
        "covered": NO_TRUE_COLOUR | {"colour_cast"},
        "partly_covered": NO_TRUE_COLOUR | {"colour_cast"},
        "no_skin": NO_TRUE_COLOUR,
        "little_skin": NO_TRUE_COLOUR,
        "no_colour": frozenset({"too_dark", "overexposed"}),
        "wrong_colours": frozenset({"too_dark", "overexposed", "no_colour"}),
        "colour_cast": frozenset({"too_dark", "overexposed", "no_colour"}),
        "mixed_light": NO_TRUE_COLOUR,
    }
)


@dataclass(frozen=True, slots=True)
class Problem:
    """One wrong entry of a clinic's own limits.

    ``code``: ``unknown`` name, ``not_a_number``, or ``out_of_range`` of what is measured.
    """

    code: str
    name: str
    lowest: float = 0.0
    highest: float = 0.0

    def __str__(self) -> str:
        return PROBLEMS[self.code].format(
            name=self.name, lowest=f"{self.lowest:g}", highest=f"{self.highest:g}"
        )


PROBLEMS = {
    "unknown": "Unknown quality limit: {name}.",
    "not_a_number": "The quality limit {name} must be a number.",
    "out_of_range": "The quality limit {name} must lie between {lowest} and {highest}.",
}


def problems(overrides: Mapping[str, object]) -> list[Problem]:
    """Everything wrong with a clinic's own limits; empty if they can be used."""
    return [found for name, value in overrides.items() if (found := _entry(name, value))]


def limits_for(overrides: Mapping[str, object]) -> dict[str, float]:
    """The default table with a clinic's own entries.

    Raises ``ValueError`` with a sentence for each wrong entry: a typing error in a setting must
    not silently leave the default in force.
    """
    wrong = problems(overrides)
    if wrong:
        raise ValueError(" ".join(map(str, wrong)))
    return {**DEFAULT_LIMITS, **{name: float(str(one)) for name, one in overrides.items()}}


def to_json(overrides: Mapping[str, object]) -> Json:
    """The table as primitives, for whoever judges pictures elsewhere by the same standard.

    ``criteria``: one row each with its limit in force. ``order``: codes, most useful first.
    ``silenced_by``: codes beside which a code is not said; a refusal moreover silences the
    caution on the same measure. ``level_pitch``: what limits on pitch count from. Raises
    ``ValueError`` as :func:`limits_for`.
    """
    limits = limits_for(overrides)
    return {
        "criteria": [_row(one, limits[one.name]) for one in CRITERIA],
        "order": list(MESSAGES),
        "silenced_by": {code: sorted(others) for code, others in SILENCED_BY.items()},
        "level_pitch": LEVEL_PITCH,
    }


def _row(criterion: Criterion, limit: float) -> Json:
    measure = MEASURES[criterion.measure]
    return {
        "name": criterion.name,
        "measure": criterion.measure,
        "unit": measure.unit,
        "meaning": measure.meaning,
        "consequence": criterion.consequence,
        "side": criterion.side,
        "limit": limit,
        "code": criterion.code,
        "views": [view.value for view in criterion.views],
    }


def _entry(name: str, value: object) -> Problem | None:
    if name not in DEFAULT_LIMITS:
        return Problem("unknown", name)
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
        return Problem("not_a_number", name)
    measure = MEASURES[MEASURE_OF[name]]
    if not measure.lowest <= value <= measure.highest:
        return Problem("out_of_range", name, measure.lowest, measure.highest)
    return None
