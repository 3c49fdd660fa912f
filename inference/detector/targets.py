"""What the network should say about a picture: maps at stride 4, and how much each cell counts.

Every source of pictures supervises only what it knows. ``Labels`` carries that knowledge,
``build_targets`` draws it (Zhou et al., *Objects as Points*, section 3).
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal, NamedTuple

import cv2
import numpy as np

from inference.detector.network import STRIDE
from inference.results import BOXED_TYPES, SEGMENTED_TYPES

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float32]

UNKNOWN_TYPE = -1


@dataclass(frozen=True, slots=True)
class TargetConfig:
    """``min_radius``: least radius of a gaussian in cells; loose boxes put centres 4-5 px off.
    ``spread``: how many cells round the centre's also learn size and offset (the paper: 0).
    ``size_form``: as in ``NetworkConfig``.
    """

    min_radius: float = 0.0
    spread: int = 0
    size_form: Literal["cells", "log"] = "cells"


@dataclass(slots=True)
class Labels:
    """One picture's labels, boxes as x, y, width, height in its pixels.

    ``boxes`` (N, 4); ``types`` (N,) index into BOXED_TYPES or UNKNOWN_TYPE; ``peaks`` (N,) height
    of the gaussian, under 1 for a lesion only one reader saw (such a box teaches no size);
    ``masks`` (2, H, W) bool by SEGMENTED_TYPES.
    ``any_weight``, ``type_weight``, ``mask_weight``: how far the rest of the picture is known to
    hold no lesion, no lesion of a type, no cyst or scar (0: unknown, 1: certain).
    ``ignored`` (M, 4) boxes where nothing is known; ``fields`` (M, 4) boxes full of comedones
    that were not marked one by one.
    """

    boxes: Floats = field(default_factory=lambda: np.zeros((0, 4), np.float32))
    types: NDArray[np.int64] = field(default_factory=lambda: np.zeros(0, np.int64))
    peaks: Floats = field(default_factory=lambda: np.zeros(0, np.float32))
    masks: NDArray[np.bool_] | None = None
    any_weight: float = 0.0
    type_weight: float = 0.0
    mask_weight: float = 0.0
    ignored: Floats = field(default_factory=lambda: np.zeros((0, 4), np.float32))
    fields: Floats = field(default_factory=lambda: np.zeros((0, 4), np.float32))


@dataclass(slots=True)
class Targets:
    """Maps of h × w cells. ``heat`` (4, h, w) and ``any_heat`` (h, w): gaussians, 1 at centres;
    ``size`` and ``offset`` (2, h, w) count where ``box_weight`` (h, w) is 1; ``mask`` (2, h, w);
    ``field`` (h, w): 1 where a field of comedones lies.
    """

    heat: Floats
    heat_weight: Floats
    any_heat: Floats
    any_weight: Floats
    size: Floats
    offset: Floats
    box_weight: Floats
    mask: Floats
    mask_weight: Floats
    field: Floats


def gaussian_radius(width: float, height: float, min_overlap: float = 0.7) -> float:
    """Largest shift of both corners of a box that keeps an IoU of ``min_overlap``, in its units.

    The tightest of the three cases of CornerNet (Law & Deng, ECCV 2018, section 3.2): shifted,
    shrunk, grown.
    """
    total, area = width + height, width * height
    shifted = (total - (total**2 - 4 * area * (1 - min_overlap) / (1 + min_overlap)) ** 0.5) / 2
    shrunk = (total - (total**2 - 4 * area * (1 - min_overlap)) ** 0.5) / 4
    grown = ((total**2 + 4 * area * (1 - min_overlap) / min_overlap) ** 0.5 - total) / 4
    return float(min(shifted, shrunk, grown))


def build_targets(labels: Labels, height: int, width: int, config: TargetConfig) -> Targets:
    """Draw ``labels`` of a ``height`` × ``width`` picture (multiples of 4). Boxes whose centre
    lies outside the picture are left out.
    """
    h, w = height // STRIDE, width // STRIDE
    targets = _blank(labels, h, w)
    for box in labels.ignored:
        for weight in (targets.heat_weight, targets.any_weight, targets.mask_weight):
            _inside(weight, box)[...] = 0
    for box in labels.fields:
        _draw_field(targets, box)
    largest_first = np.argsort(-labels.boxes[:, 2] * labels.boxes[:, 3], kind="stable")
    for index in largest_first:
        _draw_heat(targets, labels, index, config)
    # so that a cell learns the nearest centre's box, and of two in one cell the smaller
    for away in range(config.spread, -1, -1):
        for index in largest_first[labels.peaks[largest_first] >= 1]:
            _draw_geometry(targets, labels.boxes[index], away, config)
    _draw_masks(targets, labels)
    return targets


def _blank(labels: Labels, h: int, w: int) -> Targets:
    types, masks = len(BOXED_TYPES), len(SEGMENTED_TYPES)

    def full(*shape: int, value: float = 0.0) -> Floats:
        return np.full(shape, value, np.float32)

    return Targets(
        heat=full(types, h, w),
        heat_weight=full(types, h, w, value=labels.type_weight),
        any_heat=full(h, w),
        any_weight=full(h, w, value=labels.any_weight),
        size=full(2, h, w),
        offset=full(2, h, w),
        box_weight=full(h, w),
        mask=full(masks, h, w),
        mask_weight=full(h, w, value=labels.mask_weight),
        field=full(h, w),
    )


def _inside(plane: Floats, box: Floats) -> Floats:
    x, y, width, height = box / STRIDE
    rows = slice(max(0, int(y)), max(0, int(np.ceil(y + height))))
    columns = slice(max(0, int(x)), max(0, int(np.ceil(x + width))))
    return plane[..., rows, columns]


def _draw_field(targets: Targets, box: Floats) -> None:
    """Somewhere in here are comedones, and nothing else that is known."""
    _inside(targets.field, box)[...] = 1
    _inside(targets.any_weight, box)[...] = 0
    _inside(targets.heat_weight, box)[0] = 0


class _Place(NamedTuple):
    """A box in cells, and the cell of its centre."""

    centre_x: float
    centre_y: float
    width: float
    height: float
    row: int
    column: int


def _place(box: Floats, h: int, w: int) -> _Place | None:
    """None if the centre lies outside."""
    x, y, width, height = (float(value) for value in box / STRIDE)
    centre_x, centre_y = x + width / 2, y + height / 2
    column, row = int(np.floor(centre_x)), int(np.floor(centre_y))
    if not (0 <= column < w and 0 <= row < h):
        return None
    return _Place(centre_x, centre_y, width, height, row, column)


def _draw_heat(targets: Targets, labels: Labels, index: int, config: TargetConfig) -> None:
    h, w = targets.any_heat.shape
    place = _place(labels.boxes[index], h, w)
    if place is None:
        return
    radius = max(config.min_radius, gaussian_radius(place.width, place.height))
    kind, peak = int(labels.types[index]), float(labels.peaks[index])
    gaussian = peak * _gaussian(h, w, place.row, place.column, radius)
    np.maximum(targets.any_heat, gaussian, out=targets.any_heat)
    if peak >= 1:
        _claim(targets, kind, gaussian)


def _gaussian(h: int, w: int, row: int, column: int, radius: float) -> Floats:
    sigma = (2 * radius + 1) / 6
    rows = np.exp(-((np.arange(h) - row) ** 2) / (2 * sigma**2))
    columns = np.exp(-((np.arange(w) - column) ** 2) / (2 * sigma**2))
    plane = np.outer(rows, columns).astype(np.float32)
    plane[plane < 1e-4] = 0
    return plane


def _claim(targets: Targets, kind: int, gaussian: Floats) -> None:
    """A marked lesion is known even where the picture around it is not; of unknown type, it may be
    any, so that nothing there says that a type is absent.
    """
    near = gaussian > 0.1
    targets.any_weight[near] = 1
    if kind == UNKNOWN_TYPE:
        targets.heat_weight[:, near] = 0
        return
    np.maximum(targets.heat[kind], gaussian, out=targets.heat[kind])
    targets.heat_weight[:, near] = 1
    targets.mask_weight[near] = 1


def _draw_geometry(targets: Targets, box: Floats, away: int, config: TargetConfig) -> None:
    """Into the cells ``away`` from the centre's."""
    h, w = targets.box_weight.shape
    place = _place(box, h, w)
    if place is None:
        return
    size = place.width, place.height
    if config.size_form == "log":
        size = math.log(place.width), math.log(place.height)
    for r, c in _ring(place, away):
        if 0 <= r < h and 0 <= c < w:
            targets.size[:, r, c] = size
            targets.offset[:, r, c] = place.centre_x - c, place.centre_y - r
            targets.box_weight[r, c] = 1


def _ring(place: _Place, away: int) -> list[tuple[int, int]]:
    """Rows and columns of the cells whose row or column, the further one, is ``away`` cells off."""
    steps = range(-away, away + 1)
    return [
        (place.row + down, place.column + right)
        for down in steps
        for right in steps
        if max(abs(down), abs(right)) == away
    ]


def _draw_masks(targets: Targets, labels: Labels) -> None:
    if labels.masks is None:
        return
    h, w = targets.mask_weight.shape
    for plane, mask in zip(targets.mask, labels.masks, strict=True):
        share = cv2.resize(mask.astype(np.float32), (w, h), interpolation=cv2.INTER_AREA)
        plane[...] = share
        targets.mask_weight[share > 0] = 1
