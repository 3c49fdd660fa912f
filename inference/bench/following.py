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
from inference.tracking.amounts import amounts_of
from inference.tracking.matching import match, visit_faces
from inference.tracking.posed import PosedFace
from inference.tracking.spots import ViewLesions

if TYPE_CHECKING:
    from collections.abc import Sequence

    from inference.photo import Pixels
    from inference.results import Face
    from inference.tracking.canonical import Vector
    from inference.tracking.posed import Site

    Mesh = list[Vector]

Json = dict[str, Any]
LESIONS = 300
FAINT = 150  # between the model's floor and its thresholds
YAWS = (0.0, 30.0, -30.0)  # degrees: front, left, right
SHARE_LIMIT = 0.05
REPEATS = 5
MOVED_PX = 4.0  # between two photos


def following(photo: Pixels, repeats: int = REPEATS, lesions: int = LESIONS) -> Json:
    """Registration and matching of two visits of three views each as a share of the time that
    ``analyse`` takes for the six photos, and the ranges of their counts and scores beside it;
    medians, measured in turns.

    The views are the face found in ``photo``, turned. Raises ValueError without a face.
    """
    faces = find_faces(photo)
    if not faces:
        raise ValueError("there is no face in the photo; give a better one")
    visits = _two_visits(faces[0], photo, lesions)
    follow, measure, read = [], [], []
    analyse(photo, Request())
    for _ in range(repeats):
        read.append(len(visits) * len(YAWS) * _seconds_to_analyse(photo))
        start = time.perf_counter()
        laid = [visit_faces(views) for views in visits]
        match(*laid)
        matched = time.perf_counter()
        for visit, views in zip(laid, visits, strict=True):
            amounts_of(visit, views)
        follow.append(matched - start)
        measure.append(time.perf_counter() - matched)
    spent, ranges, whole = (statistics.median(each) for each in (follow, measure, read))
    return {
        "lesions": lesions,
        "views": len(YAWS),
        "candidates": max(len(view.candidates) for views in visits for view in views),
        "follow_ms": round(1000 * spent, 1),
        "ranges_ms": round(1000 * ranges, 1),
        "analyse_ms": round(1000 * whole, 1),
        "share": round(spent / whole, 4),
        "share_limit": SHARE_LIMIT,
    }


def _seconds_to_analyse(photo: Pixels) -> float:
    start = time.perf_counter()
    analyse(photo, Request())
    return time.perf_counter() - start


def _two_visits(face: Face, photo: Pixels, number: int) -> list[list[ViewLesions]]:
    """Lesions anywhere on the face; a third of them heal and are made up for by new ones."""
    rng = np.random.default_rng(0)
    size = (photo.shape[1], photo.shape[0])
    meshes = [_turned(face, yaw) for yaw in YAWS]
    posed = [PosedFace(mesh, *size) for mesh in meshes]
    sites = _sites(posed[0], face, rng, number + number // 3)
    faint = _sites(posed[0], face, rng, FAINT)

    def view(mesh: Mesh, shown: PosedFace, there: Sequence[Site]) -> ViewLesions:
        counted = _seen(shown, there, rng, (0.3, 1.0))
        candidates = counted + _seen(shown, faint, rng, (0.03, 0.14))
        return ViewLesions(counted, mesh, size, candidates=candidates)

    return [
        [view(mesh, shown, there) for mesh, shown in zip(meshes, posed, strict=True)]
        for there in (sites[:number], sites[number // 3 :])
    ]


def _turned(face: Face, yaw: float) -> Mesh:
    points = np.array(face.landmarks)
    middle, angle = points.mean(axis=0), np.radians(yaw)
    turn = np.array(
        [[np.cos(angle), 0, np.sin(angle)], [0, 1, 0], [-np.sin(angle), 0, np.cos(angle)]]
    )
    return [(float(x), float(y), float(z)) for x, y, z in (points - middle) @ turn.T + middle]


def _sites(front: PosedFace, face: Face, rng: np.random.Generator, number: int) -> list[Site]:
    x, y, width, height = face.box
    found: list[Site] = []
    while len(found) < number:
        site = front.place(*rng.uniform((x, y), (x + width, y + height)))
        if site:
            found.append(site)
    return found


def _seen(
    shown: PosedFace, sites: Sequence[Site], rng: np.random.Generator, scores: tuple[float, float]
) -> list[Lesion]:
    return [
        _lesion(number, np.add(shown.show(site), rng.normal(0, MOVED_PX, 2)), rng.uniform(*scores))
        for number, site in enumerate(sites)
        if shown.sees(site)
    ]


def _lesion(number: int, centre: npt.NDArray[np.float64], score: float) -> Lesion:
    kind = BOXED_TYPES[number % len(BOXED_TYPES)]
    return Lesion(kind, score, (float(centre[0]) - 8, float(centre[1]) - 8, 16.0, 16.0))
