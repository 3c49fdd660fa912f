from pathlib import Path

import pytest

from inference.training import config as module
from inference.training.config import ConfigError, TrainingConfig, load_config


def load(tmp_path: Path, text: str) -> TrainingConfig:
    path = tmp_path / "c.toml"
    path.write_text(text)
    return load_config(path)


def test_what_is_not_named_keeps_the_papers_form(tmp_path: Path) -> None:
    config = load(tmp_path, "steps = 3\n[losses]\nrare_types = [1, 2, 3, 4]\n")
    assert config.steps == 3
    assert config.losses.size == 0.1
    assert config.losses.rare_types == (1.0, 2.0, 3.0, 4.0)
    assert config.network.deformable == "all"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("stepps = 3", "stepps"),
        ("steps = 'many'", "should be a int"),
        ("crop = 100", "multiple of 32"),
        ("carried = ['nose']", "carried is .* name some of backbone"),
        ("precision = 'fp8'", "fp32, bf16 or auto"),
        ("[network]\ndeformable = 'some'", "not one of"),
        ("[network]\nsize_form = 'log'", "must be the same"),
        ("[targets]\nspread = 1", "network.spread and targets.spread must be the same"),
        ("steps =", "cannot be read"),
    ],
)
def test_mistakes_are_explained(tmp_path: Path, text: str, message: str) -> None:
    with pytest.raises(ConfigError, match=message):
        load(tmp_path, text)


def test_a_file_takes_from_another_what_it_does_not_name(tmp_path: Path) -> None:
    (tmp_path / "base.toml").write_text(
        "steps = 5\nbatch = 3\n[losses]\nsize = 0.5\noffset = 0.3\n[data]\nfaces = 1.0\n"
    )
    (tmp_path / "middle.toml").write_text('extends = "base.toml"\n[losses]\nsize = 0.7\n')
    config = load(tmp_path, 'extends = "middle.toml"\nsteps = 9\n[network]\nhead_width = 8\n')
    assert (config.steps, config.batch) == (9, 3)
    assert (config.losses.size, config.losses.offset) == (0.7, 0.3)
    assert config.data.faces == 1
    assert config.network.head_width == 8


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ('extends = "c.toml"', "extends itself"),
        ('extends = "gone.toml"', r"gone\.toml cannot be read"),
        ("extends = 3", "name one file"),
        ('extends = "wrong.toml"', "stepps"),
    ],
)
def test_a_file_that_cannot_be_extended_is_named(tmp_path: Path, text: str, message: str) -> None:
    (tmp_path / "wrong.toml").write_text("stepps = 3")
    with pytest.raises(ConfigError, match=message):
        load(tmp_path, text)


@pytest.mark.parametrize("path", sorted(Path(module.__file__).parent.glob("*.toml")), ids=str)
def test_the_configurations_in_the_repository_load(path: Path) -> None:
    assert load_config(path).steps > 0
