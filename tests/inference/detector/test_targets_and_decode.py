import cv2
import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from inference.detector.decode import find_outlines, find_peaks, iou, lesion_probability
from inference.detector.network import NetworkConfig, Output
from inference.detector.targets import (
    UNKNOWN_TYPE,
    Labels,
    TargetConfig,
    Targets,
    build_targets,
    gaussian_radius,
)
from inference.detector.weights import Calibration

SIDE = 256
FORMS = st.sampled_from(["cells", "log"])


@st.composite
def lesions(draw: st.DrawFn) -> tuple[np.ndarray, np.ndarray]:
    """Boxes of every size with a type, one in each of some squares, so that none hide another."""
    squares = draw(st.sets(st.tuples(st.integers(0, 7), st.integers(0, 7)), min_size=1))
    boxes, types = [], []
    for column, row in sorted(squares):
        x, y = (32 * c + draw(st.floats(12, 20)) for c in (column, row))
        width, height = draw(st.floats(3, 40)), draw(st.floats(3, 40))
        boxes.append((x - width / 2, y - height / 2, width, height))
        types.append(draw(st.integers(0, 3)))
    return np.asarray(boxes, np.float32), np.asarray(types)


def labels_of(boxes: np.ndarray, types: np.ndarray) -> Labels:
    return Labels(boxes=boxes, types=types, peaks=np.ones(len(boxes), np.float32), type_weight=1.0)


def perfect(targets: Targets) -> Output:
    """What a network that has learnt the targets would say."""
    heat = torch.from_numpy(targets.heat).clamp(1e-4, 1 - 1e-4).logit()
    return Output(
        heat[None],
        torch.from_numpy(targets.size)[None],
        torch.from_numpy(targets.offset)[None],
        torch.from_numpy(targets.mask)[None],
        heat[None],
    )


@settings(deadline=None, max_examples=40)
@given(lesions(), FORMS, st.integers(0, 2))
def test_decoding_the_targets_gives_the_lesions_back(
    drawn: tuple[np.ndarray, np.ndarray], form: str, spread: int
) -> None:
    boxes, types = drawn
    config = TargetConfig(size_form=form, spread=spread)
    targets = build_targets(labels_of(boxes, types), SIDE, SIDE, config)
    network = NetworkConfig(size_form=form, spread=spread)
    peaks = find_peaks(perfect(targets), network, Calibration(), SIDE)
    found = peaks.lesion[0] > 0.9
    assert int(found.sum()) == len(boxes)
    ours = torch.cat([peaks.boxes[0], peaks.shares[0].argmax(dim=1, keepdim=True)], dim=1)[found]
    theirs = torch.from_numpy(np.column_stack([boxes, types]).astype(np.float32))
    ours, theirs = (
        t[
            (
                t[:, 0]
                + t[:, 2] / 2
                + 1000 * (t[:, 1] + t[:, 3] / 2).div(32, rounding_mode="floor")
            ).argsort()
        ]
        for t in (ours, theirs)
    )
    torch.testing.assert_close(ours, theirs, atol=2e-3, rtol=1e-4)


def test_cells_round_a_centre_steady_its_box() -> None:
    boxes = np.array([[32 * c + 8, 32 * r + 8, 18, 18] for c in range(8) for r in range(8)])
    labels = labels_of(boxes.astype(np.float32), np.zeros(64, np.int64))
    targets = build_targets(
        labels, SIDE, SIDE, TargetConfig(min_radius=3.0, spread=2, size_form="log")
    )
    output = perfect(targets)
    noise = torch.Generator().manual_seed(3)
    for plane in (output.offset, output.size):
        plane.add_(0.5 * torch.randn(plane.shape, generator=noise))

    def error(spread: int) -> float:
        network = NetworkConfig(size_form="log", spread=spread)
        found = find_peaks(output, network, Calibration(), SIDE, count=64).boxes[0].numpy()
        return float(1 - iou(found, boxes.astype(np.float32)).max(axis=1).mean())

    assert error(1) < 0.7 * error(0)
    assert error(2) < 0.9 * error(1)


@pytest.mark.parametrize("apart", [2, 3, 4, 5])
@pytest.mark.parametrize("sides", [(12, 12), (24, 10), (10, 24)])
def test_close_neighbours_keep_their_own_boxes(apart: int, sides: tuple[int, int]) -> None:
    centres = np.array([[101, 101], [101 + 4 * apart, 101]])
    size = np.array(sides)[:, None]
    boxes = np.hstack([centres - size / 2, size, size]).astype(np.float32)
    config = TargetConfig(min_radius=1.0, spread=2, size_form="log")
    targets = build_targets(labels_of(boxes, np.array([1, 1])), SIDE, SIDE, config)
    for (x, y), side in zip(centres, sides, strict=True):
        assert targets.size[0, y // 4, x // 4] == pytest.approx(np.log(side / 4))
    network = NetworkConfig(size_form="log", spread=2)
    found = find_peaks(perfect(targets), network, Calibration(), SIDE, count=2).boxes[0].numpy()
    assert (iou(found, boxes).max(axis=0) > 0.75).all()


def test_size_speaks_for_a_lesion_from_a_small_one_on() -> None:
    """Boxes of 8, 16 and 32 px on a face of 640 px, told alike by the heatmap but for a little."""
    boxes = np.array([[42, 42, 8, 8], [102, 42, 16, 16], [162, 42, 32, 32]], np.float32)
    config = TargetConfig(size_form="log", spread=1)
    targets = build_targets(labels_of(boxes, np.array([1, 1, 1])), SIDE, SIDE, config)
    output = perfect(targets)
    for columns, less in ((slice(18), 7.0), (slice(18, 34), 8.0), (slice(34, None), 8.5)):
        output.heat[..., columns] -= less
    network = NetworkConfig(size_form="log", spread=1, side=640)

    def scores(gain: float, face_side: float = 640) -> dict[int, float]:
        calibration = Calibration(size_gain=gain)
        peaks = find_peaks(output, network, calibration, face_side, count=3)
        assert (peaks.lesion[0].diff() <= 0).all(), "best first, size and all"
        by_cell = lesion_probability(output, network, calibration, face_side)[0]
        centres = (peaks.boxes[0, :, :2] + peaks.boxes[0, :, 2:] / 2).div(4).long()
        for (x, y), score in zip(centres, peaks.lesion[0], strict=True):
            torch.testing.assert_close(by_cell[y, x], score, atol=1e-3, rtol=1e-3)
        return {
            round(float(side)): float(logit)
            for side, logit in zip(peaks.boxes[0, :, 2], peaks.lesion[0].logit(), strict=True)
        }

    plain, sized, finer, tiny = scores(0), scores(3), scores(3, 1280), scores(3, 100)
    assert [*plain] == [8, 16, 32]
    assert [*sized] == [32, 8, 16]
    for side, gain in {8: 0.0, 16: 0.0, 32: 3.0 * np.log(2)}.items():
        assert sized[side] - plain[side] == pytest.approx(gain, abs=0.01)
    assert finer == pytest.approx(plain, abs=0.01), "read twice as fine, 32 px are a small lesion"
    for side, gain in {8: 3 * np.log(3.2), 16: 3 * np.log(4), 32: 3 * np.log(4)}.items():
        assert tiny[side] - plain[side] == pytest.approx(gain, abs=0.02), "a tenth of it is large"


def test_sizes_that_no_lesion_has_spoil_no_score() -> None:
    size = torch.tensor([1000.0, 1000.0, 1000.0, -1000.0]).view(1, 2, 1, 2)
    zeros = [torch.zeros(1, channels, 1, 2) for channels in (4, 2, 2, 4)]
    output = Output(zeros[0], size, *zeros[1:])
    for gain in (0.0, 2.0):
        form = NetworkConfig(size_form="log"), Calibration(size_gain=gain), 640
        assert find_peaks(output, *form, count=1).lesion.isfinite().all()
        assert lesion_probability(output, *form).isfinite().all()


def test_an_unknown_type_teaches_only_that_something_is_there() -> None:
    labels = labels_of(np.array([[100, 100, 20, 20]], np.float32), np.array([-1]))
    labels.type_weight, labels.any_weight = 0.0, 1.0
    targets = build_targets(labels, SIDE, SIDE, TargetConfig())
    assert not targets.heat.any()
    assert not targets.heat_weight.any()
    assert targets.any_heat[27, 27] == 1
    assert targets.box_weight[27, 27] == 1


def test_what_only_one_reader_saw_has_a_lower_peak_and_no_size() -> None:
    labels = labels_of(np.array([[100, 100, 20, 20]], np.float32), np.array([-1]))
    labels.peaks = np.array([0.3], np.float32)
    targets = build_targets(labels, SIDE, SIDE, TargetConfig())
    assert targets.any_heat.max() == pytest.approx(0.3)
    assert not targets.box_weight.any()


def test_nothing_is_known_inside_an_ignored_box() -> None:
    labels = Labels(any_weight=1.0, type_weight=1.0, mask_weight=1.0)
    labels.ignored = np.array([[40, 80, 16, 8]], np.float32)
    targets = build_targets(labels, SIDE, SIDE, TargetConfig())
    for weight in (targets.any_weight, targets.mask_weight, *targets.heat_weight):
        assert not weight[20:22, 10:14].any()
        assert weight.sum() == 64 * 64 - 8


def test_a_field_of_comedones_denies_other_types_only() -> None:
    labels = Labels(any_weight=1.0, type_weight=1.0)
    labels.fields = np.array([[0, 0, 40, 40]], np.float32)
    targets = build_targets(labels, SIDE, SIDE, TargetConfig())
    assert targets.field.sum() == 100
    assert not targets.heat_weight[0, :10, :10].any()
    assert targets.heat_weight[1:].all()
    assert not targets.any_weight[:10, :10].any()


def test_a_lesion_outside_the_picture_is_left_out() -> None:
    labels = labels_of(np.array([[-30, 10, 20, 20], [10, 300, 9, 9]], np.float32), np.array([0, 1]))
    assert not build_targets(labels, SIDE, SIDE, TargetConfig()).heat.any()


@given(st.floats(2, 60), st.floats(2, 60))
def test_a_shift_by_the_radius_keeps_the_overlap(width: float, height: float) -> None:
    radius = gaussian_radius(width, height)
    shared = (width - radius) * (height - radius)
    assert shared / (2 * width * height - shared) >= 0.7 - 1e-6


def test_outlines_follow_the_mask() -> None:
    mask = np.zeros((2, 64, 64), np.float32)
    cv2.ellipse(mask[0], (20, 30), (9, 5), 0, 0, 360, (0.9,), -1)
    cv2.circle(mask[1], (50, 50), 1, (1.0,), -1)  # too small to be a scar
    (outline,) = find_outlines(mask, Calibration())
    assert outline.kind == 0
    assert outline.score > 0.7
    drawn = np.zeros((256, 256), np.uint8)
    cv2.fillPoly(drawn, [outline.polygon.astype(np.int32)], (1,))
    expected = cv2.resize(mask[0], (256, 256), interpolation=cv2.INTER_LINEAR) >= 0.5
    shared = (drawn.astype(bool) & expected).sum() / (drawn.astype(bool) | expected).sum()
    assert shared > 0.9


def test_an_outline_scores_the_calibrated_probability_of_its_type() -> None:
    mask = np.zeros((2, 64, 64), np.float32)
    for plane in mask:
        cv2.rectangle(plane, (10, 10), (50, 50), (0.8,), -1)
    cyst, scar = 2.0, 0.5
    calibration = Calibration(outline_temperature=(cyst, scar), outline_shift=(1.0, 3.0))
    raw = [one.score for one in find_outlines(mask, Calibration())]
    scores = {one.kind: one.score for one in find_outlines(mask, calibration)}
    logit = np.log(raw[0] / (1 - raw[0]))
    assert raw[0] == raw[1] == pytest.approx(0.8, abs=0.02)
    assert scores[0] == pytest.approx(1 / (1 + np.exp(-(logit - 1) / cyst)), rel=1e-5)
    assert scores[1] == pytest.approx(1 / (1 + np.exp(-(logit - 3) / scar)), rel=1e-5)


def test_no_more_than_the_strongest_candidates_are_kept() -> None:
    torch.manual_seed(1)
    output = Output(*(torch.randn(1, c, 96, 96) for c in (4, 2, 2, 2, 4)))
    peaks = find_peaks(output, NetworkConfig(size_form="log"), Calibration(), 384, count=50)
    assert peaks.boxes.shape == (1, 50, 4)
    assert (peaks.lesion[0].diff() <= 0).all()
    torch.testing.assert_close(peaks.shares.sum(dim=2), torch.ones(1, 50))


def test_nothing_round_a_lesion_of_unknown_type_says_that_a_type_is_absent() -> None:
    box = np.array([[100, 100, 30, 30]], np.float32)
    labels = Labels(
        boxes=box,
        types=np.array([UNKNOWN_TYPE]),
        peaks=np.ones(1, np.float32),
        any_weight=1.0,
        type_weight=1.0,
    )
    targets = build_targets(labels, SIDE, SIDE, TargetConfig(min_radius=3.0))
    lesion = targets.any_heat > 0.1
    assert lesion.sum() > 9
    assert not targets.heat_weight[:, lesion].any()
    assert targets.heat_weight[:, targets.any_heat == 0].all()
    assert targets.any_weight.all()
