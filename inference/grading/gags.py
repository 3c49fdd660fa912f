"""Facial part of the Global Acne Grading System (Doshi, Zaheer and Stiller, 1997), out of 32.

A region's score is its factor times its worst lesion type. The published severity bands are left
out on purpose: they hold for the sum with chest and upper back (factor 3), which is not read.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from itertools import accumulate
from typing import TYPE_CHECKING

from inference.results import LesionType, Region

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

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
WORST = max(WEIGHTS.values())
OUT_OF = WORST * sum(FACTORS.values())
NONE_OVERLOOKED: Mapping[LesionType, float] = {}
TAIL = 0.025  # on either side of what is said to hold the true score


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


def score_chances(
    found: Iterable[tuple[Region, LesionType, float]],
    seen: Mapping[Region, float],
    overlooked: Mapping[LesionType, float] = NONE_OVERLOOKED,
) -> list[float]:
    """The probability of each score from 0 to 32, (33,).

    ``found``: region, type and probability (0 to 1) of all that may be a lesion, each taken to be
    one or not by itself; ``seen``: the share of each region, above 0 to 1, that the photos show;
    ``overlooked``: by type, how many more there usually are for one lesion that is expected, of any
    active type: taken for another type, or for skin. What is not seen is taken to hold as many
    lesions an area as what is seen (both Poisson). A region's worst lesion has weight w or less
    where none of the heavier ones is real.
    """
    found = tuple(found)
    chances = [1.0] + [0.0] * OUT_OF
    for region, factor in FACTORS.items():
        there = [(kind, p) for at, kind, p in found if at is region and kind in WEIGHTS]
        more = _unseen(there, seen[region], overlooked)
        at_most = [_none_above(weight, there, more) for weight in range(WORST + 1)]
        worst = [high - low for low, high in zip([0.0, *at_most], at_most, strict=False)]
        chances = _summed(chances, worst, factor)
    return chances


def score_range(
    found: Iterable[tuple[Region, LesionType, float]],
    seen: Mapping[Region, float],
    overlooked: Mapping[LesionType, float] = NONE_OVERLOOKED,
) -> tuple[int, int]:
    """Between which scores the true one lies with 95 %: what ``score_chances`` leaves on either
    side is 2.5 % at most.
    """
    below = list(accumulate(score_chances(found, seen, overlooked)))
    low = next(score for score, share in enumerate(below) if share > TAIL)
    return low, next(score for score, share in enumerate(below) if share >= 1 - TAIL)


def _unseen(
    there: Sequence[tuple[LesionType, float]], seen: float, overlooked: Mapping[LesionType, float]
) -> dict[LesionType, float]:
    """How many lesions of each type a region is expected to have besides what was found there."""
    whole = sum(p for _kind, p in there)
    found = {kind: sum(p for one, p in there if one is kind) for kind in WEIGHTS}
    return {
        kind: (found[kind] + whole * overlooked.get(kind, 0.0)) / seen - found[kind]
        for kind in WEIGHTS
    }


def _none_above(
    weight: int, there: Iterable[tuple[LesionType, float]], more: Mapping[LesionType, float]
) -> float:
    """The probability that a region has no lesion heavier than this."""
    heavier = {kind for kind, own in WEIGHTS.items() if own > weight}
    none_found = math.prod(1 - p for kind, p in there if kind in heavier)
    return none_found * math.exp(-sum(more[kind] for kind in heavier))


def _summed(chances: Sequence[float], worst: Sequence[float], factor: int) -> list[float]:
    """The chances of the sum so far, after one more region."""
    summed = [0.0] * len(chances)
    for score, chance in enumerate(chances):
        for weight, share in enumerate(worst):
            if chance and share:
                summed[score + factor * weight] += chance * share
    return summed
