import dataclasses
import json
from pathlib import Path

import numpy as np
import pytest
import torch
from safetensors import SafetensorError
from safetensors.torch import save_file

from inference.detector import WeightsError, load_detector
from inference.detector.network import Network, NetworkConfig
from inference.detector.weights import Calibration, read_network, sha256_of, write_weights
from inference.grading import Calibration as GradeCalibration
from inference.grading.china2019 import Grade
from inference.results import LesionType

GRADES = {"II": [(0.0, 0.1), (1.0, 0.9)]}


@pytest.fixture(scope="module")
def network() -> Network:
    torch.manual_seed(0)
    return Network(NetworkConfig(deformable="coarse", size_form="log"))


@pytest.fixture
def written(tmp_path: Path, network: Network) -> Path:
    calibration = Calibration(temperature=1.5, type_shift=(0.1, 0.2, 0.3, 0.4), grades=GRADES)
    return write_weights(
        tmp_path / "w.safetensors", network, version="7", calibration=calibration, half=True
    )


def test_weights_come_back_with_their_card(written: Path, network: Network) -> None:
    again, card, sha256 = read_network(written)
    assert card.version == "7"
    assert card.network == network.config
    assert card.calibration.type_shift == (0.1, 0.2, 0.3, 0.4)
    assert GradeCalibration.from_json(card.calibration.grades).points == {Grade.II: GRADES["II"]}
    assert sha256 == sha256_of(written)
    for name, value in network.state_dict().items():
        torch.testing.assert_close(again.state_dict()[name], value, atol=1e-3, rtol=1e-3)


def test_one_temperature_for_all_types_is_still_read(tmp_path: Path, network: Network) -> None:
    before = Calibration(type_temperature=0.9)  # type: ignore[arg-type]
    path = write_weights(tmp_path / "w.safetensors", network, version="6", calibration=before)
    assert read_network(path)[1].calibration.type_temperature == (0.9, 0.9, 0.9, 0.9)


def test_finds_count_by_their_probability_or_each_as_one() -> None:
    scores = np.array([0.9, 0.5, 0.3, 0.1], np.float32)
    once = Calibration(count_threshold=0.3, count_scale=2.0, count_power=1.5)
    soft = dataclasses.replace(once, count_soft=True)
    assert once.count(scores) == pytest.approx(2 * 3**1.5)
    assert soft.count(scores) == pytest.approx(2 * 1.7**1.5)


def test_what_cannot_be_written_leaves_the_weights_before(
    written: Path, network: Network, monkeypatch: pytest.MonkeyPatch
) -> None:
    def cut_off(_state: object, path: Path, **_more: object) -> None:
        path.write_bytes(b"half of it")
        raise SafetensorError("no space left")

    monkeypatch.setattr("inference.detector.weights.save_file", cut_off)
    with pytest.raises(OSError, match=r"w\.safetensors cannot be written: no space left"):
        write_weights(written, network, version="8")
    assert read_network(written)[1].version == "7"
    assert sorted(one.name for one in written.parent.iterdir()) == ["w.safetensors", "w.sha256"]


def test_a_folder_that_is_missing_is_an_error_of_writing(tmp_path: Path, network: Network) -> None:
    with pytest.raises(OSError, match="cannot be written"):
        write_weights(tmp_path / "none" / "w.safetensors", network, version="8")


def test_the_card_of_version_080_is_still_read(written: Path) -> None:
    """Before size and outlines were calibrated and finds counted by their probability."""
    network, card, _ = read_network(written)
    before = dataclasses.asdict(card.calibration)
    for name in ("size_gain", "outline_temperature", "outline_shift", "count_soft"):
        del before[name]
    metadata = {
        "format": "cleargrade-detector-1",
        "version": "0.8.0",
        "network": json.dumps(dataclasses.asdict(network.config)),
        "calibration": json.dumps(before),
    }
    save_file(network.state_dict(), written, metadata=metadata)
    written.with_suffix(".sha256").write_text(f"{sha256_of(written)}  {written.name}\n")
    calibration = read_network(written)[1].calibration
    assert (calibration.size_gain, calibration.count_soft) == (0.0, False)
    assert calibration.outline_temperature == (1.0, 1.0)
    assert calibration.outline_shift == (0.0, 0.0)


def test_a_detector_carries_thresholds_and_model(written: Path) -> None:
    detector = load_detector(written)
    assert set(detector.thresholds) == set(LesionType)
    assert detector.model.version == "7"
    assert detector.model.sha256 == sha256_of(written)


def test_missing_weights_are_refused(tmp_path: Path) -> None:
    with pytest.raises(WeightsError, match="no weights at"):
        load_detector(tmp_path / "none.safetensors")


def test_one_changed_byte_is_refused(written: Path) -> None:
    content = bytearray(written.read_bytes())
    content[-1] ^= 1
    written.write_bytes(content)
    with pytest.raises(WeightsError, match="damaged"):
        load_detector(written)


def test_a_cut_off_file_is_refused_even_with_its_sum(written: Path) -> None:
    written.write_bytes(written.read_bytes()[:1000])
    written.with_suffix(".sha256").write_text(sha256_of(written))
    with pytest.raises(WeightsError, match="safetensors"):
        load_detector(written)


def test_tensors_of_another_kind_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "other.safetensors"
    save_file({"a": torch.zeros(3)}, path)
    path.with_suffix(".sha256").write_text(sha256_of(path))
    with pytest.raises(WeightsError, match="another kind"):
        load_detector(path)


def test_tensors_that_do_not_fit_are_refused(written: Path, network: Network) -> None:
    wide = Network(NetworkConfig(head_width=32))
    wide.config = network.config
    write_weights(written, wide, version="8")
    with pytest.raises(WeightsError, match="does not fit"):
        load_detector(written)


def test_whoever_runs_the_workers_may_read_what_a_training_wrote(written: Path) -> None:
    assert written.stat().st_mode & 0o777 == 0o644
