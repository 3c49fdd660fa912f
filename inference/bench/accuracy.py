"""What another input size or precision costs in accuracy, with the released weights."""

from __future__ import annotations

from typing import TYPE_CHECKING

import torch

from inference.bench.networks import FORMS
from inference.detector.detect import Detector
from inference.detector.network import Output
from inference.detector.weights import DEFAULT_WEIGHTS, read_card, read_network
from inference.training.average_precision import average_precision
from inference.training.evaluation.reads import any_lesion, read_all

if TYPE_CHECKING:
    from collections.abc import Sequence

    from torch import Tensor

    from inference.bench.networks import Precision
    from inference.training.coco import Picture


class FixedDetector(Detector):
    """Reads at one size and in one precision, whatever the device would choose."""

    def __init__(self, side: int, precision: Precision, device: str = "cpu") -> None:
        network, card, sha256 = read_network(DEFAULT_WEIGHTS)
        super().__init__(network, card, sha256, device)
        self.side, self.precision = side, precision

    @torch.inference_mode()
    def run(self, pictures: Tensor) -> Output:
        kind = torch.device(self.device).type
        with torch.autocast(kind, torch.bfloat16, enabled=self.precision == "bf16"):
            output = self.network(pictures.to(self.device))
        return Output(*(plane.float() for plane in output))


def released_form() -> str:
    """Which of ``FORMS`` the released weights have."""
    config = read_card(DEFAULT_WEIGHTS).network
    return next(
        form
        for form, one in FORMS.items()
        if (one.deformable, one.detail) == (config.deformable, config.detail)
    )


def ap30(pictures: Sequence[Picture], side: int, precision: Precision, device: str) -> float:
    """AP at IoU 0.3 of any lesion, the pictures brought to the area of ``side`` squared."""
    detector = FixedDetector(side, precision, device)
    reads = read_all(detector, pictures, with_given_place=False)
    return average_precision([any_lesion(read) for read in reads])[0.3]
