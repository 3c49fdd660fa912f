"""Where a lesion lies, told by the site as the models tell it."""

from __future__ import annotations

import numpy as np
import pytest
from skimage.data import astronaut

from inference.face import FaceMap, find_faces
from portal.analysis.places import FacePlaces
from tests import factories


@pytest.fixture(scope="module")
def face():
    """A real face, found, on the left of a picture."""
    picture = np.ascontiguousarray(np.repeat(np.repeat(astronaut()[:300, 100:400], 3, 0), 3, 1))
    [found] = find_faces(picture)
    return found


def stored(face) -> dict:
    return factories.result(face=face).to_json()["face"]


def test_every_point_of_a_face_lies_in_the_same_region_for_site_and_models(face):
    x, y, width, height = face.box
    steps = np.linspace(-0.3, 1.3, 45)
    points = [(x + width * across, y + height * down) for across in steps for down in steps]
    models, site = FaceMap(face), FacePlaces(stored(face))

    told = [(models.region_of(point) or "", site.region_of(point)) for point in points]

    agreeing = sum(theirs == ours for theirs, ours in told)
    assert agreeing >= 0.998 * len(told), "only coordinates rounded to a tenth of a pixel differ"
    assert {ours for _theirs, ours in told} == {
        "",
        "forehead",
        "nose",
        "chin",
        "left_cheek",
        "right_cheek",
    }


def test_without_a_face_there_are_no_regions():
    assert FacePlaces(None).region_of((10.0, 10.0)) == ""
