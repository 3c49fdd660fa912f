"""Skin of every tone without a face: close views judged as a chest, from very light to dark."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from inference.photo import read_photo
from inference.quality import check
from inference.quality.fit import DEGRADATIONS, STRENGTHS
from inference.quality.framed import frame_body
from inference.quality.light import measure_colour
from inference.results import Request, View

if TYPE_CHECKING:
    from pathlib import Path

    from inference.photo import Pixels

ABSORBED = (0.35, 0.55, 0.75)  # of red, green and blue by melanin
ANGLES = (59, 35, 15, -10, -40, -59)  # individual typology angle, Chardon et al., 1991
FAIREST, DARKEST, STEPS = -2.0, 6.0, 12

Codes = list[tuple[str, ...]]


def toned(image: Pixels, melanin: float) -> Pixels:
    """Beer and Lambert: melanin takes blue more than red."""
    left = np.exp(-melanin * np.array(ABSORBED))
    made: Pixels = np.clip(image * left, 0, 255).astype(np.uint8)
    return made


def in_tone(image: Pixels, angle: float) -> Pixels:
    """With as much more or less melanin as gives the skin that angle."""
    low, high = FAIREST, DARKEST  # the angle falls from the one to the other
    for _ in range(STEPS):
        middle = (low + high) / 2
        found = measure_colour(frame_body(toned(image[::4, ::4], middle))[0])["ita"]
        low, high = (middle, high) if found > angle else (low, middle)
    return toned(image, low)


def codes_by_tone(data: Path) -> dict[int, Codes]:
    """Why each close view is refused as a chest, by angle; an empty tuple if it is accepted."""
    images = [read_photo(path) for path in _close_views(data)]
    return {angle: [_codes(in_tone(one, angle)) for one in images] for angle in ANGLES}


def report_chest(data: Path) -> None:
    """Print how many close views are refused, by tone and by blur."""
    for angle, codes in codes_by_tone(data).items():
        refused = sorted(code for one in codes for code in one)
        print(f"ITA {angle:3}: {sum(map(bool, codes))} of {len(codes)} refused {refused}")
    images = [read_photo(path) for path in _close_views(data)]
    rng = np.random.default_rng(0)
    for radius in (0, *STRENGTHS["defocus"]):
        change = DEGRADATIONS["defocus"]
        made = [change(one, radius, rng) if radius else one for one in images]
        blurred = sum("blurred" in _codes(one) for one in made)
        print(f"out of focus by {radius} pixels: {blurred} of {len(images)} refused as blurred")


def _close_views(data: Path) -> list[Path]:
    return sorted((data / "closeups/val").glob("*.*"))


def _codes(image: Pixels) -> tuple[str, ...]:
    return tuple(one.code for one in check(image, Request(view=View.CHEST))[0].reasons)
