from pathlib import Path

import cv2
import numpy as np
import pytest

from inference.detector.decode import Outline
from inference.detector.detect import Detector
from inference.detector.network import Network, NetworkConfig
from inference.detector.weights import Calibration, Card
from inference.training.augmentation import without_isolated_dots
from inference.training.coco import Picture, read_rgb
from inference.training.own_finds import find_all


def test_only_finds_that_are_sure_enough_are_kept(tmp_path: Path) -> None:
    noise = np.random.default_rng(0).integers(0, 255, (96, 96, 3)).astype(np.uint8)
    cv2.imwrite(str(tmp_path / "a.png"), noise)
    picture = Picture(tmp_path / "a.png", 96, 96, "a")
    config = NetworkConfig(deformable="none", side=96)
    detector = Detector(Network(config), Card("x", config, Calibration()), "0")
    reading = detector.read(without_isolated_dots(read_rgb(picture.path)))
    least = float(reading.lesion.max())
    [sure] = find_all(detector, [picture], least)
    assert sure["file_name"] == "a.png"
    np.testing.assert_allclose(sure["boxes"], reading.boxes[reading.lesion >= least])
    [none] = find_all(detector, [picture], least + 0.001)
    assert none["boxes"] == []


def test_what_is_shown_as_an_outline_is_a_find_too(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    cv2.imwrite(str(tmp_path / "a.png"), np.zeros((96, 96, 3), np.uint8))
    config = NetworkConfig(deformable="none", side=96)
    detector = Detector(Network(config), Card("x", config, Calibration()), "0")
    square = np.array([(10, 20), (30, 20), (30, 50), (10, 50)], np.float32)
    outlines = [Outline(0, score, square) for score in (0.9, 0.01)]
    seen = detector.read(np.zeros((96, 96, 3), np.uint8))._replace(outlines=outlines)
    monkeypatch.setattr(detector, "read", lambda _picture: seen)
    [found] = find_all(detector, [Picture(tmp_path / "a.png", 96, 96, "a")], 1.1)
    assert found["boxes"] == [[10, 20, 20, 30]]
