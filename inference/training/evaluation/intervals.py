"""Bootstrap intervals (Efron 1979): whole persons are drawn, for their pictures are alike."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from inference.training.evaluation.measures import Floats, Measure

    Json = dict[str, Any]

RESAMPLES = 1000
LEVEL = 0.95
SEED = 20240325  # the same pictures give the same intervals


def draw_persons(groups: Sequence[str], resamples: int = RESAMPLES, seed: int = SEED) -> Floats:
    """How often each of P pictures counts in each resample: (``resamples``, P).

    ``groups`` (P,): pictures of one person bear the same name and are drawn together; as many
    persons are drawn, with replacement, as there are.
    """
    names, person = np.unique(np.asarray(groups), return_inverse=True)
    chances = np.full(len(names), 1 / max(1, len(names)))
    drawn = np.random.default_rng(seed).multinomial(len(names), chances, size=resamples)
    return np.asarray(drawn[:, person], np.float64)


def interval(measure: Measure, draws: Floats) -> tuple[float, float] | None:
    """The middle 95 % of a measure over the resamples ``draws`` (R, P); resamples on which it is
    not defined are left out, and None is returned where that leaves none.
    """
    values = np.array([measure(weights) for weights in draws], np.float64)
    values = values[~np.isnan(values)]
    if not len(values):
        return None
    low, high = np.quantile(values, [(1 - LEVEL) / 2, (1 + LEVEL) / 2])
    return float(low), float(high)


def figures_of(
    measures: Mapping[str, Measure], draws: Floats, within: Floats | None = None
) -> Json:
    """Each measure by name, and its interval under ``intervals``; None where it is not defined.

    ``within`` (P,): 1 for the pictures of a stratum, else 0.
    """
    all_once = np.ones(draws.shape[1]) if within is None else within
    drawn = draws if within is None else draws * within
    points = {name: measure(all_once) for name, measure in measures.items()}
    return {
        **{name: number(value) for name, value in points.items()},
        "intervals": {
            name: interval(measure, drawn) if len(draws) else None
            for name, measure in measures.items()
        },
    }


def number(value: float) -> float | None:
    """For JSON, which knows no "not a number"."""
    return None if math.isnan(value) else float(value)
