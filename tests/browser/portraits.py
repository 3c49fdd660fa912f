"""Real faces as a phone would have seen them, and what makes such pictures poor.

The faces are the public-domain portraits that ship with scikit-image and matplotlib, enlarged and
given skin, for phones show pores.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import cv2
import matplotlib as mpl
import numpy as np
import skimage.data
from PIL import Image
from scipy.interpolate import LinearNDInterpolator

from inference.face import find_faces
from inference.quality import tones
from inference.training.synthesis.masks import face_skin
from inference.training.synthesis.texture import enlarge_with_skin

if TYPE_CHECKING:
    import numpy.typing as npt

    Picture = npt.NDArray[np.uint8]

FACE_WIDTH = 420
GREY = 150  # the wall behind a head that is set smaller into the picture


@cache
def astronaut() -> Picture:
    return _with_skin(skimage.data.astronaut())


@cache
def hopper() -> Picture:
    path = Path(mpl.get_data_path()) / "sample_data" / "grace_hopper.jpg"
    return _with_skin(np.asarray(Image.open(path).convert("RGB")))


def _with_skin(portrait: Picture) -> Picture:
    found = face_skin(portrait)
    assert found is not None
    skin, width = found
    rng = np.random.default_rng(1)
    return enlarge_with_skin(portrait, FACE_WIDTH, rng, skin=skin, width_px=width)


def exposed(image: Picture, gain: float) -> Picture:
    """In linear light, as more or less of it falls on the sensor."""
    light = (image / 255.0) ** 2.2 * gain
    return (np.clip(light, 0, 1) ** (1 / 2.2) * 255).astype(np.uint8)


def defocused(image: Picture, sigma: float) -> Picture:
    return cv2.GaussianBlur(image, (0, 0), sigma).astype(np.uint8)


def moved(image: Picture, length: int) -> Picture:
    return cv2.blur(image, (length, 1)).astype(np.uint8)


def scaled(image: Picture, factor: float) -> Picture:
    return cv2.resize(image, None, fx=factor, fy=factor, interpolation=cv2.INTER_AREA).astype(
        np.uint8
    )


def on_a_wall(image: Picture, width: int, height: int) -> Picture:
    """The picture in the middle of a larger or smaller frame."""
    frame = np.full((height, width, 3), GREY, np.uint8)
    h, w = min(height, image.shape[0]), min(width, image.shape[1])
    from_y, from_x = (image.shape[0] - h) // 2, (image.shape[1] - w) // 2
    to_y, to_x = (height - h) // 2, (width - w) // 2
    frame[to_y : to_y + h, to_x : to_x + w] = image[from_y : from_y + h, from_x : from_x + w]
    return frame


def coloured(image: Picture, melanin: float) -> Picture:
    """Darker or fairer skin in the same light."""
    return tones.coloured(image, find_faces(image)[0], melanin)


def tinted(image: Picture, red: float, green: float, blue: float) -> Picture:
    """Another light: each channel's share of the light is changed."""
    light = (image / 255.0) ** 2.2 * np.array((red, green, blue))
    return (np.clip(light, 0, 1) ** (1 / 2.2) * 255).astype(np.uint8)


def grey(image: Picture) -> Picture:
    return np.repeat(cv2.cvtColor(image, cv2.COLOR_RGB2GRAY)[..., None], 3, axis=2).astype(np.uint8)


def shadowed(image: Picture, stops: float) -> Picture:
    fall = 2.0 ** -np.linspace(0, stops, image.shape[1])[None, :, None]
    return (image * fall).astype(np.uint8)


def masked(image: Picture, brightness: int) -> Picture:
    """Cloth over nose, cheeks and chin."""
    x, y, width, height = find_faces(image)[0].box
    covered = image.copy()
    top, left = round(y + 0.42 * height), round(x - 0.05 * width)
    covered[top : round(y + 1.05 * height), left : round(x + 1.05 * width)] = brightness
    return covered


def turned(image: Picture, degrees: float) -> Picture:
    """The head turned about its long axis: the mesh is rotated and the picture follows it."""
    points = np.array(find_faces(image)[0].landmarks)[:468]
    middle = np.array((*points.mean(axis=0)[:2], points[:, 2].max()))
    angle = np.radians(degrees)
    x, _, z = (points - middle).T
    goal = points[:, :2].copy()
    goal[:, 0] = middle[0] + x * np.cos(angle) + z * np.sin(angle)
    return _warped(image, points[:, :2], goal)


def _warped(image: Picture, points: Any, goal: Any) -> Picture:
    """What lies at the points comes to lie at the goal; the picture's frame stays."""
    height, width = image.shape[:2]
    frame = np.array([(x, y) for x in (0, width / 2, width) for y in (0, height / 2, height)])
    corners = np.delete(frame, 4, axis=0)
    moves = LinearNDInterpolator(np.r_[goal, corners], np.r_[points - goal, 0 * corners])
    rows, columns = np.mgrid[0:height:4, 0:width:4]
    coarse = np.nan_to_num(moves(columns, rows)).astype(np.float32)
    move = cv2.resize(coarse, (width, height))
    down, across = np.mgrid[0:height, 0:width].astype(np.float32)
    return cv2.remap(image, across + move[..., 0], down + move[..., 1], cv2.INTER_CUBIC).astype(
        np.uint8
    )
