"""On a CUDA device the network says what it says on the CPU, and the bench runs its batches."""

import json

import cv2
import numpy as np
import pytest
import torch

from inference.__main__ import main
from inference.detector.deformable import DeformableConv, deform_by_sampling
from inference.detector.neck import bilinear_upsampling
from inference.detector.network import Network, NetworkConfig
from inference.detector.weights import read_state
from inference.training.config import DataConfig, TrainingConfig
from inference.training.train import train

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


def test_a_resumed_training_ends_where_an_uninterrupted_one_does(tmp_path) -> None:
    """To 1 % of each tensor's largest weight: the device adds in another order every time."""
    rng = np.random.default_rng(0)
    (tmp_path / "cases").mkdir()
    cv2.imwrite(str(tmp_path / "cases/0.png"), rng.integers(0, 256, (128, 128, 3), dtype=np.uint8))
    document = {
        "images": [{"id": 0, "file_name": "0.png", "width": 128, "height": 128}],
        "annotations": [{"id": 0, "image_id": 0, "category_id": 1, "bbox": [40, 40, 20, 20]}],
        "categories": [{"id": 1, "name": "papule"}],
    }
    (tmp_path / "cases.json").write_text(json.dumps(document))

    def config(name: str) -> TrainingConfig:
        return TrainingConfig(
            output=tmp_path / name,
            steps=4,
            batch=2,
            crop=64,
            workers=0,
            save_every=2,
            device="cuda",
            data=DataConfig(complete=(tmp_path / "cases.json",)),
            network=NetworkConfig(side=128),
        )

    def killed(step: int, _parts: object) -> None:
        if step == 3:
            raise KeyboardInterrupt

    through = read_state(train(config("through"), lambda *_: None))
    with pytest.raises(KeyboardInterrupt):
        train(config("resumed"), killed)
    resumed = read_state(train(config("resumed"), lambda *_: None))
    for name, value in through.items():
        if value.is_floating_point():
            atol = 0.01 * float(value.abs().max()) + 1e-6
            torch.testing.assert_close(resumed[name], value, atol=atol, rtol=0)
