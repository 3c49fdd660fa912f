"""How well rendered lesions pass for real ones: an AUC and a plot of sizes and contrasts.

    python -m inference.training.synthesis.realism FACES ANNOTATIONS MASKS [--plot OUT.png]
        [--closeups COCO.json]

FACES: a folder of photos; ANNOTATIONS: COCO, or a list of {"file_name", "boxes"}; MASKS: what
`masks` wrote for FACES. Lesions are rendered on the annotated photos' free skin, so that photo,
skin and light are the same on both sides and only the lesion differs. A small network then learns
to tell crops of the two apart; on photos it has not seen, an AUC of 0.5 means that it cannot.
Real lesions of faces bear no type, so the plot sets rendered ones beside ``--closeups`` by type.
"""

from __future__ import annotations

import argparse
import json
from collections import defaultdict
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Any

import cv2
import numpy as np
import torch
from sklearn.metrics import roc_auc_score
from torch import Tensor, nn
from torch.nn import functional as F

from inference.results import BOXED_TYPES, LesionType
from inference.training.coco import read_coco
from inference.training.synthesis.colour import lab_of_image
from inference.training.synthesis.masks import load_mask, read_rgb
from inference.training.synthesis.plan import FACE_WIDTH_MM, Mix
from inference.training.synthesis.render import render

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from inference.training.synthesis.colour import Bools, Bytes, Floats

Box = tuple[float, float, float, float]

CROP = 48
CLOSE_UP = 4.0  # a close-up's crop in longer sides of its lesion, so that it looks like a face's
# Cysts and scars are left out: the annotated photos have hardly any.
_MIX = Mix(
    (12, 12),
    {
        LesionType.COMEDONE: 0.35,
        LesionType.PAPULE: 0.4,
        LesionType.PUSTULE: 0.2,
        LesionType.NODULE: 0.05,
    },
)


@dataclass(frozen=True, slots=True)
class Sample:
    """``crop``: (48, 48, 3) uint8 RGB round a lesion. ``size_mm``: the box's mean side; of a
    close-up in pixels, for it has no scale. ``contrast``: CIELAB of the lesion less the skin round
    it.
    """

    photo: str
    crop: Bytes
    size_mm: float
    contrast: Floats
    rendered: bool
    type: LesionType | None = None


def read_boxes(annotations: Path) -> dict[str, list[Box]]:
    """Boxes (x, y, width, height in pixels) by file name."""
    document: Any = json.loads(annotations.read_text())
    if isinstance(document, list):
        return {entry["file_name"]: [tuple(b) for b in entry["boxes"]] for entry in document}
    names = {entry["id"]: entry["file_name"] for entry in document["images"]}
    boxes: dict[str, list[Box]] = defaultdict(list)
    for annotation in document["annotations"]:
        boxes[names[annotation["image_id"]]].append(tuple(annotation["bbox"]))
    return boxes


def gather(
    faces: Path, boxes: Mapping[str, Sequence[Box]], masks: Path, photos: int, seed: int = 0
) -> list[Sample]:
    """Real and rendered lesions of up to ``photos`` photos, about as many of each."""
    widths: dict[str, float] = json.loads((masks / "widths.json").read_text())
    usable = sorted(name for name in boxes if name in widths and boxes[name])
    rng = np.random.default_rng(seed)
    samples: list[Sample] = []
    for name in rng.permutation(usable)[:photos]:
        image, skin = read_rgb(faces / name), load_mask(masks, name)
        free = _without(skin, boxes[name])
        if not free.any():
            continue
        drawn = render(image, rng, _MIX, skin=free, width_px=widths[name])
        mine = [_cut(name, drawn.image, one.box, widths[name], one.type) for one in drawn.lesions]
        order = rng.permutation(len(boxes[name]))[: len(mine)]
        real = [_cut(name, image, boxes[name][i], widths[name]) for i in order]
        samples += [sample for sample in mine + real if sample is not None]
    return samples


def _without(skin: Bools, boxes: Sequence[Box]) -> Bools:
    free = skin.copy()
    for x, y, width, height in boxes:
        rows = slice(max(0, int(y - height / 2)), int(y + 1.5 * height))
        free[rows, max(0, int(x - width / 2)) : int(x + 1.5 * width)] = False
    return free


def from_closeups(annotations: Path) -> list[Sample]:
    """The single lesions of a COCO file whose pictures lie in a folder of its name. Raises
    ValueError for what cannot be read.
    """
    return [
        _shrunk(read_rgb(picture.path), picture.path.name, mark.box, mark.type)
        for picture in read_coco(annotations, annotations.with_suffix(""))
        for mark in picture.marks
        if mark.type in BOXED_TYPES and not mark.is_region
    ]


def _shrunk(image: Bytes, name: str, box: Box, kind: LesionType | None) -> Sample:
    x, y, width, height = box
    scale = CROP / (CLOSE_UP * max(width, height))
    if scale < 1:
        image = np.asarray(cv2.GaussianBlur(image, (0, 0), 0.4 / scale), np.uint8)
    matrix = np.array(
        [
            [scale, 0, CROP / 2 - scale * (x + width / 2)],
            [0, scale, CROP / 2 - scale * (y + height / 2)],
        ]
    )
    crop = cv2.warpAffine(image, matrix, (CROP, CROP), borderMode=cv2.BORDER_REPLICATE)
    contrast = _contrast(np.asarray(crop, np.uint8), CROP / CLOSE_UP / 2)
    size = float(np.sqrt(width * height))
    return Sample(name, np.asarray(crop, np.uint8), size, contrast, rendered=False, type=kind)


def _cut(
    name: str, image: Bytes, box: Box, width_px: float, rendered_as: LesionType | None = None
) -> Sample | None:
    x, y, width, height = box
    column, row = round(x + width / 2) - CROP // 2, round(y + height / 2) - CROP // 2
    if min(column, row) < 0:
        return None
    crop = image[row : row + CROP, column : column + CROP]
    if crop.shape[:2] != (CROP, CROP):
        return None
    size_mm = float(np.sqrt(width * height)) / width_px * FACE_WIDTH_MM
    contrast = _contrast(crop, max(width, height) / 2)
    return Sample(name, crop, size_mm, contrast, rendered_as is not None, rendered_as)


def _contrast(crop: Bytes, radius: float) -> Floats:
    rows, columns = np.indices(crop.shape[:2]) - CROP // 2
    distance = np.hypot(rows, columns) / max(radius, 1.5)
    lab = lab_of_image(crop)
    inside, around = lab[distance < 0.6], lab[(distance > 1.3) & (distance < 2)]
    if len(around) == 0:
        around = lab[distance >= distance.max() * 0.9]
    return np.asarray(inside.mean(axis=0) - np.median(around, axis=0), np.float32)


class _Judge(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        widths = (3, 24, 48, 96)
        self.layers = nn.Sequential(
            *(
                nn.Sequential(nn.Conv2d(a, b, 3, 2, 1), nn.BatchNorm2d(b), nn.ReLU())
                for a, b in pairwise(widths)
            )
        )
        self.head = nn.Linear(widths[-1] * 2, 1)

    def forward(self, crops: Tensor) -> Tensor:
        found = self.layers(crops)  # N, 96, 6, 6
        middle = found[:, :, 2:4, 2:4].mean(dim=(2, 3))
        logits: Tensor = self.head(torch.cat([middle, found.mean(dim=(2, 3))], dim=1))
        return logits[:, 0]


def auc(samples: Sequence[Sample], steps: int = 600, seed: int = 0) -> float:
    """Area under the ROC curve of a small network on every fourth photo, held out."""
    torch.manual_seed(seed)
    photos = sorted({sample.photo for sample in samples})
    held_out = set(photos[::4])
    learnt = [sample for sample in samples if sample.photo not in held_out]
    asked = [sample for sample in samples if sample.photo in held_out]
    judge = _Judge()
    optimiser = torch.optim.AdamW(judge.parameters(), 2e-3, weight_decay=0.02)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimiser, 4e-3, total_steps=steps)
    crops, truth = _tensors(learnt)
    for _ in range(steps):
        pick = torch.randint(len(crops), (64,))
        batch = _flipped(crops[pick])
        loss = F.binary_cross_entropy_with_logits(judge(batch), truth[pick])
        optimiser.zero_grad()
        loss.backward()  # type: ignore[no-untyped-call]
        optimiser.step()
        schedule.step()
    judge.eval()
    crops, truth = _tensors(asked)
    with torch.inference_mode():
        return float(roc_auc_score(truth.numpy(), judge(crops).numpy()))


def _tensors(samples: Sequence[Sample]) -> tuple[Tensor, Tensor]:
    crops = np.stack([sample.crop for sample in samples]).transpose(0, 3, 1, 2)
    truth = torch.tensor([float(sample.rendered) for sample in samples])
    return torch.from_numpy(np.ascontiguousarray(crops)).float() / 128 - 1, truth


def _flipped(crops: Tensor) -> Tensor:
    for axis in (2, 3):
        if torch.rand(()) < 0.5:
            crops = crops.flip(axis)
    return crops


def plot(samples: Sequence[Sample], out: Path, closeups: Sequence[Sample] = ()) -> None:
    """Histograms of size and contrast, real against rendered: of the faces, whatever the type; with
    ``closeups`` also by type, where a size is in medians of the same side's papules.
    """
    from matplotlib.figure import Figure  # noqa: PLC0415 - slow to import

    typed = _by_type([one for one in samples if one.rendered], closeups)
    titles = ("size, mm", "lightness", "red", "yellow")
    figure = Figure(figsize=(11, 2.4 * (1 + len(typed))), layout="constrained")
    rows = figure.subplots(1 + len(typed), 4, squeeze=False)
    whole = [[_values(s) for s in samples if s.rendered is kind] for kind in (False, True)]
    for axis, title, column in zip(rows[0], titles, range(4), strict=True):
        _histogram(axis, whole, column, f"faces, any type: {title}")
    for row, (kind, both) in zip(rows[1:], typed.items(), strict=True):
        for axis, title, column in zip(row, ("relative size", *titles[1:]), range(4), strict=True):
            _histogram(axis, both, column, f"{kind}: {title}")
    rows[0][0].legend()
    figure.savefig(out, dpi=110)


def _values(sample: Sample, unit: float = 1.0) -> tuple[float, ...]:
    return (sample.size_mm / unit, *(float(value) for value in sample.contrast))


def _by_type(
    rendered: Sequence[Sample], closeups: Sequence[Sample]
) -> dict[LesionType, list[list[tuple[float, ...]]]]:
    """Values of close-ups and of rendered lesions for each type that both have."""
    sides = [
        {kind: [s for s in side if s.type is kind] for kind in BOXED_TYPES}
        for side in (closeups, rendered)
    ]
    if not all(side[LesionType.PAPULE] for side in sides):
        return {}
    units = [float(np.median([s.size_mm for s in side[LesionType.PAPULE]])) for side in sides]
    return {
        kind: [
            [_values(s, unit) for s in side[kind]] for side, unit in zip(sides, units, strict=True)
        ]
        for kind in BOXED_TYPES
        if all(side[kind] for side in sides)
    }


def _histogram(
    axis: Any, sides: Sequence[Sequence[tuple[float, ...]]], column: int, title: str
) -> None:
    values = [np.array([one[column] for one in side]) for side in sides]
    low, high = np.percentile(np.concatenate(values), (1, 99))
    axis.hist(values, bins=24, range=(low, high), density=True, label=("real", "rendered"))
    axis.set_title(title, fontsize=10)


def main() -> None:
    parser = argparse.ArgumentParser(description="Do rendered lesions pass for real ones?")
    for name in ("faces", "annotations", "masks"):
        parser.add_argument(name, type=Path)
    parser.add_argument("--photos", type=int, default=300)
    parser.add_argument("--plot", type=Path)
    parser.add_argument("--closeups", type=Path, help="a COCO file of close-ups, for the plot")
    asked = parser.parse_args()
    samples = gather(asked.faces, read_boxes(asked.annotations), asked.masks, asked.photos)
    if asked.plot:
        plot(samples, asked.plot, from_closeups(asked.closeups) if asked.closeups else ())
    real = sum(not sample.rendered for sample in samples)
    print(f"{real} real, {len(samples) - real} rendered; AUC {auc(samples):.3f}")


if __name__ == "__main__":
    main()
