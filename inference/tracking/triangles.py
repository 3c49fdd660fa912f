"""Sums on many triangles at once, (n, 3, k), the corners before x, y and perhaps z; and ranges."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[np.float64]
Indices = npt.NDArray[np.int64]


def normals_of(corners: Array) -> Array:
    """Of triangles (n, 3, 3), as long as twice their area; z is positive where one is drawn
    clockwise.
    """
    a, b, c = corners.transpose(1, 0, 2)
    return np.asarray(np.cross(b - a, c - a))


def lengths(vectors: Array) -> Array:
    """Of vectors (..., k), along the last axis: (...)."""
    return np.asarray(np.sqrt(np.einsum("...k,...k", vectors, vectors)))


def middles_of(corners: Array) -> Array:
    """Centres (n, k) of triangles (n, 3, k)."""
    return np.asarray((corners[:, 0] + corners[:, 1] + corners[:, 2]) / 3)


def mixed(corners: Array, weights: Array) -> Array:
    """Of triangles (n, 3, k) the points (n, k) with these weights (n, 3)."""
    a, b, c = weights.T[:, :, None]
    return np.asarray(corners[:, 0] * a + corners[:, 1] * b + corners[:, 2] * c)


def clamped(corners: Array, points: Array) -> Array:
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


def between(ordered: npt.NDArray[Any], low: Any, high: Any) -> tuple[Indices, Indices]:
    """Of ranges from ``low`` to ``high``, (n,), each with the places of all that is in it of
    ``ordered``, (m,): two columns, the number of the range and the place.
    """
    start = ordered.searchsorted(low, "left")
    counts = ordered.searchsorted(high, "right") - start
    passed = counts.cumsum() - counts
    numbers = np.arange(len(counts)).repeat(counts)
    return numbers, np.arange(len(numbers)) + (start - passed).repeat(counts)
