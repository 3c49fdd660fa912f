"""What quality looks at: the face at a fixed scale, or the skin of chest and back."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import cv2
import numpy as np
import numpy.typing as npt

from inference.face import Box, FaceMap, face_size, outline

if TYPE_CHECKING:
    from inference.photo import Pixels
    from inference.results import Face

Mask = npt.NDArray[np.bool_]

FACE_SIDE = 480  # the scale of the pictures the sharpness was fitted on
BODY_SIDE = 960  # chest or back across a picture span about twice a face
SKIN_CR, SKIN_CB = (133, 173), (77, 127)  # Chai and Ngan, IEEE TCSVT 1999
LEAST_SKIN = 0.1


@dataclass(frozen=True, slots=True)
class Framed:
    """``rgb``: uint8 (h, w, 3) at fixed scale. ``face``: bool (h, w), inside the face's outline.
    ``skin``: bool (h, w), inside the visible regions: no eyes, no hair beside the face. Of chest
    and back both are the skin.
    """

    rgb: Pixels
    face: Mask
    skin: Mask


def frame_face(image: Pixels, face: Face) -> Framed:
    """The face's box scaled to 480 px on its longer side, with its masks."""
    box = _inside(face, image)
    scale = FACE_SIDE / face_size(face)
    rgb = _scaled(box.cut(image), scale)
    shift = np.array((box.x, box.y))
    regions = [(shape - shift) * scale for shape in FaceMap(face).visible_regions]
    return Framed(
        rgb=rgb,
        face=_filled([(outline(face) - shift) * scale], rgb.shape[:2]),
        skin=_filled(regions, rgb.shape[:2]),
    )


def frame_body(image: Pixels) -> Framed:
    """Chest or back: the whole picture scaled to 960 px on its longer side, its skin by colour.

    Where hardly any pixel has the colour of skin (in the dark, or in false colours) all count.
    """
    rgb = _scaled(image, min(1.0, BODY_SIDE / max(image.shape[:2])))
    _, cr, cb = cv2.split(cv2.cvtColor(rgb, cv2.COLOR_RGB2YCrCb))
    skin = (cr >= SKIN_CR[0]) & (cr <= SKIN_CR[1]) & (cb >= SKIN_CB[0]) & (cb <= SKIN_CB[1])
    if skin.mean() < LEAST_SKIN:
        skin = np.ones(rgb.shape[:2], bool)
    return Framed(rgb=rgb, face=skin, skin=skin)


def _inside(face: Face, image: Pixels) -> Box:
    height, width = image.shape[:2]
    x, y, w, h = face.box
    left, top = min(max(0, round(x)), width - 1), min(max(0, round(y)), height - 1)
    right, bottom = min(width, round(x + w)), min(height, round(y + h))
    return Box(left, top, max(1, right - left), max(1, bottom - top))


def _scaled(image: Pixels, scale: float) -> Pixels:
    height, width = image.shape[:2]
    size = (max(1, round(width * scale)), max(1, round(height * scale)))
    way = cv2.INTER_AREA if scale < 1 else cv2.INTER_CUBIC
    return cv2.resize(image, size, interpolation=way).astype(np.uint8, copy=False)


def _filled(shapes: list[npt.NDArray[np.float64]], size: tuple[int, ...]) -> Mask:
    mask = np.zeros(size, np.uint8)
    for shape in shapes:
        cv2.fillPoly(mask, [np.round(shape).astype(np.int32)], (1,))
    if not mask.any():
        mask[:] = 1  # a face wholly outside the picture is judged by what there is
    return mask > 0
