"""The face in a photo: MediaPipe's mesh, its pose, the crop and the five facial regions.

Mesh: Kartynnik et al., "Real-time facial surface geometry from monocular video on mobile GPUs",
2019, with the attention refinement of Grishchenko et al., 2020 (478 points). Vertex numbers are
those of MediaPipe's canonical face model; "left" and "right" are the patient's own.
"""

from __future__ import annotations

import os
import sys
from contextlib import contextmanager
from functools import cache
from typing import TYPE_CHECKING, Any, NamedTuple

import cv2
import numpy as np
import numpy.typing as npt
from mediapipe.python.solutions.face_detection import FaceDetection
from mediapipe.python.solutions.face_mesh import FaceMesh

from inference.regions import REGION_VERTICES
from inference.results import Face, Point, Pose, Region

if TYPE_CHECKING:
    from collections.abc import Iterator

    from inference.photo import Pixels

Array = npt.NDArray[np.float64]

WORKING_SIDE = 640  # the mesh looks at 192 px of face, the finder at 128: more is wasted time
MAX_FACES = 4
FACE_CONFIDENCE = 0.5
MESH_CONFIDENCE = 0.2  # finds 2 % more three-quarter views than 0.5 and no false face more
FRAME_PADDING = 0.15  # the finder misses faces that fill the frame unless there is a border
FINDING_MARGIN = 0.6
CROP_MARGIN = 0.15
SKIN_DILATION = (1.15, 1.2)

MIRRORED_PAIRS = ((33, 263), (127, 356), (234, 454), (93, 323), (58, 288), (61, 291))
BROW, CHIN_TIP = 10, 152
EYES = (
    (33, 246, 161, 160, 159, 158, 157, 173, 133, 155, 154, 153, 145, 144, 163, 7),
    (263, 466, 388, 387, 386, 385, 384, 398, 362, 382, 381, 380, 374, 373, 390, 249),
)


class Box(NamedTuple):
    """Whole pixels of the photo."""

    x: int
    y: int
    width: int
    height: int

    def cut(self, image: Pixels) -> Pixels:
        """The part of the image under the box, of shape (height, width, 3)."""
        return image[self.y : self.y + self.height, self.x : self.x + self.width]


def find_faces(image: Pixels) -> list[Face]:
    """All faces with a mesh, largest first; empty if there is none.

    ``image``: uint8 RGB (height, width, 3). Looks at the whole picture, then at the picture with
    a border (faces that fill the frame), then closely round what a long-range finder reports
    (small faces).
    """
    height, width = image.shape[:2]
    whole = Box(0, 0, width, height)
    with native_log_silenced():
        meshes = _meshes_in(image, whole) or _meshes_in(image, _enlarged(whole, FRAME_PADDING))
        if not meshes:
            meshes = [mesh for box in _rough_boxes(image) for mesh in _meshes_in(image, box)[:1]]
    return sorted(map(_face, meshes), key=face_size, reverse=True)


def face_size(face: Face) -> float:
    """Pixels of the longer side of the face's box: hardly changes when the head turns."""
    return max(face.box[2:])


def crop_box(face: Face, image: Pixels) -> Box:
    """The face with a margin of 15 % on each side, within the image: what the detector sees."""
    height, width = image.shape[:2]
    box = _enlarged(Box(*(round(value) for value in face.box)), CROP_MARGIN)
    left, top = max(0, box.x), max(0, box.y)
    right, bottom = min(width, box.x + box.width), min(height, box.y + box.height)
    return Box(left, top, max(1, right - left), max(1, bottom - top))


def enlarged_view(
    image: Pixels, face: Face, margin: float, side: int
) -> tuple[Pixels, float, Array]:
    """The face with a margin (a share of its size), at most ``side`` pixels on the longer side.

    Returns the view, its scale and its corner in pixels of the image; beyond the image it repeats
    the image's edge.
    """
    step = max(1, int(face_size(face) * (1 + 2 * margin) / (2 * side)))  # averaging all costs more
    box = _enlarged(Box(*(round(value / step) for value in face.box)), margin)
    view, scale = _view(image[::step, ::step], box, side)
    return view, scale / step, np.array((box.x, box.y), np.float64) * step


def outline(face: Face) -> Array:
    """Convex outline of the whole mesh as (n, 2) pixels; on turned heads it follows the nose."""
    points = np.array([point[:2] for point in face.landmarks], np.float32)
    hull: Array = cv2.convexHull(points)[:, 0].astype(np.float64)
    return hull


def eye_outlines(face: Face) -> list[Array]:
    """The edges of the lids of both eyes, each (16, 2) pixels."""
    points = np.array(face.landmarks)[:, :2]
    return [points[list(eye)] for eye in EYES]


def skin_outline(face: Face) -> Array:
    """The outline widened to what still is the face's skin, (n, 2) pixels.

    The mesh stops short of the hairline and of the jaw's edge: of the lesions that experts marked
    on ACNE04's validation faces 86 % lie within the bare outline, 95 % within this one.
    """
    points = outline(face)
    centre = points.mean(axis=0)
    widened: Array = centre + (points - centre) * SKIN_DILATION
    return widened


def far_cheek_share(face: Face) -> float:
    """How much of the cheek that turns away the picture shows, against the other: 1 straight on, 0
    where it is seen edge on, below 0 where it faces away. What the mesh makes of a turned head in
    degrees differs from face to face; this does not ("Angles" in the quality card).
    """
    cheeks = [_area(face.regions[name]) for name in (Region.RIGHT_CHEEK, Region.LEFT_CHEEK)]
    return min(cheeks) / max(*cheeks, 1.0)


def cut_off_share(face: Face, image: Pixels) -> float:
    """Share of the face's area, 0 to 1, that lies outside the photo."""
    height, width = image.shape[:2]
    frame = np.array([(0, 0), (width, 0), (width, height), (0, height)], np.float32)
    hull = outline(face).astype(np.float32)
    inside, _ = cv2.intersectConvexConvex(hull, frame)
    return max(0.0, 1.0 - inside / max(cv2.contourArea(hull), 1.0))


class FaceMap:
    """Where on one face a point lies; built once a face, asked for every lesion."""

    def __init__(self, face: Face) -> None:
        self._skin = skin_outline(face).astype(np.float32)
        shapes = {name: np.array(face.regions[name], np.float32) for name in REGION_VERTICES}
        self._visible = {name: shape for name, shape in shapes.items() if _faces_us(shape)}

    @property
    def visible_regions(self) -> list[npt.NDArray[np.float32]]:
        """Outlines, (n, 2) pixels, of the regions that do not face away from the camera."""
        return list(self._visible.values())

    def covers(self, point: Point) -> bool:
        """Whether a point (pixels) lies on the face, not on hair, clothes or background."""
        return _depth_inside(self._skin, point) >= 0

    def region_of(self, point: Point) -> Region | None:
        """The facial region of a point in pixels; None off the face.

        On turned heads outlines overlap in the picture: a region that faces away is skipped, and
        the nose stands before what it hides. Points between the outlines (brows, lids, the rim of
        the face) belong to the nearest region, so that no lesion goes uncounted.
        """
        if not self.covers(point):
            return None
        depths = {name: _depth_inside(shape, point) for name, shape in self._visible.items()}
        containing = [name for name, depth in depths.items() if depth >= 0]
        return containing[0] if containing else max(depths, key=depths.__getitem__, default=None)


def _face(mesh: Array) -> Face:
    low, high = mesh[:, :2].min(axis=0), mesh[:, :2].max(axis=0)
    regions = {
        name: tuple((float(x), float(y)) for x, y in mesh[list(vertices), :2])
        for name, vertices in REGION_VERTICES.items()
    }
    return Face(
        box=(float(low[0]), float(low[1]), float(high[0] - low[0]), float(high[1] - low[1])),
        landmarks=tuple((float(x), float(y), float(z)) for x, y, z in mesh),
        pose=_pose(mesh),
        regions=regions,
    )


def _pose(mesh: Array) -> Pose:
    """Tait-Bryan angles (yaw, then pitch, then roll) of the head's axes in the camera's frame.

    The camera's axes run right, down and away. The head's axes come from mirrored pairs of the
    mesh (right to left) and the line from brow to chin.
    """
    pairs = np.array(MIRRORED_PAIRS)
    across = _unit((mesh[pairs[:, 1]] - mesh[pairs[:, 0]]).mean(axis=0))
    down = mesh[CHIN_TIP] - mesh[BROW]
    inward = _unit(np.cross(across, _unit(down - across * (down @ across))))
    level = _unit(np.cross((0.0, 1.0, 0.0), inward))
    roll = np.arctan2(across @ np.cross(inward, level), across @ level)
    yaw, pitch = np.arctan2(inward[0], inward[2]), np.arcsin(np.clip(inward[1], -1.0, 1.0))
    return Pose(*(float(np.degrees(angle)) for angle in (yaw, pitch, roll)))


def _unit(vector: Array) -> Array:
    return vector / max(float(np.linalg.norm(vector)), 1e-9)


def _faces_us(shape: npt.NDArray[np.float32]) -> bool:
    return _area(shape) > 0


def _area(shape: npt.ArrayLike) -> float:
    """In square pixels, below 0 where the outline is seen from behind."""
    x, y = np.asarray(shape, np.float64).T
    return float(np.sum(x * np.roll(y, -1) - y * np.roll(x, -1))) / 2


def _depth_inside(shape: npt.NDArray[np.float32], point: Point) -> float:
    """Distance in pixels to the outline, negative outside."""
    return float(cv2.pointPolygonTest(shape, point, measureDist=True))


def _enlarged(box: Box, margin: float) -> Box:
    side = round(margin * max(box.width, box.height))
    return Box(box.x - side, box.y - side, box.width + 2 * side, box.height + 2 * side)


def _meshes_in(image: Pixels, box: Box) -> list[Array]:
    """Meshes (478, 3) in pixels of the image found in a box, which may reach beyond the image."""
    view, scale = _view(image, box)
    found = _mesh_finder().process(view).multi_face_landmarks or []
    width, height = view.shape[1], view.shape[0]
    shift = (box.x, box.y, 0.0)
    unit = np.array((width, height, width)) / scale
    return [np.array([(p.x, p.y, p.z) for p in f.landmark]) * unit + shift for f in found]


def _view(image: Pixels, box: Box, side: int = WORKING_SIDE) -> tuple[Pixels, float]:
    """The box at working size, the part beyond the image filled with the image's edge."""
    height, width = image.shape[:2]
    x, y = (
        np.clip((box.x, box.x + box.width), 0, width),
        np.clip((box.y, box.y + box.height), 0, height),
    )
    scale = min(1.0, side / max(box.width, box.height))
    part = image[y[0] : y[1], x[0] : x[1]]
    small = cv2.resize(part, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
    borders = (y[0] - box.y, box.y + box.height - y[1], x[0] - box.x, box.x + box.width - x[1])
    top, bottom, left, right = (round(scale * float(border)) for border in borders)
    framed = cv2.copyMakeBorder(small, top, bottom, left, right, cv2.BORDER_REPLICATE)
    return framed.astype(np.uint8, copy=False), scale


def _rough_boxes(image: Pixels) -> list[Box]:
    height, width = image.shape[:2]
    view, _ = _view(image, Box(0, 0, width, height))
    found = _far_finder().process(view).detections or []
    return [_rough_box(one.location_data.relative_bounding_box, width, height) for one in found]


def _rough_box(box: Any, width: int, height: int) -> Box:
    x, y = round(box.xmin * width), round(box.ymin * height)
    return _enlarged(
        Box(x, y, round(box.width * width), round(box.height * height)), FINDING_MARGIN
    )


# Made on first use, never on import: MediaPipe does not survive a fork once it has run.
@cache
def _mesh_finder() -> Any:
    return FaceMesh(
        static_image_mode=True,
        max_num_faces=MAX_FACES,
        refine_landmarks=True,
        min_detection_confidence=FACE_CONFIDENCE,
        min_tracking_confidence=MESH_CONFIDENCE,
    )


@cache
def _far_finder() -> Any:
    return FaceDetection(model_selection=1, min_detection_confidence=FACE_CONFIDENCE)


@contextmanager
def native_log_silenced() -> Iterator[None]:
    """MediaPipe's graphs write warnings straight to descriptor 2, whatever the log level."""
    sys.stderr.flush()
    kept = os.dup(2)
    with open(os.devnull, "wb") as nowhere:  # noqa: PTH123 - needs a descriptor
        os.dup2(nowhere.fileno(), 2)
    try:
        yield
    finally:
        os.dup2(kept, 2)
        os.close(kept)
