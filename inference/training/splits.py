"""Which pictures are for training, for choosing and for reporting."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from inference.training.coco import Picture


def training_part_of_clear(pictures: Sequence[Picture]) -> list[Picture]:
    """Every fourth portrait by sorted name is held out."""
    return [picture for index, picture in enumerate(pictures) if index % 4 != 3]


def held_out_part_of_clear(pictures: Sequence[Picture]) -> list[Picture]:
    """The fourth, eighth, ... portrait."""
    return list(pictures[3::4])


def first_half(pictures: Sequence[Picture]) -> list[Picture]:
    """The half of a validation set that thresholds are chosen on, whole persons only."""
    return [picture for picture in pictures if _side(picture.group) == 0]


def second_half(pictures: Sequence[Picture]) -> list[Picture]:
    """The half that is reported."""
    return [picture for picture in pictures if _side(picture.group) == 1]


def _side(group: str) -> int:
    return hashlib.sha256(group.encode()).digest()[0] % 2
