"""The clock. On a machine that does other things too, competitors take turns."""

from __future__ import annotations

import statistics
import time
from typing import TYPE_CHECKING

import torch

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    Work = Callable[[], object]

WARM_UP = 2
LEAST_ROUNDS = 3


def in_turns(works: Mapping[str, Work], seconds: float) -> dict[str, float]:
    """Median seconds of each work. They run one after the other, round after round, for at least
    ``seconds`` each and three rounds, so that what slows the machine down slows all alike.
    """
    for work in works.values():
        for _ in range(WARM_UP):
            seconds_of(work)
    spent: dict[str, list[float]] = {name: [] for name in works}
    end = time.perf_counter() + seconds * len(works)
    while time.perf_counter() < end or len(next(iter(spent.values()))) < LEAST_ROUNDS:
        for name, work in works.items():
            spent[name].append(seconds_of(work))
    return {name: statistics.median(times) for name, times in spent.items()}


def seconds_of(work: Work) -> float:
    """Seconds of one call, until the device has done it."""
    start = time.perf_counter()
    work()
    if torch.cuda.is_available():
        torch.cuda.synchronize()
    return time.perf_counter() - start
