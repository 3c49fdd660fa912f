"""The paper's network: DLA-34, deep aggregation, detection heads and a segmentation branch."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, NamedTuple, cast

import torch
from torch import Tensor, nn

from inference.detector.backbone import build_backbone
from inference.detector.deformable import DeformableConv
from inference.detector.neck import Deformable, Neck
from inference.results import BOXED_TYPES, SEGMENTED_TYPES

STRIDE = 4
MULTIPLE = 32  # sides of the input are multiples of the backbone's last stride
IMAGENET_MEAN, IMAGENET_STD = (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)
RARE = -3.5  # bias of the heat head: at the start a lesion is as rare as 3 % of cells


@dataclass(frozen=True, slots=True)
class NetworkConfig:
    """``size_form``: ``cells`` regresses width and height in cells (the paper's form), ``log``
    their natural logarithms. ``head_width``: channels inside each head. ``side``: a face is looked
    at with the area of a square of this many pixels, in training as in use.
    """

    deformable: Deformable = "all"
    size_form: Literal["cells", "log"] = "cells"
    head_width: int = 64
    side: int = 640
    pretrained: bool = False


class Output(NamedTuple):
    """Maps at stride 4. Logits for ``heat`` (B, 4, h, w) and ``mask`` (B, 2, h, w); ``size``
    (B, 2, h, w: width, height) in the form the config names; ``offset`` (B, 2, h, w: x, y) in
    cells from the cell's corner.
    """

    heat: Tensor
    size: Tensor
    offset: Tensor
    mask: Tensor


def head(in_channels: int, width: int, out_channels: int, bias: float = 0.0) -> nn.Sequential:
    """Two convolutions: (B, in, h, w) -> (B, out, h, w), the last one starting at ``bias``."""
    last = nn.Conv2d(width, out_channels, 1)
    nn.init.constant_(cast("Tensor", last.bias), bias)
    return nn.Sequential(nn.Conv2d(in_channels, width, 3, padding=1), nn.ReLU(inplace=True), last)


class Network(nn.Module):
    """RGB picture uint8 or float 0..255 (B, 3, H, W), sides multiples of 32 -> ``Output``."""

    mean: Tensor
    std: Tensor

    def __init__(self, config: NetworkConfig) -> None:
        super().__init__()
        self.config = config
        self.register_buffer("mean", 255 * torch.tensor(IMAGENET_MEAN).view(1, 3, 1, 1), False)
        self.register_buffer("std", 255 * torch.tensor(IMAGENET_STD).view(1, 3, 1, 1), False)
        self.backbone = build_backbone(pretrained=config.pretrained)
        self.neck = Neck(config.deformable)
        width, features = config.head_width, Neck.out_channels
        self.heat = head(features, width, len(BOXED_TYPES), RARE)
        self.size = head(features, width, 2)
        self.offset = head(features, width, 2)
        self.mask = head(features, width, len(SEGMENTED_TYPES), RARE)

    def forward(self, pictures: Tensor) -> Output:
        x = (pictures.float() - self.mean) / self.std
        x = self.neck(self.backbone(x.contiguous(memory_format=torch.channels_last)))
        return Output(self.heat(x), self.size(x), self.offset(x), self.mask(x))


def to_deformable(plain: dict[str, Tensor], target: Network) -> None:
    """Load the weights of a plainer form of the neck into ``target`` so that outputs are equal.

    A convolution that becomes deformable starts with zero offsets and mask logits, so each of its
    taps is halved; doubled weights make up for it.
    """
    state = target.state_dict()
    for name, module in target.named_modules():
        if isinstance(module, DeformableConv) and f"{name}.offset_mask.weight" not in plain:
            plain = {**plain, f"{name}.weight": 2 * plain[f"{name}.weight"]}
            for part in ("weight", "bias"):
                key = f"{name}.offset_mask.{part}"
                plain[key] = torch.zeros_like(state[key])
    target.load_state_dict(plain)
