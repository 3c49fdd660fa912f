import numpy as np
import pytest
import torch

from inference.detector.detect import Detector
from inference.detector.network import Network, NetworkConfig, Output
from inference.detector.tiles import Tiling
from inference.detector.weights import Calibration, Card
from inference.results import LesionType


class Seen(Network):
    """Says that there is a papule of 24 × 12 working pixels at cell (30, 20), and one cyst."""

    def forward(self, pictures: torch.Tensor) -> Output:
        h, w = pictures.shape[2] // 4, pictures.shape[3] // 4
        heat = torch.full((1, 4, h, w), -9.0)
        heat[0, 1, 20, 30] = 4
        size = torch.zeros(1, 2, h, w)
        size[0, 0], size[0, 1] = 6, 3
        mask = torch.full((1, 2, h, w), -9.0)
        mask[0, 0, 60:70, 50:65] = 3
        return Output(heat, size, torch.full((1, 2, h, w), 0.5), mask, heat)


@pytest.fixture(scope="module")
def detector() -> Detector:
    config = NetworkConfig(deformable="none")
    return Detector(Seen(config), Card("1", config, Calibration()), "0" * 64)


def test_boxes_and_outlines_come_in_pixels_of_the_crop(detector: Detector) -> None:
    (found,) = detector.detect([np.zeros((1280, 1280, 3), np.uint8)])  # twice the working side
    papule = next(c for c in found.candidates if c.type is LesionType.PAPULE)
    assert papule.score > 0.9
    assert papule.centre == pytest.approx((2 * 4 * 30.5, 2 * 4 * 20.5), abs=0.01)
    assert papule.box[2:] == pytest.approx((48, 24), abs=0.01)
    cyst = next(c for c in found.candidates if c.type is LesionType.CYST)
    assert cyst.polygon is not None
    assert cyst.box == pytest.approx((2 * 4 * 50, 2 * 4 * 60, 2 * 60, 2 * 40), abs=8)


def test_candidates_are_sorted_and_above_the_floor(detector: Detector) -> None:
    (found,) = detector.detect([np.zeros((640, 640, 3), np.uint8)])
    scores = [candidate.score for candidate in found.candidates]
    assert scores == sorted(scores, reverse=True)
    assert min(scores) >= detector.floor


def test_crops_of_any_shape_are_read(detector: Detector) -> None:
    crops = [np.zeros(shape, np.uint8) for shape in ((333, 250, 3), (40, 900, 3), (2000, 1500, 3))]
    found = detector.detect(crops)
    assert len(found) == 3
    for crop, one in zip(crops, found, strict=True):
        assert one.heat.dtype == np.float32
        assert one.heat.shape[0] / one.heat.shape[1] == pytest.approx(
            crop.shape[0] / crop.shape[1], rel=0.05
        )


@pytest.mark.parametrize(
    "crop", [np.zeros((8, 8), np.uint8), np.zeros((8, 8, 3)), np.zeros((0, 8, 3), np.uint8)]
)
def test_what_is_no_picture_is_refused(detector: Detector, crop: np.ndarray) -> None:
    with pytest.raises(ValueError, match="RGB uint8"):
        detector.detect([crop])


@pytest.mark.parametrize(("threshold", "kept"), [(0.5, False), (0.97, True)])
def test_what_is_shown_as_a_cyst_is_not_boxed_as_well(threshold: float, *, kept: bool) -> None:
    network = Boxed(NetworkConfig(deformable="none"))
    calibration = Calibration(thresholds={**Calibration().thresholds, "cyst": threshold})
    detector = Detector(network, Card("1", network.config, calibration), "")
    (found,) = detector.detect([np.zeros((640, 640, 3), np.uint8)])
    surest = [one for one in found.candidates if one.score > 0.5]
    assert sum(one.type is LesionType.CYST for one in surest) == 1
    there = [one for one in surest if one.type is LesionType.NODULE]
    assert [one.centre for one in there] == ([(230, 260)] if kept else [])
    assert any(one.type is LesionType.PAPULE for one in surest), "beside it nothing is left out"


def test_what_is_boxed_inside_a_scar_is_shown_as_well() -> None:
    network = Boxed(NetworkConfig(deformable="none"), outline=1)
    detector = Detector(network, Card("1", network.config, Calibration()), "")
    (found,) = detector.detect([np.zeros((640, 640, 3), np.uint8)])
    surest = {one.type for one in found.candidates if one.score > 0.5}
    assert surest == {LesionType.SCAR, LesionType.NODULE, LesionType.PAPULE}


class Boxed(Seen):
    """Boxes what it outlines as a nodule too. ``outline``: 0 a cyst, 1 a scar."""

    def __init__(self, config: NetworkConfig, outline: int = 0) -> None:
        super().__init__(config)
        self.outline = outline

    def forward(self, pictures: torch.Tensor) -> Output:
        seen = super().forward(pictures)
        seen.heat[0, 3, 64, 57] = 4
        seen.size[0, :, 64, 57] = torch.tensor([15, 10])
        seen.offset[0, :, 64, 57] = torch.tensor([0.5, 1.0])
        return seen._replace(mask=seen.mask.flip(1) if self.outline else seen.mask)


class Bright(Network):
    """Says that a papule of 12 working pixels is wherever a cell is bright."""

    def forward(self, pictures: torch.Tensor) -> Output:
        light = torch.nn.functional.avg_pool2d(pictures[:, 0].float(), 4) / 255
        heat = torch.full((1, 4, *light.shape[1:]), -9.0)
        heat[:, 1] = 12 * light - 8
        half, size = torch.full_like(heat[:, :2], 0.5), torch.full_like(heat[:, :2], 3)
        return Output(heat, size, half, torch.full_like(heat[:, :2], -9.0), heat)


def test_in_tiles_a_photo_is_read_finer_and_what_lies_on_a_seam_is_found_once() -> None:
    network = Bright(NetworkConfig(deformable="none", side=160))
    card = Card("1", network.config, Calibration(floor=0.5))
    crop = np.zeros((640, 640, 3), np.uint8)
    places = [(42, 42), (102, 318), (318, 322), (322, 102), (602, 602)]  # the seams are at 320
    for x, y in places:
        crop[y - 2 : y + 2, x - 2 : x + 2] = 255
    (shrunk,) = Detector(network, card, "").detect([crop])
    tiling = Tiling(finer=4, side=352, overlap=64)
    (found,) = Detector(network, card, "", tiling=tiling).detect([crop])
    assert not shrunk.candidates, "lesions of four pixels are lost where the photo is shrunk"
    assert sorted(one.centre for one in found.candidates) == places
    assert {one.box[2] for one in found.candidates} == {12}
    assert found.heat.shape == (160, 160)
    sized = Card("1", network.config, Calibration(floor=0.5, size_gain=2.0))
    (again,) = Detector(network, sized, "", tiling=tiling).detect([crop])
    scores = [[one.score for one in some.candidates] for some in (found, again)]
    assert scores[0] == scores[1], "12 of 640 px are a small lesion, however large a tile is"
