"""What quality looks at: the face at a fixed scale, or the skin of chest and back."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING

import cv2
import numpy as np
import numpy.typing as npt

from inference.face import Box, FaceMap, face_size, outline

if TYPE_CHECKING:
    from collections.abc import Iterable

    from inference.photo import Pixels
    from inference.results import Face

Mask = npt.NDArray[np.bool_]

FACE_SIDE = 480  # the scale of the pictures the sharpness was fitted on
BODY_SIDE = 960  # chest or back across a picture span about twice a face
SKIN_CR, SKIN_CB = (133, 173), (77, 127)  # Chai and Ngan, IEEE TCSVT 1999
LEAST_SKIN = 0.1


REDUCTION = 4  # at a quarter pores, lesions and strands of hair average out
LINEAR = np.power(np.arange(256, dtype=np.float32) / 255, np.float32(2.2))
DARKEST = 0.004


@dataclass(frozen=True)
class Framed:
    """``rgb``: uint8 (h, w, 3) at fixed scale. ``face``: bool (h, w), inside the face's outline.
    ``skin``: bool (h, w), inside the visible regions: no eyes, no hair beside the face. Of chest
    and back both are the skin. ``corner`` and ``scale``: where it was cut, in the photo's pixels.
    """

    rgb: Pixels
    face: Mask
    skin: Mask
    corner: tuple[float, float] = (0.0, 0.0)
    scale: float = 1.0

    @cached_property
    def reduced(self) -> Framed:
        """At a quarter of the scale, where pores, lesions and strands of hair average out."""
        rgb = _scaled(self.rgb, 1 / REDUCTION)
        size = rgb.shape[1::-1]
        face, skin = (cv2.resize(one.view(np.uint8), size) > 0 for one in (self.face, self.skin))
        scale = self.scale / REDUCTION
        return Framed(rgb, face, skin if skin.any() else face | True, self.corner, scale)

    @property
    def light(self) -> npt.NDArray[np.float32]:
        """The skin's pixels, (n, 3), in linear light, no darker than a step of eight bits."""
        levels: npt.NDArray[np.float32] = np.maximum(LINEAR[self.rgb[self.skin]], DARKEST)
        return levels

    def placed(self, points: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
        """Points of the photo, (n, 2), in pixels of this picture."""
        placed: npt.NDArray[np.float64] = (points - np.array(self.corner)) * self.scale
        return placed

    def filled(self, shapes: Iterable[npt.NDArray[np.float64]]) -> Mask:
        """bool (h, w), inside any of the outlines, which are in pixels of the photo."""
        mask = np.zeros(self.rgb.shape[:2], np.uint8)
        for shape in shapes:
            cv2.fillPoly(mask, [np.round(self.placed(shape)).astype(np.int32)], (1,))
        return mask > 0


def frame_face(image: Pixels, face: Face) -> Framed:
    """The face's box scaled to 480 px on its longer side, with its masks."""
    box = _inside(face, image)
    scale = FACE_SIDE / face_size(face)
    rgb = _scaled(box.cut(image), scale)
    whole = np.ones(rgb.shape[:2], bool)
    framed = Framed(rgb, whole, whole, (box.x, box.y), scale)
    inside = framed.filled([outline(face)])
    regions = framed.filled([one.astype(np.float64) for one in FaceMap(face).visible_regions])
    # A face wholly outside the picture is judged by what there is.
    return replace(
        framed,
        face=inside if inside.any() else whole,
        skin=regions if regions.any() else whole,
    )


def frame_body(image: Pixels) -> tuple[Framed, float]:
    """Chest or back: the whole picture scaled to 960 px on its longer side, its skin by colour,
    and the share of it that is skin. Where hardly any is (in the dark, or in false colours) all
    pixels count.
    """
    scale = min(1.0, BODY_SIDE / max(image.shape[:2]))
    rgb = _scaled(image, scale)
    _, cr, cb = cv2.split(cv2.cvtColor(rgb, cv2.COLOR_RGB2YCrCb))
    skin = (cr >= SKIN_CR[0]) & (cr <= SKIN_CR[1]) & (cb >= SKIN_CB[0]) & (cb <= SKIN_CB[1])
    share = float(skin.mean())
    judged = skin if share >= LEAST_SKIN else np.ones(rgb.shape[:2], bool)
    return Framed(rgb, judged, judged, scale=scale), share


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
