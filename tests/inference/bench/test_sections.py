"""Sections of the bench on a small input; the others are tested in ``tests/inference/training``."""

import json
from pathlib import Path

import numpy as np
import pytest
import skimage.data
import torch
from PIL import Image

from inference.__main__ import main
from inference.bench import command, following, lines, networks
from inference.bench.networks import PRECISIONS, matrix_product, ours

FORMS = ("plain",)  # the quickest to time


@pytest.fixture
def bench(tmp_path: Path, monkeypatch):
    """Run some sections at 64 px, every timing with as few calls as it takes."""
    monkeypatch.setitem(networks.MATRIX, "cpu", 64)
    for module in (command, lines):
        monkeypatch.setattr(module, "FORMS", FORMS)
    Image.fromarray(np.full((90, 80, 3), 150, np.uint8)).save(tmp_path / "photo.png")

    def run(*words: str) -> dict:
        out = tmp_path / "bench.json"
        usual = ["--device", "cpu", "--input", "64", "--sizes", "64", "--seconds", "0"]
        photo = ["--photo", str(tmp_path / "photo.png"), "--json", str(out)]
        assert main(["bench", *usual, *photo, *words]) == 0
        return json.loads(out.read_text())

    return run


def test_a_compiled_network_goes_through_the_compiler_and_says_the_same() -> None:
    picture = torch.randint(0, 256, (1, 3, 64, 64), dtype=torch.uint8)
    graphs = []

    def compiler(graph, _inputs):
        graphs.append(graph)
        return graph.forward

    found = []
    for each in (None, compiler):
        torch.manual_seed(0)
        found.append(ours("plain", picture, "fp32", each)())
    assert graphs
    for plain, compiled in zip(*found, strict=True):
        torch.testing.assert_close(compiled, plain, atol=1e-4, rtol=1e-4)


def test_what_compiling_gains_is_a_ratio_by_form(bench, capsys, monkeypatch) -> None:
    asked = []
    monkeypatch.setattr(torch.nn.Module, "compile", lambda _, backend: asked.append(backend))
    found = bench("--only", "compiled")["compiled"]
    assert asked == ["inductor"]
    for row in found["forms"].values():
        rates = row["images_per_second"]
        assert row["times_as_fast"] == pytest.approx(rates["compiled"] / rates["plain"])
        assert row["first_call_seconds"] > 0
    assert "torch.compile" in capsys.readouterr().out


def test_where_compiling_does_not_hold_the_bench_says_so_and_goes_on(bench, capsys) -> None:
    found = bench("--only", "compiled", "flops", "--compiler", "no_such_backend")
    assert all("no_such_backend" in row["failed"] for row in found["compiled"]["forms"].values())
    assert "flops" in found
    assert "does not hold here" in capsys.readouterr().out


def test_operations_a_second_are_shares_of_a_matrix_product(bench) -> None:
    found = bench("--only", "flops")["flops"]
    for precision in PRECISIONS:
        row = found[precision]
        share = row["network_gflops"]["plain"] / row["matrix_product_gflops"]
        assert row["share"]["plain"] == pytest.approx(share)
    assert found["gflop_a_picture"]["plain"] == pytest.approx(
        networks.needed_flops("plain", 64) / 1e9
    )


def test_a_matrix_product_counts_two_operations_for_each_product_and_sum() -> None:
    work, operations = matrix_product("cpu", "fp32")
    side = work().shape[0]
    assert operations == 2 * side**3


def test_on_a_cpu_photos_are_timed_one_by_one_and_as_the_worker_takes_them(bench) -> None:
    assert [row["batch"] for row in bench("--only", "batches")["batches"]] == [1, 4]


def test_following_lesions_is_a_share_of_reading_their_photos(bench, monkeypatch, capsys) -> None:
    portrait = skimage.data.astronaut()[:280, 90:370]
    monkeypatch.setattr(command, "_photo", lambda _path: np.ascontiguousarray(portrait))
    monkeypatch.setattr(following, "REPEATS", 1)
    found = bench("--only", "following")["following"]
    assert (found["lesions"], found["views"]) == (300, 3)
    assert found["candidates"] > 200
    assert found["share"] == pytest.approx(found["follow_ms"] / found["analyse_ms"], abs=2e-3)
    assert found["ranges_ms"] > 0
    assert "from one visit to the next" in capsys.readouterr().out


def test_without_a_face_nothing_is_followed(bench) -> None:
    with pytest.raises(ValueError, match="no face"):
        following.following(np.full((90, 80, 3), 150, np.uint8))
