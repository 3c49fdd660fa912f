"""Every threshold of the quality check, in one table that a clinic can tune by name.

Two limits stand for most measures: beyond ``refuse_…`` findings would mislead and the photo is
refused, beyond ``caution_…`` it passes and the doctor is told. The defaults follow from pictures
of acne taken in clinics (ACNE04) and studio portraits: there a refusal limit lies beyond 99 % of
the pictures, a caution limit near 95 %, but for the light on the darkest skin (looser) and for
sharpness, whose limits follow from the curve that ``python -m inference.quality.fit`` prints.
"""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

DEFAULT_LIMITS: Mapping[str, float] = MappingProxyType(
    {
        # Median HSV value of the skin, 0 to 1. Very dark skin in good light stays above 0.3.
        "refuse_brightness_below": 0.20,
        "caution_brightness_below": 0.30,
        # Share of the skin whose HSV value is at least 0.98.
        "refuse_overexposed_above": 0.50,
        "caution_overexposed_above": 0.30,
        # Stops (log2) between the bright and the dark tenth of the skin, finer detail smoothed.
        "caution_unevenness_above": 1.5,
        # CIELAB chroma of the skin's median colour: below, the picture is black and white.
        "refuse_chroma_below": 3.0,
        # CIELAB hue angle of the skin's median colour, degrees: skin lies between red and yellow.
        "refuse_hue_below": -20.0,
        "refuse_hue_above": 105.0,
        "caution_hue_below": 15.0,
        "caution_hue_above": 80.0,
        # Probability that the face is sharp. Of 131 sharp pictures of people held out none lay
        # below 0.2 and 3 % below 0.3; of the strongest degradations 84 % lay below 0.1.
        "refuse_sharpness_below": 0.15,
        "caution_sharpness_below": 0.30,
        # The face's longer side in pixels: lesions of 2 mm span 5 pixels at 450.
        "refuse_face_pixels_below": 240.0,
        "caution_face_pixels_below": 360.0,
        # A second face of at least this share of the first one's size.
        "refuse_second_face_above": 0.5,
        # Share of the face's area outside the picture.
        "refuse_cut_off_above": 0.15,
        "caution_cut_off_above": 0.04,
        # Degrees between the head's turn and straight on, for the front view.
        "refuse_front_turn_above": 30.0,
        "caution_front_turn_above": 20.0,
        # Degrees of turn that a side view needs towards its own side.
        "refuse_side_turn_below": 12.0,
        "caution_side_turn_below": 22.0,
        # Degrees up or down, and towards a shoulder.
        "refuse_pitch_above": 45.0,
        "caution_pitch_above": 28.0,
        "caution_roll_above": 25.0,
    }
)


def limits_for(overrides: Mapping[str, float]) -> dict[str, float]:
    """The default table with a clinic's own entries.

    Raises ``ValueError`` naming an entry that does not exist: a typing error in a setting must
    not silently leave the default in force.
    """
    unknown = sorted(set(overrides) - set(DEFAULT_LIMITS))
    if unknown:
        raise ValueError(f"Unknown quality limits: {', '.join(unknown)}.")
    return {**DEFAULT_LIMITS, **overrides}
