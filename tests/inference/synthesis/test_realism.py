"""The judge of realism: it sees a difference where there is one, and none where there is none."""

import json

import cv2
import numpy as np

from inference.training.synthesis.masks import prepare_masks
from inference.training.synthesis.realism import CROP, Sample, auc, gather, plot, read_boxes


def samples(redness):
    """Even crops with grain; the rendered ones have a redder middle."""
    rng = np.random.default_rng(0)
    made = []
    for number in range(160):
        rendered = number % 2 == 1
        crop = rng.normal(150, 12, (CROP, CROP, 3))
        crop[20:28, 20:28, 0] += redness * rendered
        picture = np.clip(crop, 0, 255).astype(np.uint8)
        made.append(Sample(f"{number // 4:03}", picture, 2.0, np.zeros(3, np.float32), rendered))
    return made


def test_an_obvious_difference_is_found_and_a_missing_one_is_not():
    assert auc(samples(60), steps=80) > 0.95
    assert 0.2 < auc(samples(0), steps=80) < 0.8


def test_boxes_are_read_from_coco_and_from_the_second_readers_list(tmp_path):
    coco = {
        "images": [{"id": 4, "file_name": "a.jpg"}],
        "annotations": [{"image_id": 4, "bbox": [1, 2, 3, 4]}],
    }
    plain = [{"file_name": "a.jpg", "boxes": [[1, 2, 3, 4]]}]
    for document in (coco, plain):
        (tmp_path / "boxes.json").write_text(json.dumps(document))
        assert read_boxes(tmp_path / "boxes.json") == {"a.jpg": [(1, 2, 3, 4)]}


def test_real_and_rendered_lesions_are_gathered_from_the_same_photo(tmp_path, portrait):
    image, skin, _ = portrait
    photos, masks = tmp_path / "photos", tmp_path / "masks"
    photos.mkdir()
    cv2.imwrite(str(photos / "a.png"), image[..., ::-1])
    prepare_masks(photos, masks)
    rows, columns = np.nonzero(skin)
    boxes = [(int(columns[i]), int(rows[i]), 8, 8) for i in range(0, len(rows), len(rows) // 9)]
    found = gather(photos, {"a.png": boxes}, masks, photos=1)
    assert {sample.rendered for sample in found} == {False, True}
    assert all(sample.crop.shape == (CROP, CROP, 3) for sample in found)
    plot(found, tmp_path / "plot.png")
    assert (tmp_path / "plot.png").stat().st_size > 1000
