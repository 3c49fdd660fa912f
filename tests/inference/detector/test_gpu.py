"""On a CUDA device the network says what it says on the CPU, and the bench runs its batches."""

import json

import numpy as np
import pytest
import torch

from inference.__main__ import main
from inference.detector.deformable import DeformableConv, deform_by_sampling
from inference.detector.neck import bilinear_upsampling
from inference.detector.network import Network, NetworkConfig

pytestmark = pytest.mark.gpu


def test_both_devices_agree_on_a_picture() -> None:
    """The deformable layers are another operator there, and so is the upsampling."""
    torch.manual_seed(0)
    network = Network(NetworkConfig(deformable="all")).eval()
    picture = torch.randint(0, 256, (1, 3, 96, 96), dtype=torch.uint8)
    with torch.inference_mode():
        here = network(picture)
        there = network.to("cuda")(picture.to("cuda"))
    for ours, theirs in zip(here, there, strict=True):
        np.testing.assert_allclose(ours.numpy(), theirs.cpu().numpy(), rtol=1e-2, atol=1e-2)


@pytest.mark.parametrize("factor", [2, 4, 8])
def test_the_upsampling_gives_the_same_on_both_devices(factor: int) -> None:
    """Depthwise there, dense here."""
    torch.manual_seed(1)
    up = bilinear_upsampling(64, factor)
    torch.nn.init.normal_(up.weight)
    x = torch.randn(2, 64, 9, 12)
    with torch.inference_mode():
        here, there = up(x), up.to("cuda")(x.to("cuda")).cpu()
    assert torch.nn.functional.cosine_similarity(here.flatten(), there.flatten(), dim=0) > 0.9999
    torch.testing.assert_close(there, here, atol=2e-2, rtol=1e-2)  # TF32 has ten bits


def test_sampling_and_torchvisions_operator_give_the_same_on_the_device() -> None:
    torch.manual_seed(2)
    conv = DeformableConv(8, 16).to("cuda")
    torch.nn.init.normal_(conv.offset_mask.weight, std=0.3)
    x = torch.randn(2, 8, 20, 24, device="cuda")
    with torch.inference_mode():
        predicted = conv.offset_mask(x)
        sampled = deform_by_sampling(x, predicted[:, :18], predicted[:, 18:].sigmoid(), conv.weight)
        torch.testing.assert_close(conv(x), sampled, atol=2e-2, rtol=1e-2)


def test_the_bench_tries_batches_up_to_64(tmp_path) -> None:
    out = tmp_path / "bench.json"
    words = ["--device", "cuda", "--input", "64", "--seconds", "0", "--only", "batches"]
    assert main(["bench", *words, "--json", str(out)]) == 0
    assert [row["batch"] for row in json.loads(out.read_text())["batches"]] == [
        1,
        2,
        4,
        8,
        16,
        32,
        64,
    ]
