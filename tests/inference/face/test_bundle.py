"""The bundle packed for the browser finds the points that the server finds."""

from __future__ import annotations

from pathlib import Path

import mediapipe
import numpy as np
import pytest
import skimage.data
from mediapipe.tasks.python import BaseOptions, vision

from inference.face import find_faces
from scripts.face_model import pack

VERTICES = 468


@pytest.fixture(scope="module")
def bundle(tmp_path_factory):
    path = tmp_path_factory.mktemp("bundle") / "face.task"
    pack(Path(mediapipe.__file__).parent, path)
    return path


def test_the_packed_mesh_lies_on_the_servers(bundle):
    portrait = skimage.data.astronaut()
    options = vision.FaceLandmarkerOptions(base_options=BaseOptions(model_asset_path=str(bundle)))
    with vision.FaceLandmarker.create_from_options(options) as landmarker:
        image = mediapipe.Image(image_format=mediapipe.ImageFormat.SRGB, data=portrait)
        (points,) = landmarker.detect(image).face_landmarks
    packed = np.array([(point.x, point.y) for point in points[:VERTICES]]) * portrait.shape[1]
    served = np.array(find_faces(portrait)[0].landmarks)[:VERTICES, :2]
    off = np.linalg.norm(packed - served, axis=1)
    assert np.median(off) < 0.02 * np.ptp(served[:, 0])


def test_equal_models_make_equal_bundles(bundle, tmp_path):
    pack(Path(mediapipe.__file__).parent, tmp_path / "again.task")
    assert (tmp_path / "again.task").read_bytes() == bundle.read_bytes()
