"""What is read both ways hangs on no side, and lies where it lay."""

import pytest
import torch

from inference.detector.decode import find_peaks
from inference.detector.detect import Detector
from inference.detector.mirror import run_both_ways
from inference.detector.network import Network, NetworkConfig, Output
from inference.detector.tiles import Tiling
from inference.detector.weights import Calibration, Card


def bright_spots(pictures: torch.Tensor) -> Output:
    """A network that finds what is bright and puts its centre a fifth of a cell from the left."""
    cells = torch.nn.functional.avg_pool2d(pictures.float(), 4).mean(dim=1, keepdim=True) / 20 - 6
    ones = torch.ones_like(cells)
    offset = torch.cat([0.2 * ones, 0.5 * ones], dim=1)
    heat = cells.expand(-1, 4, -1, -1)
    return Output(heat, 3 * offset, offset, heat[:, :2], heat)


def test_what_is_read_mirrored_lies_where_it_is() -> None:
    picture = torch.zeros(1, 3, 64, 96, dtype=torch.uint8)
    picture[..., 20:24, 8:12] = 255
    output = run_both_ways(bright_spots, picture)
    x, y = output.offset[0, :, 5, 2]
    assert float(x) == pytest.approx((0.2 + 0.8) / 2)
    assert float(y) == pytest.approx(0.5)
    peaks = find_peaks(output, NetworkConfig(), Calibration(), 78, count=1)
    left, top, width, height = peaks.boxes[0, 0].tolist()
    assert (left + width / 2, top + height / 2) == pytest.approx((10, 22))
    for plane, expected in zip(output[3:], bright_spots(picture)[3:], strict=True):
        torch.testing.assert_close(plane, expected, msg="spots are the same mirrored")


@pytest.mark.parametrize("tiling", [None, Tiling(finer=1, side=64, overlap=32)])
def test_a_mirror_image_gets_mirrored_lesions(tiling: Tiling | None) -> None:
    torch.manual_seed(2)
    config = NetworkConfig("none", side=128)
    card = Card("1", config, Calibration())
    once, both = (
        Detector(Network(config), card, "", tiling=tiling, mirrored=mirrored)
        for mirrored in (False, True)
    )
    both.network.load_state_dict(once.network.state_dict())
    picture = torch.randint(0, 256, (128, 128, 3), dtype=torch.uint8)
    crop, mirror = picture.numpy(), picture.flip(1).numpy()

    def apart(detector: Detector) -> list[float]:
        ours, theirs = (detector.look(one).output for one in (crop, mirror))
        theirs = Output(*(plane.flip(-1) for plane in theirs))
        theirs.offset[:, 0] = 1 - theirs.offset[:, 0]
        pairs = zip(ours, theirs, strict=True)
        return [float((one - other).abs().max()) for one, other in pairs]

    assert min(apart(once)) > 1e-3
    assert max(apart(both)) < 1e-4
