"""Where on the canonical face a point of a photo lies.

A place is a triangle of the mesh with barycentric coordinates: it stays with the skin when the head
turns, comes nearer or smiles.
"""

from __future__ import annotations

import math
from functools import cached_property
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from inference.tracking.canonical import FACE_WIDTH_MM, SKIRT_MM, canonical, skirt_points
from inference.tracking.triangles import between, clamped, lengths, middles_of, mixed, normals_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from inference.results import Point, Region
    from inference.tracking.canonical import Vector
    from inference.tracking.triangles import Array, Indices

    Landmarks = Sequence[Sequence[float]]

ON_EDGE = -1e-9  # of a weight, to rounding
EDGE_ON = 1e-9  # square pixels, twice: a triangle that is seen from its edge holds no point
NEAR_MM = 10.0  # so far from every triangle (lips, lids, beyond the skirt) a point still is placed
CELLS = 18  # of the lookup, across the face
ROWS = 1_000_000  # more than any picture has of them
SEEN = 0.26  # cosine of 75°: flatter than this nobody tells a lesion from a shadow
BEFORE_MM = 4.0  # nearer by so much, another part of the face hides what is behind it
CHEEKBONES = (234, 454)


class Site(NamedTuple):
    """A place on the canonical face. ``triangle``: its number in ``Canonical.triangles``;
    ``weights``: barycentric, of its three vertices; ``point``: the same in mm (x to the patient's
    left, y down, z away from the camera).
    """

    triangle: int
    weights: Vector
    point: Vector


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
        skirt = skirt_points(mesh, face.rim, SKIRT_MM * self.px_per_mm)
        self._corners = np.concatenate([mesh, skirt])[face.numbers]
        self._cell = FACE_WIDTH_MM * self.px_per_mm / CELLS

    @cached_property
    def facing(self) -> Array:
        """Of each triangle (n,) the cosine between its normal and the line of sight; 0 or less
        where it faces away.
        """
        normals = normals_of(self._corners)
        sizes = lengths(normals)
        return np.asarray(normals[:, 2] / np.where(sizes > 0, sizes, 1.0))

    @cached_property
    def sights(self) -> Array:
        """How well each triangle (n,) is seen: its ``facing``, or 0 where it faces away, is
        covered, lies beyond the picture's edge or behind another part of the face.
        """
        middles = middles_of(self._corners.take(self._front, axis=0))
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
        x, y, _z = mixed(self._corners[[site.triangle]], np.array([site.weights]))[0].tolist()
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
        weights = clamped(corners, places)
        away = lengths(mixed(corners, weights) - places)
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
