"""Make the canonical face that `inference.tracking.canonical` reads.

    python -m inference.tracking.build_canonical PHOTO...

MediaPipe's own canonical model is not in its wheel, so this is the mean mesh of real faces, made
symmetric and scaled to millimetres; the triangles follow from the edges that the wheel does hold
(``FACEMESH_TESSELATION``). The file in the repository is the mean of 75 official portraits
(works of the US government; a mean of 75 shows nobody).
"""

from __future__ import annotations

import argparse
import json
from collections import Counter
from itertools import combinations
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt
from mediapipe.python.solutions.face_mesh_connections import FACEMESH_TESSELATION
from scipy.optimize import linear_sum_assignment
from scipy.spatial.distance import cdist

from inference.face import MIRRORED_PAIRS, find_faces
from inference.photo import UnreadablePhoto, read_photo
from inference.tracking.canonical import CANONICAL, FACE_WIDTH_MM

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

Array = npt.NDArray[np.float64]
SURFACE = 468  # the other ten of the 478 points are the irises
ROUNDS = 4
CHEEKBONES = (234, 454)
TOP, TIP = 10, 152
MIRROR = np.array([-1.0, 1.0, 1.0])


def triangles(edges: Iterable[tuple[int, int]], outline: Array) -> list[tuple[int, int, int]]:
    """The faces of a planar mesh from its edges, each clockwise as drawn (y down).

    ``outline``: (n, 2) the vertices seen from the front. A ring of three edges that holds other
    triangles is no face: all its edges have two faces already.
    """
    beside: dict[int, set[int]] = {}
    for a, b in edges:
        beside.setdefault(a, set()).add(b)
        beside.setdefault(b, set()).add(a)
    rings = {
        tuple(sorted((a, b, c)))
        for a, around in beside.items()
        for b, c in combinations(sorted(around), 2)
        if c in beside[b]
    }
    uses = Counter(edge for ring in rings for edge in combinations(ring, 2))
    faces = [ring for ring in rings if min(uses[edge] for edge in combinations(ring, 2)) < 3]
    return sorted(_clockwise(face, outline) for face in faces)


def symmetric_mean(meshes: Sequence[Array]) -> Array:
    """The mean of meshes (468, 3), each turned, moved and scaled onto it, and of their mirror
    images; in millimetres, x to the patient's left, y down, z away from the camera, the middle of
    the cheekbones at the origin.
    """
    mean = meshes[0]
    for _ in range(ROUNDS):
        mean = np.mean([_laid(mesh, mean) for mesh in meshes], axis=0)
    mean = _upright(mean)
    partner = _partners(mean)
    mean = (mean + (mean * MIRROR)[partner]) / 2
    width = float(np.linalg.norm(mean[CHEEKBONES[1]] - mean[CHEEKBONES[0]]))
    return np.asarray((mean - mean[list(CHEEKBONES)].mean(axis=0)) * (FACE_WIDTH_MM / width))


def _laid(mesh: Array, target: Array) -> Array:
    """Least-squares similarity onto the target (Umeyama, IEEE TPAMI 1991)."""
    middle, goal = mesh.mean(axis=0), target.mean(axis=0)
    u, size, vt = np.linalg.svd((target - goal).T @ (mesh - middle))
    sign = np.array([1.0, 1.0, np.sign(np.linalg.det(u @ vt))])
    turn = (u * sign) @ vt
    scale = float((size * sign).sum() / ((mesh - middle) ** 2).sum())
    return np.asarray(scale * (mesh - middle) @ turn.T + goal)


def _upright(mesh: Array) -> Array:
    pairs = np.array(MIRRORED_PAIRS)
    across = (mesh[pairs[:, 1]] - mesh[pairs[:, 0]]).mean(axis=0)
    across /= np.linalg.norm(across)
    down = mesh[TIP] - mesh[TOP]
    down -= across * (down @ across)
    down /= np.linalg.norm(down)
    axes = np.stack([across, down, np.cross(across, down)])
    middle = mesh[pairs.ravel()].mean(axis=0)
    return np.asarray((mesh - middle) @ axes.T)


def _partners(mesh: Array) -> npt.NDArray[np.int64]:
    """Which vertex is the mirror image of which: the cheapest pairing of the mesh with itself."""
    _, partner = linear_sum_assignment(cdist(mesh, mesh * MIRROR))
    return np.asarray(partner)


def _clockwise(face: tuple[int, ...], outline: Array) -> tuple[int, int, int]:
    a, b, c = face
    (ax, ay), (bx, by), (cx, cy) = outline[[a, b, c], :2]
    return (a, b, c) if (bx - ax) * (cy - ay) - (by - ay) * (cx - ax) > 0 else (a, c, b)


def main() -> None:
    parser = argparse.ArgumentParser(description="Make the canonical face from real ones.")
    parser.add_argument("photos", type=Path, nargs="+")
    meshes = [mesh for path in parser.parse_args().photos for mesh in _mesh(path)]
    mean = symmetric_mean(meshes)
    document = {
        "made_from": len(meshes),
        "vertices": np.round(mean, 2).tolist(),
        "triangles": triangles(FACEMESH_TESSELATION, mean[:, :2]),
    }
    CANONICAL.write_text(json.dumps(document, separators=(",", ":")) + "\n", encoding="utf-8")


def _mesh(path: Path) -> list[Array]:
    try:
        faces = find_faces(read_photo(path))
    except UnreadablePhoto:
        return []
    return [np.array(face.landmarks)[:SURFACE] for face in faces[:1]]


if __name__ == "__main__":
    main()
