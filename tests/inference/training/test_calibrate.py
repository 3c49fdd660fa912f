from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from inference.detector.detect import Detector, Reading
from inference.detector.network import Network, NetworkConfig
from inference.detector.weights import Calibration, Card
from inference.results import BOXED_TYPES, LesionType
from inference.training.calibrate import fit_grades
from inference.training.coco import Mark, Picture
from inference.training.evaluation.reads import Read, as_its_reader_draws


@pytest.fixture(scope="module")
def detector() -> Detector:
    return Detector(
        Network(NetworkConfig("none")), Card("1", NetworkConfig("none"), Calibration()), ""
    )


def reading(kind: LesionType, score: float) -> Reading:
    shares = np.eye(len(BOXED_TYPES), dtype=np.float32)[[BOXED_TYPES.index(kind)]]
    boxes = np.array([[10, 10, 8, 8]], np.float32)
    return Reading(np.array([score], np.float32), shares, boxes, [], np.zeros((4, 4), "f4"))


def read(true: LesionType | None, found: LesionType, score: float) -> Read:
    marks = (Mark((10.0, 10.0, 8.0, 8.0), true),) if true else ()
    return Read(Picture(Path("x.jpg"), 64, 64, "one", marks=marks), reading(found, score), [])


def test_a_grade_is_the_more_probable_the_more_speaks_for_it(detector: Detector) -> None:
    rng = np.random.default_rng(0)
    truths = rng.choice([None, LesionType.PAPULE], size=80)
    reads = [
        read(true, LesionType.PAPULE, float(rng.uniform(0.4, 0.9) if true else rng.uniform(0, 0.5)))
        for true in truths
    ]
    points = fit_grades(reads, detector)

    assert set(points) == {"I", "II"}, "no face has worse than papules: nothing to fit"
    probabilities = [probability for _, probability in points["II"]]
    assert probabilities == sorted(probabilities)
    assert probabilities[0] < 0.3
    assert probabilities[-1] > 0.8


def test_evidence_that_misleads_leaves_the_share_of_faces(detector: Detector) -> None:
    reads = [read(LesionType.NODULE, LesionType.PAPULE, 0.9) for _ in range(10)]
    reads += [read(LesionType.PAPULE, LesionType.NODULE, 0.9) for _ in range(30)]

    assert fit_grades(reads, detector)["IV"] == [(0.0, 0.25)]


def test_boxes_are_as_loose_as_those_they_are_held_against() -> None:
    shown = reading(LesionType.PAPULE, 0.9)
    loose = Calibration(reader_scale=1.5)
    by_a_reader = Picture(Path("x.jpg"), 64, 64, "one", marks=(Mark((0.0, 0.0, 8.0, 8.0), None),))
    exact = read(LesionType.PAPULE, LesionType.PAPULE, 0.9).picture

    np.testing.assert_allclose(
        as_its_reader_draws(shown, by_a_reader, loose).boxes, [[8, 8, 12, 12]]
    )
    np.testing.assert_allclose(as_its_reader_draws(shown, exact, loose).boxes, shown.boxes)
