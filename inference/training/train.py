"""``python -m inference train``: from pictures to weights, resumable after a kill at any moment."""

from __future__ import annotations

import dataclasses
import math
import os
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import torch
from torch import nn
from torch.utils.data import DataLoader
from tqdm import tqdm

from inference.detector.detect import has_fast_bf16
from inference.detector.losses import TargetBatch, losses
from inference.detector.network import Network, carry_over, part_of
from inference.detector.weights import (
    Calibration,
    WeightsError,
    read_card,
    read_state,
    write_weights,
)
from inference.training.coco import AnnotationError
from inference.training.config import ConfigError, DataConfig, TrainingConfig, load_config
from inference.training.mixture import Mixture
from inference.training.sources import open_complete
from inference.training.team import Team, join_team

if TYPE_CHECKING:
    import argparse
    from collections.abc import Callable

    from torch import Tensor

CHECKPOINT = "checkpoint.pt"
WEIGHTS = "weights.safetensors"


@dataclass(slots=True)
class Run:
    """All that a checkpoint must hold: what changes while training."""

    network: Network
    average: Network
    optimiser: torch.optim.Optimizer
    step: int = 0

    def save(self, path: Path) -> None:
        """Whole or not at all: a kill while writing leaves the checkpoint before."""
        part = path.with_suffix(".part")
        state = {
            "network": self.network.state_dict(),
            "average": self.average.state_dict(),
            "optimiser": self.optimiser.state_dict(),
            "step": self.step,
        }
        torch.save(state, part)
        part.replace(path)

    def load(self, path: Path) -> None:
        state = torch.load(path, weights_only=True)
        self.network.load_state_dict(state["network"])
        self.average.load_state_dict(state["average"])
        self.optimiser.load_state_dict(state["optimiser"])
        self.step = state["step"]


def start(config: TrainingConfig) -> Run:
    """A new run, or the one whose checkpoint lies in ``config.output``. Raises ConfigError for a
    plainer form than the weights to go on from, or parts of another width.
    """
    torch.manual_seed(config.seed)
    network = Network(config.network)
    if config.start_from is not None:
        _go_on_from(config.start_from, network, config)
    network = network.to(config.device).to(memory_format=torch.channels_last)
    for name, part in network.named_children():
        part.requires_grad_(name in config.learning)
    average = Network(dataclasses.replace(config.network, pretrained=False)).to(config.device)
    average.load_state_dict(network.state_dict())
    optimiser = torch.optim.AdamW(
        parameter_groups(network, config.weight_decay), lr=config.learning_rate
    )
    run = Run(network, average.eval(), optimiser)
    if (config.output / CHECKPOINT).exists():
        run.load(config.output / CHECKPOINT)
    return run


def _go_on_from(weights: Path, network: Network, config: TrainingConfig) -> None:
    if "detail" in config.carried and read_card(weights).network.detail > config.network.detail:
        raise ConfigError(
            f"{weights} has a branch for types and outlines; set detail = true under [network]"
        )
    state = read_state(weights)
    try:
        carry_over({n: state[n] for n in state if part_of(n) in config.carried}, network)
    except RuntimeError as error:
        raise ConfigError(
            f"{weights} has parts of another width; name those that fit, as in "
            f'carried = ["backbone"], or the widths of its own under [network] ({error})'
        ) from error


def parameter_groups(network: nn.Module, weight_decay: float) -> list[dict[str, Any]]:
    """Kernels decay; biases and batch-norm scales do not."""
    learning = [p for p in network.parameters() if p.requires_grad]
    kernels = [p for p in learning if p.ndim > 1]
    others = [p for p in learning if p.ndim <= 1]
    return [
        {"params": kernels, "weight_decay": weight_decay},
        {"params": others, "weight_decay": 0.0},
    ]


def learning_rate(step: int, config: TrainingConfig) -> float:
    """One cycle: a linear rise over the warm-up, then a cosine down to a thousandth."""
    rise = max(1, round(config.warm_up * config.steps))
    if step < rise:
        return config.learning_rate * (step + 1) / rise
    progress = (step - rise) / max(1, config.steps - rise)
    return config.learning_rate * max(1e-3, (1 + math.cos(math.pi * progress)) / 2)


def average_into(average: nn.Module, network: nn.Module, decay: float) -> None:
    """Exponential moving average of the parameters; counters are copied."""
    ours, theirs = average.state_dict(), network.state_dict()
    for name, value in ours.items():
        if value.is_floating_point():
            value.lerp_(theirs[name], 1 - decay)
        else:
            value.copy_(theirs[name])


def train_step(
    run: Run, batch: tuple[Tensor, TargetBatch], config: TrainingConfig, team: Team
) -> dict[str, float]:
    """One step on one batch: pictures uint8 (B, 3, crop, crop) and targets. Returns the losses."""
    pictures, targets = batch[0].to(config.device), [m.to(config.device) for m in batch[1]]
    for group in run.optimiser.param_groups:
        group["lr"] = learning_rate(run.step, config)
    with torch.autocast(config.device.split(":")[0], torch.bfloat16, in_bf16(config)):
        output = run.network(pictures)
    parts = losses(output, TargetBatch(*targets), config.losses)
    run.optimiser.zero_grad(set_to_none=True)
    parts["total"].backward()  # type: ignore[no-untyped-call]
    team.share_gradients(run.network)
    nn.utils.clip_grad_norm_(run.network.parameters(), config.clip)
    run.optimiser.step()
    run.step += 1
    # a young average must not remember the first weights
    average_into(run.average, run.network, min(config.ema, (run.step + 1) / (run.step + 10)))
    return {name: float(part.detach()) for name, part in parts.items()}


def in_bf16(config: TrainingConfig) -> bool:
    """Whether the network runs in bf16."""
    if config.precision == "auto":
        return has_fast_bf16(config.device.split(":")[0])
    return config.precision == "bf16"


def batches(config: TrainingConfig, first_step: int, team: Team) -> DataLoader[Any]:
    """The batches from ``first_step`` on, of each this process's part."""
    size = config.batch
    numbers = [
        list(team.part(range(step * size, (step + 1) * size)))
        for step in range(first_step, config.steps)
    ]
    return DataLoader(
        Mixture(config),
        batch_sampler=numbers,
        num_workers=config.workers,
        prefetch_factor=4 if config.workers else None,
    )


def train(
    config: TrainingConfig,
    report: Callable[[int, dict[str, float]], None],
    team: Team | None = None,
) -> Path:
    """Train to the end of ``config.steps`` and write the averaged weights.

    ``report`` hears the losses of every step. Returns the weights' path. Raises ArithmeticError
    when a loss is not a number.
    """
    team = team or Team()
    config.output.mkdir(parents=True, exist_ok=True)
    run = start(config)
    for name, part in run.network.named_children():
        part.train(name in config.learning)
    for batch in batches(config, run.step, team):
        parts = train_step(run, batch, config, team)
        if not math.isfinite(parts["total"]):
            raise ArithmeticError(f"the loss of step {run.step} is not a number; lower the rate")
        report(run.step, parts)
        if run.step % config.save_every == 0 and team.rank == 0:
            run.save(config.output / CHECKPOINT)
    if team.rank == 0:
        run.save(config.output / CHECKPOINT)
        calibration = _first_calibration(config)
        write_weights(
            config.output / WEIGHTS, run.average, version="untitled", calibration=calibration
        )
    return config.output / WEIGHTS


def _first_calibration(config: TrainingConfig) -> Calibration:
    """That of the weights before: until the new ones are calibrated it is nearer than none."""
    return read_card(config.start_from).calibration if config.start_from else Calibration()


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The options of ``python -m inference train``."""
    source = parser.add_mutually_exclusive_group(required=True)
    source.add_argument("--config", type=Path, help="a training configuration (TOML)")
    source.add_argument("--data", type=Path, help="a folder with one COCO file and its pictures")
    parser.add_argument("--output", type=Path, help="where checkpoints and weights go")
    parser.add_argument("--steps", type=int, help="how many steps to train")


def run(arguments: argparse.Namespace) -> int:
    """Train as asked; 0 when the weights are written, 2 if pictures or labels cannot be read or
    nothing can be written, 64 for an unusable configuration, 69 for unusable first weights.
    """
    try:
        config = _config(arguments)
        check_pictures(config.data)
        config.output.mkdir(parents=True, exist_ok=True)
        team = _team(config)
        weights = train(config, Reporter(config) if team.rank == 0 else _silent, team)
    except ConfigError as error:
        return _failed(error, 64)
    except WeightsError as error:
        return _failed(error, 69)
    except (AnnotationError, OSError) as error:
        return _failed(error, 2)
    print(f"weights written to {weights}")
    return 0


def _team(config: TrainingConfig) -> Team:
    team = join_team(config.device)
    if config.batch % team.size:
        raise ConfigError(f"batch is {config.batch}; it must divide among {team.size} processes")
    return team


def _failed(error: Exception, status: int) -> int:
    """A loader's process hands its whole traceback over as the message; its end says what is."""
    print(str(error).strip().splitlines()[-1], file=sys.stderr)
    return status


def check_pictures(config: DataConfig) -> None:
    """Say before the training, not in its middle, that a set is empty or lacks a picture. Raises
    AnnotationError.
    """
    for path in config.complete:
        pictures = open_complete(path).pictures
        if not pictures:
            raise AnnotationError(f"{path} lists no picture to learn from")
        missing = [picture.path for picture in pictures if not picture.path.is_file()]
        if missing:
            raise AnnotationError(
                f"{missing[0]} is missing, and {len(missing) - 1} more of the {len(pictures)} "
                f"pictures that {path.name} lists"
            )


def _config(arguments: argparse.Namespace) -> TrainingConfig:
    config = load_config(arguments.config) if arguments.config else clinic_config(arguments.data)
    changes = {name: getattr(arguments, name) for name in ("output", "steps")}
    return dataclasses.replace(config, **{k: v for k, v in changes.items() if v is not None})


def clinic_config(folder: Path) -> TrainingConfig:
    """Fine-tune what a fresh clone runs with on a clinic's own corrected cases."""
    files = tuple(sorted(folder.glob("*.json")))
    if not files:
        raise ConfigError(f"{folder} holds no COCO file (*.json)")
    config = load_config(Path(__file__).with_name("clinic.toml"))
    # boxes as a doctor draws them are what shall be shown
    scale = 1 / _first_calibration(config).box_scale
    return dataclasses.replace(config, data=DataConfig(complete=files, complete_box_scale=scale))


def _silent(_step: int, _parts: dict[str, float]) -> None:
    """Only the first process reports."""


class Reporter:
    """A progress bar with the losses, and the same numbers for TensorBoard."""

    def __init__(self, config: TrainingConfig) -> None:
        from torch.utils.tensorboard import SummaryWriter  # noqa: PLC0415  slow to import

        self.config = config
        self.bar = tqdm(total=config.steps, mininterval=5, unit="step")
        self.writer = SummaryWriter(str(config.output / f"events-{os.getpid()}"))
        self.smooth: dict[str, float] = {}

    def __call__(self, step: int, parts: dict[str, float]) -> None:
        for name, value in parts.items():
            self.smooth[name] = 0.95 * self.smooth.get(name, value) + 0.05 * value
            self.writer.add_scalar(f"loss/{name}", value, step)
        self.writer.add_scalar("rate", learning_rate(step, self.config), step)
        shown = {name: f"{value:.3f}" for name, value in self.smooth.items()}
        self.bar.set_postfix(shown, refresh=False)
        self.bar.update(step - self.bar.n)
