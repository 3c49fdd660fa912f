"""True angles against what the mesh says, and how much of the far cheek can still be seen.

Two real faces as textured meshes, turned and tipped by known angles and found afresh.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import cv2
import numpy as np

from inference.face import far_cheek_share, find_faces
from inference.regions import REGION_VERTICES
from inference.results import Region
from inference.training.tracking.patients import portraits
from inference.training.tracking.scene import Pose

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy.typing as npt

    from inference.results import Face
    from inference.training.tracking.patients import Portrait
    from inference.training.tracking.scene import Shot

YAWS = (0, 12, -12, 22, -22, 30, -30, 37, -37, 45, -45)
PITCHES = (-40, -30, -15, 0, 15, 30, 40, 50)
POINTS = 400  # of a cheek


def report_angles() -> None:
    """Print one row an angle for each face."""
    for portrait in portraits():
        print(f"{portrait.name}: true yaw, measured, far cheek as measured, share of it truly seen")
        for yaw in YAWS:
            far = Region.RIGHT_CHEEK if yaw >= 0 else Region.LEFT_CHEEK
            shot = _photographed(portrait, Pose(yaw=yaw), _points_in(portrait, far))
            faces = find_faces(shot.image)
            cheek = f"{far_cheek_share(faces[0]):.2f}" if faces else "-"
            print(
                f"  {yaw:4}  {_measured(faces, 'yaw')}  {cheek}  {shot.seen.mean():.2f}", flush=True
            )
        print(f"{portrait.name}: true pitch, measured")
        for pitch in PITCHES:
            shot = _photographed(portrait, Pose(pitch=pitch), np.zeros((0, 2)))
            print(f"  {pitch:4}  {_measured(find_faces(shot.image), 'pitch')}", flush=True)


def _photographed(portrait: Portrait, pose: Pose, points: npt.NDArray[np.float64]) -> Shot:
    return portrait.model.photograph(portrait.image, pose, points)


def _measured(faces: Sequence[Face], angle: str) -> str:
    return f"{getattr(faces[0].pose, angle):7.1f}" if faces else "no face"


def _points_in(portrait: Portrait, region: Region) -> npt.NDArray[np.float64]:
    """Places of the untouched portrait, drawn by chance."""
    mesh = np.array(find_faces(portrait.image)[0].landmarks)[:, :2]
    inside = np.zeros(portrait.image.shape[:2], np.uint8)
    cv2.fillPoly(inside, [np.rint(mesh[list(REGION_VERTICES[region])]).astype(np.int32)], (1,))
    places = np.argwhere(inside)[:, ::-1].astype(np.float64)
    return np.random.default_rng(0).choice(places, POINTS, replace=False)
