"""On a CUDA device the network says what it says on the CPU, and the bench runs its batches."""

import json

import numpy as np
import pytest
import torch

from inference.__main__ import main
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
