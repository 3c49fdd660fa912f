"""What following lesions costs beside reading the photos that they were found on."""

from __future__ import annotations

import statistics
import time
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from inference import Request, analyse
from inference.face import find_faces
from inference.results import BOXED_TYPES, Lesion
from inference.tracking.matching import match, visit_faces
from inference.tracking.spots import ViewLesions

if TYPE_CHECKING:
    from inference.photo import Pixels
    from inference.results import Face

Json = dict[str, Any]
LESIONS = 300
SHARE_LIMIT = 0.05
REPEATS = 5
MOVED_PX = 4.0  # between the two visits


def following(photo: Pixels, repeats: int = REPEATS, lesions: int = LESIONS) -> Json:
    """Registration and matching of two visits of one photo each, as a share of the time that
    ``analyse`` takes for the two; medians, measured in turns. Raises ValueError without a face.
    """
    faces = find_faces(photo)
    if not faces:
        raise ValueError("there is no face in the photo; give a better one")
    visits = _two_visits(faces[0], photo, lesions)
    follow, read = [], []
    analyse(photo, Request())
    for _ in range(repeats):
        read.append(2 * _seconds_to_analyse(photo))
        start = time.perf_counter()
        match(*(visit_faces([view]) for view in visits))
        follow.append(time.perf_counter() - start)
    spent, whole = statistics.median(follow), statistics.median(read)
    return {
        "lesions": lesions,
        "follow_ms": round(1000 * spent, 1),
        "analyse_ms": round(1000 * whole, 1),
        "share": round(spent / whole, 4),
        "share_limit": SHARE_LIMIT,
    }


def _seconds_to_analyse(photo: Pixels) -> float:
    start = time.perf_counter()
    analyse(photo, Request())
    return time.perf_counter() - start


def _two_visits(face: Face, photo: Pixels, number: int) -> list[ViewLesions]:
    """Lesions anywhere on the face; a third of them heal and are made up for by new ones."""
    rng = np.random.default_rng(0)
    x, y, width, height = face.box
    places = rng.uniform((x, y), (x + width, y + height), (number + number // 3, 2))
    later = places[number // 3 :] + rng.normal(0, MOVED_PX, (number, 2))
    size = (photo.shape[1], photo.shape[0])
    return [
        ViewLesions([_lesion(i, one) for i, one in enumerate(found)], face.landmarks, size)
        for found in (places[:number], later)
    ]


def _lesion(number: int, centre: npt.NDArray[np.float64]) -> Lesion:
    kind = BOXED_TYPES[number % len(BOXED_TYPES)]
    return Lesion(kind, 1.0, (float(centre[0]) - 8, float(centre[1]) - 8, 16.0, 16.0))
