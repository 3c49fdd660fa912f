"""Light and colour of the skin: HSV for exposure (Zhang et al. 2024, 2.1.1), CIELAB for hue."""

from __future__ import annotations

from typing import TYPE_CHECKING

import cv2
import numpy as np

if TYPE_CHECKING:
    import numpy.typing as npt

    from inference.photo import Pixels
    from inference.quality.framed import Framed

SATURATED = 0.98
SHADING_BLUR = 5.0  # pixels at the reduced scale: shading stays, lesions and pores go
WHITES = 97  # percentile of an eye: even one hardly open shows some white
SHADE = 2.5  # stops: darker skin tells no colour


def measure_light(framed: Framed) -> dict[str, float]:
    """Measures of the skin's light.

    ``overexposed``: share of the skin with an HSV value of at least 0.98; ``unevenness``: doublings
    of the value from the skin's dark to its bright tenth.
    """
    value, small = _value(framed.rgb), framed.reduced
    shading = cv2.GaussianBlur(_value(small.rgb).astype(np.float32), (0, 0), SHADING_BLUR)
    low, high = np.percentile(shading[small.skin], (10, 90))
    return {
        "overexposed": float((value[framed.skin] >= SATURATED * 255).mean()),
        "unevenness": float(np.log2(max(high, 1.0) / max(low, 1.0))),
    }


def skin_brightness(bare: Framed) -> float:
    """Median HSV value, 0 to 1, of the bare skin. ``bare``: reduced, its skin only where nothing
    covers it.
    """
    return float(np.median(bare.rgb[bare.skin].max(axis=1))) / 255


def light_on_face(bare: Framed, eyes: list[npt.NDArray[np.float64]]) -> float:
    """HSV value, 0 to 1, of the skin's median or of the brightest of the eyes, whichever is higher:
    in the dark both are low, on dark skin in good light the whites of the eyes are not.

    ``eyes``: outlines of the lids, (n, 2) pixels of the photo. Closed or hidden eyes add nothing.
    """
    between_lids = bare.rgb[bare.filled(eyes)].max(axis=1, initial=0)
    whites = float(np.percentile(between_lids, WHITES)) / 255 if between_lids.size else 0.0
    return max(skin_brightness(bare), whites)


def brightest_tenth(image: Pixels) -> float:
    """HSV value, 0 to 1, that a tenth of a whole picture exceeds: it is low only in the dark,
    while a median would follow a black or a white background.
    """
    return float(np.percentile(_value(image), 90)) / 255


def measure_colour(bare: Framed) -> dict[str, float]:
    """Measures of the bare skin's colour in CIELAB.

    ``hue``: degrees from red towards yellow; ``chroma``: distance from grey; ``ita``: individual
    typology angle in degrees (Chardon et al., 1991), 55 and more very light, below -30 dark.
    """
    pixels = bare.rgb[bare.skin][None].astype(np.float32) / 255
    lightness, a, b = np.median(cv2.cvtColor(pixels, cv2.COLOR_RGB2LAB)[0], axis=0)
    return {
        "hue": float(np.degrees(np.arctan2(b, a))),
        "chroma": float(np.hypot(a, b)),
        "ita": float(np.degrees(np.arctan2(lightness - 50, b))),
    }


def measure_mixed_light(bare: Framed) -> float:
    """Stops by which the ratio of red to blue differs between the two halves of a face.

    Of one light the ratio depends on the skin alone, which is alike on both sides; daylight and a
    filament lamp differ by about two stops.
    """
    light, across = bare.light, np.nonzero(bare.skin)[1]
    lit = light[:, 1] > np.percentile(light[:, 1], 80) / 2**SHADE
    warmth = np.log2(light[:, 0] / light[:, 2])
    right = across < bare.rgb.shape[1] / 2
    if not (lit & right).any() or not (lit & ~right).any():
        return 0.0
    return float(abs(np.median(warmth[lit & right]) - np.median(warmth[lit & ~right])))


def _value(rgb: Pixels) -> npt.NDArray[np.uint8]:
    """HSV value, 0 to 255, of each pixel. Plane by plane: over the last axis numpy is slow."""
    value: npt.NDArray[np.uint8] = np.maximum.reduce(cv2.split(rgb))
    return value
