"""Skin of every tone: close views judged as a chest, and the light on faces that look ahead."""

from __future__ import annotations

from typing import TYPE_CHECKING

import cv2
import numpy as np

from inference.face import find_faces
from inference.photo import read_photo
from inference.quality import check
from inference.quality.blurs import DEGRADATIONS, STRENGTHS
from inference.quality.degradations import darker
from inference.quality.framed import frame_body
from inference.quality.light import measure_colour
from inference.quality.limits import DEFAULT_LIMITS
from inference.quality.measures import measure_faces
from inference.results import Request, View
from inference.training.synthesis.skin import skin_mask, with_melanin
from inference.training.tracking.patients import portraits

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from inference.photo import Pixels
    from inference.results import Face

ABSORBED = (0.35, 0.55, 0.75)  # of red, green and blue by melanin
ANGLES = (59, 35, 15, -10, -40, -59)  # individual typology angle, Chardon et al., 1991
FAIREST, DARKEST, STEPS = -2.0, 6.0, 12
MELANIN = (0.0, 3.0)  # as the portrait is, and near -50 degrees
STOPS = (0, 2, 3, 4)

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
    images = [read_photo(path) for path in close_views(data, "val")]
    return {angle: [_codes(in_tone(one, angle)) for one in images] for angle in ANGLES}


def report_chest(data: Path) -> None:
    """Print how many close views are refused, by tone and by blur."""
    for angle, codes in codes_by_tone(data).items():
        refused = sorted(code for one in codes for code in one)
        print(f"ITA {angle:3}: {sum(map(bool, codes))} of {len(codes)} refused {refused}")
    images = [read_photo(path) for path in close_views(data, "val")]
    rng = np.random.default_rng(0)
    for radius in (0, *STRENGTHS["defocus"]):
        change = DEGRADATIONS["defocus"]
        made = [change(one, radius, rng) if radius else one for one in images]
        blurred = sum("blurred" in _codes(one) for one in made)
        print(f"out of focus by {radius} pixels: {blurred} of {len(images)} refused as blurred")


def report_light(data: Path) -> None:
    """Print on how many portraits the light falls below the limits, by skin and by exposure."""
    faces = list(_portraits(data))
    for melanin in MELANIN:
        made = [(coloured(image, face, melanin), face) for image, face in faces]
        for stops in STOPS:
            found = [
                measure_faces(darker(image, face, stops), [face])["light"] for image, face in made
            ]
            refused, cautioned = (
                sum(light < DEFAULT_LIMITS[f"{kind}_light_below"] for light in found)
                for kind in ("refuse", "caution")
            )
            lowest, median, highest = np.percentile(found, (0, 50, 100))
            print(
                f"melanin {melanin:g}, {stops} stops darker: of {len(found)} refused {refused}, "
                f"cautioned {cautioned - refused}; light {lowest:.2f} {median:.2f} {highest:.2f}",
                flush=True,
            )


def coloured(image: Pixels, face: Face, melanin: float) -> Pixels:
    """The skin alone with more or less melanin, in the same light."""
    where = cv2.GaussianBlur(skin_mask(image, face.landmarks).astype(np.float32), (0, 0), 2)
    return with_melanin(image, np.asarray(where, np.float32), melanin)


def _portraits(data: Path) -> Iterator[tuple[Pixels, Face]]:
    """Every fourth official portrait, the astronaut and Hopper, each with the face found in it."""
    images = [read_photo(path) for path in sorted((data / "clear/train").glob("*.*"))[::4]]
    for image in (*images, *(one.image for one in portraits())):
        faces = find_faces(image)
        if faces:
            yield image, faces[0]


def close_views(data: Path, part: str) -> list[Path]:
    """Of ``closeups/``, ``train`` or ``val``."""
    return sorted((data / "closeups" / part).glob("*.*"))


def _codes(image: Pixels) -> tuple[str, ...]:
    return tuple(one.code for one in check(image, Request(view=View.CHEST))[0].reasons)
