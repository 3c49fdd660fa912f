"""The picture sets beside the checkout, and what the released weights say of them, read once."""

import os
from pathlib import Path

import pytest

from inference.detector import load_detector
from inference.training.coco import read_coco
from inference.training.evaluation.reads import read_all


@pytest.fixture(scope="session")
def data():
    """Their folder. Named and missing is an error, not a reason to skip."""
    folder = Path(os.environ.get("CLEARGRADE_DATA", "../shared/data")).resolve()
    if not (folder / "faces/val.json").is_file():
        pytest.fail(f"{folder} holds no picture sets; set CLEARGRADE_DATA")
    return folder


@pytest.fixture(scope="session")
def pictures(data):
    return lambda name: read_coco(data / f"{name}.json", data / name)


@pytest.fixture(scope="session")
def detector():
    return load_detector()


@pytest.fixture(scope="session")
def faces(detector, pictures):
    """The validation faces, read."""
    return read_all(detector, pictures("faces/val"))
