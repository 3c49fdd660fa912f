"""Chance changes of a picture and its labels: crop, scale, aspect, turn, light, blur, JPEG.

All chance comes from the generator handed in, so that an example depends on its number alone.
"""

from __future__ import annotations

import functools
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import cv2
import numpy as np

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from numpy.typing import NDArray

    from inference.detector.targets import Labels

    Image = NDArray[np.uint8]
    Floats = NDArray[np.float32]


@dataclass(slots=True)
class Example:
    """``image`` RGB (H, W, 3); labels in its pixels. ``face_side``: side of the square as large as
    the crop of the face that the picture is a part of; 0: the picture is that crop. ``rarity``: of
    the rarest type on it, 1 that of the commonest (``sources.rarity``).
    """

    image: Image
    labels: Labels
    face_side: float = 0.0
    rarity: float = 1.0


@dataclass(frozen=True, slots=True)
class AugmentationConfig:
    """``scale`` and ``aspect``: ends of log-uniform ranges (faces are squeezed, phones are not),
    a scale of 1 being that of use;
    ``turn``: degrees either way; ``white_balance``, ``exposure``, ``saturation``: shares.
    ``rare_variety``: up to how many times as far a picture with a rare type is turned and scaled
    (its rarity decides), so that its few examples differ more (the paper, section 2.2). At 2 it
    cost more than it gave, for a nodule is told by its size (the model card).
    """

    scale: tuple[float, float] = (0.7, 1.4)
    aspect: tuple[float, float] = (0.8, 1.25)
    turn: float = 10.0
    rare_variety: float = 1.0
    white_balance: float = 0.08
    exposure: float = 0.2
    saturation: float = 0.2
    degrade: float = 0.3
    near_lesion: float = 0.7


def augment(
    example: Example, size: int, side: int, config: AugmentationConfig, rng: np.random.Generator
) -> Example:
    """A crop of ``size`` × ``size`` pixels, changed by chance, of a face as large as a square of
    ``side`` pixels.
    """
    height, width = example.image.shape[:2]
    variety = min(example.rarity, config.rare_variety)
    stretch = _stretch(config, variety, rng) * side / (example.face_side or (height * width) ** 0.5)
    centre = _kept_inside(_crop_centre(example, config, rng), example.image, size / np.abs(stretch))
    turn = np.deg2rad(variety * rng.uniform(-config.turn, config.turn))
    matrix = _affine(stretch, turn, centre, size)
    image = cv2.warpAffine(example.image, matrix, (size, size), flags=cv2.INTER_LINEAR)
    image = recolour(np.asarray(image, np.uint8), config, rng)
    if rng.random() < config.degrade:
        image = degrade(image, rng)
    return Example(image, _move(example.labels, matrix, np.abs(stretch), size))


def whole(example: Example, size: int) -> Example:
    """The whole picture, its longer side brought to ``size``, padded with black."""
    scale = size / max(example.image.shape[:2])
    shrunk = cv2.resize(example.image, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
    canvas = np.zeros((size, size, 3), np.uint8)
    canvas[: shrunk.shape[0], : shrunk.shape[1]] = shrunk[:size, :size]
    matrix = np.array([[scale, 0, 0], [0, scale, 0]], np.float32)
    return Example(canvas, _move(example.labels, matrix, matrix.diagonal(), size))


def _stretch(config: AugmentationConfig, variety: float, rng: np.random.Generator) -> Floats:
    scale = np.exp(variety * rng.uniform(*np.log(config.scale)))
    aspect = np.exp(rng.uniform(*np.log(config.aspect)) / 2)
    mirror = -1 if rng.random() < 0.5 else 1
    return np.array([mirror * scale * aspect, scale / aspect], np.float32)


def _crop_centre(example: Example, config: AugmentationConfig, rng: np.random.Generator) -> Floats:
    """Often near a lesion, otherwise anywhere in the middle nine tenths."""
    height, width = example.image.shape[:2]
    boxes = np.concatenate([example.labels.boxes, example.labels.fields])
    if len(boxes) and rng.random() < config.near_lesion:
        box = boxes[rng.integers(len(boxes))]
        return np.asarray(box[:2] + box[2:] / 2 + rng.uniform(-120, 120, size=2), np.float32)
    return np.asarray(rng.uniform(0.05, 0.95, size=2) * (width, height), np.float32)


def _kept_inside(centre: Floats, image: Image, reach: Floats) -> Floats:
    """The centre of a crop that shows ``reach`` pixels each way, moved to show little beyond."""
    whole_side = np.array(image.shape[1::-1], np.float32)
    margin = np.minimum(reach / 2, whole_side / 2)
    return np.asarray(np.clip(centre, margin, whole_side - margin), np.float32)


def _affine(stretch: Floats, turn: float, centre: Floats, size: int) -> Floats:
    cosine, sine = np.cos(turn), np.sin(turn)
    linear = np.array([[cosine, -sine], [sine, cosine]]) @ np.diag(stretch)
    shift = size / 2 - linear @ centre
    return np.asarray(np.concatenate([linear, shift[:, None]], axis=1), np.float32)


def _move(labels: Labels, matrix: Floats, stretch: Floats, size: int) -> Labels:
    masks = labels.masks
    if masks is not None:
        masks = np.stack([_warp_mask(plane, matrix, size) for plane in masks])
    return replace(
        labels,
        boxes=_move_boxes(labels.boxes, matrix, stretch),
        ignored=_move_boxes(labels.ignored, matrix, stretch),
        fields=_move_boxes(labels.fields, matrix, stretch),
        masks=masks,
    )


def _warp_mask(plane: NDArray[np.bool_], matrix: Floats, size: int) -> NDArray[np.bool_]:
    warped = cv2.warpAffine(plane.astype(np.uint8), matrix, (size, size), flags=cv2.INTER_NEAREST)
    return warped.astype(bool)


def _move_boxes(boxes: Floats, matrix: Floats, stretch: Floats) -> Floats:
    """Lesions are round: a turn moves a box without growing it."""
    centres = (boxes[:, :2] + boxes[:, 2:] / 2) @ matrix[:, :2].T + matrix[:, 2]
    sizes = boxes[:, 2:] * stretch
    return np.asarray(np.concatenate([centres - sizes / 2, sizes], axis=1), np.float32)


def recolour(image: Image, config: AugmentationConfig, rng: np.random.Generator) -> Image:
    """Exposure, white balance, gamma and saturation."""
    gains = 1 + rng.uniform(-config.white_balance, config.white_balance, size=3)
    gains *= 1 + rng.uniform(-config.exposure, config.exposure)
    gamma = np.exp(rng.uniform(-0.25, 0.25))
    ramp = np.arange(256)[:, None] / 255
    curve = np.clip(255 * gains * ramp**gamma, 0, 255).astype(np.uint8)
    changed = cv2.LUT(image, curve.reshape(256, 1, 3))
    grey = cv2.cvtColor(cv2.cvtColor(changed, cv2.COLOR_RGB2GRAY), cv2.COLOR_GRAY2RGB)
    saturation = 1 + rng.uniform(-config.saturation, config.saturation)
    return cv2.addWeighted(changed, saturation, grey, 1 - saturation, 0)  # type: ignore[return-value]


def degrade(image: Image, rng: np.random.Generator) -> Image:
    """What phones do: a little blur, noise, JPEG."""
    if rng.random() < 0.5:
        image = cv2.GaussianBlur(image, (0, 0), rng.uniform(0.3, 1.2))  # type: ignore[assignment]
    if rng.random() < 0.5:
        noise = rng.normal(0, rng.uniform(1, 6), image.shape).astype(np.float32)
        image = np.clip(image + noise, 0, 255).astype(np.uint8)
    quality = [cv2.IMWRITE_JPEG_QUALITY, int(rng.integers(40, 95))]
    return cv2.imdecode(cv2.imencode(".jpg", image, quality)[1], cv2.IMREAD_COLOR)  # type: ignore[return-value]


def without_isolated_dots(image: Image) -> Image:
    """Salt and pepper removed: black or white pixels that their neighbours contradict.

    The publisher of the training faces had strewn such dots; they look like comedones.
    """
    median = cv2.medianBlur(image, 3)
    extreme = (_channels(image, cv2.max) < 12) | (_channels(image, cv2.min) > 243)
    dots = extreme & (_channels(cv2.absdiff(image, median), cv2.max) > 40)
    grown = cv2.dilate(dots.astype(np.uint8), np.ones((3, 3), np.uint8)).astype(bool)
    return np.where(grown[..., None], cv2.medianBlur(image, 5), image)


def _channels(image: Any, fold: Callable[..., Any]) -> Any:
    """Largest or smallest of a pixel's channels; an eighth of the time of NumPy's reduction."""
    return functools.reduce(fold, cv2.split(image))


def mosaic(tiles: Sequence[Example], columns: int, side: int, rng: np.random.Generator) -> Example:
    """``columns``² square tiles side by side, each turned by a random quarter."""
    edge = side // columns
    canvas = np.zeros((edge * columns, edge * columns, 3), np.uint8)
    placed = []
    for index, tile in enumerate(tiles):
        turned = quarter_turn(whole(tile, edge), int(rng.integers(4)))
        x, y = index % columns * edge, index // columns * edge
        canvas[y : y + edge, x : x + edge] = turned.image
        placed.append(_shifted(turned.labels, x, y))
    return Example(canvas, _joined(placed))


def quarter_turn(example: Example, quarters: int) -> Example:
    """A square picture turned counter-clockwise; masks are not carried."""
    side = example.image.shape[0]
    labels = example.labels
    for _ in range(quarters):
        labels = replace(
            labels,
            boxes=_turn_boxes(labels.boxes, side),
            ignored=_turn_boxes(labels.ignored, side),
            fields=_turn_boxes(labels.fields, side),
        )
    return Example(np.ascontiguousarray(np.rot90(example.image, quarters)), labels)


def _turn_boxes(boxes: Floats, side: int) -> Floats:
    x, y, width, height = boxes.T
    return np.stack([y, side - x - width, height, width], axis=1)


def _shifted(labels: Labels, x: int, y: int) -> Labels:
    shift = np.array([x, y, 0, 0], np.float32)
    return replace(
        labels,
        boxes=labels.boxes + shift,
        ignored=labels.ignored + shift,
        fields=labels.fields + shift,
    )


def _joined(parts: Sequence[Labels]) -> Labels:
    return replace(
        parts[0],
        boxes=np.concatenate([part.boxes for part in parts]),
        types=np.concatenate([part.types for part in parts]),
        peaks=np.concatenate([part.peaks for part in parts]),
        ignored=np.concatenate([part.ignored for part in parts]),
        fields=np.concatenate([part.fields for part in parts]),
    )
