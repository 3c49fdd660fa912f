"""Which lesion of a visit is which of another: documents of primitives in, the same out.

Matching loads scipy and belongs to the worker; change and drawing need no more than the site has.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any

from inference.results import lesion_from_json
from inference.tracking.amounts import amounts_of
from inference.tracking.change import Change, Followed, change_of
from inference.tracking.drawing import extent, features, outline
from inference.tracking.spots import ViewLesions

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from inference.results import Lesion
    from inference.tracking.amounts import Amount, Amounts
    from inference.tracking.change import CountRange
    from inference.tracking.spots import Spot

__all__ = ["Change", "FollowedPhoto", "change", "face_drawing", "follow"]

Json = dict[str, Any]


@dataclass(frozen=True)
class FollowedPhoto:
    """A photo of a signed visit. ``lesions``: as the report holds them; ``candidates``: all that
    the model found, empty where a doctor has gone through them; ``landmarks``: in pixels;
    ``hidden``: triangles of the face whose skin something covers.
    """

    id: str
    size: tuple[float, float]
    lesions: Sequence[Json]
    candidates: Sequence[Json]
    landmarks: Sequence[Sequence[float]]
    hidden: Sequence[int] = ()


def follow(before: Sequence[FollowedPhoto], after: Sequence[FollowedPhoto]) -> Json:
    """``matches``: every lesion of both visits once; ``before`` and ``after``: of each visit the
    share of the face that was seen, and between which numbers the true count lies; under ``types``
    and ``regions`` the same of each.
    """
    from inference.tracking.matching import match, visit_faces

    views = [[_view(one) for one in photos] for photos in (before, after)]
    visits = [visit_faces(shown) for shown in views]
    sides = [
        [_side(spot, photos) for spot in visit.spots]
        for visit, photos in zip(visits, (before, after), strict=True)
    ]
    earlier, later = map(amounts_of, visits, views)
    matches = [
        {
            "outcome": one.outcome.value,
            "confidence": one.confidence,
            "distance_mm": one.distance_mm,
            "before": None if one.before is None else sides[0][one.before],
            "after": None if one.after is None else sides[1][one.after],
        }
        for one in match(*visits)
    ]
    return {"matches": matches, "before": _measures(earlier), "after": _measures(later)}


def change(followed: Iterable[Mapping[str, Any]]) -> Change:
    """Better or worse; of each match ``outcome``, ``score`` and ``confidence``, without scars."""
    return change_of(Followed(**one) for one in followed)


@cache
def face_drawing() -> Json:
    """Lines of the face in millimetres for a map of it: ``box``, ``outline``, ``features``."""
    return {
        "box": " ".join(f"{value:.0f}" for value in extent()),
        "outline": _points(outline()),
        "features": [_points(line) for line in features()],
    }


def _points(line: Sequence[tuple[float, float]]) -> str:
    return " ".join(f"{x:.1f},{y:.1f}" for x, y in line)


def _view(photo: FollowedPhoto) -> ViewLesions:
    lesions, candidates = (
        [_lesion(one) for one in found] for found in (photo.lesions, photo.candidates)
    )
    return ViewLesions(lesions, photo.landmarks, photo.size, photo.hidden, candidates)


def _lesion(document: Json) -> Lesion:
    """What a doctor drew has no score: it is certain."""
    score = document.get("score")
    return lesion_from_json({**document, "score": 1.0 if score is None else score})


def _side(spot: Spot, photos: Sequence[FollowedPhoto]) -> Json:
    return {
        "type": spot.type.value,
        "region": spot.region.value if spot.region else "",
        "score": round(spot.score, 4),
        "at": [round(value, 1) for value in spot.site.point] if spot.site else None,
        "members": [[photos[m.photo].id, m.lesion] for m in spot.members],
    }


def _measures(amounts: Amounts) -> Json:
    return {
        **_measure(amounts.active),
        "types": {kind.value: _measure(one) for kind, one in amounts.types.items()},
        "regions": {region.value: _measure(one) for region, one in amounts.regions.items()},
        "gags": _range(amounts.gags),
    }


def _measure(amount: Amount) -> Json:
    return {
        "seen": round(amount.seen_share, 3),
        "counted": amount.counted,
        **_range(amount.range),
    }


def _range(known: CountRange | None) -> Json:
    return {"low": known.low if known else None, "high": known.high if known else None}
