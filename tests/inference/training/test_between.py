import sys
from pathlib import Path

import pytest
import torch

from inference.detector import WeightsError
from inference.detector.network import Network, NetworkConfig
from inference.detector.weights import read_card, read_state, write_weights
from inference.training.between import between, main


def written(path: Path, seed: int, **form: object) -> Path:
    torch.manual_seed(seed)
    return write_weights(
        path, Network(NetworkConfig(deformable="none", neck_width=16, **form)), version=str(seed)
    )


def test_weights_lie_where_the_share_says(tmp_path: Path) -> None:
    first = written(tmp_path / "1.safetensors", 1)
    second = written(tmp_path / "2.safetensors", 2, spread=1)
    out = between(first, second, 0.25, tmp_path / "out.safetensors")
    states = [read_state(path) for path in (first, second, out)]
    for name, mixed in states[2].items():
        if mixed.is_floating_point():
            expected = 0.75 * states[0][name] + 0.25 * states[1][name]
            torch.testing.assert_close(mixed, expected)
    assert read_card(out).network == read_card(second).network


def test_networks_of_different_form_are_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    first = written(tmp_path / "1.safetensors", 1)
    second = written(tmp_path / "2.safetensors", 2, detail=True)
    with pytest.raises(WeightsError, match="different form"):
        between(first, second, 0.5, tmp_path / "out.safetensors")
    monkeypatch.setattr(
        sys, "argv", ["between", str(first), str(second), "--out", str(tmp_path / "o/out")]
    )
    assert main() == 69
    assert "different form" in capsys.readouterr().err
    assert not (tmp_path / "o/out").exists()
