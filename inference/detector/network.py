"""The paper's network: DLA-34, deep aggregation, detection heads and a segmentation branch."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, NamedTuple, cast

import torch
from torch import Tensor, nn
from torch.nn.utils.fusion import fuse_conv_bn_eval

from inference.detector.backbone import CHANNELS, build_backbone
from inference.detector.deformable import DeformableConv
from inference.detector.neck import Deformable, Neck
from inference.results import BOXED_TYPES, SEGMENTED_TYPES

STRIDE = 4
MULTIPLE = 32  # sides of the input are multiples of the backbone's last stride
IMAGENET_MEAN, IMAGENET_STD = (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)
NEW_PARTS = ("detail.", "types.", "mask.")  # of a network with a branch for types and outlines
RARE = -3.5  # bias of the heat head: at the start a lesion is as rare as 3 % of cells


@dataclass(frozen=True, slots=True)
class NetworkConfig:
    """``size_form``: ``cells`` regresses width and height in cells (the paper's form), ``log``
    their natural logarithms. ``neck_width``: channels of the neck at stride 4 (the paper's are 64,
    those of the backbone). ``head_width``: channels inside each head. ``side``: a face is looked
    at with the area of a square of this many pixels, in training as in use. ``detail``: types and
    outlines have a branch of their own (``Detail``); without it, the paper's form, they are read
    from the features that find, and the four heatmaps say the type too. ``spread``: cells round a
    centre that were taught its box too (``TargetConfig``); a box is the weighted mean of theirs.
    """

    deformable: Deformable = "all"
    size_form: Literal["cells", "log"] = "cells"
    neck_width: int = CHANNELS[0]
    head_width: int = 64
    side: int = 640
    detail: bool = False
    spread: int = 0
    pretrained: bool = False


class Output(NamedTuple):
    """Maps at stride 4. Logits for ``heat`` (B, 4, h, w) and ``mask`` (B, 2, h, w); ``size``
    (B, 2, h, w: width, height) in the form the config names; ``offset`` (B, 2, h, w: x, y) in
    cells from the cell's corner; ``types`` (B, 4, h, w) logits of which type a lesion there would
    be, in the paper's form those of ``heat``.
    """

    heat: Tensor
    size: Tensor
    offset: Tensor
    mask: Tensor
    types: Tensor


def head(in_channels: int, width: int, out_channels: int, bias: float = 0.0) -> nn.Sequential:
    """Two convolutions: (B, in, h, w) -> (B, out, h, w), the last one starting at ``bias``."""
    last = nn.Conv2d(width, out_channels, 1)
    nn.init.constant_(cast("Tensor", last.bias), bias)
    return nn.Sequential(nn.Conv2d(in_channels, width, 3, padding=1), nn.ReLU(inplace=True), last)


class Detail(nn.Module):
    """Texture and colour for types and outlines, apart from what finds lesions, so that it can be
    learnt from close-ups and drawings without the finding of real lesions being unlearnt.

    Normalised picture (B, 3, H, W), the backbone's features at stride 4 (B, 64, H/4, W/4) and the
    neck's (B, ``neck_width``, H/4, W/4) -> (B, 64, H/4, W/4). Three convolutions of growing
    dilation see 92 pixels.
    """

    def __init__(self, neck_width: int) -> None:
        super().__init__()
        features = CHANNELS[0]
        self.stem = nn.Sequential(_conv(3, 32, stride=2), _conv(32, features, stride=2))
        self.joined = _conv(2 * features + neck_width, features)
        self.around = nn.ModuleList(
            _conv(features, features, dilation=dilation) for dilation in (2, 4, 2)
        )

    def forward(self, picture: Tensor, fine: Tensor, found: Tensor) -> Tensor:
        x = self.joined(torch.cat([self.stem(picture), fine, found], dim=1))
        for conv in self.around:
            x = x + conv(x)
        return x  # type: ignore[no-any-return]


def _conv(
    in_channels: int, out_channels: int, *, stride: int = 1, dilation: int = 1
) -> nn.Sequential:
    return nn.Sequential(
        nn.Conv2d(
            in_channels, out_channels, 3, stride, padding=dilation, dilation=dilation, bias=False
        ),
        nn.BatchNorm2d(out_channels),
        nn.ReLU(inplace=True),
    )


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
        self.neck = Neck(config.deformable, config.neck_width)
        width, features = config.head_width, config.neck_width
        self.heat = head(features, width, len(BOXED_TYPES), RARE)
        self.size = head(features, width, 2)
        self.offset = head(features, width, 2)
        if config.detail:
            self.detail = Detail(config.neck_width)
            features = CHANNELS[0]
            self.types = head(features, width, len(BOXED_TYPES))
        self.mask = head(features, width, len(SEGMENTED_TYPES), RARE)

    def forward(self, pictures: Tensor) -> Output:
        x = (pictures.float() - self.mean) / self.std
        x = x.contiguous(memory_format=torch.channels_last)
        levels = self.backbone(x)
        found = self.neck(levels)
        heat, size, offset = self.heat(found), self.size(found), self.offset(found)
        if not self.config.detail:
            return Output(heat, size, offset, self.mask(found), heat)
        detail = self.detail(x, levels[0], found)
        return Output(heat, size, offset, self.mask(detail), self.types(detail))


def fold_batch_norms(network: nn.Module) -> None:
    """Put every batch norm into the convolution before it, in place: the same outputs for reading,
    with one pass over each map fewer. ``network`` must be in eval mode and can't be trained on.
    """
    for module in network.modules():
        before: tuple[str, nn.Module] | None = None
        for name, child in list(module.named_children()):
            if before is not None and _is_pair(before[1], child):
                conv, norm = cast("nn.Conv2d", before[1]), cast("nn.BatchNorm2d", child)
                setattr(module, before[0], fuse_conv_bn_eval(conv, norm))
                setattr(module, name, nn.Identity())
            before = name, child


def _is_pair(first: nn.Module, second: nn.Module) -> bool:
    return (
        type(first) is nn.Conv2d
        and type(second) is nn.BatchNorm2d
        and first.out_channels == second.num_features
    )


def carry_over(plain: dict[str, Tensor], target: Network) -> None:
    """Load the weights of a plainer form into ``target``, so that what both forms have is equal.

    A convolution that becomes deformable starts with zero offsets and mask logits, so each of its
    taps is halved; doubled weights make up for it. Whole parts (backbone, neck, a head) that
    ``plain`` lacks stay as they are in ``target``, and so does what reads from the branch for types
    and outlines where ``plain`` has none. Raises RuntimeError for parts of another shape.
    """
    state = target.state_dict()
    if target.config.detail and "detail.joined.0.weight" not in plain:
        plain = {name: plain[name] for name in plain if not name.startswith(NEW_PARTS)}
    carried = {part_of(name) for name in plain}
    plain = {**{name: state[name] for name in state if part_of(name) not in carried}, **plain}
    for name, module in target.named_modules():
        if isinstance(module, DeformableConv) and f"{name}.offset_mask.weight" not in plain:
            plain = {**plain, f"{name}.weight": 2 * plain[f"{name}.weight"]}
            for part in ("weight", "bias"):
                key = f"{name}.offset_mask.{part}"
                plain[key] = torch.zeros_like(state[key])
    target.load_state_dict(plain)


def part_of(name: str) -> str:
    """Of a weight's name, the part of the network that it belongs to."""
    return name.partition(".")[0]
