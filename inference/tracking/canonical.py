"""The canonical face in millimetres, of MediaPipe's triangles (Kartynnik et al., 2019).

The mesh ends before hairline and jaw do, so it has a skirt here: one more ring that goes on as the
surface does at its rim. The vertices are the mean of real faces made symmetric (`build_canonical`).
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import cache, cached_property
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from inference.regions import REGION_VERTICES
from inference.tracking.triangles import lengths, middles_of, mixed, normals_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from inference.results import Region
    from inference.tracking.triangles import Array, Indices

Vector = tuple[float, float, float]
Triangle = tuple[int, int, int]

FACE_WIDTH_MM = 145.0  # cheekbone to cheekbone with soft tissue, adults
SKIRT_MM = 24.0  # holds what `inference.face.skin_outline` adds
CANONICAL = Path(str(files("inference.tracking"))) / "canonical.json"


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
        return 0.5 * lengths(normals_of(self.corners))

    @cached_property
    def regions(self) -> dict[Region, list[int]]:
        """The triangles of the mesh whose middle lies in a region, seen from the front."""
        count = len(self.vertices) - len(self.rim)
        middles = [
            (number, x, y)
            for number, (x, y, _z) in enumerate(middles_of(self.corners).tolist())
            if max(self.triangles[number]) < count
        ]
        return {
            region: [t for t, x, y in middles if _holds(outline, x, y)]
            for region, vertices in REGION_VERTICES.items()
            for outline in [[self.vertices[i] for i in vertices]]
        }

    def points(self, triangles: Indices, weights: Array) -> Array:
        """Where on the face, in mm, (n, 3), places of triangles (n,) and weights (n, 3) are."""
        return mixed(self.corners.take(triangles, axis=0), weights)


@cache
def canonical() -> Canonical:
    """The canonical face, read once a process."""
    document = json.loads(CANONICAL.read_text(encoding="utf-8"))
    vertices: list[Vector] = [(x, y, z) for x, y, z in document["vertices"]]
    mesh: list[Triangle] = [(a, b, c) for a, b, c in document["triangles"]]
    border = _outer_border(mesh, vertices)
    rim = [(vertex, sorted(_inside(vertex, mesh, set(border)))) for vertex in border]
    skirt = _skirt(len(vertices), border)
    beyond = skirt_points(np.array(vertices), rim, SKIRT_MM).tolist()
    return Canonical(vertices + [(x, y, z) for x, y, z in beyond], mesh + skirt, rim)


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


def skirt_points(points: Array, rim: Sequence[tuple[int, list[int]]], length: float) -> Array:
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
