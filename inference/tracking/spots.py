"""The lesions of one visit on the face: what two views show is counted once."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from inference.results import LesionType
from inference.tracking.drift import settle, soft_match, spread_of
from inference.tracking.posed import PosedFace

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from inference.results import Lesion, Region
    from inference.tracking.drift import Affinity
    from inference.tracking.posed import Landmarks, Site
    from inference.tracking.triangles import Array, Indices

T = LesionType
# On one day a lesion that both views show is there in both, so it is looked for further away than
# between visits, where it may have healed; and a side view's mesh drifts more.
MERGE_WIDTHS_MM = (12.0, 9.0, 6.0, 4.0, 3.0)
MERGE_SLACK = 2.0  # spreads of `drift.spread_of`
MERGE_FROM = 0.1  # of `drift.soft_match`
TELLING = 100  # of a view, the surest: they tell its drift, and what is fainter goes with them
FLATTEST = 0.15  # a lesion on the very edge of the face still has a place there

# How well two readings of one lesion go together: views and readers differ most between
# neighbours in severity. A lesion may also have become another one since the last visit
# (`matching.BECOMES`); between two photos of one day it has not.
_ALIKE: dict[frozenset[LesionType], float] = {
    frozenset({T.PAPULE, T.PUSTULE}): 0.8,
    frozenset({T.COMEDONE, T.PAPULE}): 0.6,
    frozenset({T.COMEDONE, T.PUSTULE}): 0.5,
    frozenset({T.PAPULE, T.NODULE}): 0.6,
    frozenset({T.PUSTULE, T.NODULE}): 0.6,
    frozenset({T.NODULE, T.CYST}): 0.8,
    frozenset({T.PAPULE, T.CYST}): 0.4,
    frozenset({T.PUSTULE, T.CYST}): 0.4,
}
_UNLIKE = 0.25


class SeenLesion(NamedTuple):
    """One lesion in one photo. ``photo`` and ``lesion``: its place in the lists given to
    :func:`spots_of`; ``site``: None off the face; ``sight``: how well the face is seen there.
    """

    photo: int
    lesion: int
    site: Site | None
    sight: float


class Spot(NamedTuple):
    """One lesion on the face. ``members``: at most one a photo, the best seen first, whose site,
    type and region it has; ``score``: the highest of theirs.
    """

    type: LesionType
    score: float
    site: Site | None
    members: tuple[SeenLesion, ...]
    region: Region | None = None


@dataclass(frozen=True, slots=True)
class ViewLesions:
    """A photo of the visit. ``landmarks``: 468 or 478 points in pixels, empty where no face was
    found (its lesions then have no place); ``size``: width and height of the photo in pixels;
    ``hidden``: of ``inference.results.Face``; ``candidates``: all that the model found, down to its
    floor, empty where a doctor has gone through them.
    """

    lesions: Sequence[Lesion]
    landmarks: Landmarks = ()
    size: tuple[float, float] = (0.0, 0.0)
    hidden: Sequence[int] = ()
    candidates: Sequence[Lesion] = ()

    def posed(self) -> PosedFace | None:
        """The face on the canonical one."""
        return PosedFace(self.landmarks, *self.size, self.hidden) if self.landmarks else None


@dataclass(frozen=True, slots=True)
class Placed:
    """Spots that have a place. ``numbers``: which they are; ``types``: (n,) the places of theirs in
    ``LesionType``; ``points``: (n, 3) in mm.
    """

    numbers: list[int]
    types: Indices
    points: Array

    @classmethod
    def of(cls, spots: Sequence[Spot], order: Iterable[int]) -> Placed:
        """``order``: the numbers of those that are asked for."""
        found = [(i, _NUMBER[spots[i].type], site.point) for i in order if (site := spots[i].site)]
        points = np.array([point for _i, _type, point in found], dtype=float)
        return cls(
            [i for i, _type, _point in found],
            np.array([number for _i, number, _point in found], dtype=int),
            points.reshape(-1, 3),
        )


def by_type(table: Array, one: Placed, other: Placed) -> Affinity:
    """What a table of types by types says of pairs of two lists of spots."""
    return lambda i, j: table[one.types.take(i), other.types.take(j)]


def likeness(one: LesionType, other: LesionType) -> float:
    """0 to 1: how well two readings of one lesion on one day go together."""
    return 1.0 if one is other else _ALIKE.get(frozenset({one, other}), _UNLIKE)


_NUMBER = {kind: number for number, kind in enumerate(T)}
_LIKENESS = np.array([[likeness(one, other) for other in T] for one in T])


def spots_of(
    views: Sequence[ViewLesions], faces: Sequence[PosedFace | None] | None = None
) -> list[Spot]:
    """Every lesion of the visit once, in the order in which the views show them first.

    ``views``: the photos, the one that shows most of the face first. ``faces``: of
    ``ViewLesions.posed``, where they are known already. A lesion without a place on the face
    stays by itself.
    """
    faces = [view.posed() for view in views] if faces is None else faces
    spots: list[Spot] = []
    for number, (view, face) in enumerate(zip(views, faces, strict=True)):
        spots = _merged(spots, _spots_in(number, view.lesions, face))
    return spots


def _spots_in(photo: int, lesions: Sequence[Lesion], face: PosedFace | None) -> list[Spot]:
    if face is None:
        sites: list[Site | None] = [None] * len(lesions)
        sights: list[float] = []
    else:
        sites = face.places([one.centre for one in lesions])
        sights = face.sights.clip(FLATTEST).tolist()
    return [
        Spot(
            lesion.type,
            lesion.score,
            site,
            (SeenLesion(photo, place, site, sights[site.triangle] if site else 0.0),),
            lesion.region,
        )
        for place, (lesion, site) in enumerate(zip(lesions, sites, strict=True))
    ]


def _merged(known: list[Spot], found: list[Spot]) -> list[Spot]:
    """The spots of the views before, with those of one more, the surest pairs first."""
    pairs = _pairs(known, found)
    partner: dict[int, int] = {}
    taken: set[int] = set()
    for _likely, i, j in sorted(((p, i, j) for (i, j), p in pairs.items()), reverse=True):
        if i not in partner and j not in taken:
            partner[i] = j
            taken.add(j)
    joined = [
        _joined(one, found[partner[i]]) if i in partner else one for i, one in enumerate(known)
    ]
    return joined + [one for j, one in enumerate(found) if j not in taken]


def _pairs(known: Sequence[Spot], found: Sequence[Spot]) -> dict[tuple[int, int], float]:
    """What may be one lesion: indices of those with a place, and how likely."""
    first, second = (Placed.of(spots, _surest_first(spots)) for spots in (known, found))
    if not first.numbers or not second.numbers:
        return {}
    affinity = by_type(_LIKENESS, first, second)
    before, told = first.points[:TELLING], second.points[:TELLING]
    after = settle(before, told, affinity, MERGE_WIDTHS_MM, carried=second.points[TELLING:])
    width = MERGE_SLACK * spread_of(before, after[:TELLING], affinity)
    shares = soft_match(first.points, after, affinity, width)
    likely = shares.value >= MERGE_FROM
    return {
        (first.numbers[a], second.numbers[b]): share
        for a, b, share in zip(*(column[likely].tolist() for column in shares), strict=True)
    }


def _surest_first(spots: Sequence[Spot]) -> list[int]:
    return sorted(range(len(spots)), key=lambda i: -spots[i].score)


def _joined(one: Spot, other: Spot) -> Spot:
    members = tuple(sorted(one.members + other.members, key=lambda m: -m.sight))
    best = one if members[0] in one.members else other
    return Spot(best.type, max(one.score, other.score), best.site, members, best.region)
