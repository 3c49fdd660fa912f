"""Hands before a face: Zhang et al., "MediaPipe Hands: on-device real-time hand tracking", 2020."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any

import cv2
import numpy as np
import numpy.typing as npt
from mediapipe.python.solutions.hands import Hands

from inference.face import enlarged_view, face_size, native_log_silenced

if TYPE_CHECKING:
    from inference.photo import Pixels
    from inference.results import Face

MARGIN = 0.4  # of the face: a palm below the chin is still seen
WORKING_SIDE = 256  # the finder looks at 192
SMALLEST_HAND = 0.45  # of the face: what is taken for a hand below is a nose or an ear
CONFIDENCE = 0.5


def find_hands(image: Pixels, face: Face) -> list[npt.NDArray[np.float64]]:
    """Outlines, (n, 2) pixels of the image, of the hands on or beside a face.

    ``image``: uint8 RGB (height, width, 3).
    """
    view, scale, corner = enlarged_view(image, face, MARGIN, WORKING_SIDE)
    with native_log_silenced():
        found = _finder().process(view).multi_hand_landmarks or []
    size = np.array(view.shape[1::-1])
    shapes = [np.array([(p.x, p.y) for p in one.landmark]) * size / scale + corner for one in found]
    return [_hull(one) for one in shapes if np.ptp(one, axis=0).max() >= _least(face)]


def _least(face: Face) -> float:
    return SMALLEST_HAND * face_size(face)


def _hull(points: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    hull: npt.NDArray[np.float64] = cv2.convexHull(points.astype(np.float32))[:, 0].astype(float)
    return hull


@cache  # made on first use: MediaPipe does not survive a fork once it has run
def _finder() -> Any:
    return Hands(
        static_image_mode=True,
        max_num_hands=2,
        model_complexity=0,
        min_detection_confidence=CONFIDENCE,
    )
