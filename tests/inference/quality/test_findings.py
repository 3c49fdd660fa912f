"""What is found on pictures made worse: each is judged, read whatever the verdict, and compared."""

from dataclasses import replace

import numpy as np
import pytest

from inference.face import find_faces
from inference.pipeline import default_pipeline
from inference.quality.degradations import FAULTS
from inference.quality.findings import IN_PLACE, Person, Reading, Sum, by_verdict, lines, reading
from inference.results import LesionType, View
from inference.training.synthesis import LesionPlan, render
from inference.training.synthesis.masks import face_skin

FAULT = {one.name: one for one in FAULTS}


@pytest.fixture(scope="module")
def person(head) -> Person:
    skin, width = face_skin(head)
    plan = [LesionPlan(LesionType.PAPULE) for _ in range(10)]
    drawn = render(head, np.random.default_rng(90_001), plan, skin=skin, width_px=width)
    marks = np.array([lesion.box for lesion in drawn.lesions], np.float32)
    return Person(drawn.image, find_faces(drawn.image)[0], marks)


@pytest.fixture(scope="module")
def pipeline():
    return default_pipeline()


def test_faults_that_move_lesions_are_left_out() -> None:
    assert set(IN_PLACE) <= set(FAULT)
    assert not {"turned", "tipped", "leaning", "cut", "closer"} & set(IN_PLACE)


def test_a_good_picture_passes_and_lets_find(pipeline, person: Person) -> None:
    found = reading(pipeline, FAULT["darker"], person, 0)
    assert found.verdict == "passed"
    assert found.marked == 10
    assert 5 <= found.right <= found.shown


def test_a_face_from_the_side_is_judged_as_that_side(person: Person) -> None:
    assert person.view is View.FRONT
    for yaw, view in ((40.0, View.LEFT), (-40.0, View.RIGHT)):
        turned = replace(person.face, pose=replace(person.face.pose, yaw=yaw))
        assert replace(person, face=turned).view is view


def test_a_refused_picture_is_read_all_the_same_and_lets_find_less(pipeline, person) -> None:
    good, bad = (reading(pipeline, FAULT["defocused"], person, degree) for degree in (0, 9))
    assert bad.verdict == "refused"
    assert bad.right < good.right


def test_marks_shrink_with_a_picture_from_farther_away(pipeline, person: Person) -> None:
    slightly = reading(pipeline, FAULT["farther"], person, 0.25)
    assert slightly.right >= 5


def test_where_no_face_is_left_nothing_is_found(pipeline, person: Person) -> None:
    assert reading(pipeline, FAULT["effaced"], person, 1) == Reading("refused", 10, 0, 0)


def test_a_picture_is_compared_with_the_same_face_untouched() -> None:
    readings = {
        ("darker", 0): [Reading("passed", 10, 8, 6), Reading("cautioned", 4, 2, 1)],
        ("darker", 3): [Reading("refused", 10, 2, 1), Reading("passed", 4, 2, 2)],
        ("farther", 0): [Reading("passed", 10, 8, 7), Reading("passed", 4, 4, 4)],
        ("farther", 1): [Reading("refused", 10, 8, 3), Reading("refused", 4, 0, 0)],
    }
    found = by_verdict(readings)
    assert found["passed"] == (Sum(1, 4, 2, 2), Sum(1, 4, 2, 1))
    assert found["refused"] == (Sum(3, 24, 10, 4), Sum(3, 24, 20, 17))


def test_the_lines_state_what_was_found() -> None:
    acne = {
        ("darker", 0): [Reading("passed", 10, 5, 5)],
        ("darker", 6): [Reading("refused", 10, 5, 1)],
    }
    clear = {
        ("darker", 0): [Reading("passed", 0, 1, 0)],
        ("darker", 6): [Reading("refused", 0, 4, 0)],
    }
    told = list(lines(acne, clear))
    assert told[2] == "darker           6: 1.00; 0.100, 0.200, 0.133; 4.00"
    assert "refused        1 with acne: 0.100, 0.200, 0.133 (0.500, 1.000, 0.667), 0.20" in told[4]
    assert told[5] == "refused        1 clear: 4.00 shown (1.00)"
