"""The enlarged portrait and the demonstration clinic's photos."""

import json
from collections import Counter
from itertools import pairwise

import cv2
import numpy as np
import pytest

from inference.face import find_faces
from inference.quality import check
from inference.results import LesionType, Request, View
from inference.training.synthesis.demonstration import (
    FACE_WIDTH_PX,
    IMPROVING,
    demonstration_photos,
)
from inference.training.synthesis.masks import face_skin
from inference.training.synthesis.sheet import SHOWN, TILE, make_sheet
from inference.training.synthesis.texture import enlarge_with_skin


@pytest.fixture(scope="module")
def photos():
    return {photo.name: photo for photo in demonstration_photos(0)}


def decoded(photo):
    return cv2.imdecode(np.frombuffer(photo.jpeg, np.uint8), cv2.IMREAD_COLOR)[..., ::-1]


def detail(image):
    return cv2.Laplacian(cv2.cvtColor(image, cv2.COLOR_RGB2GRAY), cv2.CV_32F)


def test_an_enlarged_face_has_the_asked_width_and_the_detail_that_enlarging_lacks(portrait):
    image, skin, width = portrait
    large = enlarge_with_skin(image, 800, np.random.default_rng(0), skin=skin, width_px=width)
    new_skin, new_width = face_skin(large)
    assert new_width == pytest.approx(800, rel=0.05)
    plain = cv2.resize(image, None, fx=2, fy=2, interpolation=cv2.INTER_CUBIC)
    mask = cv2.resize(skin.astype(np.uint8), None, fx=2, fy=2) > 0
    assert detail(large)[new_skin].std() > 1.3 * detail(plain)[mask].std()


def test_a_face_is_not_shrunk(portrait):
    image, skin, width = portrait
    with pytest.raises(ValueError, match="nothing to enlarge"):
        enlarge_with_skin(image, 100, np.random.default_rng(0), skin=skin, width_px=width)


SITTINGS = ("improving-1", "improving-2", "improving-3", "awaiting-1")


def test_the_clinic_gets_three_visits_one_waiting_case_and_one_photo_to_refuse(photos):
    views = ("front", "left", "right")
    assert list(photos) == [
        *(f"{sitting}-{view}.jpg" for sitting in SITTINGS for view in views),
        "refused-1-front.jpg",
    ]


@pytest.mark.parametrize("sitting", SITTINGS)
@pytest.mark.parametrize("view", [View.FRONT, View.LEFT, View.RIGHT])
def test_a_photo_shows_the_side_it_says(photos, sitting, view):
    quality, _ = check(decoded(photos[f"{sitting}-{view}.jpg"]), Request(view=view))
    assert quality.accepted, quality.reasons


def test_the_sides_tell_of_the_lesions_that_they_show(photos):
    front, left, right = (
        photos[f"improving-1-{view}.jpg"].drawn for view in ("front", "left", "right")
    )
    assert 0 < len(left) < len(front)
    assert 0 < len(right) < len(front)
    assert len(left) + len(right) > len(front), "the middle of the face is seen from both"


def test_the_patient_improves_from_visit_to_visit():
    totals = [sum(counts.values()) for counts in IMPROVING]
    assert totals == [30, 17, 8]
    for before, after in pairwise(IMPROVING):
        assert all(after.get(kind, 0) <= before.get(kind, 0) for kind in LesionType)


def test_what_was_drawn_is_told_with_its_place_on_the_photo(photos):
    for number, counts in enumerate(IMPROVING, start=1):
        told = json.loads(photos[f"improving-{number}-front.jpg"].truth)
        assert Counter(one["type"] for one in told) == counts
    assert json.loads(photos["refused-1-front.jpg"].truth) == []


@pytest.mark.parametrize("view", [View.FRONT, View.LEFT, View.RIGHT])
def test_where_a_lesion_is_said_to_be_the_photo_is_red(photos, view):
    photo = photos[f"improving-1-{view}.jpg"]
    image = decoded(photo).astype(int)
    redness = image[..., 0] - image[..., 1]
    pustules = [one for one in photo.drawn if one.type is LesionType.PUSTULE]
    around = [redness[_near(one, 14)].max() for one in pustules]
    assert np.median(around) > np.percentile(redness[_near_face(photo)], 95)


def _near(lesion, reach):
    x, y = round(lesion.x), round(lesion.y)
    return slice(y - reach, y + reach), slice(x - reach, x + reach)


def _near_face(photo):
    xs, ys = [one.x for one in photo.drawn], [one.y for one in photo.drawn]
    return slice(int(min(ys)), int(max(ys))), slice(int(min(xs)), int(max(xs)))


def test_every_photo_but_the_refused_one_shows_a_large_well_lit_face(photos):
    for name, photo in photos.items():
        image = decoded(photo)
        if name.startswith("refused"):
            assert image.mean() < 60
            continue
        face = find_faces(image)[0]
        assert face.box[2] > 0.85 * FACE_WIDTH_PX
        assert 90 < image.mean() < 200


def test_the_sheet_shows_every_variant():
    sheet = make_sheet()
    assert sheet.shape[1] == 10 * TILE
    assert sheet.shape[0] > len(SHOWN) * TILE
