"""A textured mesh of a real face, photographed again from another side.

The portrait's own mesh (468 points with depth) is cut into triangles over the whole picture, hair
and background at the depth of the face's rim; then it is turned, moved, lit and made to smile, and
every triangle takes its part of the portrait with it. So every point of the portrait, and every
lesion drawn on it, has a place in the new picture that is known exactly.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import cv2
import numpy as np
import numpy.typing as npt
from scipy.spatial import Delaunay

from inference.training.synthesis.colour import to_bytes, to_light

if TYPE_CHECKING:
    from inference.training.synthesis.colour import Bytes, Floats

Array = npt.NDArray[np.float64]

CHEEKBONES = (234, 454)
MOUTH_CORNERS = (61, 291)
CHIN_TIP, NOSE_TIP = 152, 1
BORDER = 9  # points along each side of the picture
BEYOND, ROUND_BEYOND = 0.25, 0.8  # how far outside the picture these lie, in its sides
# Of a round head, in widths of the face: how far outside the rim, and how far behind it.
SKIRT = ((1.07, 0.04), (1.2, 0.12), (1.35, 0.2))
BEHIND = 0.35  # how far background and body lie behind the cheekbones
DEEP, FLATTENED = 0.35, 0.3  # beyond this share of the cheekbones' depth, depth counts this much
SEEN = 0.26  # cosine; as in `inference.tracking.posed`, of the true surface
SAME_SURFACE = 0.02  # of the face's width: how exactly a point must lie on what is drawn there


@dataclass(frozen=True, slots=True)
class Pose:
    """``yaw`` and ``pitch`` in degrees, as ``inference.results.Pose``; ``distance``: of the
    camera, in widths of the face (a phone at arm's length: 4 to 5); ``size``: of the face in the
    picture, 1 as in the portrait; ``light``: exposure in stops, ``side``: how much brighter the
    left half of the picture is, in stops; ``warmth``: of the light; ``smile`` and ``jaw``: 0 to 1.
    """

    yaw: float = 0.0
    pitch: float = 0.0
    distance: float = 4.5
    size: float = 1.0
    light: float = 0.0
    side: float = 0.0
    warmth: float = 0.0
    smile: float = 0.0
    jaw: float = 0.0


@dataclass(frozen=True, slots=True)
class Shot:
    """``image``: (H, W, 3) uint8 RGB. ``centres``: (n, 2) where the given points of the portrait
    lie now; ``seen``: (n,) whether they can be seen.
    """

    image: Bytes
    centres: Array
    seen: npt.NDArray[np.bool_]


class Model:
    """The portrait's geometry. ``landmarks``: (468 or more, 3) in its pixels; ``shape``: its
    height and width. ``round_head``: for pictures to be looked at. Hair and background bend away
    behind the rim, and the steep sides of the face are less deep than measured, so that a turned
    cheek ends smoothly; angles measured on it are no truth.
    """

    def __init__(
        self, landmarks: npt.ArrayLike, shape: tuple[int, int], *, round_head: bool = False
    ) -> None:
        mesh = np.asarray(landmarks, np.float64)[:468, :3]
        height, width = shape
        self.width_px = float(np.linalg.norm(mesh[CHEEKBONES[0]] - mesh[CHEEKBONES[1]]))
        depth = float(mesh[list(CHEEKBONES), 2].mean())
        if round_head:
            mesh = _less_deep(mesh, DEEP * depth)
            depth = float(mesh[list(CHEEKBONES), 2].mean()) + BEHIND * self.width_px
        skirt = _skirt(mesh, self.width_px) if round_head else np.zeros((0, 3))
        beyond = ROUND_BEYOND if round_head else BEYOND
        self._source = np.vstack([mesh, skirt, _border(width, height, depth, beyond)])
        self._mesh = Delaunay(self._source[:, :2])
        self._triangles = _clockwise(self._mesh.simplices, self._source)

    def photograph(self, image: Bytes, pose: Pose, points: Array) -> Shot:
        """The portrait (or a copy with lesions on it) from elsewhere. ``points``: (n, 2) places
        of the portrait to follow.
        """
        height, width = image.shape[:2]
        posed, normal_z = self._posed(pose, (height, width))
        order = np.argsort(-posed[self._triangles, 2].mean(axis=1))
        drawn = np.full((height, width), -1, np.int32)
        for number in order:
            if normal_z[number] > 0:
                corners = np.rint(posed[self._triangles[number], :2] * 16).astype(np.int32)
                cv2.fillConvexPoly(drawn, corners, (int(number),), shift=4)
        picture = self._textured(image, drawn, posed)
        centres, seen = self._follow(points, posed, normal_z, drawn)
        return Shot(_lit(picture, pose), centres, seen)

    def _posed(self, pose: Pose, shape: tuple[int, int]) -> tuple[Array, Array]:
        """Vertices in the new picture (pixels, depth kept), and each triangle's facing."""
        points = self._expressed(pose)
        middle = points[list(CHEEKBONES)].mean(axis=0)
        yaw, pitch = np.radians([pose.yaw, pose.pitch])
        # Positive yaw turns the patient's left cheek (right in the picture) to the camera, positive
        # pitch lifts the nose.
        about_y = np.array(
            [[np.cos(yaw), 0, np.sin(yaw)], [0, 1, 0], [-np.sin(yaw), 0, np.cos(yaw)]]
        )
        about_x = np.array(
            [[1, 0, 0], [0, np.cos(pitch), np.sin(pitch)], [0, -np.sin(pitch), np.cos(pitch)]]
        )
        turned = (points - middle) @ (about_x @ about_y).T
        away = pose.distance * self.width_px
        near = away / np.maximum(away + turned[:, 2], 0.2 * away)
        height, width = shape
        face = turned[:468]
        shift = np.array([width / 2, height / 2]) - pose.size * face[:, :2].mean(axis=0)
        flat = turned[:, :2] * near[:, None] * pose.size + shift
        posed = np.column_stack([flat, turned[:, 2]])
        return posed, _facing(posed[self._triangles])

    def _expressed(self, pose: Pose) -> Array:
        points = self._source.copy()
        for side, corner in zip((-1, 1), MOUTH_CORNERS, strict=True):
            near = np.exp(-0.5 * (self._off(points, corner) / (0.16 * self.width_px)) ** 2)
            pull = np.array([side * 0.05, -0.06, 0.01]) * self.width_px * pose.smile
            points += near[:, None] * pull
        below = np.clip((points[:, 1] - points[NOSE_TIP, 1]) / (0.6 * self.width_px), 0, 1)
        near = np.exp(-0.5 * (self._off(points, CHIN_TIP) / (0.42 * self.width_px)) ** 2)
        points[:, 1] += 0.07 * self.width_px * pose.jaw * below * near
        return points

    @staticmethod
    def _off(points: Array, vertex: int) -> Array:
        return np.asarray(np.linalg.norm(points - points[vertex], axis=1))

    def _textured(self, image: Bytes, drawn: npt.NDArray[np.int32], posed: Array) -> Bytes:
        back = _affine(posed[self._triangles, :2], self._source[self._triangles, :2])
        rows, columns = np.indices(drawn.shape, dtype=np.float32)
        number = np.maximum(drawn, 0)
        a = back.astype(np.float32)[number]
        x = a[..., 0, 0] * columns + a[..., 0, 1] * rows + a[..., 0, 2]
        y = a[..., 1, 0] * columns + a[..., 1, 1] * rows + a[..., 1, 2]
        found = cv2.remap(image, x, y, cv2.INTER_CUBIC, borderMode=cv2.BORDER_REPLICATE)
        behind = np.median(image[:40].reshape(-1, 3), axis=0).astype(np.uint8)
        return np.where(drawn[..., None] >= 0, found, behind)

    def _follow(
        self, points: Array, posed: Array, normal_z: Array, drawn: npt.NDArray[np.int32]
    ) -> tuple[Array, npt.NDArray[np.bool_]]:
        number = self._mesh.find_simplex(points)
        corners = self._triangles[number]
        there = _affine(self._source[corners, :2], posed[corners, :2])
        flat = np.column_stack([points, np.ones(len(points))])
        centres = np.einsum("nij,nj->ni", there, flat)
        depth = self._depth(points, corners, posed)
        height, width = drawn.shape
        column = np.rint(centres[:, 0]).astype(int)
        row = np.rint(centres[:, 1]).astype(int)
        inside = (column >= 0) & (column < width) & (row >= 0) & (row < height)
        over = drawn[row.clip(0, height - 1), column.clip(0, width - 1)]
        front = posed[self._triangles[over], 2].min(axis=1)
        on_top = (over == number) | (front > depth - SAME_SURFACE * self.width_px)
        return centres, inside & on_top & (normal_z[number] >= SEEN)

    def _depth(self, points: Array, corners: npt.NDArray[np.int32], posed: Array) -> Array:
        flat = self._source[corners, :2]
        system = np.concatenate([flat, np.ones((len(points), 3, 1))], axis=2)
        weights = np.linalg.solve(
            system.transpose(0, 2, 1), np.column_stack([points, np.ones(len(points))])[..., None]
        )
        return np.asarray((weights[..., 0] * posed[corners, 2]).sum(axis=1))


def _less_deep(mesh: Array, limit: float) -> Array:
    flat = mesh.copy()
    flat[:, 2] -= (1 - FLATTENED) * np.maximum(mesh[:, 2] - limit, 0)
    return flat


def _skirt(mesh: Array, width_px: float) -> Array:
    """Rings round the face's rim, each further out and further back."""
    rim = mesh[cv2.convexHull(mesh[:, :2].astype(np.float32), returnPoints=False)[:, 0]]
    middle = rim.mean(axis=0)
    rings = []
    for out, back in SKIRT:
        ring = middle + (rim - middle) * out
        ring[:, 2] = rim[:, 2] + back * width_px
        rings.append(ring)
    return np.vstack(rings)


def _border(width: int, height: int, depth: float, beyond: float) -> Array:
    """Points round the picture and beyond, so that a turned picture has no edge."""
    ends = np.array([-beyond, 1 + beyond])
    along = np.linspace(-beyond, 1 + beyond, BORDER)
    points = [(x, y) for x in along for y in ends] + [(x, y) for x in ends for y in along[1:-1]]
    return np.array([(x * width, y * height, depth) for x, y in points])


def _clockwise(triangles: npt.NDArray[np.int32], points: Array) -> npt.NDArray[np.int32]:
    back = _facing(points[triangles]) < 0
    found = triangles.copy()
    found[back] = found[back][:, ::-1]
    return found


def _facing(corners: Array) -> Array:
    """Cosine between normal and line of sight of triangles (n, 3, 3)."""
    normal = np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0])
    return np.asarray(normal[:, 2] / np.maximum(np.linalg.norm(normal, axis=1), 1e-9))


def _affine(source: Array, target: Array) -> Array:
    """(n, 2, 3): what takes triangles (n, 3, 2) to triangles."""
    system = np.concatenate([source, np.ones((len(source), 3, 1))], axis=2)
    flat = np.abs(np.linalg.det(system)) < 1e-6
    system[flat] = np.eye(3)
    return np.asarray(np.linalg.solve(system, target).transpose(0, 2, 1))


def _lit(image: Bytes, pose: Pose) -> Bytes:
    across: Floats = np.linspace(0.5, -0.5, image.shape[1], dtype=np.float32)[None, :, None]
    stops = pose.light + pose.side * across
    colour = np.array([2**pose.warmth, 1.0, 2**-pose.warmth], np.float32)
    return to_bytes(to_light(image) * np.exp2(stops).astype(np.float32) * colour)
