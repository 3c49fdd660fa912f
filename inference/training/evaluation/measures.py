"""Measures of detection as functions of the pictures' weights.

A measure takes how often each picture counts: once each for the figure itself, as drawn for a
bootstrap resample, zero outside a stratum. So one matching serves them all.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from inference.detector.decode import iou
from inference.training.matching import match

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from numpy.typing import NDArray

    from inference.training.matching import Floats as Boxes
    from inference.training.matching import Found

    Floats = NDArray[np.float64]
    Measure = Callable[[Floats], float]

RECALLS = np.linspace(0, 1, 101)  # where COCO reads precision off
BINS = 10


@dataclass(frozen=True, slots=True)
class Tally:
    """All finds of P pictures, best first: ``scores`` and ``hits`` (N,), ``picture`` (N,) the
    number of each find's picture; ``lesions`` (P,) true boxes a picture.
    """

    scores: Floats
    hits: NDArray[np.bool_]
    picture: NDArray[np.intp]
    lesions: Floats

    def curve(self, weights: Floats) -> tuple[Floats, Floats]:
        """Precision and recall after each true find, where alone precision can be at its best for
        a recall. ``weights`` (P,).
        """
        each = weights[self.picture]
        true = np.cumsum(each[self.hits])
        precision = true / np.maximum(np.cumsum(each)[self.hits], 1e-9)
        return precision, true / max(float(weights @ self.lesions), 1e-9)

    def average_precision(self, weights: Floats) -> float:
        """AP over 101 recalls, by COCO's rule; not a number without lesions. ``weights`` (P,)."""
        if not weights @ self.lesions:
            return float("nan")
        precision, recall = self.curve(weights)
        envelope = np.append(np.maximum.accumulate(precision[::-1])[::-1], 0.0)
        return float(envelope[np.searchsorted(recall, RECALLS)].mean())

    def max_recall(self, weights: Floats) -> float:
        """Share of lesions found at any score; not a number without lesions. ``weights`` (P,)."""
        return _ratio(weights[self.picture] @ self.hits, weights @ self.lesions)

    def from_score(self, least: float) -> Tally:
        """The same pictures with only the finds of at least this score."""
        kept = self.scores >= least
        return Tally(self.scores[kept], self.hits[kept], self.picture[kept], self.lesions)


def tally(
    found: Sequence[Found],
    least: float,
    likeness: Callable[[Boxes, Boxes], Boxes] = iou,
) -> Tally:
    """Match each picture's finds (see ``matching.match``) and put them in one order of score."""
    hits = [match(one, least, likeness) for one in found]
    scores = np.concatenate([one.scores for one in found]).astype(np.float64)
    picture = np.repeat(np.arange(len(found)), [len(one.scores) for one in found])
    order = np.argsort(-scores, kind="stable")
    lesions = np.array([len(one.truth) for one in found], np.float64)
    return Tally(scores[order], np.concatenate(hits)[order], picture[order], lesions)


@dataclass(frozen=True, slots=True)
class WorkingPoint:
    """What is shown, by picture (P,): true finds, all finds, lesions, and the count given."""

    true: Floats
    found: Floats
    lesions: Floats
    counts: Floats

    def precision(self, weights: Floats) -> float:
        """TP / (TP + FP); not a number where nothing was found."""
        return _ratio(weights @ self.true, weights @ self.found)

    def recall(self, weights: Floats) -> float:
        """TP / (TP + FN); not a number where there is no lesion."""
        return _ratio(weights @ self.true, weights @ self.lesions)

    def f1(self, weights: Floats) -> float:
        """2 TP / (2 TP + FP + FN)."""
        return _ratio(2 * (weights @ self.true), weights @ (self.found + self.lesions))

    def accuracy(self, weights: Floats) -> float:
        """TP / (TP + FP + FN), as papers on detection give it: a true negative, a place without a
        lesion where none was found, cannot be counted.
        """
        return _ratio(weights @ self.true, weights @ (self.found + self.lesions - self.true))

    def false_per_picture(self, weights: Floats) -> float:
        """False finds shown on a picture, in the mean."""
        return _ratio(weights @ (self.found - self.true), weights.sum())

    def count_mae(self, weights: Floats) -> float:
        """Mean absolute difference between the count given and the lesions marked."""
        return _ratio(weights @ np.abs(self.counts - self.lesions), weights.sum())


def working_point(shown: Sequence[Found], least: float, counts: Sequence[float]) -> WorkingPoint:
    """Count true finds among those shown, at IoU ``least``. ``counts``: given for each picture."""
    return WorkingPoint(
        np.array([match(one, least).sum() for one in shown], np.float64),
        np.array([len(one.scores) for one in shown], np.float64),
        np.array([len(one.truth) for one in shown], np.float64),
        np.asarray(counts, np.float64),
    )


def _ratio(part: Any, whole: Any) -> float:
    return float(part / whole) if whole else float("nan")


@dataclass(frozen=True, slots=True)
class Reliability:
    """By tenth of the score: ``number`` of finds, their mean ``score``, the ``share`` that is
    true; (10,) each, not a number where a tenth is empty.
    """

    number: Floats
    score: Floats
    share: Floats

    @property
    def error(self) -> float:
        """Expected calibration error (Guo et al., ICML 2017, equation 3)."""
        filled = self.number > 0
        gaps = np.abs(self.score - self.share)[filled]
        return _ratio(float(self.number[filled] @ gaps), float(self.number.sum()))


def reliability(one: Tally, weights: Floats) -> Reliability:
    """How often finds of each score are lesions. ``weights`` (P,)."""
    each = weights[one.picture]
    tenth = np.minimum((one.scores * BINS).astype(int), BINS - 1)
    number, score, true = (
        np.bincount(tenth, each * of, BINS).astype(np.float64)
        for of in (np.ones(len(each)), one.scores, one.hits)
    )
    whole = np.where(number > 0, number, np.nan)
    return Reliability(number, score / whole, true / whole)
