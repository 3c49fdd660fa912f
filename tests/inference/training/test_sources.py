import json
from pathlib import Path

import cv2
import numpy as np
import pytest

from inference.results import LesionType
from inference.training.coco import Mark, Picture, read_coco
from inference.training.config import DataConfig
from inference.training.sources import (
    CloseUps,
    Complete,
    Faces,
    FurtherReader,
    open_complete,
    open_faces,
    rarity,
)
from inference.training.splits import held_out_part_of_clear, training_part_of_clear


@pytest.fixture
def picture(tmp_path: Path) -> Picture:
    cv2.imwrite(str(tmp_path / "a.png"), np.full((64, 64, 3), 90, np.uint8))
    marks = (Mark((10, 10, 20, 20), None),)
    return Picture(tmp_path / "a.png", 64, 64, "a", marks=marks)


def test_the_second_reader_adds_what_the_first_missed_at_a_lower_peak(picture: Picture) -> None:
    second = {"a.png": np.array([[16, 16, 4, 4], [50, 50, 4, 4]], np.float32)}
    labels = (
        Faces([picture], [FurtherReader(second, 0.3)], 1.0).example(np.random.default_rng(0)).labels
    )
    np.testing.assert_allclose(labels.peaks, [1, 0.3])
    np.testing.assert_allclose(labels.boxes[1], [50, 50, 4, 4])
    assert labels.type_weight == 0


def test_where_only_a_doubtful_reader_saw_one_nothing_is_learnt(picture: Picture) -> None:
    second = FurtherReader({"a.png": np.array([[50, 50, 4, 4]], np.float32)}, 0.3)
    own = FurtherReader({"a.png": np.array([[51, 51, 2, 2], [2, 50, 8, 8]], np.float32)}, 0.0)
    labels = Faces([picture], [second, own], 1.0).example(np.random.default_rng(0)).labels
    np.testing.assert_allclose(labels.peaks, [1, 0.3])
    np.testing.assert_allclose(labels.ignored, [[2, 50, 8, 8]])


def test_the_second_reader_can_be_left_out(tmp_path: Path, picture: Picture) -> None:
    (tmp_path / "train").mkdir()
    picture.path.rename(tmp_path / "train/a.png")
    image = {"id": 1, "file_name": "a.png", "width": 64, "height": 64}
    box = {"id": 1, "image_id": 1, "category_id": 1, "bbox": [10, 10, 20, 20]}
    labels = {
        "images": [image],
        "categories": [{"id": 1, "name": "lesion"}],
        "annotations": [box],
    }
    (tmp_path / "train.json").write_text(json.dumps(labels), encoding="utf-8")
    second = [{"file_name": "a.png", "boxes": [[50, 50, 4, 4]]}]
    (tmp_path / "train_v2.json").write_text(json.dumps(second), encoding="utf-8")
    both, first = (
        open_faces(tmp_path, DataConfig(second_reader=asked)).example(np.random.default_rng(0))
        for asked in (True, False)
    )
    assert len(both.labels.boxes) == 2
    assert len(first.labels.boxes) == 1
    assert first.labels.any_weight == 1  # what only the second reader marked is taught as skin


def test_boxes_shrink_about_their_centres(picture: Picture) -> None:
    labels = Faces([picture], [], 0.5).example(np.random.default_rng(0)).labels
    np.testing.assert_allclose(labels.boxes, [[15, 15, 10, 10]])


def test_a_field_of_comedones_is_no_lesion(picture: Picture) -> None:
    field = Mark((0, 0, 60, 60), LesionType.COMEDONE, is_region=True)
    closeup = Picture(picture.path, 64, 64, "a", marks=(field,))
    labels = CloseUps([closeup]).example(np.random.default_rng(0)).labels
    assert len(labels.boxes) == 0
    assert len(labels.fields) in (9, 16)


def test_pictures_with_a_rare_type_are_shown_more_often(picture: Picture) -> None:
    papule, cyst = (Mark((1, 1, 5, 5), kind) for kind in (LesionType.PAPULE, LesionType.CYST))
    marked = [(papule,), (papule, papule), (papule, cyst), (Mark((1, 1, 5, 5), None),), ()]
    pictures = [Picture(picture.path, 64, 64, "a", marks=marks) for marks in marked]
    np.testing.assert_allclose(rarity(pictures), [1, 1, 2, 1, 1])  # four papules to a cyst
    source = Complete(pictures)
    drawn = [source.example(np.random.default_rng(seed)) for seed in range(300)]
    rare = [one for one in drawn if one.rarity == 2]
    assert {one.rarity for one in drawn} == {1, 2}
    assert len(rare) == pytest.approx(100, abs=25)  # 2 of 6, others 1 of 6
    assert all(one.labels.masks[0].any() for one in rare)


def test_every_fourth_portrait_is_held_out(picture: Picture) -> None:
    pictures = [Picture(Path(f"{i}.png"), 1, 1, str(i)) for i in range(10)]
    assert [p.group for p in held_out_part_of_clear(pictures)] == ["3", "7"]
    training = {p.group for p in training_part_of_clear(pictures)}
    assert training == {p.group for p in pictures} - {"3", "7"}


def test_a_clinics_lesion_of_unknown_type_is_kept(tmp_path: Path) -> None:
    (tmp_path / "c").mkdir()
    cv2.imwrite(str(tmp_path / "c/a.png"), np.zeros((32, 32, 3), np.uint8))
    document = {
        "images": [{"id": 1, "file_name": "a.png", "width": 32, "height": 32}],
        "annotations": [{"id": 1, "image_id": 1, "category_id": 1, "bbox": [4, 4, 8, 8]}],
        "categories": [{"id": 1, "name": "lesion"}],
    }
    (tmp_path / "c.json").write_text(json.dumps(document))
    assert len(read_coco(tmp_path / "c.json", tmp_path / "c")) == 1
    labels = open_complete(tmp_path / "c.json").example(np.random.default_rng(0)).labels
    assert labels.types.tolist() == [-1]
    assert labels.type_weight == 1
