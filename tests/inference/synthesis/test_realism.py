"""The judge of realism: it sees a difference where there is one, and none where there is none."""

import json

import cv2
import numpy as np

from inference.results import LesionType
from inference.training.synthesis.masks import prepare_masks
from inference.training.synthesis.realism import (
    CROP,
    Sample,
    auc,
    from_closeups,
    gather,
    plot,
    read_boxes,
)


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
    assert all(sample.type for sample in found if sample.rendered)


def closeup(folder):
    """One close-up of a papule, redder and darker than the skin, beside an outlined field."""
    picture = np.full((200, 200, 3), (205, 160, 135), np.uint8)
    cv2.circle(picture, (80, 120), 30, (170, 90, 85), -1)
    (folder / "closeups").mkdir()
    cv2.imwrite(str(folder / "closeups/a.png"), picture[..., ::-1])
    box = {"image_id": 1, "bbox": [50, 90, 61, 61], "category_id": 1}
    document = {
        "images": [{"id": 1, "file_name": "a.png", "width": 200, "height": 200}],
        "annotations": [{"id": 1, **box}, {"id": 2, **box, "region": True}],
        "categories": [{"id": 1, "name": "papule"}],
    }
    (folder / "closeups.json").write_text(json.dumps(document))
    return folder / "closeups.json"


def test_a_close_up_is_measured_as_a_lesion_of_a_face_is(tmp_path):
    (sample,) = from_closeups(closeup(tmp_path))
    assert (sample.type, sample.rendered) == (LesionType.PAPULE, False)
    assert sample.crop.shape == (CROP, CROP, 3)
    assert sample.size_mm == 61
    colours = np.float32([[(170, 90, 85), (205, 160, 135)]]) / 255
    lesion, skin = cv2.cvtColor(colours, cv2.COLOR_RGB2LAB)[0]
    np.testing.assert_allclose(sample.contrast, lesion - skin, atol=1.5)


def test_rendered_lesions_are_drawn_beside_close_ups_of_their_type(tmp_path):
    (papule,) = from_closeups(closeup(tmp_path))
    rendered = Sample("b", papule.crop, 3.0, papule.contrast, True, LesionType.PAPULE)
    sizes = []
    for name, real in (("without.png", ()), ("with.png", (papule,))):
        plot(
            [rendered, Sample("b", papule.crop, 3.0, papule.contrast, False)], tmp_path / name, real
        )
        sizes.append(cv2.imread(str(tmp_path / name)).shape[0])
    assert sizes[1] == 2 * sizes[0]
