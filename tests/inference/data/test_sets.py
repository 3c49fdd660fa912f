"""What training and measuring assume about the picture sets."""

import pytest

from inference.results import LesionType
from inference.training.coco import read_further_reader, read_rgb
from inference.training.evaluation.skin import measure_skin
from inference.training.splits import (
    first_half,
    held_out_part_of_clear,
    second_half,
    training_part_of_clear,
)

pytestmark = pytest.mark.data


@pytest.mark.parametrize("name", ["faces", "closeups"])
def test_no_person_is_in_two_splits(pictures, name):
    train, val = ({one.group for one in pictures(f"{name}/{part}")} for part in ("train", "val"))
    assert train
    assert val
    assert not train & val


def test_no_person_is_in_both_halves_of_the_validation_set(pictures):
    val = pictures("faces/val")
    first, second = first_half(val), second_half(val)
    assert len(first) + len(second) == len(val)
    assert not {one.group for one in first} & {one.group for one in second}
    assert 0.35 < len(first) / len(val) < 0.65


def test_held_out_portraits_are_never_trained_on(pictures):
    portraits = pictures("clear/train")
    held_out = {one.path for one in held_out_part_of_clear(portraits)}
    assert len(held_out) == 25
    assert not held_out & {one.path for one in training_part_of_clear(portraits)}


def test_faces_only_say_lesion_and_close_ups_say_the_type(pictures):
    assert {mark.type for one in pictures("faces/val") for mark in one.marks} == {None}
    assert all(one.severity in range(4) for one in pictures("faces/val"))
    marks = [mark for one in pictures("closeups/val") for mark in one.marks]
    assert all(mark.is_region == (mark.type is LesionType.COMEDONE) for mark in marks)


def test_the_second_reader_marks_pictures_of_the_set(data, pictures):
    names = {one.path.name for one in pictures("faces/val")}
    assert set(read_further_reader(data / "faces/val_v2.json")) < names


def test_skin_is_found_on_nearly_every_face(pictures):
    some = pictures("faces/val")[::8]
    measured = [measure_skin(read_rgb(one.path), [m.box for m in one.marks]) for one in some]
    assert sum(one is not None for one in measured) >= 0.95 * len(some)
