import argparse
import dataclasses
import json
from collections.abc import Callable
from pathlib import Path

import pytest
import torch

from inference.detector.detect import Detector
from inference.detector.losses import LossConfig
from inference.detector.network import Network, NetworkConfig
from inference.detector.targets import TargetConfig
from inference.detector.weights import (
    DEFAULT_WEIGHTS,
    Calibration,
    read_card,
    read_network,
    read_state,
    write_weights,
)
from inference.training import train as module
from inference.training.augmentation import AugmentationConfig
from inference.training.average_precision import average_precision
from inference.training.coco import read_coco
from inference.training.config import ConfigError, DataConfig, TrainingConfig
from inference.training.evaluation.reads import any_lesion, read_all
from inference.training.train import clinic_config, learning_rate, train

MakeSet = Callable[[int], Path]


def tiny(folder: Path, output: Path, **changes: object) -> TrainingConfig:
    config = TrainingConfig(
        output=output,
        steps=4,
        batch=2,
        crop=64,
        workers=0,
        save_every=1,
        data=DataConfig(complete=(folder / "cases.json",)),
        network=NetworkConfig(deformable="none", size_form="log", spread=1, side=128),
        targets=TargetConfig(min_radius=2.0, spread=1, size_form="log"),
    )
    return dataclasses.replace(config, **changes)


def test_only_the_named_parts_of_the_network_learn(make_set: MakeSet, tmp_path: Path) -> None:
    folder = make_set(2)
    first = train(tiny(folder, tmp_path / "first", steps=1), lambda *_: None)
    config = tiny(folder, tmp_path / "second", start_from=first, learning=("neck", "size"))
    before, after = read_state(first), read_state(train(config, lambda *_: None))
    changed = {name.split(".")[0] for name in before if not torch.equal(before[name], after[name])}
    assert changed == {"neck", "size"}


def test_a_neck_of_another_width_goes_on_from_the_backbone_alone(
    make_set: MakeSet, tmp_path: Path
) -> None:
    folder = make_set(1)
    first = train(tiny(folder, tmp_path / "first", steps=1), lambda *_: None)
    narrow = NetworkConfig(deformable="none", size_form="log", spread=1, side=128, neck_width=16)
    config = tiny(folder, tmp_path / "second", steps=1, start_from=first, network=narrow)
    with pytest.raises(ConfigError, match="another width"):
        train(config, lambda *_: None)
    backbone = dataclasses.replace(config, carried=("backbone",), learning=("neck", "heat"))
    before, after = read_state(first), read_state(train(backbone, lambda *_: None))
    kernels = [name for name in before if name.startswith("backbone") and "weight" in name]
    assert kernels
    assert all(torch.equal(before[name], after[name]) for name in kernels)


def test_fresh_weights_keep_the_calibration_of_those_before(
    make_set: MakeSet, tmp_path: Path
) -> None:
    network = Network(NetworkConfig(deformable="none", size_form="log", side=128))
    before = Calibration(box_scale=1.25, shift=0.5)
    first = write_weights(tmp_path / "before.safetensors", network, version="1", calibration=before)
    config = tiny(make_set(1), tmp_path / "run", steps=1, start_from=first)
    assert read_card(train(config, lambda *_: None)).calibration == before


def test_a_clinics_boxes_are_shown_as_large_as_they_were_drawn(make_set: MakeSet) -> None:
    shown = read_card(DEFAULT_WEIGHTS).calibration.box_scale
    assert shown != 1
    assert clinic_config(make_set(1)).data.complete_box_scale * shown == pytest.approx(1)


class KilledError(Exception):
    pass


def test_a_resumed_run_equals_an_uninterrupted_one_to_the_bit(
    make_set: MakeSet, tmp_path: Path
) -> None:
    folder = make_set(3)
    through = train(tiny(folder, tmp_path / "through"), lambda *_: None)

    def killed(step: int, _parts: object) -> None:
        if step == 3:  # after the second checkpoint, before the third
            raise KilledError

    config = tiny(folder, tmp_path / "resumed")
    with pytest.raises(KilledError):
        train(config, killed)
    steps: list[int] = []
    resumed = train(config, lambda step, _: steps.append(step))
    assert steps == [3, 4]
    after = read_state(resumed)
    for name, value in read_state(through).items():
        assert torch.equal(value, after[name]), name


def test_it_overfits_eight_pictures(make_set: MakeSet, tmp_path: Path) -> None:
    """From the released weights on, as a clinic's training does: few steps are enough."""
    folder = make_set(8)
    config = tiny(
        folder,
        tmp_path / "run",
        steps=100,
        batch=8,
        crop=128,
        save_every=1000,
        learning_rate=1.5e-3,
        ema=0.9,
        precision="auto",
        start_from=DEFAULT_WEIGHTS,
        network=dataclasses.replace(read_card(DEFAULT_WEIGHTS).network, side=128, spread=1),
        losses=LossConfig(size=0.5, mask_form="overlap", types=1.0),
        augmentation=AugmentationConfig(
            (1, 1), (1, 1), turn=0, white_balance=0, exposure=0, saturation=0, degrade=0
        ),
    )
    config = dataclasses.replace(config, data=clinic_config(folder).data)
    network, card, sha256 = read_network(train(config, lambda *_: None))
    pictures = read_coco(folder / "cases.json", folder / "cases")
    small = Detector(network, card, sha256)
    reads = read_all(small, pictures)
    assert average_precision([any_lesion(read) for read in reads])[0.5] > 0.95


def test_a_plainer_network_than_the_first_weights_is_refused(
    make_set: MakeSet, tmp_path: Path
) -> None:
    config = tiny(make_set(1), tmp_path / "run", start_from=DEFAULT_WEIGHTS)
    with pytest.raises(ConfigError, match="detail = true"):
        train(config, lambda *_: None)


def test_the_rate_rises_then_falls() -> None:
    config = TrainingConfig(steps=100, learning_rate=1.0)
    rates = [learning_rate(step, config) for step in range(100)]
    assert rates.index(max(rates)) in (9, 10)
    assert rates[0] < 0.2
    assert rates[-1] < 0.01


def run(*words: str) -> int:
    parser = argparse.ArgumentParser()
    module.add_arguments(parser)
    return module.run(parser.parse_args(words))


def test_an_unusable_configuration_ends_with_64(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run("--data", str(tmp_path)) == 64
    assert "holds no COCO file" in capsys.readouterr().err


def broken(folder: Path, how: str) -> None:
    """A clinic's set as it may come: each ``how`` is a mistake of its own."""
    path = folder / "cases.json"
    document = json.loads(path.read_text())
    if how == "picture":
        (folder / "cases/1.png").unlink()
    elif how == "category":
        document["categories"][0]["name"] = "pimple"
    elif how == "empty":
        document.update(images=[], annotations=[])
    path.write_text('{"images": [' if how == "json" else json.dumps(document))


@pytest.mark.parametrize(
    ("how", "message"),
    [
        ("picture", "1.png is missing"),
        ("category", "'pimple' is unknown; use comedone"),
        ("empty", "lists no picture"),
        ("json", "cannot be read as JSON"),
    ],
)
def test_a_mistake_in_a_clinics_set_is_one_plain_line(
    make_set: MakeSet, tmp_path: Path, capsys: pytest.CaptureFixture[str], how: str, message: str
) -> None:
    folder = make_set(2)
    broken(folder, how)
    assert run("--data", str(folder), "--output", str(tmp_path / "out")) == 2
    (line,) = capsys.readouterr().err.splitlines()
    assert message in line
    assert not (tmp_path / "out").exists()


def test_a_place_that_cannot_be_written_is_named(
    make_set: MakeSet, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "file").write_text("in the way")
    assert run("--data", str(make_set(1)), "--output", str(tmp_path / "file/out")) == 2
    assert "file/out" in capsys.readouterr().err.splitlines()[-1]


def test_the_command_line_trains_to_weights_that_load(make_set: MakeSet, tmp_path: Path) -> None:
    folder = make_set(2)
    toml = tmp_path / "c.toml"
    toml.write_text(
        "steps = 9\nbatch = 2\ncrop = 32\nworkers = 1\n"
        f'[data]\ncomplete = ["{folder}/cases.json"]\n'
        '[network]\ndeformable = "coarse"\n'
    )
    assert run("--config", str(toml), "--output", str(tmp_path / "out"), "--steps", "1") == 0
    _, card, _ = read_network(tmp_path / "out/weights.safetensors")
    assert card.network.deformable == "coarse"
    assert list((tmp_path / "out").glob("events-*/events.out.tfevents*"))
