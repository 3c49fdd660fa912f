"""What the released weights must at least do on real pictures that they were not trained on.

Goals stand in the issues; here are the limits below which no weights are released.
"""

import numpy as np
import pytest

from inference.training.average_precision import average_precision
from inference.training.coco import read_further_reader
from inference.training.evaluation.detection import (
    MATCH_IOU,
    against_second_reader,
    any_kind,
    measure,
)
from inference.training.evaluation.figures import hayashi_grades
from inference.training.evaluation.intervals import draw_persons
from inference.training.evaluation.measures import reliability, tally
from inference.training.evaluation.reads import any_lesion, read_all, shown
from inference.training.splits import held_out_part_of_clear, second_half

pytestmark = pytest.mark.data


def unread(reads):
    """The half of the persons that no threshold was chosen on."""
    kept = {one.path for one in second_half([read.picture for read in reads])}
    return [read for read in reads if read.picture.path in kept]


def test_lesions_are_found_on_faces(faces):
    """The acceptance figure of the first issue."""
    assert average_precision([any_lesion(read) for read in faces])[0.3] >= 0.45


def test_lesions_are_found_in_severe_and_confluent_disease_too(faces):
    severe = [read for read in faces if (read.picture.severity or 0) >= 2]
    assert len(severe) == 49
    found = tally([any_lesion(read) for read in severe], MATCH_IOU)
    assert found.average_precision(np.ones(len(severe))) >= 0.3
    assert found.max_recall(np.ones(len(severe))) >= 0.6


def test_the_count_is_near_the_readers_and_so_is_the_grade_by_it(detector, faces):
    """On the half that the count was not calibrated on."""
    half = unread(faces)
    kind = any_kind(detector, half)
    every = np.ones(len(half))
    assert kind.working.count_mae(every) <= 5.6
    assert hayashi_grades(half, kind.counts).accuracy(every) >= 0.67


def test_a_score_means_what_it_says(detector, faces):
    half = unread(faces)
    finds = tally([any_lesion(read) for read in half], MATCH_IOU).from_score(detector.floor)
    assert reliability(finds, np.ones(len(half))).error <= 0.1


def test_a_face_without_lesions_shows_at_most_two(detector, pictures):
    clear = read_all(detector, held_out_part_of_clear(pictures("clear/train")))
    assert np.mean([len(shown(read, detector)) for read in clear]) <= 2


def test_the_type_of_a_close_up_is_better_than_a_guess(detector, pictures):
    reads = read_all(detector, pictures("closeups/val"))
    pairs = [pair for read in reads for pair in read.given]
    assert np.mean([true is given for true, given in pairs]) > 0.25


def test_both_readers_are_reported(detector, data, faces):
    second = read_further_reader(data / "faces/val_v2.json")
    draws = draw_persons([read.picture.group for read in faces], 20)
    kind = any_kind(detector, faces)
    found = against_second_reader(kind, faces, second, draws)
    assert found["pictures"] == len(second)
    assert found["lesions"] > 2 * found["first_reader"]["lesions"]
    for figures in (found, found["first_reader"], measure(kind, draws)):
        low, high = figures["intervals"]["ap30"]
        assert low <= figures["ap30"] <= high
