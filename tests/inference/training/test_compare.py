"""The classifier beside the network: crops are cut where the lesion is, and it can learn."""

import json
from dataclasses import replace

import cv2
import numpy as np
import pytest

from inference.__main__ import main
from inference.results import LesionType
from inference.training.coco import Mark, Picture
from inference.training.compare import (
    KEPT,
    SEEN,
    Place,
    ask,
    cut,
    plain,
    row,
    rows,
    train_classifier,
    varied,
)

COLOURS = {LesionType.PAPULE: (200, 40, 40), LesionType.PUSTULE: (40, 200, 40)}


def place(kind: LesionType, group: str = "a") -> Place:
    image = np.full((90, 120, 3), 128, np.uint8)
    cv2.circle(image, (30, 60), 8, COLOURS[kind], -1)
    mark = Mark((22, 52, 17, 17), kind)
    return Place(Picture(None, 120, 90, group, marks=(mark,)), mark, kind, cut(image, mark))  # type: ignore[arg-type]


def test_the_lesion_stands_in_the_middle_of_its_crop() -> None:
    crop = place(LesionType.PAPULE).crop
    assert crop.shape == (KEPT, KEPT, 3)
    assert crop[KEPT // 2, KEPT // 2].tolist() == [200, 40, 40]
    assert crop[4, 4].tolist() == [128, 128, 128]
    red = (crop[..., 0] > 160).any(axis=0).sum()
    assert red == pytest.approx(KEPT / 2.2, rel=0.1)


def test_varied_crops_still_hold_the_lesion() -> None:
    crop = place(LesionType.PAPULE).crop
    for seed in range(8):
        seen = varied(crop, np.random.default_rng(seed)).astype(int)
        assert seen.shape == (SEEN, SEEN, 3)
        red, green, _ = seen[SEEN // 2, SEEN // 2]
        assert red > 2 * green


def test_it_learns_to_tell_two_colours_apart() -> None:
    known = [place(kind) for kind in COLOURS for _ in range(3)]
    types = list(COLOURS)
    network = train_classifier(known, types, steps=30, batch=8)
    assert row(known, ask(network, known, types))["accuracy"] == 1


def test_the_classifier_is_asked_at_the_middle_of_a_crop() -> None:
    crop = place(LesionType.PAPULE).crop
    assert (plain(crop) == crop[32:144, 32:144]).all()


def test_a_row_by_hand() -> None:
    asked = [
        place(LesionType.PAPULE, "a"),
        place(LesionType.PAPULE, "b"),
        place(LesionType.PUSTULE, "c"),
    ]
    given = [LesionType.PAPULE, LesionType.PUSTULE, LesionType.PUSTULE]
    found = row(asked, [(one.type, kind) for one, kind in zip(asked, given, strict=True)])
    assert found["accuracy"] == pytest.approx(2 / 3)
    assert found["balanced_accuracy"] == pytest.approx((0.5 + 1) / 2)
    assert found["confusion"]["papule"]["pustule"] == 1
    low, high = found["intervals"]["accuracy"]
    assert low <= found["accuracy"] <= high


def test_fields_are_left_out_of_the_single_lesions() -> None:
    lesion, field = place(LesionType.PAPULE, "a"), place(LesionType.PUSTULE, "b")
    field = replace(field, mark=replace(field.mark, is_region=True))
    found = rows([lesion, field], [(lesion.type, lesion.type), (field.type, lesion.type)])
    assert found["accuracy"] == 0.5
    assert found["single_lesions"]["accuracy"] == 1


def test_close_ups_of_one_type_are_refused(tmp_path, capsys) -> None:
    (tmp_path / "closeups").mkdir()
    document = {"images": [], "annotations": [], "categories": [{"id": 1, "name": "papule"}]}
    for part in ("train", "val"):
        (tmp_path / f"closeups/{part}.json").write_text(json.dumps(document))
    assert main(["compare", "--data", str(tmp_path)]) == 2
    assert "fewer than two types" in capsys.readouterr().err
