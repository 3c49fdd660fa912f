"""Is it getting better: from followed lesions to a verdict with its probability.

Lesions that stay say nothing about change. What went and what came is compared as in McNemar's
test (Psychometrika 1947): if nothing had changed, each would have been as likely the one as the
other. A lesion weighs by its calibrated score squared: that it is one, and that it would have been
found again, for what is faint is overlooked at one visit or the other. Uncertain pairs count for
both sides, and what the other visit could not show is left out.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

SURE = 0.95
NORMAL_95 = 1.96


class Verdict(StrEnum):
    BETTER = "better"
    WORSE = "worse"
    UNCLEAR = "unclear"


@dataclass(frozen=True, slots=True)
class Followed:
    """What one match says. ``outcome``: of ``inference.tracking.matching.Outcome``; ``score``: the
    lesion's probability, the mean of the two of a pair; ``confidence``: of the match.
    """

    outcome: str
    score: float
    confidence: float


@dataclass(frozen=True, slots=True)
class Change:
    """``gone``, ``come``: sums of squared scores. ``better``: the probability, 0 to 1, that
    more went than came; ``verdict``: what may be said of it.
    """

    gone: float
    come: float
    better: float

    @property
    def verdict(self) -> Verdict:
        if self.better >= SURE:
            return Verdict.BETTER
        return Verdict.WORSE if self.better <= 1 - SURE else Verdict.UNCLEAR

    @property
    def sureness(self) -> float:
        """Probability of the likelier direction, 0.5 to 1."""
        return max(self.better, 1 - self.better)


@dataclass(frozen=True, slots=True)
class CountRange:
    """Where a true number lies with 95 %: of lesions, or of points of a score."""

    low: int
    high: int


def change_of(followed: Iterable[Followed]) -> Change:
    """Better or worse, of lesions that are no scars: scars are what is left of acne."""
    gone = come = 0.0
    for one in followed:
        weight = one.score**2
        if one.outcome == "resolved":
            gone += weight
        elif one.outcome == "new":
            come += weight
        elif one.outcome != "not_visible":
            doubt = weight * (1 - one.confidence)
            gone, come = gone + doubt, come + doubt
    spread = math.sqrt(gone + come)
    better = _below((gone - come) / spread) if spread else 0.5
    return Change(round(gone, 2), round(come, 2), round(better, 3))


def count_range(
    scores: Iterable[float],
    counted: int,
    seen_share: float,
    overlooked: float = 0.0,
    unsteady: float = 0.0,
) -> CountRange:
    """From the calibrated scores of all candidates, those that do not count too, and from the
    share of the face, above 0, that the photos show. Holds ``counted``, what is shown.

    ``overlooked``: how many more are expected on what is shown; ``unsteady``: by which share of
    itself the whole sum is off from face to face.
    """
    shares = list(scores)
    found = sum(shares)
    spread = sum(share * (1 - share) for share in shares)
    most = (found + overlooked) / seen_share
    low = found - NORMAL_95 * math.sqrt(spread + (unsteady * found) ** 2)
    high = most + NORMAL_95 * math.sqrt(spread + most - found + (unsteady * most) ** 2)
    return CountRange(max(0, min(counted, math.floor(low))), max(counted, math.ceil(high)))


def _below(value: float) -> float:
    """The normal distribution function."""
    return 0.5 * (1 + math.erf(value / math.sqrt(2)))
