"""Lesions cut from close-ups and blended onto faces. The close-up here is drawn."""

import json

import cv2
import numpy as np
import pytest

from inference.results import LesionType
from inference.training.synthesis import load_cuttings, paste
from inference.training.synthesis.colour import lab_of_image


def close_up(centre, radius):
    """Even tan skin with one red disc."""
    image = np.full((400, 400, 3), (190, 140, 115), np.float32)
    rows, columns = np.indices((400, 400))
    inside = np.hypot(columns - centre[0], rows - centre[1]) < radius
    image[inside] = (165, 70, 65)
    return cv2.GaussianBlur(image, (0, 0), 3).astype(np.uint8)


@pytest.fixture
def cuttings(tmp_path):
    boxes = {"papule": (130, 120, 140, 150), "pustule": (140, 130, 120, 120)}
    annotations = [
        {"id": i, "image_id": 1, "category_id": i, "bbox": box, "region": False}
        for i, box in enumerate(boxes.values(), start=1)
    ]
    annotations.append(
        {"id": 9, "image_id": 1, "category_id": 1, "bbox": [0, 0, 400, 400], "region": True}
    )
    annotations.append({"id": 10, "image_id": 1, "category_id": 1, "bbox": [10, 10, 40, 40]})
    coco = {
        "images": [{"id": 1, "file_name": "one.png"}],
        "categories": [{"id": i, "name": name} for i, name in enumerate(boxes, start=1)],
        "annotations": annotations,
    }
    cv2.imwrite(str(tmp_path / "one.png"), close_up((200, 195), 40)[..., ::-1])
    (tmp_path / "coco.json").write_text(json.dumps(coco))
    return load_cuttings(tmp_path / "coco.json", tmp_path)


def test_fields_and_boxes_without_a_lesion_are_left_out(cuttings):
    assert [one.type for one in cuttings] == [LesionType.PAPULE, LesionType.PUSTULE]


def test_a_loose_box_is_tightened_to_the_lesion(cuttings):
    for cutting in cuttings:
        height, width = cutting.mask.shape
        assert 0.35 < cutting.mask.any(axis=0).sum() / width < 0.65
        assert 0.35 < cutting.mask.any(axis=1).sum() / height < 0.65
        assert cutting.alpha[cutting.mask].min() == 1
        assert cutting.alpha[[0, -1]].max() < 0.05


def test_pasted_lesions_are_red_where_the_label_says_and_nothing_else_changes(plain, cuttings):
    image, skin, width = plain
    face = paste(image, np.random.default_rng(1), cuttings, 12, skin=skin, width_px=width)
    assert len(face.lesions) == 12
    near = np.zeros(skin.shape, bool)
    for lesion in face.lesions:
        x, y = (round(value) for value in lesion.centre)
        reach = round(2 * lesion.radius) + 4
        near[max(0, y - reach) : y + reach + 1, max(0, x - reach) : x + reach + 1] = True
        mask = lesion.full_mask(skin.shape)
        assert (mask & skin).sum() > 0.9 * mask.sum()
        redder = (lab_of_image(face.image) - lab_of_image(image))[..., 1]
        assert redder[mask].mean() > 5
    assert not ((face.image != image).any(axis=2) & ~near).any()


def test_pasting_is_repeatable(plain, cuttings):
    image, skin, width = plain
    first, second = (
        paste(image, np.random.default_rng(4), cuttings, 6, skin=skin, width_px=width)
        for _ in range(2)
    )
    assert np.array_equal(first.image, second.image)


def test_without_cuttings_there_is_nothing_to_paste(plain):
    image, skin, width = plain
    with pytest.raises(ValueError, match="nothing to paste"):
        paste(image, np.random.default_rng(4), [], 6, skin=skin, width_px=width)
