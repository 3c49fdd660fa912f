"""DLA-34 (Yu et al., Deep Layer Aggregation, CVPR 2018), as timm builds it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import timm

if TYPE_CHECKING:
    from torch import nn

STRIDES = (4, 8, 16, 32)
CHANNELS = (64, 128, 256, 512)


def build_backbone(*, pretrained: bool = False) -> nn.Module:
    """Picture (B, 3, H, W) -> features at strides 4, 8, 16, 32 with 64, 128, 256, 512 channels.

    ``pretrained`` fetches ImageNet weights and needs a reachable model hub; timm raises an
    error of its own where there is none.
    """
    return timm.create_model(
        "dla34", features_only=True, out_indices=(2, 3, 4, 5), pretrained=pretrained
    )
