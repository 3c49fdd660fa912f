"""Two visits: which lesion of today is which lesion of last visit.

The cheapest assignment (Hungarian; ``scipy.optimize.linear_sum_assignment``, Crouse, IEEE TAES
2016) under distance on the face, what a lesion can have become, and a price for being alone.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

import numpy as np
from scipy.optimize import linear_sum_assignment

from inference.results import LesionType
from inference.tracking.drift import near_pairs, settle, soft_match, spread_of
from inference.tracking.spots import Placed, ViewLesions, by_type, spots_of
from inference.tracking.triangles import lengths

if TYPE_CHECKING:
    from collections.abc import Sequence

    from inference.tracking.drift import Affinity
    from inference.tracking.posed import PosedFace
    from inference.tracking.spots import Spot
    from inference.tracking.triangles import Array, Indices

T = LesionType

ALONE = 3.2  # price of leaving both unmatched: about 2.5 spreads
MISSED = 0.25  # a reading's chance to pass over a lesion that is there

# Price of becoming another type, in the units of half a squared spread: minus the logarithm of how
# much rarer it is than staying. By the course of acne: a comedone inflames, a papule fills, both
# flatten; an inflamed lesion may leave a scar, and a scar stays one.
BECOMES: dict[tuple[LesionType, LesionType], float] = {
    (T.COMEDONE, T.PAPULE): 0.4,
    (T.COMEDONE, T.PUSTULE): 0.6,
    (T.COMEDONE, T.NODULE): 1.5,
    (T.COMEDONE, T.CYST): 2.0,
    (T.PAPULE, T.COMEDONE): 0.8,
    (T.PAPULE, T.PUSTULE): 0.3,
    (T.PAPULE, T.NODULE): 0.6,
    (T.PAPULE, T.CYST): 1.2,
    (T.PUSTULE, T.COMEDONE): 1.0,
    (T.PUSTULE, T.PAPULE): 0.3,
    (T.PUSTULE, T.NODULE): 0.6,
    (T.PUSTULE, T.CYST): 1.0,
    (T.NODULE, T.PAPULE): 0.6,
    (T.NODULE, T.PUSTULE): 0.7,
    (T.NODULE, T.CYST): 0.3,
    (T.NODULE, T.COMEDONE): 2.0,
    (T.CYST, T.PAPULE): 1.0,
    (T.CYST, T.PUSTULE): 1.0,
    (T.CYST, T.NODULE): 0.3,
    (T.CYST, T.COMEDONE): 2.0,
    (T.COMEDONE, T.SCAR): 1.8,
    (T.PAPULE, T.SCAR): 1.0,
    (T.PUSTULE, T.SCAR): 0.8,
    (T.NODULE, T.SCAR): 0.6,
    (T.CYST, T.SCAR): 0.6,
}
_FROM_SCAR = 2.2


class Outcome(StrEnum):
    """Of a lesion, from the one visit to the other."""

    NEW = "new"
    PERSISTING = "persisting"
    CHANGED = "changed"  # of type
    RESOLVED = "resolved"
    NOT_VISIBLE = "not_visible"  # in the other visit: nothing can be said


@dataclass(frozen=True, slots=True)
class Match:
    """``before`` and ``after``: the places in the two lists of spots, one of them None where the
    lesion is in one visit only. ``confidence``: 0 to 1, that this outcome is right.
    ``distance_mm``: between the two on the face, drift taken out.
    """

    before: int | None
    after: int | None
    outcome: Outcome
    confidence: float
    distance_mm: float | None = None


@dataclass(frozen=True, slots=True)
class VisitFaces:
    """A visit as it is matched: its spots (`spots.spots_of`) and the faces in its photos, None
    where there is none.
    """

    spots: Sequence[Spot]
    faces: Sequence[PosedFace | None]


def visit_faces(views: Sequence[ViewLesions]) -> VisitFaces:
    """Register a visit's photos and merge what several of them show.

    ``views``: the photos whose face was read, the front view first. Lesions in pixels.
    """
    faces = [view.posed() for view in views]
    return VisitFaces(spots_of(views, faces), faces)


def price(before: LesionType, after: LesionType) -> float:
    """Of a lesion's having become another type since the last visit; 0 for the same."""
    if before is after:
        return 0.0
    return BECOMES.get((before, after), _FROM_SCAR)


_PRICES = np.array([[price(before, after) for after in T] for before in T])
_CHANCES = np.exp(-_PRICES)


def match(before: VisitFaces, after: VisitFaces) -> list[Match]:
    """Every lesion of both visits once: pairs, then what is only in the one or the other.

    A lesion without a place on the face (``Spot.site`` None) cannot be followed: not visible.
    """
    old, new = (Placed.of(visit.spots, range(len(visit.spots))) for visit in (before, after))
    pairs, claimed = _pairs(old, new)
    gone = {pair.before for pair in pairs}
    come = {pair.after for pair in pairs}
    resolved = [
        Match(i, None, *_alone(one, after.faces, claimed[0].get(i, 0.0), Outcome.RESOLVED))
        for i, one in enumerate(before.spots)
        if i not in gone
    ]
    fresh = [
        Match(None, j, *_alone(one, before.faces, claimed[1].get(j, 0.0), Outcome.NEW))
        for j, one in enumerate(after.spots)
        if j not in come
    ]
    return [*pairs, *resolved, *fresh]


Claims = tuple[dict[int, float], dict[int, float]]


def _pairs(old: Placed, new: Placed) -> tuple[list[Match], Claims]:
    """The pairs, and how likely each lesion of either visit is any of the other's."""
    affinity, prices = (by_type(table, old, new) for table in (_CHANCES, _PRICES))
    moved = settle(old.points, new.points, affinity)
    width = spread_of(old.points, moved, affinity)
    a, b = _chosen(old.points, moved, prices, width)
    shares = soft_match(old.points, moved, affinity, width)
    columns = (column.tolist() for column in shares)
    likely = {(i, j): share for i, j, share in zip(*columns, strict=True)}
    away = lengths(old.points[a] - moved[b])
    pairs = [
        Match(
            before=old.numbers[i],
            after=new.numbers[j],
            outcome=Outcome.PERSISTING if old.types[i] == new.types[j] else Outcome.CHANGED,
            confidence=round(likely.get((i, j), 0.0), 3),
            distance_mm=round(distance, 2),
        )
        for i, j, distance in zip(a.tolist(), b.tolist(), away.tolist(), strict=True)
    ]
    claims = (
        _claimed(old, shares.before, shares.value),
        _claimed(new, shares.after, shares.value),
    )
    return pairs, claims


def _claimed(placed: Placed, which: Indices, shares: Array) -> dict[int, float]:
    summed = np.bincount(which, shares, len(placed.numbers)).tolist()
    return dict(zip(placed.numbers, summed, strict=True))


def _chosen(before: Array, after: Array, prices: Affinity, width: float) -> tuple[Indices, Indices]:
    """The cheapest assignment, of those that pair up: indices of the one and of the other."""
    i, j, away = near_pairs(before, after, width * math.sqrt(2 * ALONE))
    gain = np.zeros((len(before), len(after)))
    gain[i, j] = np.maximum(0.0, ALONE - 0.5 * (away / width) ** 2 - prices(i, j))
    rows, columns = linear_sum_assignment(gain, maximize=True)
    paired = gain[rows, columns] > 0
    return rows[paired], columns[paired]


def _alone(
    spot: Spot, faces: Sequence[PosedFace | None], claimed: float, outcome: Outcome
) -> tuple[Outcome, float]:
    """What became of a lesion of one visit only, and how sure; ``faces``: of the other visit."""
    unclaimed = 1 - min(1.0, claimed)
    site = spot.site
    if site is None or not any(face.sees(site) for face in faces if face):
        return Outcome.NOT_VISIBLE, round(unclaimed, 3)
    # It may be there and not be found, or never have been one.
    return outcome, round(unclaimed * (1 - MISSED) * spot.score, 3)
