"""How many lesions a visit has: what is counted, and between which numbers the true one lies, of
the whole face, of each type and of each region; and between which the GAGS score lies.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from inference.grading import gags
from inference.results import LesionType, Region
from inference.tracking.change import CountRange, count_range
from inference.tracking.posed import seen_share
from inference.tracking.spots import spots_of

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping, Sequence

    from inference.tracking.matching import VisitFaces
    from inference.tracking.spots import Spot, ViewLesions

ACTIVE = frozenset(LesionType) - {LesionType.SCAR}
LEAST_SEEN = 0.5  # of a region: from less of it nothing is said of the rest


@dataclass(frozen=True, slots=True)
class Errors:
    """``overlooked``: for one active lesion that is expected from the scores of all that is found,
    how many more there usually are of each type, taken for another type or for skin; ``unsteady``:
    by which share of itself the sum is off from face to face.

    A score goes by the worst type in a region, which one lesion decides, so there too many on one
    face do not make up for too few on another: ``overlooked_at_times`` counts too few alone,
    ``invented_at_times`` too many, as a share of the scores of that type; it lowers the low end
    of a score's range and no count.
    """

    overlooked: Mapping[LesionType, float]
    overlooked_at_times: Mapping[LesionType, float]
    invented_at_times: Mapping[LesionType, float]
    unsteady: float


# Measured on rendered patients with the released weights, as the tracking card says (`track-check`
# prints all three); other weights need other numbers.
BY_THE_MODEL = Errors(
    overlooked={
        LesionType.COMEDONE: 0.237,
        LesionType.PUSTULE: 0.356,
        LesionType.NODULE: 0.172,
        LesionType.CYST: 0.141,
        LesionType.SCAR: 0.167,
    },
    overlooked_at_times={
        LesionType.COMEDONE: 0.245,
        LesionType.PAPULE: 0.142,
        LesionType.PUSTULE: 0.357,
        LesionType.NODULE: 0.175,
        LesionType.CYST: 0.162,
    },
    invented_at_times={
        LesionType.COMEDONE: 0.310,
        LesionType.PAPULE: 0.225,
        LesionType.PUSTULE: 0.013,
        LesionType.NODULE: 0.056,
        LesionType.CYST: 0.132,
    },
    unsteady=0.25,
)
BY_A_DOCTOR = Errors(overlooked={}, overlooked_at_times={}, invented_at_times={}, unsteady=0.0)


@dataclass(frozen=True, slots=True)
class Amount:
    """``counted``: each lesion once; ``seen_share``: of the skin it is counted on, 0 to 1;
    ``range``: None where too little of that is seen.
    """

    counted: int
    seen_share: float
    range: CountRange | None


@dataclass(frozen=True, slots=True)
class Amounts:
    """``active``: all but scars, and so is what ``regions`` has. ``gags``: of the facial score;
    None where too little of a region is seen.
    """

    active: Amount
    types: Mapping[LesionType, Amount]
    regions: Mapping[Region, Amount]
    gags: CountRange | None


def amounts_of(
    visit: VisitFaces, views: Sequence[ViewLesions], found: Sequence[Spot] | None = None
) -> Amounts:
    """``views``: those that the visit was made of; ``found``: of :func:`found_spots`, where that is
    known already.
    """
    counted = visit.spots
    found = found_spots(visit, views) if found is None else found
    errors = BY_THE_MODEL if _is_the_models(views) else BY_A_DOCTOR
    faces = [face for face in visit.faces if face]
    whole = seen_share(faces)
    shares = {region: seen_share(faces, region) for region in Region}

    def amount(kinds: Collection[LesionType], region: Region | None = None) -> Amount:
        shown, scores, active = (
            _only(spots, these, region)
            for spots, these in ((counted, kinds), (found, kinds), (found, ACTIVE))
        )
        share = whole if region is None else shares[region]
        if not share or (region and share < LEAST_SEEN):
            return Amount(len(shown), share, None)
        more = sum(active) * sum(errors.overlooked.get(kind, 0.0) for kind in kinds)
        within = count_range(scores, len(shown), share, more, errors.unsteady)
        return Amount(len(shown), share, within)

    return Amounts(
        active=amount(ACTIVE),
        types={kind: amount({kind}) for kind in LesionType},
        regions={region: amount(ACTIVE, region) for region in Region},
        gags=_gags_range(found, shares, errors),
    )


def found_spots(visit: VisitFaces, views: Sequence[ViewLesions]) -> Sequence[Spot]:
    """All that may be a lesion; where a doctor has gone through them, what they left is certain."""
    if _is_the_models(views):
        return spots_of([replace(one, lesions=one.candidates) for one in views], visit.faces)
    return [spot._replace(score=1.0) for spot in visit.spots]


def _is_the_models(views: Sequence[ViewLesions]) -> bool:
    return any(view.candidates for view in views)


def _gags_range(
    found: Iterable[Spot], seen: Mapping[Region, float], errors: Errors
) -> CountRange | None:
    if min(seen.values()) < LEAST_SEEN:
        return None
    placed = [(one.region, one.type, one.score) for one in found if one.region]
    doubted = [
        (region, kind, score * (1 - errors.invented_at_times.get(kind, 0.0)))
        for region, kind, score in placed
    ]
    low, _ = gags.score_range(doubted, seen, errors.overlooked_at_times)
    _, high = gags.score_range(placed, seen, errors.overlooked_at_times)
    return CountRange(low, high)


def _only(
    spots: Iterable[Spot], kinds: Collection[LesionType], region: Region | None
) -> list[float]:
    """Scores of those of these types, in one region or anywhere."""
    return [
        one.score for one in spots if one.type in kinds and (region is None or one.region is region)
    ]
