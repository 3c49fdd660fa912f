"""Iterative and hierarchical deep aggregation (Yu et al., CVPR 2018, sections 3.1 and 3.2).

As in *Objects as Points* (Zhou et al. 2019, appendix A) every 3×3 convolution of the aggregation
may be deformable. Three forms hold the same plain weights: ``none`` (every convolution plain),
``coarse`` (deformable at strides of 8 and more, where it is cheap on a CPU) and ``all``.
"""

from __future__ import annotations

from typing import Literal

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from inference.detector.backbone import CHANNELS, STRIDES
from inference.detector.deformable import DeformableConv

Deformable = Literal["none", "coarse", "all"]
FINEST_DEFORMABLE: dict[str, float] = {"none": float("inf"), "coarse": 8, "all": 0}


class AggregationConv(nn.Sequential):
    """3×3 convolution, batch norm, ReLU; deformable where the form says so at this stride."""

    def __init__(self, in_channels: int, out_channels: int, stride: int, form: Deformable) -> None:
        conv: nn.Module = nn.Conv2d(in_channels, out_channels, 3, padding=1, bias=False)
        if stride >= FINEST_DEFORMABLE[form]:
            conv = DeformableConv(in_channels, out_channels)
        super().__init__(conv, nn.BatchNorm2d(out_channels), nn.ReLU(inplace=True))


class Upsampling(nn.ConvTranspose2d):
    """A learnt depthwise upsampling. On a CPU the same sums as a dense transposed convolution take
    under half the time: oneDNN has no fast depthwise form of it.
    """

    diagonal: Tensor

    def __init__(self, channels: int, factor: int) -> None:
        super().__init__(
            channels, channels, 2 * factor, factor, factor // 2, groups=channels, bias=False
        )
        self.register_buffer("diagonal", torch.eye(channels)[:, :, None, None], persistent=False)

    def forward(self, x: Tensor, output_size: list[int] | None = None) -> Tensor:
        if x.is_cuda:
            return super().forward(x, output_size)
        factor = self.stride[0]
        dense = self.weight * self.diagonal
        return F.conv_transpose2d(x, dense, stride=factor, padding=factor // 2)


def bilinear_upsampling(channels: int, factor: int) -> Upsampling:
    """Starts as bilinear interpolation."""
    up = Upsampling(channels, factor)
    ramp = 1 - (torch.arange(2 * factor) - factor + 0.5).abs() / factor
    with torch.no_grad():
        up.weight.copy_((ramp[:, None] * ramp[None, :]).expand_as(up.weight))
    return up


class IterativeAggregation(nn.Module):
    """Merges levels from the finest to the coarsest into the finest one's width and stride."""

    def __init__(self, channels: list[int], strides: list[int], form: Deformable) -> None:
        super().__init__()
        base, finest = channels[0], strides[0]
        deeper = list(zip(channels[1:], strides[1:], strict=True))
        self.project = nn.ModuleList(AggregationConv(c, base, s, form) for c, s in deeper)
        self.up = nn.ModuleList(bilinear_upsampling(base, s // finest) for _, s in deeper)
        self.node = nn.ModuleList(AggregationConv(base, base, finest, form) for _ in deeper)

    def forward(self, levels: list[Tensor]) -> list[Tensor]:
        merged = [levels[0]]
        for level, project, up, node in zip(
            levels[1:], self.project, self.up, self.node, strict=True
        ):
            merged.append(node(merged[-1] + up(project(level))))
        return merged


class Neck(nn.Module):
    """Features at strides 4..32 -> one map at stride 4: (B, width, H/4, W/4).

    ``width`` is that of the finest level; the coarser ones are 2, 4 and 8 times as wide. At the
    backbone's own 64, the paper's form, its features come in as they are; another width takes a
    1×1 convolution before each level.
    """

    def __init__(self, form: Deformable, width: int = CHANNELS[0]) -> None:
        super().__init__()
        widths = [width * channels // CHANNELS[0] for channels in CHANNELS]
        self.lateral = nn.ModuleList(
            _lateral(channels, own) for channels, own in zip(CHANNELS, widths, strict=True)
        )
        channels, strides = list(widths), list(STRIDES)
        self.hierarchy = nn.ModuleList()
        for start in range(len(channels) - 2, -1, -1):
            self.hierarchy.append(IterativeAggregation(channels[start:], strides[start:], form))
            channels[start + 1 :] = [channels[start]] * (len(channels) - start - 1)
            strides[start + 1 :] = [strides[start]] * (len(strides) - start - 1)
        self.last = IterativeAggregation(widths[:3], list(STRIDES[:3]), form)

    def forward(self, features: list[Tensor]) -> Tensor:
        levels = [into(level) for into, level in zip(self.lateral, features, strict=True)]
        out: list[Tensor] = []
        for stage, start in zip(self.hierarchy, range(len(levels) - 2, -1, -1), strict=True):
            levels[start:] = stage(levels[start:])
            out.insert(0, levels[-1])
        return self.last(out)[-1]  # type: ignore[no-any-return]


def _lateral(channels: int, width: int) -> nn.Module:
    if channels == width:
        return nn.Identity()
    return nn.Sequential(
        nn.Conv2d(channels, width, 1, bias=False), nn.BatchNorm2d(width), nn.ReLU(inplace=True)
    )
