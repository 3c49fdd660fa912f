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
        ("precision = 'fp8'", "fp32, bf16 or auto"),
        ("[network]\ndeformable = 'some'", "not one of"),
        ("[network]\nsize_form = 'log'", "must be the same"),
        ("steps =", "cannot be read"),
    ],
)
def test_mistakes_are_explained(tmp_path: Path, text: str, message: str) -> None:
    with pytest.raises(ConfigError, match=message):
        load(tmp_path, text)


@pytest.mark.parametrize("path", sorted(Path(module.__file__).parent.glob("*.toml")), ids=str)
def test_the_configurations_in_the_repository_load(path: Path) -> None:
    assert load_config(path).steps > 0
