"""The canonical face in millimetres, and where on it a point of a photo lies.

A place is a triangle of MediaPipe's mesh (Kartynnik et al., 2019) with barycentric coordinates: it
stays with the skin when the head turns, comes nearer or smiles. The mesh ends before hairline and
jaw do, so it has a skirt here: one more ring that goes on as the surface does at its rim. The
canonical vertices are the mean of real faces made symmetric (`build_canonical`).
"""

from __future__ import annotations

import json
import math
from dataclasses import dataclass
from functools import cache, cached_property
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import numpy.typing as npt

from inference.regions import REGION_VERTICES

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from inference.results import Point, Region

    Landmarks = Sequence[Sequence[float]]

Array = npt.NDArray[np.float64]
Indices = npt.NDArray[np.int64]
Vector = tuple[float, float, float]
Triangle = tuple[int, int, int]

FACE_WIDTH_MM = 145.0  # cheekbone to cheekbone with soft tissue, adults
SKIRT_MM = 24.0  # holds what `inference.face.skin_outline` adds
ON_EDGE = -1e-9  # of a weight, to rounding
EDGE_ON = 1e-9  # square pixels, twice: a triangle that is seen from its edge holds no point
NEAR_MM = (
    10.0  # a point this far from every triangle (lips, lids, beyond the skirt) still is placed
)
CELLS = 18  # of the lookup, across the face
ROWS = 1_000_000  # more than any picture has of them
SEEN = 0.26  # cosine of 75°: flatter than this nobody tells a lesion from a shadow
BEFORE_MM = 4.0  # nearer by so much, another part of the face hides what is behind it
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
    def corners(self) -> Array:
        """In mm, of each triangle: (n, 3, 3), the vertices before x, y, z."""
        return np.array(self.vertices)[self.numbers]

    @cached_property
    def numbers(self) -> Indices:
        """``triangles`` as (n, 3)."""
        return np.array(self.triangles)

    @cached_property
    def areas(self) -> Array:
        """Square millimetres of each triangle, (n,)."""
        return 0.5 * lengths(_normals(self.corners))

    @cached_property
    def regions(self) -> dict[Region, list[int]]:
        """The triangles of the mesh whose middle lies in a region, seen from the front."""
        count = len(self.vertices) - len(self.rim)
        middles = [
            (number, x, y)
            for number, (x, y, _z) in enumerate(_middles(self.corners).tolist())
            if max(self.triangles[number]) < count
        ]
        return {
            region: [t for t, x, y in middles if _holds(outline, x, y)]
            for region, vertices in REGION_VERTICES.items()
            for outline in [[self.vertices[i] for i in vertices]]
        }

    def point(self, triangle: int, weights: Vector) -> Vector:
        """Where on the face, in mm."""
        x, y, z = self.points(np.array([triangle]), np.array([weights]))[0].tolist()
        return x, y, z

    def points(self, triangles: Indices, weights: Array) -> Array:
        """Where on the face, in mm, (n, 3), places of triangles (n,) and weights (n, 3) are."""
        return _mixed(self.corners.take(triangles, axis=0), weights)


@cache
def canonical() -> Canonical:
    """The canonical face, read once a process."""
    document = json.loads(CANONICAL.read_text(encoding="utf-8"))
    vertices: list[Vector] = [(x, y, z) for x, y, z in document["vertices"]]
    mesh: list[Triangle] = [(a, b, c) for a, b, c in document["triangles"]]
    border = _outer_border(mesh, vertices)
    rim = [(vertex, sorted(_inside(vertex, mesh, set(border)))) for vertex in border]
    skirt = _skirt(len(vertices), border)
    beyond = _skirt_points(np.array(vertices), rim, SKIRT_MM).tolist()
    return Canonical(vertices + [(x, y, z) for x, y, z in beyond], mesh + skirt, rim)


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
        mesh = np.array([point[:3] for point in landmarks[:count]], dtype=float)
        right, left = mesh[list(CHEEKBONES)]
        self.px_per_mm = max(math.dist(right, left), 1.0) / FACE_WIDTH_MM
        self._size = (width, height)
        self._hidden = list(hidden)
        self._sites: dict[Point, Site | None] = {}
        skirt = _skirt_points(mesh, face.rim, SKIRT_MM * self.px_per_mm)
        self._corners = np.concatenate([mesh, skirt])[face.numbers]
        self._cell = FACE_WIDTH_MM * self.px_per_mm / CELLS

    @cached_property
    def facing(self) -> Array:
        """Of each triangle (n,) the cosine between its normal and the line of sight; 0 or less
        where it faces away.
        """
        normals = _normals(self._corners)
        sizes = lengths(normals)
        return np.asarray(normals[:, 2] / np.where(sizes > 0, sizes, 1.0))

    @cached_property
    def sights(self) -> Array:
        """How well each triangle (n,) is seen: its ``facing``, or 0 where it faces away, is
        covered, lies beyond the picture's edge or behind another part of the face.
        """
        middles = _middles(self._corners.take(self._front, axis=0))
        flat, depths = middles[:, :2], middles[:, 2]
        held = self._holding(flat)
        nearest = depths.copy()
        np.minimum.at(nearest, held.points, self._depths(held))
        shown = nearest >= depths - BEFORE_MM * self.px_per_mm
        shown &= ((flat >= 0) & (flat < self._size)).all(axis=1)
        found = np.zeros(len(self._corners))
        found[self._front[shown]] = self.facing[self._front[shown]]
        found[self._hidden] = 0.0
        return found

    def sees(self, site: Site) -> bool:
        """Whether a lesion there could have been seen in this photo."""
        return bool(self.sights[site.triangle] >= SEEN)

    def place(self, x: float, y: float) -> Site | None:
        """Where on the canonical face a point of the photo (pixels) lies; None off the face."""
        return self.places([(x, y)])[0]

    def places(self, points: Sequence[Point]) -> list[Site | None]:
        """The same of many points."""
        # What counts is asked for once more among the candidates.
        fresh = [point for point in dict.fromkeys(points) if point not in self._sites]
        if fresh:
            self._sites.update(zip(fresh, self._placed(np.array(fresh)), strict=True))
        return [self._sites[point] for point in points]

    def show(self, site: Site) -> tuple[float, float]:
        """Where in the photo, in pixels, a place of the canonical face lies, seen or not."""
        x, y, _z = _mixed(self._corners[[site.triangle]], np.array([site.weights]))[0].tolist()
        return x, y

    @cached_property
    def _front(self) -> Indices:
        """The triangles that face the camera."""
        return np.flatnonzero(self.facing > 0)

    @cached_property
    def _slopes(self) -> Array:
        """Of each triangle, (6, n), its first corner, and how the weights of the other two rise to
        the right and downwards from there; not a number for one that is seen from its edge, which
        holds no point.
        """
        (ax, bx, cx), (ay, by, cy) = self._corners[:, :, :2].transpose(2, 1, 0)
        area = (bx - ax) * (cy - ay) - (by - ay) * (cx - ax)
        area = np.where(abs(area) < EDGE_ON, np.nan, area)
        rising = np.stack([cy - ay, ax - cx, ay - by, bx - ax])
        return np.concatenate([[ax, ay], rising / area])

    @cached_property
    def _boxes(self) -> tuple[Array, Array]:
        """Left and top, right and bottom of what faces the camera, each (2, n)."""
        a, b, c = self._corners.take(self._front, axis=0).transpose(1, 2, 0)[:, :2]
        return np.minimum(np.minimum(a, b), c), np.maximum(np.maximum(a, b), c)

    @cached_property
    def _lookup(self) -> tuple[Indices, Indices]:
        """The cells of a grid, in order, that boxes touch, and the triangle in each box; (n,)."""
        first, last = (np.floor(corner / self._cell).astype(int) for corner in self._boxes)
        columns, rows = (last - first + 1)[:, :, None, None]
        right, down = np.indices((columns.max(initial=0), rows.max(initial=0)))
        box, column, row = np.nonzero((right < columns) & (down < rows))
        left, top = first.take(box, axis=1)
        cells = (left + column) * ROWS + top + row
        order = cells.argsort(kind="stable")
        return cells[order], self._front[box[order]]

    def _placed(self, points: Array) -> list[Site | None]:
        over = self._holding(points)
        held = over.best(self._depths(over))
        beside = np.setdiff1d(np.arange(len(points)), held.points)
        near = self._nearest(points[beside])
        sites: list[Site | None] = [None] * len(points)
        for laid, numbers in ((held, held.points), (near, beside[near.points])):
            for number, site in zip(numbers.tolist(), _sites(laid), strict=True):
                sites[number] = site
        return sites

    def _holding(self, points: Array) -> _Laid:
        """Every triangle over or under each of the points (n, 2)."""
        cells, touching = self._lookup
        column, row = np.floor(points / self._cell).astype(int).T
        numbers, places = between(cells, column * ROWS + row, column * ROWS + row)
        triangles = touching[places]
        left, top, b_x, b_y, c_x, c_y = self._slopes.take(triangles, axis=1)
        x, y = points.T.take(numbers, axis=1)
        x, y = x - left, y - top
        b, c = b_x * x + b_y * y, c_x * x + c_y * y
        a = 1 - b - c
        held = np.flatnonzero((a >= ON_EDGE) & (b >= ON_EDGE) & (c >= ON_EDGE))
        return _Laid(numbers, triangles, np.stack([a, b, c], axis=1)).only(held)

    def _depths(self, laid: _Laid) -> Array:
        a, b, c = self._corners[:, :, 2].take(laid.triangles, axis=0).T * laid.weights.T
        return np.asarray(a + b + c)

    def _nearest(self, points: Array) -> _Laid:
        """The closest place of the mesh to points (n, 2) beside it, of those that are near."""
        reach = NEAR_MM * self.px_per_mm
        (left, top), (right, bottom) = self._boxes
        x, y = points.T[:, :, None]
        beside = (x >= left - reach) & (x <= right + reach)
        beside &= (y >= top - reach) & (y <= bottom + reach)
        numbers, boxes = np.nonzero(beside)
        triangles = self._front[boxes]
        corners = self._corners.take(triangles, axis=0)[:, :, :2]
        places = points.take(numbers, axis=0)
        weights = _clamped(corners, places)
        away = lengths(_mixed(corners, weights) - places)
        near = np.flatnonzero(away < reach)
        return _Laid(numbers, triangles, weights).only(near).best(away[near])


class _Laid(NamedTuple):
    """Points by number, each with a triangle and its weights there; a point may be there often."""

    points: Indices
    triangles: Indices
    weights: Array

    def only(self, chosen: Indices) -> _Laid:
        points, triangles = self.points.take(chosen), self.triangles.take(chosen)
        return _Laid(points, triangles, self.weights.take(chosen, axis=0))

    def best(self, cost: Array) -> _Laid:
        """Each point once, where the cost is least; of equals the first triangle."""
        order = np.lexsort((self.triangles, cost, self.points))
        _numbers, first = np.unique(self.points[order], return_index=True)
        return self.only(order[first])


def _sites(laid: _Laid) -> list[Site]:
    where = canonical().points(laid.triangles, laid.weights)
    columns = laid.triangles.tolist(), laid.weights.tolist(), where.tolist()
    return [
        Site(number, (a, b, c), (x, y, z))
        for number, (a, b, c), (x, y, z) in zip(*columns, strict=True)
    ]


def seen_share(faces: Sequence[PosedFace], region: Region | None = None) -> float:
    """Share of the face's area, 0 to 1, or of a region's, that at least one of the photos shows."""
    triangles = slice(None) if region is None else canonical().regions[region]
    areas = canonical().areas[triangles]
    seen = np.zeros(len(areas), dtype=bool)
    for face in faces:
        seen |= face.sights[triangles] >= SEEN
    return float(areas[seen].sum() / areas.sum())


def between(ordered: npt.NDArray[Any], low: Any, high: Any) -> tuple[Indices, Indices]:
    """Of ranges from ``low`` to ``high``, (n,), each with the places of all that is in it of
    ``ordered``, (m,): two columns, the number of the range and the place.
    """
    start = ordered.searchsorted(low, "left")
    counts = ordered.searchsorted(high, "right") - start
    passed = counts.cumsum() - counts
    numbers = np.arange(len(counts)).repeat(counts)
    return numbers, np.arange(len(numbers)) + (start - passed).repeat(counts)


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


def _skirt_points(points: Array, rim: Sequence[tuple[int, list[int]]], length: float) -> Array:
    """From each vertex of the rim on, as the surface runs there."""
    counts = np.array([len(inside) for _vertex, inside in rim])
    neighbours = points[[i for _vertex, inside in rim for i in inside]]
    middles = np.add.reduceat(neighbours, counts.cumsum() - counts) / counts[:, None]
    edge = points[[vertex for vertex, _inside in rim]]
    way = edge - middles
    return np.asarray(edge + way * (length / np.maximum(lengths(way), 1e-6))[:, None])


def _holds(outline: Sequence[Vector], x: float, y: float) -> bool:
    """Whether a polygon holds a point: a ray from it crosses the border an odd number of times."""
    crossed = False
    for (ax, ay, _), (bx, by, _) in zip(outline, [*outline[1:], outline[0]], strict=True):
        if (ay > y) != (by > y) and x < ax + (y - ay) * (bx - ax) / (by - ay):
            crossed = not crossed
    return crossed


def _normals(corners: Array) -> Array:
    """Of triangles (n, 3, 3), as long as twice their area; z is positive where one is drawn
    clockwise.
    """
    a, b, c = corners.transpose(1, 0, 2)
    return np.asarray(np.cross(b - a, c - a))


def lengths(vectors: Array) -> Array:
    """Of vectors along the last axis."""
    return np.asarray(np.sqrt(np.einsum("...k,...k", vectors, vectors)))


def _middles(corners: Array) -> Array:
    return np.asarray((corners[:, 0] + corners[:, 1] + corners[:, 2]) / 3)


def _mixed(corners: Array, weights: Array) -> Array:
    """Of triangles (n, 3, k) the points (n, k) with these weights (n, 3)."""
    a, b, c = weights.T[:, :, None]
    return np.asarray(corners[:, 0] * a + corners[:, 1] * b + corners[:, 2] * c)


def _clamped(corners: Array, points: Array) -> Array:
    """Weights (n, 3) of the point of each triangle's border (n, 3, 2) that is closest to (n, 2)."""
    along = corners.take((1, 2, 0), axis=1) - corners
    place = points[:, None] - corners
    squares = np.einsum("ijk,ijk->ij", along, along)
    towards = np.einsum("ijk,ijk->ij", place, along)
    shares = (towards / np.where(squares > 0, squares, 1.0)).clip(0.0, 1.0)
    away = lengths(shares[:, :, None] * along - place)
    every, edge = np.arange(len(corners)), away.argmin(axis=1)
    weights = np.zeros((len(corners), 3))
    weights[every, edge] = 1 - shares[every, edge]
    weights[every, (edge + 1) % 3] = shares[every, edge]
    return weights
