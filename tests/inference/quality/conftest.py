"""Two real faces as a phone shows them: NASA's portrait of Eileen Collins and the US Navy's of
Grace Hopper (with glasses), both in the public domain, enlarged and given skin texture.
"""

from functools import cache

import cv2
import matplotlib.cbook
import numpy as np
import pytest
from PIL import Image

from inference.face import find_faces
from inference.training.synthesis.masks import face_skin
from inference.training.synthesis.texture import enlarge_with_skin
from inference.training.tracking.patients import portraits as drawn_on
from inference.training.tracking.scene import Pose

FACE_WIDTH_PX = 500


@pytest.fixture(scope="session")
def head(phone_photo):
    """The face with its surroundings, as a phone held at arm's length frames it."""
    return cv2.resize(phone_photo, None, fx=0.6, fy=0.6, interpolation=cv2.INTER_AREA)


@pytest.fixture(scope="session")
def face(head):
    return find_faces(head)[0]


@pytest.fixture(scope="session")
def hopper():
    with matplotlib.cbook.get_sample_data("grace_hopper.jpg") as file:
        portrait = np.array(Image.open(file).convert("RGB"))
    skin, width = face_skin(portrait)
    rng = np.random.default_rng(1906)
    large = enlarge_with_skin(portrait, FACE_WIDTH_PX, rng, skin=skin, width_px=width)
    return np.ascontiguousarray(large)


@pytest.fixture(scope="session")
def portraits(head, hopper):
    """Each picture with the face found in it."""
    named = {"collins": head, "hopper": hopper}
    return {name: (image, find_faces(image)[0]) for name, image in named.items()}


@pytest.fixture(scope="session")
def posed():
    """Photographs of textured meshes of the astronaut and of Hopper, turned by known degrees."""
    models = {one.name: one for one in drawn_on()}

    @cache
    def photographed(name, yaw):
        one = models[name]
        return one.model.photograph(one.image, Pose(yaw=yaw), np.zeros((0, 2))).image

    return photographed
