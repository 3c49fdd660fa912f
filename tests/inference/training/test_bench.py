"""The bench measures what it says; how fast this machine is does not matter here."""

import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image
from torch.utils.flop_counter import FlopCounterMode

from inference.__main__ import main
from inference.bench.accuracy import FixedDetector, form_of
from inference.bench.networks import BASELINES, CURVE_FORMS, FORMS, needed_flops
from inference.bench.timing import LEAST_ROUNDS, WARM_UP, in_turns
from inference.bench.whole import MEMORY_LIMIT_MIB, peak_memory, stages
from inference.detector.network import Network, NetworkConfig
from inference.detector.weights import DEFAULT_WEIGHTS, write_weights


def test_competitors_take_turns():
    calls = []
    spent = in_turns({"a": lambda: calls.append("a"), "b": lambda: calls.append("b")}, 0)
    warm, rounds = calls[: 2 * WARM_UP], calls[2 * WARM_UP :]
    assert warm == ["a"] * WARM_UP + ["b"] * WARM_UP
    assert rounds == ["a", "b"] * LEAST_ROUNDS
    assert all(seconds >= 0 for seconds in spent.values())


def test_the_arithmetic_grows_with_the_picture_and_with_deformable_layers():
    assert form_of(DEFAULT_WEIGHTS) == "as released"
    plain = needed_flops("plain", 64)
    assert needed_flops("plain", 128) == 4 * plain
    assert plain < needed_flops("plain, detail", 64)
    assert plain < needed_flops("coarse", 64) < needed_flops("all", 64)
    assert needed_flops("plain, neck 32", 64) < plain < needed_flops("plain, neck 96", 64)


def test_dense_kernels_of_the_upsampling_do_not_count_as_needed():
    network = Network(NetworkConfig(deformable="none")).eval()
    with FlopCounterMode(display=False) as counter, torch.inference_mode():
        network(torch.zeros((1, 3, 64, 64), dtype=torch.uint8))
    assert needed_flops("plain", 64) < counter.get_total_flops()


def bench(tmp_path: Path, *words: str) -> tuple[int, dict]:
    out = tmp_path / "bench.json"
    usual = ["--device", "cpu", "--input", "64", "--sizes", "64", "--seconds", "0"]
    status = main(["bench", *usual, "--json", str(out), *words])
    return status, json.loads(out.read_text()) if out.exists() else {}


@pytest.fixture(scope="session")
def photo_file(tmp_path_factory, phone_photo):
    path = tmp_path_factory.mktemp("bench") / "photo.png"
    Image.fromarray(phone_photo).save(path, compress_level=1)
    return path


def test_networks_are_compared_on_one_input_as_ratios(tmp_path, photo_file, capsys):
    words = ("--photo", str(photo_file), "--only", "networks", "curve")
    status, found = bench(tmp_path, *words)
    assert status == 0
    for precision in ("fp32", "bf16"):
        rates = found["networks"][precision]["images_per_second"]
        assert set(rates) == {*FORMS, *BASELINES}
        ratio = found["networks"][precision]["times_as_fast"]["plain"]["retinanet_resnet50_fpn"]
        assert ratio == pytest.approx(rates["plain"] / rates["retinanet_resnet50_fpn"])
    assert len(found["curve"]) == 2 * len(CURVE_FORMS)
    assert found["curve"][0]["ap30"] is None
    assert "fasterrcnn_resnet50_fpn" in capsys.readouterr().out


def test_the_curve_states_accuracy_where_pictures_are_given(make_set, tmp_path, photo_file):
    folder = make_set(1)
    words = ("--annotations", str(folder / "cases.json"), "--images", str(folder / "cases"))
    status, found = bench(tmp_path, "--photo", str(photo_file), "--only", "curve", *words)
    assert status == 0
    known = [row["form"] for row in found["curve"] if row["ap30"] is not None]
    assert set(known) == {form_of(DEFAULT_WEIGHTS)}


def test_the_curve_is_drawn_in_one_precision_where_the_other_is_emulated(tmp_path, photo_file):
    words = ("--photo", str(photo_file), "--only", "curve", "--precisions", "fp32")
    status, found = bench(tmp_path, *words)
    assert status == 0
    assert {row["precision"] for row in found["curve"]} == {"fp32"}


def test_the_curve_takes_weights_of_another_neck(make_set, tmp_path, photo_file):
    folder, narrow = make_set(1), tmp_path / "narrow.safetensors"
    write_weights(narrow, Network(CURVE_FORMS["plain, neck 16"]), version="1")
    words = ("--annotations", str(folder / "cases.json"), "--images", str(folder / "cases"))
    words = (*words, "--weights", str(narrow))
    status, found = bench(tmp_path, "--photo", str(photo_file), "--only", "curve", *words)
    assert status == 0
    known = [row["form"] for row in found["curve"] if row["ap30"] is not None]
    assert set(known) == {"plain, neck 16"}


def test_weights_of_a_form_that_is_not_drawn_are_named(make_set, tmp_path, photo_file, capsys):
    folder, odd = make_set(1), tmp_path / "odd.safetensors"
    write_weights(odd, Network(NetworkConfig("none", neck_width=24)), version="1")
    words = ("--annotations", str(folder / "cases.json"), "--images", str(folder / "cases"))
    words = (*words, "--weights", str(odd))
    status, _found = bench(tmp_path, "--photo", str(photo_file), "--only", "curve", *words)
    assert status == 2
    assert "odd.safetensors has a form" in capsys.readouterr().err


def test_a_fixed_detector_reads_at_the_side_it_was_given():
    crop = np.full((200, 200, 3), 128, np.uint8)
    assert FixedDetector(96, "fp32").read(crop).heat.shape == (24, 24)


def test_the_stages_make_up_the_whole(phone_photo):
    found = stages(phone_photo, repeats=1)
    assert set(found["stages"]) == {"face", "quality", "detect", "grade"}
    assert sum(stage["share"] for stage in found["stages"].values()) == pytest.approx(1, abs=0.01)


def test_a_refused_photo_has_no_stages_to_measure():
    with pytest.raises(ValueError, match="refused"):
        stages(np.zeros((300, 300, 3), np.uint8), repeats=1)


def test_a_starting_programs_memory_is_not_its_parents():
    held = np.ones(2**28)  # 2 GiB, more than the imports need
    words = [sys.executable, "-c", "from inference.bench.peak import peak_mib; print(peak_mib())"]
    done = subprocess.run(words, check=True, capture_output=True, text=True)
    assert float(done.stdout) < held.nbytes / 2**20


def test_reading_a_photo_holds_less_than_two_gigabytes(photo_file):
    assert peak_memory([photo_file])["peak_mib"] < MEMORY_LIMIT_MIB


@pytest.mark.parametrize(
    ("words", "status"),
    [
        (("--input", "100"), 64),
        (("--annotations", "a.json"), 64),
        (("--photo", "missing.jpg"), 2),
    ],
)
def test_wrong_usage_is_told_plainly(words, status, tmp_path, capsys):
    assert bench(tmp_path, *words)[0] == status
    assert len(capsys.readouterr().err.splitlines()) == 1
