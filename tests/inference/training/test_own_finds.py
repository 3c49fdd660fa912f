from pathlib import Path

import cv2
import numpy as np

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
