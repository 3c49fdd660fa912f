"""Skin tone, light and face size, measured on the pixels of a picture: no face mesh is needed."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import cv2
import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    Image = NDArray[np.uint8]
    Mask = NDArray[np.bool_]

CR, CB = (133, 173), (77, 127)  # Chai and Ngan, IEEE TCSVT 1999
LEAST_SKIN = 0.05  # share of the picture below which nothing is said
BLOWN = 250  # a channel's value from which its light is lost


class Skin(NamedTuple):
    """``ita``: individual typology angle in degrees. ``value``: median HSV value, 0 to 1.
    ``width``: pixels of the picture between the outermost columns of skin, stray ones left out.
    """

    ita: float
    value: float
    width: float


def typology_angle(lightness: float, b: float) -> float:
    """ITA in degrees of a CIELAB colour: arctan((L* − 50) / b*) (Chardon et al. 1991)."""
    return float(np.degrees(np.arctan2(lightness - 50, b)))


def skin_pixels(image: Image) -> Mask:
    """The largest connected part in the colours of skin. RGB (H, W, 3) -> bool (H, W).

    Chroma alone decides (Chai and Ngan 1999), for it hardly differs between fair and dark skin;
    hair, lips and clothes of the same hue may be among it.
    """
    chroma = cv2.cvtColor(image, cv2.COLOR_RGB2YCrCb)
    low, high = np.array([0, CR[0], CB[0]]), np.array([255, CR[1], CB[1]])
    coloured = cv2.morphologyEx(
        cv2.inRange(chroma, low, high), cv2.MORPH_OPEN, np.ones((5, 5), np.uint8)
    )
    number, labels, stats, _ = cv2.connectedComponentsWithStats(coloured)
    if number < 2:
        return np.zeros(labels.shape, bool)
    return np.asarray(labels == 1 + stats[1:, cv2.CC_STAT_AREA].argmax(), bool)


def measure_skin(
    image: Image, lesions: Sequence[tuple[float, float, float, float]] = ()
) -> Skin | None:
    """Tone, light and width of the skin of a picture, RGB uint8 (H, W, 3); None where less than a
    twentieth of it is skin. ``lesions``: boxes whose pixels, red or dark, do not speak for the
    tone.
    """
    skin = skin_pixels(image)
    columns = np.nonzero(skin)[1]
    for x, y, width, height in lesions:
        skin[max(0, int(y)) : int(y + height) + 1, max(0, int(x)) : int(x + width) + 1] = False
    skin &= image.max(axis=2) < BLOWN
    if skin.mean() < LEAST_SKIN:
        return None
    pixels = image[skin][None].astype(np.float32) / 255
    lightness, _, b = np.median(cv2.cvtColor(pixels, cv2.COLOR_RGB2LAB)[0], axis=0)
    left, right = np.percentile(columns, (1, 99))
    value = float(np.median(pixels.max(axis=2)))
    return Skin(typology_angle(float(lightness), float(b)), value, float(right - left))
