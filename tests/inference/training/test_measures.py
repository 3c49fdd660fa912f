import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from inference.detector.decode import iou
from inference.results import LesionType
from inference.training.average_precision import average_precision
from inference.training.evaluation.grades import hayashi_grade
from inference.training.given_place import confusion
from inference.training.matching import Found, curve, match

A, B = [10, 10, 20, 20], [100, 100, 20, 20]


def found(boxes: list[list[float]], scores: list[float], truth: list[list[float]]) -> Found:
    return Found(
        np.asarray(boxes, np.float32).reshape(-1, 4),
        np.asarray(scores, np.float32),
        np.asarray(truth, np.float32).reshape(-1, 4),
    )


def test_overlap_by_hand() -> None:
    first = np.array([[0, 0, 10, 10]], np.float32)
    second = np.array([[5, 0, 10, 10], [20, 20, 5, 5], [0, 0, 10, 10]], np.float32)
    np.testing.assert_allclose(iou(first, second), [[50 / 150, 0, 1]], atol=1e-6)


def test_a_lesion_is_found_once() -> None:
    assert match(found([A, A, B], [0.9, 0.8, 0.7], [A]), 0.3).tolist() == [True, False, False]


def test_the_better_find_takes_the_lesion_it_overlaps_most() -> None:
    near = [16, 10, 20, 20]
    assert match(found([near, A], [0.9, 0.8], [A, near]), 0.3).tolist() == [True, True]


def test_precision_and_recall_by_hand() -> None:
    one = curve([found([A, B], [0.9, 0.6], [A]), found([A], [0.7], [A, B])], 0.3)
    np.testing.assert_allclose(one.scores, [0.9, 0.7, 0.6])
    np.testing.assert_allclose(one.precision, [1, 1, 2 / 3])
    np.testing.assert_allclose(one.recall, [1 / 3, 2 / 3, 2 / 3])
    assert one.best == pytest.approx((0.8, 0.7))
    assert one.max_recall == pytest.approx(2 / 3)


def test_average_precision_is_one_when_all_is_found_and_nothing_else() -> None:
    result = average_precision([found([A, B], [0.9, 0.8], [A, B])])
    assert result[0.3] == result[0.5] == result[0.95] == pytest.approx(1)


def test_average_precision_tells_the_ious_apart() -> None:
    shifted = [18, 10, 20, 20]  # IoU 12 / 28
    result = average_precision([found([shifted], [0.9], [A])])
    assert result[0.3] == pytest.approx(1)
    assert result[0.5] == 0


def test_more_than_a_hundred_lesions_of_one_face_count() -> None:
    boxes = [[12.0 * (i % 20), 12.0 * (i // 20), 8, 8] for i in range(300)]
    assert average_precision([found(boxes, [0.9] * 300, boxes)])[0.5] == pytest.approx(1)


def test_without_lesions_or_finds_it_is_zero() -> None:
    assert average_precision([found([], [], [A])])[0.3] == 0
    assert average_precision([found([A], [0.5], [])])[0.3] == 0
    assert curve([found([], [], [A])], 0.3).best == (0, 1)


@given(st.lists(st.tuples(*[st.floats(1, 50)] * 4), max_size=6))
def test_matching_never_gives_more_hits_than_lesions(boxes: list[tuple[float, ...]]) -> None:
    one = found([list(b) for b in boxes], [0.5] * len(boxes), [A, B])
    assert match(one, 0.01).sum() <= 2


@pytest.mark.parametrize(
    ("count", "grade"), [(0, 0), (5, 0), (5.4, 0), (6, 1), (20, 1), (21, 2), (50, 2), (51, 3)]
)
def test_hayashi_bins(count: float, grade: int) -> None:
    assert hayashi_grade(count) == grade


def test_confusion_counts_pairs() -> None:
    table = confusion(
        [(LesionType.PAPULE, LesionType.PAPULE), (LesionType.PAPULE, LesionType.NODULE)]
    )
    assert table["accuracy"] == 0.5
    assert table["confusion"]["papule"]["nodule"] == 1
    assert table["confusion"]["nodule"]["papule"] == 0
