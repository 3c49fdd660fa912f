"""The canonical face photographed from anywhere, without a picture."""

from __future__ import annotations

import numpy as np

from inference.tracking.canonical import canonical
from inference.tracking.posed import PosedFace

SIZE = (1200.0, 1400.0)
PX_PER_MM = 4.0


def landmarks(yaw: float = 0.0, scale: float = PX_PER_MM, shift=(600.0, 650.0), noise=None):
    """The mesh in pixels; positive yaw turns the patient's left cheek to the camera."""
    mesh = np.array(canonical().vertices[:468])
    angle = np.radians(yaw)
    turn = np.array(
        [[np.cos(angle), 0, np.sin(angle)], [0, 1, 0], [-np.sin(angle), 0, np.cos(angle)]]
    )
    points = (mesh - mesh.mean(axis=0)) @ turn.T * scale
    points[:, :2] += shift
    if noise is not None:
        points += noise.normal(0, 0.3 * scale, (1, 3))
    return [tuple(float(value) for value in point) for point in points]


def posed(yaw: float = 0.0, **terms) -> PosedFace:
    return PosedFace(landmarks(yaw, **terms), *SIZE)
