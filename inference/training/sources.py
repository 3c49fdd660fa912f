"""Where pictures come from, and what each source knows: readers of partial labels."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, NamedTuple, Protocol

import numpy as np

from inference.detector.targets import UNKNOWN_TYPE, Labels
from inference.results import SEGMENTED_TYPES, LesionType
from inference.training.augmentation import Example, mosaic, without_isolated_dots
from inference.training.coco import (
    Mark,
    Picture,
    boxed_index,
    boxes_of,
    masks_of,
    read_coco,
    read_further_reader,
    read_rgb,
)

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from numpy.typing import NDArray

    from inference.training.config import DataConfig


class Source(Protocol):
    """``example`` draws one picture with what is known about it; all chance comes from ``rng``."""

    def example(self, rng: np.random.Generator) -> Example: ...


class FurtherReader(NamedTuple):
    """What one more reader of the faces saw: boxes (N, 4) by file name. ``peak``: how sure a lesion
    is that no reader before this one marked; at 0 nothing is learnt there.
    """

    boxes: dict[str, NDArray[np.float32]]
    peak: float


@dataclass(frozen=True, slots=True)
class Faces:
    """Whole faces whose boxes say "some lesion": the first reader's boxes are lesions; where only
    a ``further`` reader saw one, a lower peak says so. Types stay unknown. That a lesion of these
    faces is a cyst or a scar is possible but rare: the mask learns "none" at a low weight.
    """

    pictures: Sequence[Picture]
    further: Sequence[FurtherReader]
    box_scale: float
    no_mask_weight: float = 0.5

    def example(self, rng: np.random.Generator) -> Example:
        picture = self.pictures[rng.integers(len(self.pictures))]
        seen = scaled(boxes_of(list(picture.marks)), self.box_scale)
        peaks = np.ones(len(seen), np.float32)
        for reader in self.further:
            boxes = reader.boxes.get(picture.path.name, np.zeros((0, 4), np.float32))
            alone = boxes[~_centres_inside(boxes, seen)]
            seen = np.concatenate([seen, alone])
            peaks = np.append(peaks, np.full(len(alone), reader.peak, np.float32))
        taught = peaks > 0
        labels = Labels(
            boxes=seen[taught],
            types=np.full(int(taught.sum()), UNKNOWN_TYPE, np.int64),
            peaks=peaks[taught],
            any_weight=1.0,
            mask_weight=self.no_mask_weight,
            ignored=seen[~taught],
        )
        return Example(without_isolated_dots(read_rgb(picture.path)), labels)


@dataclass(frozen=True, slots=True)
class CloseUps:
    """Close-ups shrunk to the size lesions have on a face, several to a picture of ``side``, a part
    of a face of ``face_side``. They say the type of what is marked; what is not marked is only
    probably skin.
    """

    pictures: Sequence[Picture]
    columns: tuple[int, int] = (3, 4)
    unmarked_weight: float = 0.2
    side: int = 384
    face_side: float = 640

    def example(self, rng: np.random.Generator) -> Example:
        columns = int(rng.integers(self.columns[0], self.columns[1] + 1))
        chosen = [self.pictures[i] for i in rng.integers(len(self.pictures), size=columns**2)]
        tiles = [Example(read_rgb(picture.path), self._labels(picture)) for picture in chosen]
        joined = mosaic(tiles, columns, self.side, rng)
        return replace(joined, face_side=self.face_side)

    def _labels(self, picture: Picture) -> Labels:
        single = [mark for mark in picture.marks if not mark.is_region]
        return Labels(
            boxes=boxes_of(single),
            types=np.asarray([boxed_index(mark) for mark in single], np.int64),
            peaks=np.ones(len(single), np.float32),
            any_weight=self.unmarked_weight,
            type_weight=self.unmarked_weight,
            mask_weight=self.unmarked_weight,
            fields=boxes_of([mark for mark in picture.marks if mark.is_region]),
        )


@dataclass(frozen=True, slots=True)
class Clear:
    """Portraits with nothing on them. ``window``: the part of the picture that holds the face."""

    pictures: Sequence[Picture]
    window: tuple[float, float, float, float] = (0.15, 0.0, 0.7, 0.75)

    def example(self, rng: np.random.Generator) -> Example:
        image = read_rgb(self.pictures[rng.integers(len(self.pictures))].path)
        x, y, width, height = (
            round(share * side)
            for share, side in zip(self.window, image.shape[1::-1] * 2, strict=True)
        )
        nothing = Labels(any_weight=1.0, type_weight=1.0, mask_weight=1.0)
        return Example(image[y : y + height, x : x + width], nothing)


@dataclass(frozen=True, slots=True)
class Complete:
    """Pictures on which every lesion is marked: rendered, or a clinic's own. Types are known
    except where a mark only says "lesion"; inside an outlined region nothing is known.
    ``reader_scale`` is for the boxes of the latter, which a reader of faces drew. Pictures with a
    rare type are shown more often, by their ``rarities``.
    """

    pictures: Sequence[Picture]
    box_scale: float = 1.0
    reader_scale: float = 1.0
    rarities: NDArray[np.float64] = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "rarities", rarity(self.pictures))

    def example(self, rng: np.random.Generator) -> Example:
        number = rng.choice(len(self.pictures), p=self.rarities / self.rarities.sum())
        picture = self.pictures[number]
        boxed = [mark for mark in picture.marks if mark.type not in SEGMENTED_TYPES]
        regions = [mark for mark in boxed if mark.is_region]
        single = [mark for mark in boxed if not mark.is_region]
        labels = Labels(
            boxes=self._boxes(single),
            types=np.asarray([boxed_index(mark) for mark in single], np.int64),
            peaks=np.ones(len(single), np.float32),
            masks=masks_of(picture),
            any_weight=1.0,
            type_weight=1.0,
            mask_weight=1.0,
            fields=boxes_of([mark for mark in regions if mark.type is LesionType.COMEDONE]),
            ignored=boxes_of([mark for mark in regions if mark.type is not LesionType.COMEDONE]),
        )
        return Example(read_rgb(picture.path), labels, rarity=float(self.rarities[number]))

    def _boxes(self, marks: list[Mark]) -> NDArray[np.float32]:
        scales = np.array(
            [self.box_scale if mark.type else self.reader_scale for mark in marks], np.float32
        )
        return scaled(boxes_of(marks), scales[:, None])


def rarity(pictures: Sequence[Picture]) -> NDArray[np.float64]:
    """How often each picture is shown beside one without lesions or with the commonest type alone:
    the square root of how many times as rare its rarest type is.
    """
    lesions = Counter(mark.type for picture in pictures for mark in picture.marks if mark.type)
    most = max(lesions.values(), default=1)
    rarest = [
        max((most / lesions[mark.type] for mark in picture.marks if mark.type), default=1.0)
        for picture in pictures
    ]
    return np.sqrt(rarest)


def scaled(boxes: NDArray[np.float32], scale: float | NDArray[np.float32]) -> NDArray[np.float32]:
    """Boxes grown or shrunk about their centres."""
    centres = boxes[:, :2] + boxes[:, 2:] / 2
    sizes = boxes[:, 2:] * scale
    return np.asarray(np.concatenate([centres - sizes / 2, sizes], axis=1), np.float32)


def _centres_inside(inner: NDArray[np.float32], outer: NDArray[np.float32]) -> NDArray[np.bool_]:
    """For each box of ``inner``, whether its centre lies in a box of ``outer``."""
    centres = (inner[:, :2] + inner[:, 2:] / 2)[:, None]
    inside = (centres >= outer[None, :, :2]) & (centres <= outer[None, :, :2] + outer[None, :, 2:])
    return np.asarray(inside.all(axis=2).any(axis=1), bool)


def open_faces(folder: Path, config: DataConfig) -> Faces:
    """The training faces of ``folder`` with every reader's labels."""
    readers = []
    if config.second_reader:
        readers.append((folder / "train_v2.json", config.second_only_peak))
    if config.own_finds is not None:
        readers.append((config.own_finds, config.own_finds_peak))
    return Faces(
        pictures=read_coco(folder / "train.json", folder / "train"),
        further=[FurtherReader(read_further_reader(path), peak) for path, peak in readers],
        box_scale=config.box_scale,
    )


def open_complete(annotations: Path, box_scale: float = 1.0, reader_scale: float = 1.0) -> Complete:
    """A COCO file whose pictures lie beside it or in a folder of its name."""
    beside = annotations.with_suffix("")
    pictures = read_coco(annotations, beside if beside.is_dir() else annotations.parent)
    return Complete(pictures, box_scale, reader_scale)
