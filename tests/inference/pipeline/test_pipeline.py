"""The stages in order, on a real face and the real network, weights untrained."""

import json

import cv2
import numpy as np
import pytest

from inference import Request, analyse, analyse_batch
from inference.face import Box, FaceMap, face_size, find_faces
from inference.pipeline import examine, place_on_face
from inference.results import Lesion, LesionType, Region, View

pytestmark = pytest.mark.usefixtures("untrained")

STAGES = ["face", "quality", "detect", "grade", "total"]


@pytest.fixture(scope="module")
def dark(phone_photo):
    return (phone_photo // 12).astype(np.uint8)


def test_an_accepted_photo_gets_candidates_grades_and_a_heatmap(phone_photo):
    result = analyse(phone_photo, Request())
    assert result.quality.accepted
    assert result.candidates
    assert result.grades["china_2019"]["probabilities"]
    assert (result.height, result.width) == phone_photo.shape[:2]
    assert list(result.timings_ms) == STAGES
    heat = cv2.imdecode(np.frombuffer(result.heatmap.png, np.uint8), cv2.IMREAD_UNCHANGED)
    assert (heat.dtype, heat.ndim) == (np.uint8, 2)


def test_candidates_lie_on_the_face_best_first_with_their_region(phone_photo):
    result = analyse(phone_photo, Request())
    where = FaceMap(result.face)
    scores = [one.score for one in result.candidates]
    assert scores == sorted(scores, reverse=True)
    assert min(scores) >= result.floor
    for one in result.candidates:
        assert where.covers(one.centre)
        assert one.region == where.region_of(one.centre)


def test_a_border_shifts_the_face_and_its_crop_and_little_else(phone_photo):
    border = 200
    wide = cv2.copyMakeBorder(phone_photo, *[border] * 4, cv2.BORDER_REPLICATE)
    small, large = analyse_batch([(phone_photo, Request()), (wide, Request())])
    shift = np.array(large.face.landmarks)[:, :2] - np.array(small.face.landmarks)[:, :2] - border
    tolerance = 0.01 * face_size(small.face)
    assert np.abs(shift).max() < tolerance
    crop_shift = np.array(large.heatmap.box[:2]) - small.heatmap.box[:2] - border
    assert np.abs(crop_shift).max() < tolerance


def test_a_refused_photo_has_no_candidates_and_null_grades(dark):
    result = analyse(dark, Request())
    assert not result.quality.accepted
    assert result.candidates == ()
    assert result.heatmap is None
    assert [grade["grade"] for grade in result.grades.values()] == [None, None, None]
    assert "detect" not in result.timings_ms


def test_a_batch_answers_in_order_with_refused_photos_between(phone_photo, dark):
    mirrored = np.ascontiguousarray(phone_photo[:, ::-1])
    pairs = [(dark, Request()), (phone_photo, Request()), (mirrored, Request())]
    results = analyse_batch(pairs)
    assert [one.quality.accepted for one in results] == [False, True, True]
    alone = analyse(mirrored, Request())
    assert results[2].candidates == alone.candidates


@pytest.mark.parametrize("view", [View.CHEST, View.BACK])
def test_chest_and_back_are_checked_and_not_read(phone_photo, view):
    result = analyse(phone_photo, Request(view=view))
    assert result.face is None
    assert result.candidates == ()
    assert result.grades["china_2019"]["grade"] is None


def test_a_result_is_json_of_primitives(phone_photo, dark):
    for result in analyse_batch([(phone_photo, Request()), (dark, Request())]):
        document = result.to_json()
        assert json.loads(json.dumps(document)) == document
        assert document["schema"] == 1


def test_limits_of_the_clinic_reach_the_check(phone_photo):
    strict = Request(quality_limits={"refuse_face_pixels_below": 5000})
    assert [one.code for one in examine(phone_photo, strict).quality.reasons] == ["too_far"]


def test_candidates_move_from_the_crop_to_the_photo(phone_photo):
    face = find_faces(phone_photo)[0]
    nose = face.landmarks[1]
    box = Box(round(nose[0]) - 300, round(nose[1]) - 200, 600, 600)
    cyst = Lesion(
        LesionType.CYST,
        0.4,
        (295.0, 195.0, 10.0, 10.0),
        polygon=((295, 195), (305, 195), (300, 205)),
    )
    off = Lesion(LesionType.PAPULE, 0.9, (-900.0, -900.0, 10.0, 10.0))
    papule = Lesion(LesionType.PAPULE, 0.6, (290.0, 190.0, 20.0, 20.0))
    placed = place_on_face([cyst, off, papule], face, box)
    assert [one.type for one in placed] == [LesionType.PAPULE, LesionType.CYST]
    assert placed[0].region is Region.NOSE
    assert placed[0].centre == pytest.approx((box.x + 300, box.y + 200))
    assert placed[1].polygon[0] == (box.x + 295, box.y + 195)
