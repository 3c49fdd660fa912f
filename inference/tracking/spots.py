"""The lesions of one visit on the face: what two views show is counted once."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from inference.results import LesionType
from inference.tracking.drift import settle, soft_match, spread_of
from inference.tracking.mesh import PosedFace

if TYPE_CHECKING:
    from collections.abc import Sequence

    from inference.results import Lesion, Region
    from inference.tracking.mesh import Landmarks, Site, Vector

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


@dataclass(frozen=True, slots=True)
class SeenLesion:
    """One lesion in one photo. ``photo`` and ``lesion``: its place in the lists given to
    :func:`spots_of`; ``site``: None off the face; ``sight``: how well the face is seen there.
    """

    photo: int
    lesion: int
    site: Site | None
    sight: float


@dataclass(frozen=True, slots=True)
class Spot:
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


def likeness(one: LesionType, other: LesionType) -> float:
    """0 to 1: how well two readings of one lesion on one day go together."""
    return 1.0 if one is other else _ALIKE.get(frozenset({one, other}), _UNLIKE)


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
        found = [_spot(number, place, one, face) for place, one in enumerate(view.lesions)]
        spots = _merged(spots, found)
    return spots


def _spot(photo: int, place: int, lesion: Lesion, face: PosedFace | None) -> Spot:
    site = face.place(*lesion.centre) if face else None
    sight = max(face.sight(site.triangle), FLATTEST) if face and site else 0.0
    member = SeenLesion(photo, place, site, sight)
    return Spot(lesion.type, lesion.score, site, (member,), lesion.region)


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
    first, second = _surest_first(known), _surest_first(found)
    if not first or not second:
        return {}

    kinds = [known[i].type for i, _point in first]
    others = [found[j].type for j, _point in second]

    def affinity(a: int, b: int) -> float:
        return likeness(kinds[a], others[b])

    before, after = [point for _i, point in first], [point for _j, point in second]
    telling, told = before[:TELLING], after[:TELLING]
    after = settle(telling, told, affinity, MERGE_WIDTHS_MM, carried=after[TELLING:])
    width = MERGE_SLACK * spread_of(telling, after[:TELLING], affinity)
    shares = soft_match(before, after, affinity, width)
    return {
        (first[a][0], second[b][0]): share
        for (a, b), share in shares.items()
        if share >= MERGE_FROM
    }


def _surest_first(spots: Sequence[Spot]) -> list[tuple[int, Vector]]:
    """Those with a place, and where it is."""
    placed = [(i, one.site.point) for i, one in enumerate(spots) if one.site]
    return sorted(placed, key=lambda one: -spots[one[0]].score)


def _joined(one: Spot, other: Spot) -> Spot:
    members = tuple(sorted(one.members + other.members, key=lambda m: -m.sight))
    best = one if members[0] in one.members else other
    return replace(best, score=max(one.score, other.score), members=members)
