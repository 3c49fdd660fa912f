"""The command line: one object a line, the exit status that the README promises."""

import json
import subprocess
import sys

import numpy as np
import pytest
from PIL import Image

from inference.__main__ import main


@pytest.fixture(scope="session")
def photos(tmp_path_factory, phone_photo):
    folder = tmp_path_factory.mktemp("photos")
    Image.fromarray(phone_photo).save(folder / "good.jpg", quality=95)
    Image.fromarray((phone_photo // 12).astype(np.uint8)).save(folder / "dark.png")
    (folder / "text.jpg").write_text("no picture")
    return folder


@pytest.fixture
def run(photos, capsys):
    def command(name, *files, options=()):
        status = main([name, *(str(photos / file) for file in files), *options])
        said = capsys.readouterr()
        return status, [json.loads(line) for line in said.out.splitlines()], said.err.splitlines()

    return command


def test_check_prints_the_quality_of_each_photo(run, photos):
    status, rows, errors = run("check", "good.jpg")
    assert (status, errors) == (0, [])
    assert rows[0]["schema"] == 1
    assert rows[0]["file"] == str(photos / "good.jpg")
    assert rows[0]["quality"]["accepted"]


def test_a_refused_photo_gives_3_with_its_reasons(run):
    status, rows, _ = run("check", "good.jpg", "dark.png")
    assert status == 3
    assert [row["quality"]["accepted"] for row in rows] == [True, False]
    reason = rows[1]["quality"]["reasons"][0]
    assert reason["code"] == "too_dark"
    assert reason["value"] < reason["limit"]
    assert "window" in reason["message"]


def test_an_unreadable_file_gives_2_over_3_and_the_others_are_done(run):
    status, rows, errors = run("check", "text.jpg", "missing.jpg", "dark.png", "good.jpg")
    assert status == 2
    assert len(rows) == 2
    assert len(errors) == 2
    assert "not a JPEG" in errors[0]
    assert errors[1].endswith("No such file or directory")


@pytest.mark.usefixtures("untrained")
def test_analyse_prints_the_findings(run):
    status, rows, errors = run("analyse", "good.jpg", "dark.png")
    assert (status, errors) == (3, [])
    good, dark = rows
    assert {
        "schema",
        "file",
        "quality",
        "lesions",
        "counts",
        "grades",
        "model",
        "timings_ms",
    } <= set(good)
    lesion = good["lesions"][0]
    assert {"type", "score", "box", "region"} <= set(lesion)
    assert len(lesion["box"]) == 4
    assert sum(good["counts"].values()) == len(good["lesions"])
    assert set(good["grades"]["china_2019"]) >= {"grade", "reasons", "probabilities"}
    assert set(good["model"]) == {"name", "version", "sha256"}
    assert dark["lesions"] == []
    assert dark["grades"]["china_2019"]["grade"] is None


@pytest.mark.usefixtures("untrained")
def test_the_overlay_is_the_photo_with_drawings(run, tmp_path, phone_photo):
    out = tmp_path / "overlay.png"
    status, rows, _ = run("analyse", "good.jpg", options=("--overlay", str(out)))
    assert status == 0
    assert rows[0]["lesions"]
    assert np.asarray(Image.open(out)).shape == phone_photo.shape


@pytest.mark.usefixtures("untrained")
def test_a_refused_photo_has_no_overlay_and_says_so(run, tmp_path):
    out = tmp_path / "overlay.png"
    status, _, errors = run("analyse", "dark.png", options=("--overlay", str(out)))
    assert (status, out.exists(), len(errors)) == (3, False, 1)


def test_damaged_weights_are_named_and_give_69(run, monkeypatch, tmp_path):
    from inference import pipeline  # noqa: PLC0415
    from inference.detector import load_detector  # noqa: PLC0415

    nowhere = tmp_path / "none.safetensors"
    monkeypatch.setattr(pipeline, "load_detector", lambda: load_detector(nowhere))
    pipeline.default_pipeline.cache_clear()
    status, rows, errors = run("analyse", "good.jpg")
    assert (status, rows) == (69, [])
    assert str(nowhere) in errors[0]


@pytest.mark.parametrize(
    "wrong",
    [
        [],
        ["check"],
        ["paint", "a.jpg"],
        ["check", "--view", "above", "a.jpg"],
        ["analyse", "a.jpg", "b.jpg", "--overlay", "o.png"],
    ],
)
def test_wrong_usage_gives_64(wrong, capsys):
    with pytest.raises(SystemExit) as caught:
        main(wrong)
    assert caught.value.code == 64
    assert capsys.readouterr().out == ""


def test_the_module_runs_from_a_shell_and_keeps_standard_error_clean(photos):
    done = subprocess.run(
        [sys.executable, "-m", "inference", "check", photos / "good.jpg", photos / "text.jpg"],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 2
    assert json.loads(done.stdout)["quality"]["accepted"]
    assert len(done.stderr.splitlines()) == 1
