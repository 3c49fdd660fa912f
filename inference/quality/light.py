"""Light and colour of the skin: HSV for exposure (Zhang et al. 2024, 2.1.1), CIELAB for hue."""

from __future__ import annotations

from typing import TYPE_CHECKING

import cv2
import numpy as np

if TYPE_CHECKING:
    from inference.photo import Pixels
    from inference.quality.framed import Framed

SATURATED = 0.98
SHADING_BLUR = 20.0  # pixels at face scale: shading stays, lesions and pores go


def measure_light(framed: Framed) -> dict[str, float]:
    """Measures of the skin's light.

    ``brightness``: median HSV value, 0 to 1; ``overexposed``: share of the skin with a value of at
    least 0.98; ``unevenness``: stops between its bright and its dark tenth.
    """
    value = framed.rgb.max(axis=2).astype(np.float32) / 255
    skin = value[framed.skin]
    low, high = np.percentile(cv2.GaussianBlur(value, (0, 0), SHADING_BLUR)[framed.skin], (10, 90))
    return {
        "brightness": float(np.median(skin)),
        "overexposed": float((skin >= SATURATED).mean()),
        "unevenness": float(np.log2(max(high, 1 / 255) / max(low, 1 / 255))),
    }


def brightest_tenth(image: Pixels) -> float:
    """HSV value, 0 to 1, that a tenth of a whole picture exceeds: it is low only in the dark,
    while a median would follow a black or a white background.
    """
    return float(np.percentile(image.max(axis=2), 90)) / 255


def measure_colour(framed: Framed) -> dict[str, float]:
    """Measures of the skin's colour in CIELAB.

    ``hue``: degrees from red towards yellow; ``chroma``: distance from grey; ``ita``: individual
    typology angle in degrees (Chardon et al., 1991), 55 and more very light, below -30 dark.
    """
    pixels = framed.rgb[framed.skin][None].astype(np.float32) / 255
    lightness, a, b = np.median(cv2.cvtColor(pixels, cv2.COLOR_RGB2LAB)[0], axis=0)
    return {
        "hue": float(np.degrees(np.arctan2(b, a))),
        "chroma": float(np.hypot(a, b)),
        "ita": float(np.degrees(np.arctan2(lightness - 50, b))),
    }
