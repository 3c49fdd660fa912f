"""The measures with weights, intervals, grades and strata against cases done by hand."""

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.metrics import cohen_kappa_score

from inference.results import Lesion, LesionType
from inference.training.average_precision import average_precision
from inference.training.coco import Mark, Picture
from inference.training.evaluation.grades import (
    CHINA,
    Grades,
    carries_china_grade,
    china_grade,
    grade_figures,
    kappa,
    true_china_grade,
)
from inference.training.evaluation.intervals import draw_persons, figures_of, interval
from inference.training.evaluation.masks import MaskOverlap
from inference.training.evaluation.measures import reliability, tally, working_point
from inference.training.evaluation.skin import measure_skin, typology_angle
from inference.training.evaluation.strata import strata
from inference.training.matching import Found, closeness, match

A, B, C = [10, 10, 20, 20], [100, 100, 20, 20], [200, 10, 20, 20]
ONE = np.ones(1)


def found(boxes, scores, truth) -> Found:
    return Found(
        np.asarray(boxes, np.float32).reshape(-1, 4),
        np.asarray(scores, np.float32),
        np.asarray(truth, np.float32).reshape(-1, 4),
    )


def test_what_is_shown_is_measured_by_hand() -> None:
    """Two true finds, one false, one lesion missed on the first picture; nothing on the second."""
    shown = [found([A, B, [300, 300, 9, 9]], [0.9, 0.8, 0.7], [A, B, C]), found([], [], [A])]
    point = working_point(shown, 0.3, [5.0, 0.0])
    both = np.ones(2)
    assert point.precision(both) == pytest.approx(2 / 3)
    assert point.recall(both) == pytest.approx(2 / 4)
    assert point.f1(both) == pytest.approx(4 / 7)
    assert point.accuracy(both) == pytest.approx(2 / 5)
    assert point.false_per_picture(both) == pytest.approx(1 / 2)
    assert point.count_mae(both) == pytest.approx((2 + 1) / 2)


def test_a_picture_of_weight_two_counts_as_two_pictures() -> None:
    first, second = found([A, B], [0.9, 0.6], [A]), found([A], [0.7], [A, B])
    twice = tally([first, first, second], 0.3)
    weighted = tally([first, second], 0.3)
    weights = np.array([2.0, 1.0])
    assert weighted.average_precision(weights) == pytest.approx(
        twice.average_precision(np.ones(3)), abs=1e-6
    )
    assert weighted.max_recall(weights) == pytest.approx(twice.max_recall(np.ones(3)))
    alone = tally([second], 0.3)
    assert weighted.average_precision(np.array([0.0, 1.0])) == pytest.approx(
        alone.average_precision(ONE)
    )


def boxes_near(rng: np.random.Generator, number: int) -> np.ndarray:
    return np.column_stack([rng.uniform(0, 80, (number, 2)), rng.uniform(8, 30, (number, 2))])


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 10_000))
def test_average_precision_is_that_of_coco(seed: int) -> None:
    rng = np.random.default_rng(seed)
    pictures = []
    for _ in range(3):
        number = int(rng.integers(0, 9))
        scores = np.sort(rng.permutation(1000)[:number] / 1000)[::-1]
        pictures.append(
            found(boxes_near(rng, number), scores, boxes_near(rng, int(rng.integers(1, 5))))
        )
    ours = tally(pictures, 0.3).average_precision(np.ones(3))
    assert 0 <= ours <= 1
    assert ours == pytest.approx(average_precision(pictures)[0.3], abs=1e-3)


def test_perfect_finds_are_perfect_in_every_measure() -> None:
    pictures = [found([A, B], [0.9, 0.8], [A, B]), found([C], [0.7], [C])]
    point, all_ = working_point(pictures, 0.3, [2, 1]), tally(pictures, 0.5)
    weights = np.ones(2)
    perfect = (point.precision, point.recall, point.f1, point.accuracy)
    assert [one(weights) for one in perfect] == [1, 1, 1, 1]
    assert all_.average_precision(weights) == all_.max_recall(weights) == 1
    assert point.count_mae(weights) == point.false_per_picture(weights) == 0


def test_a_measure_without_anything_to_measure_is_no_number() -> None:
    point = working_point([found([], [], [])], 0.3, [0])
    assert np.isnan([point.precision(ONE), point.recall(ONE), point.f1(ONE)]).all()
    assert figures_of({"recall": point.recall}, np.ones((3, 1))) == {
        "recall": None,
        "intervals": {"recall": None},
    }


def test_a_find_may_be_true_by_its_centre_alone() -> None:
    small = [18, 17, 4, 4]  # IoU 0.04, centres 1 px apart
    assert not match(found([small], [0.9], [A]), 0.3).any()
    assert match(found([small], [0.9], [A]), -12.0, closeness).all()
    assert not match(found([[40, 10, 20, 20]], [0.9], [A]), -12.0, closeness).any()


def test_calibration_error_by_hand() -> None:
    """Finds of 0.95 that are always lesions, finds of 0.35 of which half are."""
    finds = found([A, B, C, [300, 300, 9, 9]], [0.95, 0.95, 0.35, 0.35], [A, B, C])
    bins = reliability(tally([finds], 0.3), ONE)
    assert bins.number[[3, 9]].tolist() == [2, 2]
    assert bins.share[[3, 9]] == pytest.approx([0.5, 1.0])
    assert bins.error == pytest.approx((0.05 + 0.15) / 2, abs=1e-6)


def test_persons_are_drawn_whole() -> None:
    draws = draw_persons(["ann", "bob", "ann", "cy"], 200)
    assert draws.shape == (200, 4)
    assert (draws[:, 0] == draws[:, 2]).all()
    assert (draws[:, [0, 1, 3]].sum(axis=1) == 3).all()
    assert (draws == draw_persons(["ann", "bob", "ann", "cy"], 200)).all()


@settings(max_examples=30, deadline=None)
@given(st.lists(st.floats(0, 50, allow_nan=False), min_size=2, max_size=40))
def test_an_interval_contains_the_mean_that_it_is_about(values: list[float]) -> None:
    numbers = np.asarray(values)
    draws = draw_persons([str(place) for place in range(len(values))], 300)
    low, high = interval(lambda weights: float(weights @ numbers / weights.sum()), draws)
    assert low - 1e-9 <= numbers.mean() <= high + 1e-9
    assert numbers.min() - 1e-9 <= low
    assert high <= numbers.max() + 1e-9


def test_the_interval_of_a_mean_is_as_wide_as_theory_says() -> None:
    numbers = np.random.default_rng(1).normal(10, 2, 400)
    draws = draw_persons([str(place) for place in range(400)], 2000)
    low, high = interval(lambda weights: float(weights @ numbers / weights.sum()), draws)
    assert high - low == pytest.approx(2 * 1.96 * numbers.std() / 20, rel=0.1)


GRADES = Grades(
    ("0", "1", "2", "3"),
    np.array([0, 0, 1, 2, 3, 3]),
    np.array([0, 1, 1, 1, 1, 3]),
    np.arange(6),
)


def test_grades_by_hand() -> None:
    weights = np.ones(6)
    assert GRADES.confusion(weights).tolist() == [
        [1, 1, 0, 0],
        [0, 1, 0, 0],
        [0, 1, 0, 0],
        [0, 1, 0, 1],
    ]
    assert GRADES.accuracy(weights) == pytest.approx(3 / 6)
    assert GRADES.sensitivity(3, weights) == pytest.approx(1 / 2)
    assert GRADES.specificity(1, weights) == pytest.approx(2 / 5)
    assert GRADES.downgrade_share(weights) == pytest.approx(2 / 3)
    assert GRADES.beyond_one_share(weights) == pytest.approx(1 / 3)


@pytest.mark.parametrize(("power", "scheme"), [(0, None), (1, "linear"), (2, "quadratic")])
def test_kappa_is_that_of_scikit_learn(power: int, scheme: str | None) -> None:
    ours = kappa(GRADES.confusion(np.ones(6)), power=power)
    assert ours == pytest.approx(cohen_kappa_score(GRADES.true, GRADES.ours, weights=scheme))


def test_a_case_is_graded_by_the_worst_of_its_pictures() -> None:
    cases = GRADES.of_cases(["a", "a", "b", "b", "c", "c"])
    assert cases.true.tolist() == [0, 2, 3]
    assert cases.ours.tolist() == [1, 1, 3]
    weights = np.array([2, 2, 1, 1, 0, 0], float)
    assert cases.confusion(weights).sum() == 3


def test_grade_figures_hold_all_that_the_paper_gives() -> None:
    groups = ["a", "a", "b", "b", "c", "c"]
    document = grade_figures(GRADES, groups, draw_persons(groups, 20))
    assert document["per_grade"]["3"]["sensitivity"] == 0.5
    assert document["per_grade"]["3"]["pictures"] == 2
    assert document["errors"] == {
        "number": 3,
        "downgrade_share": pytest.approx(2 / 3),
        "beyond_one_share": pytest.approx(1 / 3),
        "intervals": document["errors"]["intervals"],
    }
    assert document["cases"]["number"] == 3
    low, high = document["intervals"]["accuracy"]
    assert low <= document["accuracy"] <= high


def picture(*types: LesionType | None) -> Picture:
    return Picture(None, 10, 10, "a", marks=tuple(Mark((1, 1, 2, 2), kind) for kind in types))  # type: ignore[arg-type]


def test_the_china_grade_is_that_of_the_worst_type_marked() -> None:
    assert CHINA[true_china_grade(picture(LesionType.COMEDONE, LesionType.PUSTULE))] == "III"
    assert CHINA[true_china_grade(picture(LesionType.SCAR))] == "none"
    assert CHINA[china_grade([Lesion(LesionType.CYST, 0.5, (0, 0, 1, 1))])] == "IV"
    assert CHINA[true_china_grade(picture())] == "none"


def test_a_set_that_only_says_lesion_has_no_china_grade() -> None:
    assert carries_china_grade([picture(LesionType.PAPULE), picture()])
    assert not carries_china_grade([picture(LesionType.PAPULE, None)])
    assert not carries_china_grade([picture()])


def test_overlap_of_masks_is_over_the_pixels_of_all_pictures() -> None:
    left, whole = np.zeros((4, 4), bool), np.ones((4, 4), bool)
    left[:, :2] = True
    overlap = MaskOverlap.of([(left, whole), (whole, whole)])
    assert overlap.iou(np.ones(2)) == pytest.approx(24 / 32)
    assert overlap.iou(np.array([1.0, 0.0])) == pytest.approx(1 / 2)


@pytest.mark.parametrize(
    ("lightness", "b", "angle"), [(70, 20, 45), (50, 20, 0), (30, 20, -45), (70, 1e-9, 90)]
)
def test_typology_angle_by_hand(lightness: float, b: float, angle: float) -> None:
    assert typology_angle(lightness, b) == pytest.approx(angle, abs=1e-4)


def skin_of(colour: tuple[int, int, int]) -> np.ndarray:
    image = np.full((100, 100, 3), (40, 60, 160), np.uint8)
    image[20:80, 30:70] = colour
    return image


def test_skin_is_measured_beside_background_and_lesions() -> None:
    colour = (205, 160, 135)
    image = skin_of(colour)
    cv2.rectangle(image, (40, 40), (60, 60), (150, 30, 50), -1)
    skin = measure_skin(image, [(40, 40, 21, 21)])
    lightness, _, b = cv2.cvtColor(np.float32([[colour]]) / 255, cv2.COLOR_RGB2LAB)[0, 0]
    assert skin is not None
    assert skin.ita == pytest.approx(typology_angle(lightness, b), abs=0.5)
    assert skin.value == pytest.approx(205 / 255)
    assert skin.width == pytest.approx(40, abs=3)


def test_darker_skin_has_the_smaller_angle() -> None:
    angles = [
        measure_skin(skin_of(c)).ita for c in ((230, 190, 170), (180, 130, 100), (90, 58, 42))
    ]
    assert angles == sorted(angles, reverse=True)
    assert angles[0] - angles[-1] > 50


def test_a_picture_without_skin_is_not_measured() -> None:
    assert measure_skin(np.full((50, 50, 3), (20, 80, 200), np.uint8)) is None


def test_strata_hold_every_measured_picture_once() -> None:
    skins = [(60.0, 0.5, 300.0), (41.0, 0.6, 200.0), (-40.0, 0.7, 100.0), None]
    parts = strata(skins)  # type: ignore[arg-type]
    assert [one.name for one in parts["skin_tone"]] == ["very light", "intermediate", "dark"]
    for axis in parts.values():
        assert sum(one.within for one in axis).tolist() == [1, 1, 1, 0]
    assert [one.within.tolist() for one in parts["light"]] == [
        [1, 0, 0, 0],
        [0, 1, 0, 0],
        [0, 0, 1, 0],
    ]


def test_strata_of_nothing_are_none() -> None:
    assert strata([None, None]) == {"skin_tone": [], "light": [], "face_size": []}
