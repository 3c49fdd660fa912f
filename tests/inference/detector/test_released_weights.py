"""What the weights in the repository must at least do. Seeds from 90,000 on are never trained on,
and neither is this face.
"""

from functools import cache

import cv2
import numpy as np
import pytest
import skimage.data

from inference import Request, Result, analyse
from inference.detector import load_detector
from inference.detector.decode import iou
from inference.results import LesionType
from inference.training.synthesis import LesionPlan, RenderedFace, render
from inference.training.synthesis.masks import face_skin
from inference.training.synthesis.texture import enlarge_with_skin

FACE_WIDTH_PX = 800


@cache
def large_face() -> tuple[np.ndarray, np.ndarray, float]:
    """The astronaut as a phone would have shown her, where her skin is, her face's width."""
    portrait = skimage.data.astronaut()
    skin, width = face_skin(portrait)
    rng = np.random.default_rng(90_000)
    large = enlarge_with_skin(portrait, FACE_WIDTH_PX, rng, skin=skin, width_px=width)
    return large, *face_skin(large)


@cache
def with_papules(seed: int) -> tuple[RenderedFace, Result]:
    image, skin, width = large_face()
    plan = [LesionPlan(LesionType.PAPULE) for _ in range(10)]
    drawn = render(image, np.random.default_rng(seed), plan, skin=skin, width_px=width)
    return drawn, analyse(drawn.image, Request())


@pytest.mark.parametrize("seed", [90_001, 90_002])
def test_seven_of_ten_rendered_papules_are_found_and_give_grade_two(seed: int) -> None:
    drawn, result = with_papules(seed)
    assert result.quality.accepted
    found = np.array([lesion.box for lesion in result.lesions], np.float32).reshape(-1, 4)
    truth = np.array([lesion.box for lesion in drawn.lesions], np.float32)
    assert (iou(found, truth).max(axis=0, initial=0) >= 0.3).sum() >= 7
    assert result.grades["china_2019"]["grade"] == "II"


def test_a_face_without_lesions_shows_hardly_any() -> None:
    result = analyse(large_face()[0], Request())
    assert result.quality.accepted
    assert len(result.lesions) <= 2
    assert result.grades["china_2019"]["grade"] in (None, "I")


def test_the_weights_are_small_enough_for_the_repository() -> None:
    detector = load_detector()
    assert detector.model.version[0].isdigit()
    assert set(detector.thresholds) == set(LesionType)
    assert all(0 < value < 1 for value in detector.thresholds.values())
    assert detector.floor < min(detector.thresholds.values())


def test_the_same_crop_gives_the_same_answer_alone_and_among_others() -> None:
    face = cv2.resize(skimage.data.astronaut()[:260, 120:330], (480, 600))
    detector = load_detector()
    alone = detector.detect([face])[0]
    among = detector.detect([np.zeros((64, 64, 3), np.uint8), face])[1]
    assert alone.candidates == among.candidates
