"""Which find is which lesion: greedy matching by IoU, and the curves that follow from it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from inference.detector.decode import iou

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from numpy.typing import NDArray

    Floats = NDArray[np.float32]
    Bools = NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Found:
    """Finds and true boxes of one kind on one picture; boxes x, y, width, height, finds best
    first.
    """

    boxes: Floats
    scores: Floats
    truth: Floats


def closeness(first: Floats, second: Floats) -> Floats:
    """Distance between the centres of boxes (N, 4) and (M, 4), in pixels and negative, so that more
    is nearer: (N, M).
    """
    centres = [boxes[:, :2] + boxes[:, 2:] / 2 for boxes in (first, second)]
    return np.asarray(-np.linalg.norm(centres[0][:, None] - centres[1][None], axis=2), np.float32)


def match(
    found: Found, threshold: float, likeness: Callable[[Floats, Floats], Floats] = iou
) -> Bools:
    """For each find whether it is a true one: best score first, each takes the free lesion it is
    most like, at least ``threshold``.
    """
    overlaps = likeness(found.boxes, found.truth)
    hits = np.zeros(len(found.boxes), bool)
    for index in range(len(hits)):
        if not overlaps.shape[1]:
            break
        best = int(overlaps[index].argmax())
        if overlaps[index, best] >= threshold:
            hits[index] = True
            overlaps[:, best] = -np.inf
    return hits


@dataclass(frozen=True, slots=True)
class Curve:
    """Precision and recall as the threshold falls through ``scores``."""

    scores: Floats
    precision: Floats
    recall: Floats

    @property
    def f1(self) -> Floats:
        total = self.precision + self.recall
        return np.asarray(2 * self.precision * self.recall / np.maximum(total, 1e-9), np.float32)

    @property
    def best(self) -> tuple[float, float]:
        """The best F1 and the threshold that gives it; 0 and 1 where nothing was found."""
        if not len(self.scores):
            return 0.0, 1.0
        index = int(self.f1.argmax())
        return float(self.f1[index]), float(self.scores[index])

    @property
    def max_recall(self) -> float:
        return float(self.recall[-1]) if len(self.recall) else 0.0


def curve(pictures: Sequence[Found], threshold: float) -> Curve:
    """Precision and recall over all ``pictures`` at one IoU."""
    hits = np.concatenate([match(found, threshold) for found in pictures])
    scores = np.concatenate([found.scores for found in pictures])
    order = np.argsort(-scores, kind="stable")
    true = np.cumsum(hits[order])
    total = sum(len(found.truth) for found in pictures)
    counts = np.arange(1, len(true) + 1)
    return Curve(
        scores[order],
        (true / counts).astype(np.float32),
        (true / max(1, total)).astype(np.float32),
    )
