from pathlib import Path

import pytest
import torch

from inference.detector.network import Network, NetworkConfig
from inference.detector.weights import read_state, write_weights
from inference.training.average import between


@pytest.fixture
def trained(tmp_path: Path) -> tuple[Path, Path]:
    plain, deformable = (Network(NetworkConfig(form)) for form in ("none", "coarse"))
    for number, network in enumerate((plain, deformable)):
        for value in network.state_dict().values():
            value.fill_(2 * number)
    return (
        write_weights(tmp_path / "plain.safetensors", plain, version="1"),
        write_weights(tmp_path / "deformable.safetensors", deformable, version="1"),
    )


def test_weights_lie_on_the_line_between_both_trainings(trained: tuple[Path, Path]) -> None:
    state = between(*trained, share=0.25).state_dict()
    for name, value in state.items():
        if value.is_floating_point():
            torch.testing.assert_close(value, torch.full_like(value, 0.5), msg=name)


def test_the_ends_are_the_trainings_themselves(trained: tuple[Path, Path]) -> None:
    second = read_state(trained[1])
    for name, value in between(*trained, share=1).state_dict().items():
        torch.testing.assert_close(value, second[name])
