"""Facial part of the Global Acne Grading System (Doshi, Zaheer and Stiller, 1997), out of 32.

A region's score is its factor times its worst lesion type. The published severity bands are left
out on purpose: they hold for the sum with chest and upper back (factor 3), which is not read.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from inference.results import LesionType, Region

if TYPE_CHECKING:
    from collections.abc import Iterable

    from inference.results import Json, Lesion

FACTORS = {
    Region.FOREHEAD: 2,
    Region.RIGHT_CHEEK: 2,
    Region.LEFT_CHEEK: 2,
    Region.NOSE: 1,
    Region.CHIN: 1,
}
WEIGHTS = {
    LesionType.COMEDONE: 1,
    LesionType.PAPULE: 2,
    LesionType.PUSTULE: 3,
    LesionType.NODULE: 4,
    LesionType.CYST: 4,
}
OUT_OF = max(WEIGHTS.values()) * sum(FACTORS.values())


@dataclass(frozen=True, slots=True)
class RegionScore:
    """``worst`` is None where no active lesion lies, with score 0."""

    region: Region
    factor: int
    worst: LesionType | None
    score: int

    def to_json(self) -> Json:
        """Primitives, the region left to the table's key."""
        worst = self.worst.value if self.worst else None
        return {"factor": self.factor, "worst": worst, "score": self.score}


@dataclass(frozen=True, slots=True)
class FacialGags:
    """One :class:`RegionScore` for each region, in the order of ``FACTORS``."""

    regions: tuple[RegionScore, ...]

    @property
    def score(self) -> int:
        """The sum, 0 to 32."""
        return sum(one.score for one in self.regions)

    def to_json(self) -> Json:
        """``grade`` is null: the facial part alone has no published bands."""
        worst = max(self.regions, key=lambda one: one.score)
        sentence = f"{self.score} of {OUT_OF} points on the face"
        if worst.score:
            sentence += f", most on the {worst.region.value.replace('_', ' ')} ({worst.score})"
        reason = {"code": "facial_sum", "score": self.score, "out_of": OUT_OF}
        return {
            "grade": None,
            "score": self.score,
            "out_of": OUT_OF,
            "regions": {one.region.value: one.to_json() for one in self.regions},
            "reasons": [{**reason, "sentence": f"{sentence}."}],
        }


def score(lesions: Iterable[Lesion]) -> FacialGags:
    """Score the lesions by region; those without a region have no factor and are left out."""
    lesions = tuple(lesions)
    return FacialGags(tuple(_region_score(region, lesions) for region in FACTORS))


def _region_score(region: Region, lesions: tuple[Lesion, ...]) -> RegionScore:
    types = [one.type for one in lesions if one.region == region and one.type in WEIGHTS]
    worst = max(types, key=WEIGHTS.__getitem__, default=None)
    factor = FACTORS[region]
    return RegionScore(region, factor, worst, factor * WEIGHTS[worst] if worst else 0)
