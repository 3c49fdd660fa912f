"""Lesions as they are drawn over a photo, from the same document that a report freezes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from portal.analysis.models import LesionType, Region

if TYPE_CHECKING:
    from collections.abc import Iterable

    from portal.reports.content import Json


# Scars never decide a grade, so they lie below all that is active.
DRAWN = (LesionType.SCAR, *(kind for kind in LesionType if kind != LesionType.SCAR))


@dataclass(frozen=True)
class Shape:
    """A box, or an outline where ``points`` is set; in pixels of the upright photo.

    ``key`` ties it to its line in a list.
    """

    key: str
    type: str
    region: str
    score: float
    x: float
    y: float
    width: float
    height: float
    points: str

    @property
    def percent(self) -> float:
        return 100 * self.score

    @property
    def type_label(self) -> str:
        return str(LesionType(self.type).label)

    @property
    def region_label(self) -> str:
        return str(Region(self.region).label) if self.region else ""


def shapes(lesions: Iterable[Json], prefix: str) -> list[Shape]:
    """Mildest type first and the surest of a type last, so that what matters most is on top."""
    ordered = sorted(lesions, key=lambda one: (DRAWN.index(one["type"]), _score(one)))
    return [_shape(one, f"{prefix}-{place}") for place, one in enumerate(ordered, start=1)]


def outline(points: Iterable[Iterable[float]]) -> str:
    """Points as SVG writes them."""
    return " ".join(",".join(str(value) for value in point) for point in points)


def _score(lesion: Json) -> float:
    """What a doctor drew has none, and is certain."""
    return 1.0 if lesion["score"] is None else float(lesion["score"])


def _shape(lesion: Json, key: str) -> Shape:
    x, y, width, height = lesion["box"]
    return Shape(
        key=key,
        type=lesion["type"],
        region=lesion["region"],
        score=_score(lesion),
        x=x,
        y=y,
        width=width,
        height=height,
        points=outline(lesion["polygon"] or ()),
    )
