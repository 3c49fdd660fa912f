"""One readable configuration of a training run: a dataclass, written as TOML."""

from __future__ import annotations

import dataclasses
import tomllib
import typing
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from inference.detector.losses import LossConfig
from inference.detector.network import NetworkConfig
from inference.detector.targets import TargetConfig
from inference.training.augmentation import AugmentationConfig


class ConfigError(ValueError):
    """A configuration that cannot be used, with what to change in plain words."""


@dataclass(frozen=True, slots=True)
class DataConfig:
    """``root`` holds ``faces/``, ``closeups/`` and ``clear/``; ``complete`` lists COCO files on
    whose pictures every lesion is marked with its type (rendered faces, a clinic's export).
    The numbers are each source's share of the crops; a source with share 0 is not opened.

    ``box_scale``: the reader of the faces boxes loosely, and the training boxes grew once more when
    their publisher turned the pictures. ``complete_box_scale``: rendered boxes are tight. The two
    bring both to one size, so that one look does not have two.
    ``second_reader``: whether the second reader is asked at all; without, what only that one marked
    is skin. ``second_only_peak``: how sure such a lesion is; at 0 nothing is learnt there.
    ``own_finds`` and ``own_finds_peak``: the same for what neither reader marked and a model of the
    round before found (``python -m inference.training.own_finds``).
    """

    root: Path | None = None
    complete: tuple[Path, ...] = ()
    faces: float = 0.0
    closeups: float = 0.0
    clear: float = 0.0
    complete_share: float = 1.0
    box_scale: float = 0.9
    complete_box_scale: float = 1.0
    second_reader: bool = True
    second_only_peak: float = 0.3
    own_finds: Path | None = None
    own_finds_peak: float = 0.3


PARTS = ("backbone", "neck", "heat", "size", "offset", "mask", "detail", "types")


@dataclass(frozen=True, slots=True)
class TrainingConfig:
    """``start_from``: weights to go on from, of the same or of a plainer neck. ``carried``: the
    parts that come from them (``PARTS``), the others start at random.
    ``learning``: the parts of the network that learn (``PARTS``), the others stay as they are; the
    fewer, the quicker a step. ``precision``: ``auto`` is bf16 where the hardware does it.
    """

    output: Path = Path("var/training")
    steps: int = 1500
    batch: int = 8
    crop: int = 384
    learning_rate: float = 1e-3
    weight_decay: float = 1e-2
    warm_up: float = 0.1
    ema: float = 0.997
    clip: float = 10.0
    precision: str = "fp32"
    device: str = "cpu"
    seed: int = 1
    workers: int = 1
    save_every: int = 100
    start_from: Path | None = None
    carried: tuple[str, ...] = PARTS
    learning: tuple[str, ...] = PARTS
    data: DataConfig = field(default_factory=DataConfig)
    network: NetworkConfig = field(default_factory=NetworkConfig)
    targets: TargetConfig = field(default_factory=TargetConfig)
    losses: LossConfig = field(default_factory=LossConfig)
    augmentation: AugmentationConfig = field(default_factory=AugmentationConfig)

    def __post_init__(self) -> None:
        if self.crop % 32:
            raise ConfigError(f"crop is {self.crop}; it must be a multiple of 32")
        for name, parts in (("learning", self.learning), ("carried", self.carried)):
            if not parts or set(parts) - set(PARTS):
                raise ConfigError(f"{name} is {parts}; name some of {', '.join(PARTS)}")
        if self.precision not in ("fp32", "bf16", "auto"):
            raise ConfigError(f"precision is {self.precision!r}; use fp32, bf16 or auto")
        for name in ("size_form", "spread"):
            if getattr(self.network, name) != getattr(self.targets, name):
                raise ConfigError(f"network.{name} and targets.{name} must be the same")


def load_config(path: Path) -> TrainingConfig:
    """Read a TOML file. Raises ConfigError for unknown names and unusable values.

    ``extends = "other.toml"``, beside the file, gives the values that it does not name itself; a
    table is filled up name by name, so that only what differs needs to be written.
    """
    return typing.cast("TrainingConfig", _build(TrainingConfig, _read(path), str(path)))


def _read(path: Path, readers: tuple[Path, ...] = ()) -> dict[str, Any]:
    """The file with all that it extends. ``readers``: the files that led here."""
    if path.resolve() in readers:
        raise ConfigError(f"{path} extends itself")
    try:
        document = tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise ConfigError(f"{path} cannot be read: {error}") from error
    base = document.pop("extends", None)
    if base is None:
        return document
    if not isinstance(base, str):
        raise ConfigError(f"{path}: extends is {base!r}; name one file")
    return _over(_read(path.parent / base, (*readers, path.resolve())), document)


def _over(base: dict[str, Any], document: dict[str, Any]) -> dict[str, Any]:
    """``base`` with the values of ``document``, tables within tables too."""
    filled = {
        name: _over(base[name], value)
        if isinstance(value, dict) and isinstance(base.get(name), dict)
        else value
        for name, value in document.items()
    }
    return {**base, **filled}


def _build(kind: Any, document: dict[str, Any], where: str) -> Any:
    hints = typing.get_type_hints(kind)
    unknown = set(document) - set(hints)
    if unknown:
        known = ", ".join(sorted(hints))
        raise ConfigError(f"{where}: {', '.join(sorted(unknown))} is unknown; known are {known}")
    values = {name: _convert(hints[name], value, where) for name, value in document.items()}
    return kind(**values)


def _convert(hint: Any, value: Any, where: str) -> Any:
    if dataclasses.is_dataclass(hint):
        return _build(hint, value, where)
    if hint is Path or hint == (Path | None):
        return Path(value)
    if typing.get_origin(hint) is tuple:
        inner = typing.get_args(hint)[0]
        return tuple(_convert(inner, item, where) for item in value)
    if hint is float and isinstance(value, int):
        return float(value)
    return _checked(hint, value, where)


def _checked(hint: Any, value: Any, where: str) -> Any:
    if typing.get_origin(hint) is typing.Literal:
        if value not in typing.get_args(hint):
            raise ConfigError(f"{where}: {value!r} is not one of {typing.get_args(hint)}")
    elif not isinstance(value, hint):
        raise ConfigError(f"{where}: {value!r} should be a {hint.__name__}")
    return value
