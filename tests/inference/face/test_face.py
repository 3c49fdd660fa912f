"""The face of a real photo: found, measured and divided into the five regions."""

import subprocess
import sys

import cv2
import numpy as np
import pytest
import skimage.data
from hypothesis import given, settings
from hypothesis import strategies as st

from inference.face import (
    Box,
    FaceMap,
    crop_box,
    cut_off_share,
    face_size,
    find_faces,
    outline,
    skin_outline,
)
from inference.results import Region

ASTRONAUT = np.ascontiguousarray(skimage.data.astronaut())
# Whereabouts of the patient's own left eye, left cheek and so on, read off the picture.
LEFT_EYE, RIGHT_EYE = (248, 106), (204, 104)
PLACES = {
    Region.FOREHEAD: (222, 88),
    Region.NOSE: (224, 124),
    Region.LEFT_CHEEK: (252, 126),
    Region.RIGHT_CHEEK: (198, 126),
    Region.CHIN: (224, 166),
}


@pytest.fixture(scope="module")
def face():
    return find_faces(ASTRONAUT)[0]


def turned(degrees):
    """The picture turned clockwise about the face."""
    around = cv2.getRotationMatrix2D((225.0, 120.0), -degrees, 1.0)
    return cv2.warpAffine(ASTRONAUT, around, (512, 512), borderMode=cv2.BORDER_REPLICATE)


def test_the_one_face_is_found_with_its_478_landmarks(face):
    assert len(find_faces(ASTRONAUT)) == 1
    assert len(face.landmarks) == 478
    x, y, width, height = face.box
    assert (170 < x < 190, 60 < y < 85, 80 < width < 105, 95 < height < 120) == (True,) * 4


def test_landmarks_scale_with_the_picture(face):
    large = cv2.resize(ASTRONAUT, None, fx=3, fy=3, interpolation=cv2.INTER_CUBIC)
    there = np.array(find_faces(large)[0].landmarks)[:, :2]
    assert np.abs(there / 3 - np.array(face.landmarks)[:, :2]).max() < 3


def test_no_face_in_a_texture():
    assert find_faces(np.ascontiguousarray(skimage.data.coffee())) == []


def test_two_people_are_two_faces_largest_first():
    smaller = cv2.resize(ASTRONAUT, None, fx=0.7, fy=0.7, interpolation=cv2.INTER_AREA)
    both = np.full((512, 870, 3), 128, np.uint8)
    both[:358, :358], both[:, 358:] = smaller, ASTRONAUT
    faces = find_faces(both)
    assert len(faces) == 2
    assert face_size(faces[0]) > face_size(faces[1])


def test_a_far_face_is_found_by_a_closer_look():
    wide = np.full((1400, 1800, 3), 128, np.uint8)
    wide[400:912, 700:1212] = ASTRONAUT
    assert face_size(find_faces(wide)[0]) == pytest.approx(106, abs=8)


@pytest.mark.parametrize("degrees", [-25, -12, 12, 25])
def test_roll_is_positive_towards_the_left_shoulder(face, degrees):
    roll = find_faces(turned(degrees))[0].pose.roll
    assert roll == pytest.approx(face.pose.roll + degrees, abs=4)


def test_mirroring_turns_yaw_and_roll_round():
    straight, mirrored = (find_faces(turned(15))[0], find_faces(turned(15)[:, ::-1].copy())[0])
    assert mirrored.pose.roll == pytest.approx(-straight.pose.roll, abs=4)
    assert mirrored.pose.yaw == pytest.approx(-straight.pose.yaw, abs=4)
    assert mirrored.pose.pitch == pytest.approx(straight.pose.pitch, abs=4)


def test_yaw_is_positive_when_the_left_cheek_faces_the_camera():
    """Squeezing the picture's left half, the patient's right, is what turning right shows."""
    part = ASTRONAUT[40:220, 130:320]
    large = cv2.resize(part, None, fx=4, fy=4, interpolation=cv2.INTER_CUBIC)
    columns = np.arange(760, dtype=np.float32)
    squeezed = np.where(columns < 330, 380 - (330 - columns) * 1.6, 380 + (columns - 330) * 0.9)
    rows = np.arange(720, dtype=np.float32)
    maps = np.meshgrid(squeezed.astype(np.float32), rows)
    turned_right = cv2.remap(large, *maps, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
    assert find_faces(turned_right)[0].pose.yaw > find_faces(large)[0].pose.yaw + 5


@pytest.mark.parametrize(("region", "place"), PLACES.items())
def test_each_place_lies_in_its_region(face, region, place):
    assert FaceMap(face).region_of(place) == region


def test_left_and_right_are_the_patients_own(face):
    mean = {name: np.mean(shape, axis=0)[0] for name, shape in face.regions.items()}
    assert mean[Region.RIGHT_CHEEK] < mean[Region.NOSE] < mean[Region.LEFT_CHEEK]


def test_lids_belong_to_the_nearest_region_and_the_background_to_none(face):
    where = FaceMap(face)
    assert where.region_of(LEFT_EYE) in {Region.LEFT_CHEEK, Region.FOREHEAD, Region.NOSE}
    assert where.region_of(RIGHT_EYE) in {Region.RIGHT_CHEEK, Region.FOREHEAD, Region.NOSE}
    assert where.region_of((10.0, 10.0)) is None
    assert where.region_of((225.0, 400.0)) is None


def areas(face):
    canvases = []
    for shape in face.regions.values():
        canvas = np.zeros((2560, 2560), np.uint8)
        cv2.fillPoly(canvas, [np.round(np.array(shape) * 5).astype(np.int32)], 1)
        canvases.append(canvas)
    return np.stack(canvases)


def test_regions_do_not_overlap_but_for_their_borders(face):
    covered = areas(face).sum(axis=0)
    assert (covered > 1).sum() < 0.01 * (covered > 0).sum()


def test_regions_cover_the_face_but_for_eyes_and_rim(face):
    inside = np.zeros((2560, 2560), np.uint8)
    cv2.fillConvexPoly(inside, np.round(outline(face) * 5).astype(np.int32), 1)
    covered = areas(face).any(axis=0) & (inside > 0)
    assert covered.sum() > 0.85 * inside.sum()


@given(st.floats(0, 1), st.floats(0, 1))
@settings(deadline=None)
def test_every_point_of_the_face_has_a_region_and_no_other_point_has(face, across, down):
    x, y, width, height = face.box
    point = (x - 40 + across * (width + 80), y - 40 + down * (height + 80))
    where = FaceMap(face)
    assert (where.region_of(point) is not None) == where.covers(point)


def test_the_crop_holds_the_face_and_stays_in_the_picture(face):
    box = crop_box(face, ASTRONAUT)
    x, y, width, _ = face.box
    assert box.x < x
    assert box.y < y
    assert box.x + box.width > x + width
    assert box.cut(ASTRONAUT).shape == (box.height, box.width, 3)


def test_the_crop_of_a_face_at_the_edge_is_cut_at_the_edge():
    edge = ASTRONAUT[80:, 190:]
    face = find_faces(np.ascontiguousarray(edge))[0]
    box = crop_box(face, edge)
    assert (box.x, box.y) == (0, 0)
    assert cut_off_share(face, edge) > 0.02
    assert Box(*box).cut(edge).shape[:2] == (box.height, box.width)


def test_nothing_is_cut_off_in_the_whole_picture(face):
    assert cut_off_share(face, ASTRONAUT) == pytest.approx(0, abs=1e-6)


def test_the_skin_reaches_a_little_beyond_the_mesh(face):
    bare, skin = (
        cv2.contourArea(shape(face).astype(np.float32)) for shape in (outline, skin_outline)
    )
    assert 1.2 < skin / bare < 1.6


def printed(script):
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True
    )
    return done.stdout, done.stderr


COUNT_FACES = """
import multiprocessing, numpy, skimage.data
from inference.face import find_faces
astronaut = numpy.ascontiguousarray(skimage.data.astronaut())
def count(_): return len(find_faces(astronaut))
"""


def test_a_child_forked_after_the_import_finds_faces():
    script = COUNT_FACES + "print(multiprocessing.get_context('fork').Pool(1).map(count, [0]))"
    assert printed(script)[0] == "[1]\n"


def test_mediapipe_says_nothing_on_standard_error():
    assert printed(COUNT_FACES + "print(count(0))") == ("1\n", "")
