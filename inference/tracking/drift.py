"""The smooth error between two meshes of one face, found from the lesions themselves.

A mesh sits a little differently at another angle or in another light: by millimetres, and nearly
the same for neighbours. So lesions are matched softly, wide at first and then closer, and their
places are moved by the average of what their neighbours' matches say (robust point matching,
Chui and Rangarajan, CVIU 2003, with a kernel smoother in place of splines).
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from inference.tracking.mesh import Vector

    Affinity = Callable[[int, int], float]

Floats = npt.NDArray[np.float64]

WIDTHS_MM = (6.0, 4.0, 3.0)  # between two visits: more may have changed than moved
GATE = 2.5  # widths beyond which two lesions cannot be one
REACH_MM = 22.0  # how far neighbours share their error
FADING = -0.5 / REACH_MM**2
PART_MM = 12.0  # what lies closer together is moved together, to save time
STIFFNESS = 1.2  # in matched lesions: a lone match moves little
USUAL_MM = 2.2  # spread of one lesion's place in two photos, drift taken out
USUAL_WEIGHT = 4.0  # in matched lesions: what a few say of their spread is not believed at once
LEAST_MM = 1.0
RAYLEIGH_MEDIAN = 1.1774  # of a distance in the plane, in spreads


def settle(
    before: Sequence[Vector],
    after: Sequence[Vector],
    affinity: Affinity,
    widths: Sequence[float] = WIDTHS_MM,
    carried: Sequence[Vector] = (),
) -> list[Vector]:
    """``after`` moved onto ``before``, and behind it ``carried``, each with the nearest of
    ``after``; all are places on the canonical face in mm.

    ``affinity`` of an index in ``before`` and one in ``after``: 1 for lesions of one type, down
    to 0 for what cannot be one lesion. ``widths``: of the soft match in mm, round by round.
    """
    moved = list(after)
    for width in widths:
        pulls = _pulls(before, moved, affinity, width)
        moved = _moved(moved, pulls)
    return moved + _carried(carried, after, moved)


def spread_of(before: Sequence[Vector], after: Sequence[Vector], affinity: Affinity) -> float:
    """Spread in mm of one lesion's place in the two photos, from the lesions: small where two
    photos agree closely, so that a new lesion beside a healed one is not taken for it.
    """
    shares = soft_match(before, after, affinity, WIDTHS_MM[-1])
    away = sorted((math.dist(before[i], after[j]), share) for (i, j), share in shares.items())
    total = sum(share for _, share in away)
    passed, median = 0.0, 0.0
    for distance, share in away:
        passed, median = passed + share, distance
        if passed >= total / 2:
            break
    measured = median / RAYLEIGH_MEDIAN
    blended = (total * measured + USUAL_WEIGHT * USUAL_MM) / (total + USUAL_WEIGHT)
    return max(LEAST_MM, blended)


def near_pairs(
    first: Sequence[Vector], second: Sequence[Vector], reach: float
) -> Iterator[tuple[int, int, float]]:
    """Every pair of indices that lies within ``reach`` mm, and its distance."""
    away = _distances(first, second)
    rows, columns = np.nonzero(away <= reach)
    yield from zip(rows.tolist(), columns.tolist(), away[rows, columns].tolist(), strict=True)


def soft_match(
    before: Sequence[Vector], after: Sequence[Vector], affinity: Affinity, width: float
) -> dict[tuple[int, int], float]:
    """How likely two lesions are one, 0 to 1, of every pair near enough: its weight against those
    of all that either of the two might be instead, and of being nothing.
    """
    weights = {
        (i, j): math.exp(-0.5 * (distance / width) ** 2) * affinity(i, j)
        for i, j, distance in near_pairs(before, after, GATE * width)
    }
    rows, columns = [0.0] * len(before), [0.0] * len(after)
    for (i, j), weight in weights.items():
        rows[i] += weight
        columns[j] += weight
    nothing = math.exp(-0.5 * GATE**2)
    return {
        (i, j): weight / (rows[i] + columns[j] - weight + nothing)
        for (i, j), weight in weights.items()
    }


def _pulls(
    before: Sequence[Vector], after: Sequence[Vector], affinity: Affinity, width: float
) -> Floats:
    """A row of each lesion: how much it is matched, and where to in mm, weighted by that."""
    shares = soft_match(before, after, affinity, width)
    if not shares:
        return np.zeros((len(after), 4))
    rows, columns = np.array(list(shares)).T
    share = np.array(list(shares.values()))
    ways = share[:, None] * (np.array(before)[rows] - np.array(after)[columns])
    return _summed(columns, np.column_stack([share, ways]), len(after))


def _moved(after: Sequence[Vector], pulls: Floats) -> list[Vector]:
    """Every place with the smoothed pull of its part of the face."""
    if not after:
        return []
    places = np.array(after)
    _, part = np.unique(places // PART_MM, axis=0, return_inverse=True)
    middles = _summed(part, places) / np.bincount(part)[:, None]
    pulling = _summed(part, pulls)
    near = np.exp(FADING * _distances(middles, middles) ** 2)
    shifts = near @ pulling[:, 1:] / (STIFFNESS + near @ pulling[:, :1])
    return _vectors(places + shifts[part])


def _summed(part: npt.NDArray[np.intp], values: Floats, parts: int = 0) -> Floats:
    """The rows of ``values`` added up by their part, of which there are at least so many."""
    columns = [np.bincount(part, weights=column, minlength=parts) for column in values.T]
    return np.stack(columns, axis=1)


def _carried(
    places: Sequence[Vector], before: Sequence[Vector], moved: Sequence[Vector]
) -> list[Vector]:
    """Each with the nearest of ``before``, as far as that was moved."""
    if not places:
        return []
    nearest = _distances(places, before).argmin(axis=1)
    return _vectors(np.array(places) + (np.array(moved) - np.array(before))[nearest])


def _distances(first: Sequence[Vector] | Floats, second: Sequence[Vector] | Floats) -> Floats:
    """In mm, of each of the one to each of the other."""
    one, other = (np.reshape(places, (-1, 3)).astype(float) for places in (first, second))
    away: Floats = np.linalg.norm(one[:, None] - other[None], axis=2)
    return away


def _vectors(places: Floats) -> list[Vector]:
    return [(x, y, z) for x, y, z in places.tolist()]
