"""Where on a face a point lies, for what a doctor marks or moves: the rule of
``inference.face.FaceMap`` in plain Python, from a stored reading. A test holds the two together.
"""

from __future__ import annotations

import math
from itertools import pairwise
from typing import TYPE_CHECKING, Any

from portal.analysis.models import Region

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

Point = tuple[float, float]
# The nose stands before what it hides on a turned head.
ORDER = (Region.NOSE, Region.CHIN, Region.FOREHEAD, Region.RIGHT_CHEEK, Region.LEFT_CHEEK)
SKIN_DILATION = (1.15, 1.2)  # across and down: the mesh stops short of hairline and jaw


class FacePlaces:
    """The regions of one photo's face; ``face`` is that part of a stored result, if it has one."""

    def __init__(self, face: Mapping[str, Any] | None) -> None:
        landmarks = face["landmarks"] if face else []
        outlines = {name: _points(face["regions"][name]) for name in ORDER} if face else {}
        self._skin = _skin(_points(landmarks))
        self._visible = {name: shape for name, shape in outlines.items() if _area(shape) > 0}

    def region_of(self, point: Point) -> str:
        """The region's name, empty off the face; between the outlines it is the nearest one."""
        if _depth(self._skin, point) < 0:
            return ""
        depths = {name: _depth(shape, point) for name, shape in self._visible.items()}
        containing = [name for name, depth in depths.items() if depth >= 0]
        nearest = containing[0] if containing else max(depths, key=depths.__getitem__, default="")
        return str(nearest)


def _points(values: Sequence[Sequence[float]]) -> list[Point]:
    return [(float(value[0]), float(value[1])) for value in values]


def _skin(landmarks: list[Point]) -> list[Point]:
    """The convex outline of the mesh, widened."""
    hull = _hull(landmarks)
    if not hull:
        return []
    centre = [sum(values) / len(hull) for values in zip(*hull, strict=True)]
    x, y = (
        [middle + (point[axis] - middle) * SKIN_DILATION[axis] for point in hull]
        for axis, middle in enumerate(centre)
    )
    return list(zip(x, y, strict=True))


def _hull(points: list[Point]) -> list[Point]:
    ordered = sorted(set(points))
    return [*_half_hull(ordered), *_half_hull(ordered[::-1])]


def _half_hull(ordered: list[Point]) -> list[Point]:
    """One side of the convex outline, its last point left to the other side."""
    side: list[Point] = []
    for point in ordered:
        while len(side) > 1 and _turn(side[-2], side[-1], point) <= 0:
            side.pop()
        side.append(point)
    return side[:-1]


def _turn(a: Point, b: Point, c: Point) -> float:
    return (b[0] - a[0]) * (c[1] - a[1]) - (b[1] - a[1]) * (c[0] - a[0])


def _area(shape: list[Point]) -> float:
    """Twice the area; negative where the outline runs backwards, for it faces away from us."""
    return sum(a[0] * b[1] - a[1] * b[0] for a, b in _edges(shape))


def _edges(shape: list[Point]) -> list[tuple[Point, Point]]:
    return list(pairwise([*shape, *shape[:1]]))


def _depth(shape: list[Point], point: Point) -> float:
    """Distance in pixels to the outline, negative outside."""
    edges = _edges(shape)
    if not edges:
        return -math.inf
    distance = min(_distance(point, a, b) for a, b in edges)
    return distance if sum(_crosses(point, a, b) for a, b in edges) % 2 else -distance


def _crosses(point: Point, a: Point, b: Point) -> bool:
    """Whether a ray from the point to the right crosses the edge."""
    x, y = point
    return (a[1] > y) != (b[1] > y) and x < a[0] + (b[0] - a[0]) * (y - a[1]) / (b[1] - a[1])


def _distance(point: Point, a: Point, b: Point) -> float:
    dx, dy = b[0] - a[0], b[1] - a[1]
    length = dx * dx + dy * dy
    along = ((point[0] - a[0]) * dx + (point[1] - a[1]) * dy) / length if length else 0.0
    along = min(1.0, max(0.0, along))
    return math.hypot(a[0] + along * dx - point[0], a[1] + along * dy - point[1])
