"""The smooth error between two meshes of one face, found from the lesions themselves.

A mesh sits a little differently at another angle or in another light: by millimetres, and nearly
the same for neighbours. So lesions are matched softly, wide at first and then closer, and their
places are moved by the average of what their neighbours' matches say (robust point matching,
Chui and Rangarajan, CVIU 2003, with a kernel smoother in place of splines).
"""

from __future__ import annotations

import math
from bisect import bisect_left, bisect_right
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from inference.tracking.mesh import Vector

    Affinity = Callable[[int, int], float]

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
    return moved + [_carried(place, after, moved) for place in carried]


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
    order = sorted((place[0], j, place) for j, place in enumerate(second))
    sideways = [x for x, _j, _place in order]
    for i, place in enumerate(first):
        start = bisect_left(sideways, place[0] - reach)
        for _x, j, other in order[start : bisect_right(sideways, place[0] + reach)]:
            distance = math.dist(place, other)
            if distance <= reach:
                yield i, j, distance


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
) -> list[tuple[float, Vector]]:
    """How much each lesion is matched, and where to, weighted by that."""
    sums = [[0.0] * 4 for _ in after]
    for (i, j), share in soft_match(before, after, affinity, width).items():
        total = sums[j]
        total[0] += share
        for axis in range(3):
            total[axis + 1] += share * (before[i][axis] - after[j][axis])
    return [(mass, (x, y, z)) for mass, x, y, z in sums]


def _moved(after: Sequence[Vector], pulls: Sequence[tuple[float, Vector]]) -> list[Vector]:
    """Every place with the smoothed pull of its part of the face."""
    parts: dict[Vector, list[int]] = {}
    for number, place in enumerate(after):
        part = (place[0] // PART_MM, place[1] // PART_MM, place[2] // PART_MM)
        parts.setdefault(part, []).append(number)
    middles = {part: _mean([after[i] for i in inside]) for part, inside in parts.items()}
    summed = [
        (
            middles[part],
            [sum(column) for column in zip(*(_flat(pulls[i]) for i in inside), strict=True)],
        )
        for part, inside in parts.items()
    ]
    pulling = [(place, pull) for place, pull in summed if pull[0]]
    moved = list(after)
    for part, inside in parts.items():
        x, y, z = _shift(middles[part], pulling)
        for i in inside:
            moved[i] = (after[i][0] + x, after[i][1] + y, after[i][2] + z)
    return moved


def _shift(place: Vector, pulling: Sequence[tuple[Vector, list[float]]]) -> Vector:
    weight, x, y, z = STIFFNESS, 0.0, 0.0, 0.0
    dist, exp = math.dist, math.exp  # by far the busiest line
    for other, (mass, pull_x, pull_y, pull_z) in pulling:
        away = dist(place, other)
        near = exp(FADING * away * away)
        weight += near * mass
        x, y, z = x + near * pull_x, y + near * pull_y, z + near * pull_z
    return x / weight, y / weight, z / weight


def _carried(place: Vector, before: Sequence[Vector], moved: Sequence[Vector]) -> Vector:
    away = [math.dist(place, other) for other in before]
    nearest = away.index(min(away))
    x, y, z = (p + m - b for p, m, b in zip(place, moved[nearest], before[nearest], strict=True))
    return x, y, z


def _mean(places: Sequence[Vector]) -> Vector:
    x, y, z = (sum(p[axis] for p in places) / len(places) for axis in range(3))
    return x, y, z


def _flat(pull: tuple[float, Vector]) -> tuple[float, float, float, float]:
    return pull[0], *pull[1]
