"""The canonical face in millimetres, and where on it a point of a photo lies.

A place is a triangle of MediaPipe's mesh (Kartynnik et al., 2019) with barycentric coordinates: it
stays with the skin when the head turns, comes nearer or smiles. The mesh ends before hairline and
jaw do, so it has a skirt here: one more ring that goes on as the surface does at its rim. The
canonical vertices are the mean of real faces made symmetric (`build_canonical`).
"""

from __future__ import annotations

import json
import math
from collections import defaultdict
from dataclasses import dataclass
from functools import cache, cached_property
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from inference.regions import REGION_VERTICES

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from inference.results import Region

    Landmarks = Sequence[Sequence[float]]

Vector = tuple[float, float, float]
Triangle = tuple[int, int, int]

FACE_WIDTH_MM = 145.0  # cheekbone to cheekbone with soft tissue, adults
SKIRT_MM = 24.0  # holds what `inference.face.skin_outline` adds
ON_EDGE = -1e-9  # of a weight, to rounding
NEAR_MM = (
    10.0  # a point this far from every triangle (lips, lids, beyond the skirt) still is placed
)
SEEN = 0.26  # cosine of 75°: flatter than this nobody tells a lesion from a shadow
BEFORE_MM = 4.0  # nearer by so much, another part of the face hides what is behind it
CELLS = 18  # of the lookup, across the face
CANONICAL = Path(str(files("inference.tracking"))) / "canonical.json"
CHEEKBONES = (234, 454)


class Site(NamedTuple):
    """A place on the canonical face. ``triangle``: its number in ``Canonical.triangles``;
    ``weights``: barycentric, of its three vertices; ``point``: the same in mm (x to the patient's
    left, y down, z away from the camera).
    """

    triangle: int
    weights: Vector
    point: Vector


@dataclass(frozen=True)
class Canonical:
    """``vertices``: the mesh's 468 in mm, then the skirt. ``triangles``: clockwise as drawn from
    the front, those of the mesh before those of the skirt. ``rim``: the mesh's border with, for
    each of its vertices, the neighbours inside.
    """

    vertices: list[Vector]
    triangles: list[Triangle]
    rim: list[tuple[int, list[int]]]

    @cached_property
    def areas(self) -> list[float]:
        """Square millimetres of each triangle."""
        return [0.5 * _length(_normal(*(self.vertices[i] for i in t))) for t in self.triangles]

    @cached_property
    def regions(self) -> dict[Region, list[int]]:
        """The triangles of the mesh whose middle lies in a region, seen from the front."""
        count = len(self.vertices) - len(self.rim)
        middles = [
            (number, self.point(number, (1 / 3, 1 / 3, 1 / 3)))
            for number, corners in enumerate(self.triangles)
            if max(corners) < count
        ]
        return {
            region: [t for t, (x, y, _z) in middles if _holds(outline, x, y)]
            for region, vertices in REGION_VERTICES.items()
            for outline in [[self.vertices[i] for i in vertices]]
        }

    def point(self, triangle: int, weights: Vector) -> Vector:
        """Where on the face, in mm."""
        return _mixed([self.vertices[i] for i in self.triangles[triangle]], weights)


@cache
def canonical() -> Canonical:
    """The canonical face, read once a process."""
    document = json.loads(CANONICAL.read_text(encoding="utf-8"))
    vertices: list[Vector] = [(x, y, z) for x, y, z in document["vertices"]]
    mesh: list[Triangle] = [(a, b, c) for a, b, c in document["triangles"]]
    border = _outer_border(mesh, vertices)
    rim = [(vertex, sorted(_inside(vertex, mesh, set(border)))) for vertex in border]
    skirt = _skirt(len(vertices), border)
    return Canonical(vertices + _skirt_points(vertices, rim, SKIRT_MM), mesh + skirt, rim)


class PosedFace:
    """The mesh of one photo on the canonical face.

    ``landmarks``: 468 or 478 points of x, y, z in pixels as ``inference.results.Face`` has them;
    ``width`` and ``height``: of the photo, in pixels; ``hidden``: triangles that hair, a hand or
    cloth covers. Raises ``ValueError`` for other landmarks.
    """

    def __init__(
        self, landmarks: Landmarks, width: float, height: float, hidden: Iterable[int] = ()
    ) -> None:
        face = canonical()
        count = len(face.vertices) - len(face.rim)
        if len(landmarks) < count:
            raise ValueError(f"a face mesh has at least {count} points, not {len(landmarks)}")
        mesh: list[Vector] = [(p[0], p[1], p[2]) for p in landmarks[:count]]
        right, left = (mesh[i] for i in CHEEKBONES)
        self.px_per_mm = max(math.dist(right, left), 1.0) / FACE_WIDTH_MM
        self._size = (width, height)
        self._sights = dict.fromkeys(hidden, 0.0)
        self._sites: dict[tuple[float, float], Site | None] = {}
        points = mesh + _skirt_points(mesh, face.rim, SKIRT_MM * self.px_per_mm)
        self._corners = [(points[a], points[b], points[c]) for a, b, c in face.triangles]
        self._cell = FACE_WIDTH_MM * self.px_per_mm / CELLS

    @cached_property
    def facing(self) -> list[float]:
        """Of each triangle the cosine between its normal and the line of sight; 0 or less where it
        faces away.
        """
        normals = (_normal(*corners) for corners in self._corners)
        return [z / (math.hypot(x, y, z) or 1.0) for x, y, z in normals]

    def sight(self, triangle: int) -> float:
        """How well a triangle is seen: its ``facing``, or 0 where it faces away, is covered, lies
        beyond the picture's edge or behind another part of the face.
        """
        if triangle not in self._sights:
            self._sights[triangle] = self._sight(triangle)
        return self._sights[triangle]

    def sees(self, site: Site) -> bool:
        """Whether a lesion there could have been seen in this photo."""
        return self.sight(site.triangle) >= SEEN

    def place(self, x: float, y: float) -> Site | None:
        """Where on the canonical face a point of the photo (pixels) lies; None off the face."""
        if (x, y) not in self._sites:  # what counts is asked for once more among the candidates
            self._sites[x, y] = self._place(x, y)
        return self._sites[x, y]

    def _place(self, x: float, y: float) -> Site | None:
        holding = list(self._holding(x, y))
        if holding:
            _depth, triangle, weights = min(holding)
        else:
            near = self._nearest(x, y)
            if near is None:
                return None
            triangle, weights = near
        return Site(triangle, weights, canonical().point(triangle, weights))

    def show(self, site: Site) -> tuple[float, float]:
        """Where in the photo, in pixels, a place of the canonical face lies, seen or not."""
        x, y, _z = _mixed(self._corners[site.triangle], site.weights)
        return x, y

    def _sight(self, triangle: int) -> float:
        if self.facing[triangle] <= 0:
            return 0.0
        x, y, z = _mixed(self._corners[triangle], (1 / 3, 1 / 3, 1 / 3))
        width, height = self._size
        if not (0 <= x < width and 0 <= y < height):
            return 0.0
        nearest = min((depth for depth, _t, _w in self._holding(x, y)), default=z)
        hidden = nearest < z - BEFORE_MM * self.px_per_mm
        return 0.0 if hidden else self.facing[triangle]

    @cached_property
    def _slopes(self) -> list[tuple[float, float, float, float, float, float]]:
        """Of each triangle its first corner, and how the weights of the other two rise to the right
        and downwards from there; its corner is nan for a triangle on edge, which holds no point.
        """
        return [_slopes_of(corners) for corners in self._corners]

    @cached_property
    def _lookup(self) -> dict[tuple[int, int], list[int]]:
        """Triangles that face the camera, by the cells of a grid that they touch."""
        table: dict[tuple[int, int], list[int]] = defaultdict(list)
        for triangle, facing in enumerate(self.facing):
            if facing > 0:
                for cell in self._cells(self._corners[triangle]):
                    table[cell].append(triangle)
        return table

    def _cells(self, corners: Sequence[Vector]) -> Iterator[tuple[int, int]]:
        (ax, ay, _), (bx, by, _), (cx, cy, _) = corners
        size, floor = self._cell, math.floor
        rows = range(floor(min(ay, by, cy) / size), floor(max(ay, by, cy) / size) + 1)
        for column in range(floor(min(ax, bx, cx) / size), floor(max(ax, bx, cx) / size) + 1):
            for row in rows:
                yield column, row

    def _holding(self, x: float, y: float) -> Iterator[tuple[float, int, Vector]]:
        """Depth, number and weights of every triangle over or under the point."""
        cell = (math.floor(x / self._cell), math.floor(y / self._cell))
        for triangle in self._lookup.get(cell, ()):
            # Looked up more often than anything else: so reckoned in steps, out at the first.
            ax, ay, b_x, b_y, c_x, c_y = self._slopes[triangle]
            b = b_x * (x - ax) + b_y * (y - ay)
            if b >= ON_EDGE:
                c = c_x * (x - ax) + c_y * (y - ay)
                a = 1 - b - c
                if c >= ON_EDGE and a >= ON_EDGE:
                    corners = self._corners[triangle]
                    yield _mixed(corners, (a, b, c))[2], triangle, (a, b, c)

    def _nearest(self, x: float, y: float) -> tuple[int, Vector] | None:
        """The closest place of the mesh to a point beside it."""
        column, row = math.floor(x / self._cell), math.floor(y / self._cell)
        around = {
            triangle
            for i in range(column - 2, column + 3)
            for j in range(row - 2, row + 3)
            for triangle in self._lookup.get((i, j), ())
        }
        best, least = None, NEAR_MM * self.px_per_mm
        for triangle in sorted(around):
            corners = self._corners[triangle]
            weights = _clamped(corners, x, y)
            near = _mixed(corners, weights)
            distance = math.hypot(near[0] - x, near[1] - y)
            if distance < least:
                best, least = (triangle, weights), distance
        return best


def seen_share(faces: Sequence[PosedFace], region: Region | None = None) -> float:
    """Share of the face's area, 0 to 1, or of a region's, that at least one of the photos shows."""
    areas = canonical().areas
    triangles = range(len(areas)) if region is None else canonical().regions[region]
    seen = [areas[t] for t in triangles if any(face.sight(t) >= SEEN for face in faces)]
    return sum(seen) / sum(areas[t] for t in triangles)


def _outer_border(mesh: Sequence[Triangle], vertices: Sequence[Vector]) -> list[int]:
    """The rim of the mesh in drawing order; eyes and mouth are holes with borders of their own."""
    edges = {edge for a, b, c in mesh for edge in ((a, b), (b, c), (c, a))}
    following = {a: b for a, b in edges if (b, a) not in edges}
    start = min(following, key=lambda i: vertices[i][1])  # the top of the forehead
    ring = [start]
    while following[ring[-1]] != start:
        ring.append(following[ring[-1]])
    return ring


def _inside(vertex: int, mesh: Sequence[Triangle], border: set[int]) -> set[int]:
    return {i for triangle in mesh if vertex in triangle for i in triangle} - border


def _skirt(first: int, border: Sequence[int]) -> list[Triangle]:
    """Two triangles for each edge of the rim; the skirt's vertices follow the mesh's."""
    found: list[Triangle] = []
    for place, vertex in enumerate(border):
        after = (place + 1) % len(border)
        outer, next_outer, following = first + place, first + after, border[after]
        found += [(vertex, outer, following), (outer, next_outer, following)]
    return found


def _skirt_points(
    points: Sequence[Vector], rim: Sequence[tuple[int, list[int]]], length: float
) -> list[Vector]:
    """From each vertex of the rim on, as the surface runs there."""
    found: list[Vector] = []
    for vertex, inside in rim:
        x, y, z = points[vertex]
        middle = [sum(points[i][axis] for i in inside) / len(inside) for axis in range(3)]
        way = (x - middle[0], y - middle[1], z - middle[2])
        stretch = length / max(math.hypot(*way), 1e-6)
        found.append((x + way[0] * stretch, y + way[1] * stretch, z + way[2] * stretch))
    return found


def _holds(outline: Sequence[Vector], x: float, y: float) -> bool:
    """Whether a polygon holds a point: a ray from it crosses the border an odd number of times."""
    crossed = False
    for (ax, ay, _), (bx, by, _) in zip(outline, [*outline[1:], outline[0]], strict=True):
        if (ay > y) != (by > y) and x < ax + (y - ay) * (bx - ax) / (by - ay):
            crossed = not crossed
    return crossed


def _normal(a: Vector, b: Vector, c: Vector) -> Vector:
    """Of a triangle, as long as twice its area; z is positive where it is drawn clockwise."""
    ux, uy, uz = b[0] - a[0], b[1] - a[1], b[2] - a[2]
    vx, vy, vz = c[0] - a[0], c[1] - a[1], c[2] - a[2]
    return uy * vz - uz * vy, uz * vx - ux * vz, ux * vy - uy * vx


def _length(vector: Vector) -> float:
    return math.hypot(*vector)


def _mixed(corners: Sequence[Vector], weights: Vector) -> Vector:
    (ax, ay, az), (bx, by, bz), (cx, cy, cz) = corners
    a, b, c = weights
    return (
        ax * a + bx * b + cx * c,
        ay * a + by * b + cy * c,
        az * a + bz * b + cz * c,
    )


def _slopes_of(corners: Sequence[Vector]) -> tuple[float, float, float, float, float, float]:
    """Barycentric coordinates in the picture's plane: where from, and by how much a pixel."""
    (ax, ay, _), (bx, by, _), (cx, cy, _) = corners
    area = (bx - ax) * (cy - ay) - (by - ay) * (cx - ax)
    if abs(area) < 1e-9:
        return math.nan, math.nan, 0.0, 0.0, 0.0, 0.0
    return ax, ay, (cy - ay) / area, (ax - cx) / area, (ay - by) / area, (bx - ax) / area


def _clamped(corners: Sequence[Vector], x: float, y: float) -> Vector:
    """Of the point of the triangle's border that is closest to x, y."""
    best, least = (1.0, 0.0, 0.0), math.inf
    for i in range(3):
        j = (i + 1) % 3
        (ax, ay, _), (bx, by, _) = corners[i], corners[j]
        along = (bx - ax) ** 2 + (by - ay) ** 2
        share = ((x - ax) * (bx - ax) + (y - ay) * (by - ay)) / along if along else 0.0
        share = min(1.0, max(0.0, share))
        distance = math.hypot(ax + share * (bx - ax) - x, ay + share * (by - ay) - y)
        if distance < least:
            weights = [0.0, 0.0, 0.0]
            weights[i], weights[j] = 1 - share, share
            best, least = (weights[0], weights[1], weights[2]), distance
    return best
