"""``python -m inference compare``: a ResNet18 classifier beside the network.

    python -m inference compare --data DIR [--fields] [--json OUT]

The paper sets its network beside a ResNet18 that is shown each lesion and says its type. This is
that row: trained from random weights on crops of the close-ups in ``DIR/closeups/train``, asked at
the places of ``DIR/closeups/val``, where the network is asked too. Minutes on a CPU.
"""

from __future__ import annotations

import json
import sys
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import cv2
import numpy as np
import torch
import torch.nn.functional as F
from torchvision.models import resnet18
from tqdm import tqdm

from inference.detector import WeightsError, load_detector
from inference.detector.detect import has_fast_bf16
from inference.detector.network import IMAGENET_MEAN, IMAGENET_STD
from inference.results import BOXED_TYPES, LesionType
from inference.training.coco import AnnotationError, Picture, read_coco, read_rgb
from inference.training.evaluation.intervals import RESAMPLES, draw_persons, figures_of
from inference.training.given_place import confusion, type_at

if TYPE_CHECKING:
    import argparse
    from collections.abc import Sequence

    from numpy.typing import NDArray
    from torch import Tensor, nn

    from inference.detector import Detector
    from inference.training.coco import Mark

    Image = NDArray[np.uint8]
    Pair = tuple[LesionType, LesionType]

Json = dict[str, Any]
KEPT, SEEN = 176, 112  # pixels of a stored crop, and of the part of it that the classifier sees
CONTEXT = 2.2  # a stored crop's side, in longer sides of the box; what is seen is 1.4 of them
STEPS, BATCH, RATE = 300, 32, 1e-3


@dataclass(frozen=True, slots=True)
class Place:
    """A lesion of known type: ``crop`` RGB (176, 176, 3) round it."""

    picture: Picture
    mark: Mark
    type: LesionType
    crop: Image


def places(pictures: Sequence[Picture], *, fields: bool) -> list[Place]:
    """Every typed box that the network boxes; with ``fields`` the outlined fields of comedones."""
    read = ((picture, read_rgb(picture.path)) for picture in pictures)
    return [
        Place(picture, mark, mark.type, cut(image, mark))
        for picture, image in read
        for mark in picture.marks
        if mark.type in BOXED_TYPES and mark.type is not None and (fields or not mark.is_region)
    ]


def cut(image: Image, mark: Mark) -> Image:
    """The box with its surroundings: RGB (176, 176, 3), continued by the last pixels at borders."""
    x, y, width, height = mark.box
    scale = KEPT / (CONTEXT * max(width, height))
    matrix = _similarity((x + width / 2, y + height / 2), scale, 0.0, KEPT)
    if scale < 1:
        image = cv2.GaussianBlur(image, (0, 0), 0.4 / scale)  # type: ignore[assignment]
    return _warped(image, matrix, KEPT)


def varied(crop: Image, rng: np.random.Generator) -> Image:
    """As another photo would have shown it: turned, mirrored, nearer, in other light."""
    centre = KEPT / 2 + rng.uniform(-0.06, 0.06, 2) * KEPT
    matrix = _similarity(
        (centre[0], centre[1]), rng.uniform(0.85, 1.2), rng.uniform(0, 2 * np.pi), SEEN
    )
    seen = _warped(crop[:, ::-1] if rng.random() < 0.5 else crop, matrix, SEEN)
    light = rng.uniform(0.8, 1.2) * rng.uniform(0.93, 1.07, 3)
    return np.clip(seen * light, 0, 255).astype(np.uint8)


def plain(crop: Image) -> Image:
    """The middle of a stored crop, as the classifier is asked."""
    return _warped(crop, _similarity((KEPT / 2, KEPT / 2), 1.0, 0.0, SEEN), SEEN)


def _similarity(
    centre: tuple[float, float], scale: float, angle: float, side: int
) -> NDArray[np.float64]:
    cosine, sine = scale * np.cos(angle), scale * np.sin(angle)
    turn = np.array([[cosine, -sine], [sine, cosine]])
    return np.column_stack([turn, side / 2 - turn @ np.asarray(centre)])


def _warped(image: Image, matrix: Any, side: int) -> Image:
    return cv2.warpAffine(  # type: ignore[return-value]
        np.ascontiguousarray(image), matrix, (side, side), borderMode=cv2.BORDER_REPLICATE
    )


def _tensor(crops: Sequence[Image]) -> Tensor:
    pictures = torch.from_numpy(np.stack(crops).transpose(0, 3, 1, 2).copy()).float() / 255
    mean, std = (torch.tensor(one).view(1, 3, 1, 1) for one in (IMAGENET_MEAN, IMAGENET_STD))
    return ((pictures - mean) / std).contiguous(memory_format=torch.channels_last)


def train_classifier(
    known: Sequence[Place],
    types: Sequence[LesionType],
    *,
    steps: int = STEPS,
    batch: int = BATCH,
    seed: int = 1,
) -> nn.Module:
    """A ResNet18 (He et al., CVPR 2016) from random weights; every type is shown equally often."""
    torch.manual_seed(seed)
    rng = np.random.default_rng(seed)
    network: nn.Module = (
        resnet18(num_classes=len(types)).to(memory_format=torch.channels_last).train()
    )
    optimiser = torch.optim.AdamW(network.parameters(), lr=RATE, weight_decay=0.05)
    rate = torch.optim.lr_scheduler.OneCycleLR(optimiser, RATE, total_steps=steps)
    number = Counter(place.type for place in known)
    chances = np.array([1 / number[place.type] / len(number) for place in known])
    bar = tqdm(range(steps), mininterval=5, unit="step", leave=False)
    for _ in bar:
        drawn = [known[index] for index in rng.choice(len(known), batch, p=chances)]
        truth = torch.tensor([types.index(place.type) for place in drawn])
        with torch.autocast("cpu", torch.bfloat16, enabled=has_fast_bf16("cpu")):
            logits = network(_tensor([varied(place.crop, rng) for place in drawn]))
        loss = F.cross_entropy(logits.float(), truth, label_smoothing=0.05)
        optimiser.zero_grad(set_to_none=True)
        loss.backward()  # type: ignore[no-untyped-call]
        optimiser.step()
        rate.step()
        bar.set_postfix(loss=f"{loss.item():.3f}", refresh=False)
    network.eval()
    return network


@torch.inference_mode()
def ask(network: nn.Module, asked: Sequence[Place], types: Sequence[LesionType]) -> list[Pair]:
    """The true type of each place, and the classifier's."""
    logits = network(_tensor([plain(place.crop) for place in asked]))
    given = logits.argmax(dim=1).tolist()
    return [(place.type, types[index]) for place, index in zip(asked, given, strict=True)]


def ask_detector(detector: Detector, asked: Sequence[Place]) -> list[Pair]:
    """The same of the network, as ``evaluate`` asks it."""
    shown = tqdm(asked, mininterval=5, leave=False)
    return [
        (place.type, type_at(detector, read_rgb(place.picture.path), place.mark)) for place in shown
    ]


def row(asked: Sequence[Place], pairs: Sequence[Pair]) -> Json:
    """Accuracy with its interval over persons, balanced accuracy, and the confusion."""
    right = np.array([true is given for true, given in pairs], np.float64)
    draws = draw_persons([place.picture.group for place in asked], RESAMPLES)
    types = {place.type for place in asked}
    of_type = [right[[place.type is kind for place in asked]].mean() for kind in types]
    return {
        **figures_of({"accuracy": lambda w: float(w @ right / w.sum())}, draws),
        "balanced_accuracy": float(np.mean(of_type)),
        "confusion": confusion(pairs)["confusion"],
    }


def rows(asked: Sequence[Place], pairs: Sequence[Pair]) -> Json:
    """``row`` of all places, and of those that are one lesion and not an outlined field."""
    single = [index for index, place in enumerate(asked) if not place.mark.is_region]
    return {
        **row(asked, pairs),
        "single_lesions": row([asked[i] for i in single], [pairs[i] for i in single]),
    }


def compare(data: Path, *, fields: bool, steps: int, seed: int, weights: Path | None) -> Json:
    """Train, ask both, and set them side by side.

    Raises AnnotationError for close-ups, WeightsError for weights that cannot be used.
    """
    detector = load_detector(weights)
    known, asked = (
        places(read_coco(data / f"closeups/{part}.json", data / f"closeups/{part}"), fields=fields)
        for part in ("train", "val")
    )
    types = [kind for kind in BOXED_TYPES if any(place.type is kind for place in known)]
    if not asked or len(types) < 2:
        raise AnnotationError(f"{data}/closeups has fewer than two types to tell apart")
    classifier = train_classifier(known, types, steps=steps, seed=seed)
    return {
        "types": [kind.value for kind in types],
        "trained_on": dict(Counter(place.type.value for place in known)),
        "asked_at": dict(Counter(place.type.value for place in asked)),
        "steps": steps,
        "seed": seed,
        "resnet18": rows(asked, ask(classifier, asked, types)),
        "network": {
            "version": detector.model.version,
            **rows(asked, ask_detector(detector, asked)),
        },
    }


def table(document: Json) -> str:
    """Both rows as lines for a terminal."""
    lines = [
        f"type given the place, at {sum(document['asked_at'].values())} places of closeups/val"
    ]
    for name in ("resnet18", "network"):
        found = document[name]
        low, high = found["intervals"]["accuracy"]
        lines.append(
            f"{name:<10} accuracy {found['accuracy']:.3f} ({low:.3f} to {high:.3f}), "
            f"balanced {found['balanced_accuracy']:.3f}; "
            f"of single lesions {found['single_lesions']['accuracy']:.3f}"
        )
    return "\n".join(lines)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The options of ``python -m inference compare``."""
    parser.add_argument("--data", type=Path, required=True, help="holds closeups/")
    parser.add_argument(
        "--fields", action="store_true", help="outlined fields of comedones as a fourth type"
    )
    parser.add_argument("--steps", type=int, default=STEPS)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--weights", type=Path, help="other weights than the repository's own")
    parser.add_argument("--json", type=Path, help="where to write the figures")


def run(arguments: argparse.Namespace) -> int:
    """Compare and print; 0 when done, 2 if pictures, labels or weights cannot be read."""
    try:
        document = compare(
            arguments.data,
            fields=arguments.fields,
            steps=arguments.steps,
            seed=arguments.seed,
            weights=arguments.weights,
        )
    except (AnnotationError, WeightsError) as error:
        print(error, file=sys.stderr)
        return 2
    print(table(document))
    if arguments.json:
        arguments.json.write_text(json.dumps(document, indent=2) + "\n", encoding="utf-8")
    return 0
