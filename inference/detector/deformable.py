"""Modulated deformable convolution (Zhu et al., CVPR 2019, equation 1) in two equal forms."""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor, nn
from torchvision.ops import deform_conv2d

TAPS = 9


class DeformableConv(nn.Module):
    """A 3×3 convolution that learns where to look: x (B, C, H, W) -> (B, out, H, W).

    Offsets (in cells) and mask logits come from an ordinary 3×3 convolution of the input. Both
    start at zero: no displacement, and a mask of 0.5 at every tap, where the sigmoid is steepest.
    """

    def __init__(self, in_channels: int, out_channels: int) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.empty(out_channels, in_channels, 3, 3))
        nn.init.kaiming_uniform_(self.weight, a=5**0.5)
        self.offset_mask = nn.Conv2d(in_channels, 3 * TAPS, 3, padding=1)
        nn.init.zeros_(self.offset_mask.weight)
        nn.init.zeros_(self.offset_mask.bias)  # type: ignore[arg-type]

    def forward(self, x: Tensor) -> Tensor:
        predicted = self.offset_mask(x).float()
        offset, mask = predicted[:, : 2 * TAPS], predicted[:, 2 * TAPS :].sigmoid()
        if x.is_cuda:
            weight = self.weight.float()
            sampled: Tensor = deform_conv2d(x.float(), offset, weight, padding=1, mask=mask)
            return sampled
        return deform_by_sampling(x, offset, mask, self.weight)


def deform_by_sampling(x: Tensor, offset: Tensor, mask: Tensor, weight: Tensor) -> Tensor:
    """What ``torchvision.ops.deform_conv2d`` gives (3×3, padding 1), written with grid_sample.

    On a CPU it is several times faster. x (B, C, H, W); offset (B, 18, H, W), y before x for each
    tap; mask (B, 9, H, W); weight (out, C, 3, 3). Outside the picture counts as zero.
    """
    B, _, H, W = x.shape
    ys = torch.arange(H, device=x.device, dtype=torch.float32).view(1, H, 1)
    xs = torch.arange(W, device=x.device, dtype=torch.float32).view(1, 1, W)
    out = x.new_zeros((B, weight.shape[0], H, W), dtype=torch.float32)
    for tap in range(TAPS):  # one after the other: nine sampled copies at once fill the memory
        y = ys + offset[:, 2 * tap] + (tap // 3 - 1)
        x_at = xs + offset[:, 2 * tap + 1] + (tap % 3 - 1)
        grid = torch.stack([(2 * x_at + 1) / W - 1, (2 * y + 1) / H - 1], dim=-1)
        sampled = F.grid_sample(x.float(), grid, align_corners=False) * mask[:, tap : tap + 1]
        kernel = weight[:, :, tap // 3, tap % 3, None, None]
        out = out + F.conv2d(sampled.to(x.dtype), kernel.to(x.dtype))
    return out.to(x.dtype)
