"""Test-time augmentation: a picture is read as it is and mirrored, for twice the time."""

from __future__ import annotations

from typing import TYPE_CHECKING

import torch

from inference.detector.network import Output

if TYPE_CHECKING:
    from collections.abc import Callable

    from torch import Tensor


def run_both_ways(run: Callable[[Tensor], Output], pictures: Tensor) -> Output:
    """The mean of what ``run`` says of pictures (B, 3, H, W) and of their mirror images, brought
    back; sizes as logarithms have a geometric mean.
    """
    mirrored = Output(*(plane.flip(-1) for plane in run(pictures.flip(-1))))
    x, y = mirrored.offset.unbind(dim=1)  # from a cell's left edge, which was its right one
    mirrored = mirrored._replace(offset=torch.stack([1 - x, y], dim=1))
    return Output(*((one + other) / 2 for one, other in zip(run(pictures), mirrored, strict=True)))
