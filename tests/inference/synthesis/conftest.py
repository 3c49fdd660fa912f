"""Faces that the tests draw on."""

import numpy as np
import pytest
import skimage.data

from inference.training.synthesis import skin_mask
from inference.training.synthesis.masks import face_skin
from inference.training.synthesis.texture import enlarge_with_skin


@pytest.fixture(scope="session")
def portrait():
    """The astronaut's face, 400 px wide: (image, skin mask, width)."""
    image = skimage.data.astronaut()
    skin, width = face_skin(image)
    large = enlarge_with_skin(image, 400, np.random.default_rng(7), skin=skin, width_px=width)
    skin, width = face_skin(large)
    return large, skin, width


@pytest.fixture(scope="session")
def plain():
    """A field of even fair skin: (image, skin mask, width)."""
    noise = np.random.default_rng(3).normal(0, 2, (360, 320, 1))
    image = np.clip(np.array([205, 160, 140]) + noise, 0, 255).astype(np.uint8)
    skin = np.zeros(image.shape[:2], bool)
    skin[20:340, 20:300] = True
    assert skin_mask(image).mean() > 0.9
    return image, skin, 280.0
