import dataclasses

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from inference.detector.targets import Labels
from inference.training.augmentation import (
    AugmentationConfig,
    Example,
    augment,
    mosaic,
    quarter_turn,
    whole,
    without_isolated_dots,
)

COLOUR = np.array([200, 30, 30], np.uint8)


def marked(height: int = 200, width: int = 160) -> Example:
    """Grey with one red square, marked."""
    image = np.full((height, width, 3), 128, np.uint8)
    image[60:80, 50:70] = COLOUR
    labels = Labels(
        boxes=np.array([[50, 60, 20, 20]], np.float32),
        types=np.array([1]),
        peaks=np.ones(1, np.float32),
        masks=np.stack([image[..., 0] == 200] * 2),
    )
    return Example(image, labels)


def red_box(image: np.ndarray) -> tuple[int, int, int, int]:
    rows, columns = np.nonzero(image[..., 0].astype(int) - image[..., 1] > 60)
    x, y = columns.min(), rows.min()
    return x, y, columns.max() + 1 - x, rows.max() + 1 - y


@settings(deadline=None, max_examples=25)
@given(st.integers(0, 10_000))
def test_the_box_and_the_mask_follow_the_picture(seed: int) -> None:
    config = AugmentationConfig(turn=0, degrade=0, white_balance=0, exposure=0.05, saturation=0)
    crop = augment(marked(), 256, 180, config, np.random.default_rng(seed))
    assert crop.image.shape == (256, 256, 3)
    np.testing.assert_allclose(crop.labels.boxes[0], red_box(crop.image), atol=2.5)
    inside = crop.labels.masks[0]
    assert (crop.image[inside][:, 0].astype(int) - crop.image[inside][:, 1] > 40).mean() > 0.8


def test_the_same_chance_gives_the_same_crop() -> None:
    first, second = (
        augment(marked(), 96, 180, AugmentationConfig(), np.random.default_rng(5)) for _ in range(2)
    )
    np.testing.assert_array_equal(first.image, second.image)
    np.testing.assert_array_equal(first.labels.boxes, second.labels.boxes)


def test_a_picture_with_a_rare_type_is_scaled_further() -> None:
    config = AugmentationConfig(scale=(0.8, 1.25), aspect=(1, 1), turn=0, rare_variety=2)
    common, rare, rarest = (
        [
            float(
                augment(
                    dataclasses.replace(marked(), rarity=rarity), 96, 180, config, rng
                ).labels.boxes[0, 2]
            )
            for rng in map(np.random.default_rng, range(60))
        ]
        for rarity in (1.0, 1.5, 4.0)
    )
    usual = 20 * 180 / (200 * 160) ** 0.5
    np.testing.assert_allclose(np.array(rare) / usual, (np.array(common) / usual) ** 1.5, rtol=1e-3)
    np.testing.assert_allclose(np.array(rarest) / usual, (np.array(common) / usual) ** 2, rtol=1e-3)


def test_a_picture_with_a_rare_type_is_turned_further() -> None:
    config = AugmentationConfig(scale=(1, 1), aspect=(1, 1), rare_variety=3)
    centres = [
        augment(
            dataclasses.replace(marked(320, 320), rarity=rarity),
            320,
            320,
            config,
            np.random.default_rng(1),
        ).labels.boxes[0]
        for rarity in (1.0, 3.0)
    ]
    turns = [
        np.arctan2(*(centre[:2] + centre[2:] / 2 - 160)) for centre in map(np.asarray, centres)
    ]
    straight = np.arctan2(60 - 160, 70 - 160)
    mirrored = np.arctan2(160 - 60, 70 - 160)
    start = min((straight, mirrored), key=lambda angle: abs(angle - turns[0]))
    assert turns[1] - start == pytest.approx(3 * (turns[0] - start), abs=0.03)
    assert abs(turns[0] - start) > 0.02


@pytest.mark.parametrize(("face_side", "times"), [(0, 2.0), (800, 0.5)])
def test_a_picture_is_brought_to_the_scale_of_use(face_side: float, times: float) -> None:
    config = AugmentationConfig((1, 1), (1, 1), turn=0, degrade=0)
    example = dataclasses.replace(marked(200, 200), face_side=face_side)
    crop = augment(example, 400, 400, config, np.random.default_rng(1))
    np.testing.assert_allclose(crop.labels.boxes[0, 2:], 20 * times)


@pytest.mark.parametrize("quarters", range(4))
def test_a_quarter_turn_takes_the_box_along(quarters: int) -> None:
    square = whole(marked(200, 200), 200)
    turned = quarter_turn(square, quarters)
    assert tuple(turned.labels.boxes[0]) == red_box(turned.image)


def test_a_mosaic_keeps_every_box_on_its_lesion() -> None:
    example = marked(200, 200)
    example.labels.masks = None
    joined = mosaic([example] * 4, 2, 400, np.random.default_rng(0))
    assert len(joined.labels.boxes) == 4
    for x, y, width, height in joined.labels.boxes.round().astype(int):
        assert (joined.image[y + 1 : y + height - 1, x + 1 : x + width - 1] == COLOUR).all()


def test_isolated_dots_go_and_lesions_stay() -> None:
    image = marked().image
    dotted = image.copy()
    dotted[10, 10], dotted[20, 40], dotted[150, 30] = 0, 255, 0
    dotted[100:106, 100:106] = 10  # an open comedone of six pixels
    cleaned = without_isolated_dots(dotted)
    assert (cleaned[[10, 20, 150], [10, 40, 30]] == 128).all()
    assert (cleaned[102:104, 102:104] == 10).all()
    assert red_box(cleaned) == (50, 60, 20, 20)
