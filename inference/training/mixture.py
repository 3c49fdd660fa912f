"""Crops for training from several sources. Crop number i depends on the seed and on i alone."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING

import numpy as np
import torch
from torch import Tensor
from torch.utils.data import Dataset

from inference.detector.losses import TargetBatch
from inference.detector.targets import build_targets
from inference.training.augmentation import augment
from inference.training.coco import read_coco
from inference.training.config import ConfigError, DataConfig, TrainingConfig
from inference.training.sources import (
    Clear,
    CloseUps,
    Source,
    open_complete,
    open_faces,
)
from inference.training.splits import training_part_of_clear

if TYPE_CHECKING:
    from pathlib import Path

Crop = tuple[Tensor, TargetBatch]


class Mixture(Dataset[Crop]):
    """``self[i]``: picture uint8 (3, crop, crop) and its targets, without a batch dimension."""

    def __init__(self, config: TrainingConfig) -> None:
        self.config = config
        shares = open_sources(config.data)
        self.sources = [source for source, _ in shares]
        total = sum(share for _, share in shares)
        self.chances = [share / total for _, share in shares]

    def __len__(self) -> int:
        return self.config.steps * self.config.batch

    def __getitem__(self, number: int) -> Crop:
        rng = np.random.default_rng([self.config.seed, number])
        source = self.sources[rng.choice(len(self.sources), p=self.chances)]
        size = self.config.crop
        crop = augment(
            source.example(rng), size, self.config.network.side, self.config.augmentation, rng
        )
        targets = build_targets(crop.labels, size, size, self.config.targets)
        maps = [
            torch.from_numpy(getattr(targets, item.name)) for item in dataclasses.fields(targets)
        ]
        picture = torch.from_numpy(np.ascontiguousarray(crop.image.transpose(2, 0, 1)))
        return picture, TargetBatch(*maps)


def open_sources(config: DataConfig) -> list[tuple[Source, float]]:
    """The sources with a share above 0. Raises ConfigError if there is none."""
    sources: list[tuple[Source, float]] = []
    if config.faces > 0:
        sources.append((open_faces(_root(config) / "faces", config), config.faces))
    if config.closeups > 0:
        folder = _root(config) / "closeups"
        pictures = read_coco(folder / "train.json", folder / "train")
        sources.append((CloseUps(pictures), config.closeups))
    if config.clear > 0:
        folder = _root(config) / "clear"
        pictures = read_coco(folder / "train.json", folder / "train")
        sources.append((Clear(training_part_of_clear(pictures)), config.clear))
    each = config.complete_share / max(1, len(config.complete))
    for path in config.complete:
        opened = open_complete(path, config.complete_box_scale, config.box_scale)
        sources.append((opened, each))
    if not sources:
        raise ConfigError("no source of pictures: set data.root with shares, or data.complete")
    return sources


def _root(config: DataConfig) -> Path:
    if config.root is None:
        raise ConfigError("data.root is missing; it names the folder of faces, closeups and clear")
    return config.root
