"""A phone's photo of a real face, and the real network where trained weights are not the point."""

import numpy as np
import pytest
import torch

from inference import pipeline
from inference.detector import load_detector
from inference.detector.network import Network, NetworkConfig
from inference.detector.weights import Calibration, write_weights
from inference.training.synthesis.demonstration import demonstration_face


@pytest.fixture(scope="session")
def phone_photo():
    """The public-domain portrait with a face of 1000 px and skin texture, uint8 RGB."""
    return np.ascontiguousarray(demonstration_face().image)


@pytest.fixture(scope="session")
def untrained_weights(tmp_path_factory):
    """The whole network with random weights; a floor that lets its guesses through."""
    torch.manual_seed(0)
    path = tmp_path_factory.mktemp("weights") / "untrained.safetensors"
    thresholds = dict.fromkeys(Calibration().thresholds, 0.02)
    calibration = Calibration(thresholds=thresholds, floor=0.01)
    return write_weights(
        path, Network(NetworkConfig()), version="untrained", calibration=calibration
    )


@pytest.fixture
def untrained(untrained_weights, monkeypatch):
    """The default pipeline on the untrained network."""
    monkeypatch.setattr(pipeline, "load_detector", lambda: load_detector(untrained_weights))
    pipeline.default_pipeline.cache_clear()
    yield
    pipeline.default_pipeline.cache_clear()
