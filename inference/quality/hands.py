"""Hands before a face: Zhang et al., "MediaPipe Hands: on-device real-time hand tracking", 2020.

The finder takes a cheek and chin seen from the side for a hand now and then (of 244 faces without
one, four), so a hand counts only where the larger model sees it too, with more round the face.
"""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any, NamedTuple

import cv2
import numpy as np
import numpy.typing as npt
from mediapipe.python.solutions.hands import Hands

from inference.face import enlarged_view, face_size, native_log_silenced

if TYPE_CHECKING:
    from inference.photo import Pixels
    from inference.results import Face

SMALLEST_HAND = 0.45  # of the face: what is taken for a hand below is a nose or an ear
CONFIDENCE = 0.5
Outline = npt.NDArray[np.float64]


class Look(NamedTuple):
    """``margin``: of the face, so that a palm below the chin is still seen; ``side``: pixels of
    the view, of which the finder looks at 192; ``complexity``: 0 or 1, the larger model.
    """

    margin: float
    side: int
    complexity: int


CLOSE, WIDE = Look(0.4, 256, 0), Look(0.8, 384, 1)


def find_hands(image: Pixels, face: Face) -> list[Outline]:
    """Outlines, (n, 2) pixels of the image, of the hands on or beside a face.

    ``image``: uint8 RGB (height, width, 3).
    """
    seen = hands_at(image, face, CLOSE)
    again = hands_at(image, face, WIDE) if seen else []
    return [one for one in seen if any(_overlap(one, other) for other in again)]


def hands_at(image: Pixels, face: Face, look: Look) -> list[Outline]:
    """What one look takes for hands."""
    view, scale, corner = enlarged_view(image, face, look.margin, look.side)
    with native_log_silenced():
        found = _finder(look.complexity).process(view).multi_hand_landmarks or []
    size = np.array(view.shape[1::-1])
    shapes = [np.array([(p.x, p.y) for p in one.landmark]) * size / scale + corner for one in found]
    return [_hull(one) for one in shapes if np.ptp(one, axis=0).max() >= _least(face)]


def _overlap(one: Outline, other: Outline) -> bool:
    shared, _ = cv2.intersectConvexConvex(one.astype(np.float32), other.astype(np.float32))
    return shared > 0


def _least(face: Face) -> float:
    return SMALLEST_HAND * face_size(face)


def _hull(points: Outline) -> Outline:
    hull: Outline = cv2.convexHull(points.astype(np.float32))[:, 0].astype(float)
    return hull


@cache  # made on first use: MediaPipe does not survive a fork once it has run
def _finder(complexity: int) -> Any:
    return Hands(
        static_image_mode=True,
        max_num_hands=2,
        model_complexity=complexity,
        min_detection_confidence=CONFIDENCE,
    )
