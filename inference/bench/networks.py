"""The network and its competitors: what is timed, and the arithmetic in it."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Any, Literal

import torch
from torch import Tensor, nn
from torch.utils.flop_counter import FlopCounterMode
from torchvision.models.detection import fasterrcnn_resnet50_fpn, retinanet_resnet50_fpn

from inference.detector.decode import find_peaks
from inference.detector.neck import Upsampling
from inference.detector.network import Network, NetworkConfig, fold_batch_norms
from inference.detector.weights import Calibration

if TYPE_CHECKING:
    from collections.abc import Callable

    from inference.bench.timing import Work

Precision = Literal["fp32", "bf16"]
PRECISIONS: tuple[Precision, ...] = ("fp32", "bf16")
PLAIN = NetworkConfig(deformable="none", size_form="log", spread=2)
FORMS = {
    "plain": PLAIN,
    "plain, detail": replace(PLAIN, detail=True),
    "as released": replace(PLAIN, detail=True, neck_width=32),
    "coarse": replace(PLAIN, deformable="coarse"),
    "all": replace(PLAIN, deformable="all"),
}
NECK_WIDTHS = (16, 32, 96)  # beside the paper's
CURVE_FORMS = FORMS | {
    f"plain, neck {width}": replace(PLAIN, neck_width=width) for width in NECK_WIDTHS
}
BASELINES = {
    "fasterrcnn_resnet50_fpn": fasterrcnn_resnet50_fpn,
    "retinanet_resnet50_fpn": retinanet_resnet50_fpn,
}
MATRIX = {"cpu": 2048, "cuda": 8192}


def ours(
    form: str,
    pictures: Tensor,
    precision: Precision,
    compiler: str | Callable[..., Any] | None = None,
) -> Work:
    """Our network, one of ``CURVE_FORMS``, on pictures (B, 3, H, W) uint8, with 500 candidates
    decoded; compiled at its first call where a ``compiler``, a backend of torch.compile, is given.
    """
    config = CURVE_FORMS[form]
    network = Network(config).eval()
    fold_batch_norms(network)  # as the detector does
    placed = _placed(network, pictures)
    if compiler is not None:
        placed.compile(backend=compiler)
    calibration = Calibration()

    def work() -> object:
        with torch.inference_mode(), _precision(pictures, precision):
            output = placed(pictures)
        return find_peaks(output, config, calibration, config.side)

    return work


def baseline(name: str, pictures: Tensor, precision: Precision) -> Work:
    """torchvision's detector of this name with random weights, its own resizing set to the
    pictures' size (H = W), so that it sees every pixel once and no more.
    """
    side = pictures.shape[-1]
    network = BASELINES[name](
        weights=None, weights_backbone=None, num_classes=5, min_size=side, max_size=side
    )
    placed = _placed(network, pictures)

    def work() -> object:
        with torch.inference_mode(), _precision(pictures, precision):
            return placed(list(pictures.float() / 255))

    return work


def _placed(network: nn.Module, pictures: Tensor) -> nn.Module:
    return network.to(pictures.device).to(memory_format=torch.channels_last).eval()


def _precision(pictures: Tensor, precision: Precision) -> Any:
    return torch.autocast(pictures.device.type, torch.bfloat16, enabled=precision == "bf16")


def needed_flops(form: str, side: int) -> int:
    """Floating-point operations of one picture (side × side), counted without doing them: two for
    each product with its sum, convolutions only. The dense kernels that stand in for depthwise
    ones on a CPU count as depthwise.
    """
    with torch.device("meta"):
        network = Network(CURVE_FORMS[form]).eval()
    for module in network.modules():
        if isinstance(module, Upsampling):
            module.forward = partial(nn.ConvTranspose2d.forward, module)  # type: ignore[method-assign]
    with FlopCounterMode(display=False) as counter, torch.inference_mode():
        network(torch.zeros((1, 3, side, side), dtype=torch.uint8, device="meta"))
    return int(counter.get_total_flops())


def matrix_product(device: str, precision: Precision) -> tuple[Work, int]:
    """A large square product on the device, and its floating-point operations."""
    kind = torch.device(device).type
    size = MATRIX[kind]
    dtype = torch.bfloat16 if precision == "bf16" else torch.float32
    left, right = (torch.rand((size, size), device=device).to(dtype) for _ in range(2))
    return (lambda: left @ right), 2 * size**3
