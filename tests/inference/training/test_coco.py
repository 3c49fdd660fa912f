import json
from pathlib import Path

import numpy as np
import pytest

from inference.results import LesionType
from inference.training.coco import AnnotationError, masks_of, read_coco, read_rgb


def write(path: Path, **changes: object) -> Path:
    document = {
        "images": [{"id": 1, "file_name": "a.png", "width": 40, "height": 20, "severity_grade": 2}],
        "categories": [
            {"id": 1, "name": "papule"},
            {"id": 2, "name": "lesion"},
            {"id": 3, "name": "cyst"},
        ],
        "annotations": [
            {"id": 1, "image_id": 1, "category_id": 1, "bbox": [1, 2, 3, 4]},
            {"id": 2, "image_id": 1, "category_id": 2, "bbox": [5, 6, 7, 8], "region": True},
            {
                "id": 3,
                "image_id": 1,
                "category_id": 3,
                "bbox": [10, 5, 10, 10],
                "segmentation": [[10, 5, 20, 5, 20, 15, 10, 15]],
            },
        ],
    }
    path.write_text(json.dumps({**document, **changes}))
    return path


def test_marks_keep_type_outline_and_whether_they_are_a_field(tmp_path: Path) -> None:
    (picture,) = read_coco(write(tmp_path / "a.json"), tmp_path)
    assert picture.severity == 2
    assert [mark.type for mark in picture.marks] == [LesionType.PAPULE, None, LesionType.CYST]
    assert [mark.is_region for mark in picture.marks] == [False, True, False]
    masks = masks_of(picture)
    assert masks.shape == (2, 20, 40)
    assert masks[0, 10, 15]
    assert not masks[0, 10, 30]
    assert not masks[1].any()


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"categories": [{"id": 1, "name": "wart"}]}, "unknown"),
        ({"annotations": [{"id": 9, "image_id": 8, "category_id": 1, "bbox": [1, 1, 1, 1]}]}, "9"),
        (
            {"annotations": [{"id": 9, "image_id": 1, "category_id": 1, "bbox": [1, 1, 0, 1]}]},
            "area",
        ),
    ],
)
def test_unusable_annotations_are_explained(
    tmp_path: Path, changes: dict[str, object], message: str
) -> None:
    with pytest.raises(AnnotationError, match=message):
        read_coco(write(tmp_path / "a.json", **changes), tmp_path)


@pytest.mark.parametrize("content", ["", "[1, 2]", "{}", "\x00"])
def test_what_is_not_coco_is_refused(tmp_path: Path, content: str) -> None:
    path = tmp_path / "a.json"
    path.write_text(content)
    with pytest.raises(AnnotationError, match=r"a\.json"):
        read_coco(path, tmp_path)


def test_a_missing_picture_is_named(tmp_path: Path) -> None:
    with pytest.raises(AnnotationError, match=r"none\.png"):
        read_rgb(tmp_path / "none.png")


def test_a_mark_without_outline_counts_as_its_ellipse(tmp_path: Path) -> None:
    rows = [{"id": 3, "image_id": 1, "category_id": 3, "bbox": [10, 4, 12, 8]}]
    (picture,) = read_coco(write(tmp_path / "a.json", annotations=rows), tmp_path)
    assert masks_of(picture)[0].sum() == pytest.approx(np.pi * 6 * 4, rel=0.25)
