"""What another input size, precision or width of the neck costs in accuracy."""

from __future__ import annotations

from typing import TYPE_CHECKING

import torch

from inference.bench.networks import CURVE_FORMS
from inference.detector.detect import Detector
from inference.detector.network import Output
from inference.detector.weights import DEFAULT_WEIGHTS, WeightsError, read_card, read_network
from inference.training.average_precision import average_precision
from inference.training.evaluation.reads import any_lesion, read_all

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from torch import Tensor

    from inference.bench.networks import Precision
    from inference.training.coco import Picture

SHAPE = ("deformable", "detail", "neck_width")


class FixedDetector(Detector):
    """Reads at one size and in one precision, whatever the device would choose."""

    def __init__(
        self,
        side: int,
        precision: Precision,
        device: str = "cpu",
        weights: Path = DEFAULT_WEIGHTS,
    ) -> None:
        network, card, sha256 = read_network(weights)
        super().__init__(network, card, sha256, device)
        self.side, self.precision = side, precision

    @torch.inference_mode()
    def run(self, pictures: Tensor) -> Output:
        kind = torch.device(self.device).type
        with torch.autocast(kind, torch.bfloat16, enabled=self.precision == "bf16"):
            output = self.network(pictures.to(self.device))
        return Output(*(plane.float() for plane in output))


def form_of(weights: Path) -> str:
    """Which of ``CURVE_FORMS`` these weights have. Raises WeightsError for another one."""
    config = read_card(weights).network
    for form, one in CURVE_FORMS.items():
        if all(getattr(one, name) == getattr(config, name) for name in SHAPE):
            return form
    raise WeightsError(f"{weights} has a form that the curve does not draw")


def ap30(
    pictures: Sequence[Picture], side: int, precision: Precision, device: str, weights: Path
) -> float:
    """AP at IoU 0.3 of any lesion, the pictures brought to the area of ``side`` squared."""
    detector = FixedDetector(side, precision, device, weights)
    reads = read_all(detector, pictures, with_given_place=False)
    return average_precision([any_lesion(read) for read in reads])[0.3]
