"""Which lesion of a visit is which of another: documents of primitives in, the same out.

Matching loads scipy and belongs to the worker; change and drawing are plain Python.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any

from inference.results import LesionType, lesion_from_json
from inference.tracking.change import Change, Followed, change_of, count_range
from inference.tracking.drawing import extent, features, outline
from inference.tracking.spots import ViewLesions, spots_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from inference.results import Lesion
    from inference.tracking.matching import VisitFaces
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
    share of the face that was seen, and between which numbers the true count lies.
    """
    from inference.tracking.matching import match

    faces = [_visit(photos) for photos in (before, after)]
    sides = [
        [_side(spot, photos) for spot in visit.spots]
        for visit, photos in zip(faces, (before, after), strict=True)
    ]
    matches = [
        {
            "outcome": one.outcome.value,
            "confidence": one.confidence,
            "distance_mm": one.distance_mm,
            "before": None if one.before is None else sides[0][one.before],
            "after": None if one.after is None else sides[1][one.after],
        }
        for one in match(*faces)
    ]
    return {
        "matches": matches,
        "before": _measures(faces[0], before),
        "after": _measures(faces[1], after),
    }


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


def _visit(photos: Sequence[FollowedPhoto]) -> VisitFaces:
    from inference.tracking.matching import visit_faces

    return visit_faces([_view(one, one.lesions) for one in photos])


def _view(photo: FollowedPhoto, lesions: Sequence[Json]) -> ViewLesions:
    found = [_lesion(one) for one in lesions]
    return ViewLesions(found, photo.landmarks, photo.size, photo.hidden)


def _lesion(document: Json) -> Lesion:
    """What a doctor drew has no score: it is certain."""
    score = document.get("score")
    return lesion_from_json({**document, "score": 1.0 if score is None else score})


def _side(spot: Spot, photos: Sequence[FollowedPhoto]) -> Json:
    best = spot.members[0]
    return {
        "type": spot.type.value,
        "region": photos[best.photo].lesions[best.lesion]["region"] or "",
        "score": round(spot.score, 4),
        "at": [round(value, 1) for value in spot.site.point] if spot.site else None,
        "members": [[photos[m.photo].id, m.lesion] for m in spot.members],
    }


def _measures(visit: VisitFaces, photos: Sequence[FollowedPhoto]) -> Json:
    seen = visit.seen_share
    counted = [spot.score for spot in visit.spots if spot.type is not LesionType.SCAR]
    if any(one.candidates for one in photos):
        found = spots_of([_view(one, one.candidates) for one in photos])
        scores = [spot.score for spot in found if spot.type is not LesionType.SCAR]
    else:
        scores = [1.0] * len(counted)
    range_ = count_range(scores, len(counted), seen) if seen else None
    return {
        "seen": round(seen, 3),
        "counted": len(counted),
        "low": range_.low if range_ else None,
        "high": range_.high if range_ else None,
    }
