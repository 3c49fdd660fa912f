"""The smooth error between two meshes of one face, found from the lesions themselves.

A mesh sits a little differently at another angle or in another light: by millimetres, and nearly
the same for neighbours. So lesions are matched softly, wide at first and then closer, and their
places are moved by the average of what their neighbours' matches say (robust point matching,
Chui and Rangarajan, CVIU 2003, with a kernel smoother in place of splines).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import numpy.typing as npt

from inference.tracking.triangles import between, lengths

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from inference.tracking.triangles import Array, Indices

    Affinity = Callable[[Indices, Indices], Array]

WIDTHS_MM = (6.0, 4.0, 3.0)  # between two visits: more may have changed than moved
GATE = 2.5  # widths beyond which two lesions cannot be one
REACH_MM = 22.0  # how far neighbours share their error
FADING = -0.5 / REACH_MM**2
PART_MM = 16.0  # what lies closer together is moved together, to save time
STIFFNESS = 1.2  # in matched lesions: a lone match moves little
USUAL_MM = 2.2  # spread of one lesion's place in two photos, drift taken out
USUAL_WEIGHT = 4.0  # in matched lesions: what a few say of their spread is not believed at once
LEAST_MM = 1.0
RAYLEIGH_MEDIAN = 1.1774  # of a distance in the plane, in spreads
PART_NUMBERS = np.array([1_000_000, 1_000, 1])  # no face is a thousand parts wide


class Pairs(NamedTuple):
    """Pairs of two lists' lesions by index, each (n,), and what is said of each pair."""

    before: Indices
    after: Indices
    value: Array


def settle(
    before: npt.ArrayLike,
    after: npt.ArrayLike,
    affinity: Affinity,
    widths: Sequence[float] = WIDTHS_MM,
    carried: npt.ArrayLike = (),
) -> Array:
    """``after`` moved onto ``before``, and behind it ``carried``, each with the nearest of
    ``after``; all are places on the canonical face in mm, (n, 3).

    ``affinity`` of indices in ``before`` and as many in ``after``: 1 for lesions of one type, down
    to 0 for what cannot be one lesion. ``widths``: of the soft match in mm, round by round.
    """
    before, after, carried = (_places(places) for places in (before, after, carried))
    moved = after
    for width in widths:
        moved = _moved(moved, _pulls(before, moved, affinity, width))
    return np.concatenate([moved, _carried(carried, after, moved)]) if len(carried) else moved


def spread_of(before: Array, after: Array, affinity: Affinity) -> float:
    """Spread in mm of one lesion's place in the two photos, from the lesions: small where two
    photos agree closely, so that a new lesion beside a healed one is not taken for it.
    """
    matched = soft_match(before, after, affinity, WIDTHS_MM[-1])
    if not len(matched.value):
        return USUAL_MM
    away = lengths(before[matched.before] - after[matched.after])
    order = np.lexsort((matched.value, away))
    passed = matched.value[order].cumsum()
    total = float(passed[-1])
    measured = float(away[order][passed.searchsorted(total / 2)]) / RAYLEIGH_MEDIAN
    blended = (total * measured + USUAL_WEIGHT * USUAL_MM) / (total + USUAL_WEIGHT)
    return max(LEAST_MM, blended)


def near_pairs(first: Array, second: Array, reach: float) -> Pairs:
    """Every pair of indices that lies within ``reach`` mm, and its distance."""
    order = second[:, 1].argsort(kind="stable")  # a face is higher than wide
    heights = first[:, 1]
    i, place = between(second[order, 1], heights - reach, heights + reach)
    j = order[place]
    away = lengths(first.take(i, axis=0) - second.take(j, axis=0))
    near = np.flatnonzero(away <= reach)
    return Pairs(i.take(near), j.take(near), away.take(near))


def soft_match(before: Array, after: Array, affinity: Affinity, width: float) -> Pairs:
    """How likely two lesions are one, 0 to 1, of every pair near enough: its weight against those
    of all that either of the two might be instead, and of being nothing.
    """
    i, j, away = near_pairs(before, after, GATE * width)
    weights = np.exp(-0.5 * (away / width) ** 2) * affinity(i, j)
    rows = np.bincount(i, weights, len(before))
    columns = np.bincount(j, weights, len(after))
    nothing = np.exp(-0.5 * GATE**2)
    return Pairs(i, j, weights / (rows[i] + columns[j] - weights + nothing))


def _pulls(before: Array, after: Array, affinity: Affinity, width: float) -> Array:
    """How much each lesion is matched, and where to, weighted by that: (n, 4)."""
    i, j, share = soft_match(before, after, affinity, width)
    pulls = share[:, None] * (before.take(i, axis=0) - after.take(j, axis=0))
    return _summed(np.column_stack([share, pulls]), j, len(after))


def _moved(after: Array, pulls: Array) -> Array:
    """Every place with the smoothed pull of its part of the face."""
    steps = np.floor(after / PART_MM).astype(int)
    _numbers, part = np.unique(steps @ PART_NUMBERS, return_inverse=True)
    sizes = np.bincount(part)
    middles = _summed(after, part, len(sizes)) / sizes[:, None]
    x, y, z = (np.subtract.outer(column, column) for column in middles.T)
    near = np.exp(FADING * (x * x + y * y + z * z))
    felt = near @ _summed(pulls, part, len(sizes))
    shifts = felt[:, 1:] / (STIFFNESS + felt[:, :1])
    return np.asarray(after + shifts.take(part, axis=0))


def _carried(places: Array, before: Array, moved: Array) -> Array:
    x, y, z = (np.subtract.outer(*columns) for columns in zip(places.T, before.T, strict=True))
    nearest = (x * x + y * y + z * z).argmin(axis=1)
    return np.asarray(places + moved[nearest] - before[nearest])


def _summed(values: Array, group: Indices, count: int) -> Array:
    """(count, k): the rows (n, k) of each group added up."""
    return np.stack([np.bincount(group, column, count) for column in values.T], axis=1)


def _places(places: npt.ArrayLike) -> Array:
    return np.asarray(places, dtype=float).reshape(-1, 3)
