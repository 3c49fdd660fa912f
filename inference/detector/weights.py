"""Weights as safetensors: no pickles, sha256 checked, everything needed to use them inside."""

from __future__ import annotations

import dataclasses
import hashlib
import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from safetensors import SafetensorError, safe_open
from safetensors.torch import save_file

from inference.detector.network import Network, NetworkConfig
from inference.results import LesionType

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray
    from torch import Tensor

FORMAT = "cleargrade-detector-1"
FOLDER = Path(__file__).parents[1] / "weights"
DEFAULT_WEIGHTS = FOLDER / "detector.safetensors"


class WeightsError(RuntimeError):
    """Weights that are missing, damaged or of another network, with what to do."""


@dataclass(frozen=True, slots=True)
class Calibration:
    """From logits to what is shown. The probability of any lesion is
    sigmoid((logit − shift) / temperature + size_gain · largeness), with ``decode.largeness`` of the
    box; a type's share is the softmax of its logits over the ``type_temperature`` of the likeliest
    type, plus ``type_shift`` (each by BOXED_TYPES): how sure the network may be depends on what it
    says. A side is shown ``box_scale`` times as long as the network says. ``mask``: cut and least
    area in cells of a cyst or scar, whose probability is
    sigmoid((logit − outline_shift) / outline_temperature), by the mean inside (each by
    SEGMENTED_TYPES). ``thresholds``: working threshold by type; ``count_threshold``: on the
    any-lesion probability; an ``amount`` n from it on means count_scale · n^count_power lesions to
    who marked the pictures of the calibration, for the released weights the first reader of ACNE04.
    ``count_soft``: whether finds count by their probability; up to version 0.8.0 each was one.
    ``grades``: by China grade, points (evidence, probability) of
    ``inference.grading.explain.Calibration``.
    """

    temperature: float = 1.0
    shift: float = 0.0
    size_gain: float = 0.0
    type_temperature: tuple[float, float, float, float] = (1.0, 1.0, 1.0, 1.0)
    type_shift: tuple[float, float, float, float] = (0.0, 0.0, 0.0, 0.0)
    box_scale: float = 1.0
    mask_cut: float = 0.5
    mask_least_cells: float = 6.0
    outline_temperature: tuple[float, float] = (1.0, 1.0)
    outline_shift: tuple[float, float] = (0.0, 0.0)
    thresholds: dict[str, float] = field(
        default_factory=lambda: {kind.value: 0.3 for kind in LesionType}
    )
    floor: float = 0.05
    count_threshold: float = 0.3
    count_scale: float = 1.0
    count_power: float = 1.0
    count_soft: bool = False
    grades: dict[str, list[tuple[float, float]]] = field(default_factory=dict)

    def amount(self, scores: NDArray[np.float32]) -> float:
        """Sum of the any-lesion probabilities ``scores`` (N,) from ``count_threshold`` on, or their
        number without ``count_soft``.
        """
        above = scores[scores >= self.count_threshold]
        return float(above.sum()) if self.count_soft else float(len(above))

    def count(self, scores: NDArray[np.float32]) -> float:
        """The count as who marked the pictures of the calibration would give it."""
        return float(self.count_scale * self.amount(scores) ** self.count_power)


@dataclass(frozen=True, slots=True)
class Card:
    """What travels with the weights."""

    version: str
    network: NetworkConfig
    calibration: Calibration


def write_weights(
    path: Path,
    network: Network,
    *,
    version: str,
    calibration: Calibration | None = None,
    half: bool = False,
) -> Path:
    """Write the network and its card; ``half`` stores kernels in half precision. The file's sum
    goes beside it, with the suffix ``.sha256``. Raises OSError if they cannot be written; what was
    there then stays."""
    state = {name: _stored(value, half=half) for name, value in network.state_dict().items()}
    card = {
        "format": FORMAT,
        "version": version,
        "network": json.dumps(dataclasses.asdict(network.config)),
        "calibration": json.dumps(dataclasses.asdict(calibration or Calibration())),
    }
    part, sum_part = (path.with_suffix(suffix) for suffix in (".part", ".sha256.part"))
    try:
        save_file(state, part, metadata=card)
        part.chmod(0o644)  # it writes for its owner alone, and the workers may be somebody else
        sum_part.write_text(f"{sha256_of(part)}  {path.name}\n", encoding="utf-8")
        part.replace(path)  # both are whole by now, so a full disk leaves those that were there
        sum_part.replace(path.with_suffix(".sha256"))
    except SafetensorError as error:
        raise OSError(f"{path} cannot be written: {error}") from error
    finally:
        part.unlink(missing_ok=True)
        sum_part.unlink(missing_ok=True)
    return path


def _stored(value: Tensor, *, half: bool) -> Tensor:
    value = value.detach().cpu().contiguous()
    return value.half() if half and value.is_floating_point() and value.ndim > 1 else value


def sha256_of(path: Path) -> str:
    """The file's sum in hexadecimal."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def read_state(path: Path) -> dict[str, Tensor]:
    """All tensors in fp32. Raises WeightsError as ``read_network`` does."""
    _check(path)
    with _opened(path) as file:
        return {name: _full(file.get_tensor(name)) for name in file.keys()}  # noqa: SIM118


def _full(value: Tensor) -> Tensor:
    return value.float() if value.is_floating_point() else value


def read_card(path: Path) -> Card:
    """What travels with the weights. Raises WeightsError for weights of another kind."""
    with _opened(path) as file:
        stored = file.metadata() or {}
    if stored.get("format") != FORMAT:
        raise WeightsError(f"{path} holds weights of another kind; expected {FORMAT}")
    network = NetworkConfig(**{**json.loads(stored["network"]), "pretrained": False})
    calibration = json.loads(stored["calibration"])
    if isinstance(calibration["type_temperature"], float):  # up to version 0.7.0 one for all types
        calibration["type_temperature"] = [calibration["type_temperature"]] * 4
    calibration = {k: tuple(v) if isinstance(v, list) else v for k, v in calibration.items()}
    return Card(stored["version"], network, Calibration(**calibration))


def read_network(path: Path) -> tuple[Network, Card, str]:
    """The network in fp32, its card and the file's sha256.

    Raises WeightsError if the file is missing, does not match the sum beside it, is not
    safetensors or belongs to another network.
    """
    state, card = read_state(path), read_card(path)
    network = Network(card.network)
    try:
        network.load_state_dict(state)
    except RuntimeError as error:
        raise WeightsError(f"{path} does not fit the network it names: {error}") from error
    return network.eval(), card, sha256_of(path)


def _check(path: Path) -> None:
    beside = path.with_suffix(".sha256")
    if not path.is_file() or not beside.is_file():
        raise WeightsError(
            f"no weights at {path} (the file and its .sha256 are needed); fetch them again with "
            "the repository, or name others"
        )
    expected = beside.read_text(encoding="utf-8").split()[0]
    if sha256_of(path) != expected:
        raise WeightsError(
            f"{path} is damaged: its sha256 differs from {beside.name}; fetch it again"
        )


def _opened(path: Path) -> Any:
    try:
        return safe_open(path, framework="pt")
    except (SafetensorError, OSError) as error:
        raise WeightsError(f"{path} cannot be read as safetensors: {error}") from error


def stored_thresholds(calibration: Calibration) -> dict[LesionType, float]:
    """The working threshold of every type."""
    return {LesionType(name): value for name, value in calibration.thresholds.items()}
