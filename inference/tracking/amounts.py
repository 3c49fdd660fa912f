"""How many lesions a visit has: what is counted, and between which numbers the true one lies, of
the whole face, of each type and of each region; and between which the GAGS score lies.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from inference.grading import gags
from inference.results import LesionType, Region
from inference.tracking.change import CountRange, count_range
from inference.tracking.mesh import seen_share
from inference.tracking.spots import spots_of

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping, Sequence

    from inference.tracking.matching import VisitFaces
    from inference.tracking.spots import Spot, ViewLesions

ACTIVE = frozenset(LesionType) - {LesionType.SCAR}
LEAST_SEEN = 0.5  # of a region: from less of it nothing is said of the rest


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


def amounts_of(visit: VisitFaces, views: Sequence[ViewLesions]) -> Amounts:
    """``views``: those that the visit was made of."""
    counted, found = visit.spots, _found(visit, views)
    faces = [face for face in visit.faces if face]
    whole = seen_share(faces)
    shares = {region: seen_share(faces, region) for region in Region}
    return Amounts(
        active=_amount(_only(counted, ACTIVE), _only(found, ACTIVE), whole),
        types={
            kind: _amount(_only(counted, {kind}), _only(found, {kind}), whole)
            for kind in LesionType
        },
        regions={
            region: _amount(
                _only(counted, ACTIVE, region),
                _only(found, ACTIVE, region),
                share,
                LEAST_SEEN,
            )
            for region, share in shares.items()
        },
        gags=_gags_range(found, shares),
    )


def _gags_range(found: Iterable[Spot], seen: Mapping[Region, float]) -> CountRange | None:
    if min(seen.values()) < LEAST_SEEN:
        return None
    placed = [(one.region, one.type, one.score) for one in found if one.region]
    return CountRange(*gags.score_range(placed, seen))


def _found(visit: VisitFaces, views: Sequence[ViewLesions]) -> Sequence[Spot]:
    """All that may be a lesion; where a doctor has gone through them, what they left is certain."""
    if any(view.candidates for view in views):
        return spots_of([replace(one, lesions=one.candidates) for one in views], visit.faces)
    return [replace(spot, score=1.0) for spot in visit.spots]


def _only(
    spots: Iterable[Spot], kinds: Collection[LesionType], region: Region | None = None
) -> list[float]:
    """Scores of those of these types, in one region or anywhere."""
    return [
        one.score for one in spots if one.type in kinds and (region is None or one.region is region)
    ]


def _amount(
    counted: Sequence[float], found: Sequence[float], share: float, least: float = 0
) -> Amount:
    is_seen = share > 0 and share >= least
    range_ = count_range(found, len(counted), share) if is_seen else None
    return Amount(len(counted), share, range_)
