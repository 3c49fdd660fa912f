"""``python -m inference evaluate``: what the weights are worth on annotated pictures.

The whole picture goes through the detector as it is: no face is looked for, none is left out.
"""

from __future__ import annotations

import json
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from sklearn.metrics import cohen_kappa_score
from tqdm import tqdm

from inference.detector import Detector, WeightsError, load_detector
from inference.detector.detect import bounding_box
from inference.results import BOXED_TYPES, SEGMENTED_TYPES, LesionType
from inference.training.average_precision import average_precision
from inference.training.coco import AnnotationError, Picture, read_coco, read_rgb
from inference.training.given_place import confusion, type_at
from inference.training.matching import Found, curve
from inference.training.splits import first_half, second_half

if TYPE_CHECKING:
    import argparse
    from collections.abc import Sequence

    from inference.detector.detect import Reading

Json = dict[str, Any]
MATCH_IOU = 0.3  # F1, recall and their threshold: IoU 0.5 is harsh on small, loosely boxed lesions
HAYASHI_BOUNDS = (5, 20, 50)
HALVES = {"first": first_half, "second": second_half}  # thresholds are chosen on the first


@dataclass(frozen=True, slots=True)
class Read:
    """One picture, what the network says of it, and the type it gives at each true box."""

    picture: Picture
    reading: Reading
    given: list[tuple[LesionType, LesionType]]


def read_all(
    detector: Detector, pictures: Sequence[Picture], *, with_given_place: bool = True
) -> list[Read]:
    """Each picture through the detector; ``with_given_place`` asks at the true boxes too."""
    return [
        _read(detector, picture, with_given_place=with_given_place)
        for picture in tqdm(pictures, mininterval=5, leave=False)
    ]


def _read(detector: Detector, picture: Picture, *, with_given_place: bool) -> Read:
    image = read_rgb(picture.path)
    typed = [mark for mark in picture.marks if mark.type in BOXED_TYPES and with_given_place]
    given = [(mark.type, type_at(detector, image, mark)) for mark in typed if mark.type]
    return Read(picture, detector.read(image), given)


def any_lesion(read: Read) -> Found:
    """Every peak, whatever its type, against every box, cysts and scars among them."""
    truth = [mark.box for mark in read.picture.marks if not mark.is_region]
    boxes = [
        read.reading.boxes,
        *(
            np.array([bounding_box(outline.polygon)], np.float32)
            for outline in read.reading.outlines
        ),
    ]
    scores = [*read.reading.lesion, *(outline.score for outline in read.reading.outlines)]
    return _found(np.concatenate(boxes), np.asarray(scores, np.float32), truth)


def of_type(read: Read, kind: LesionType) -> Found:
    """The finds that bear this type against the boxes of this type; fields are left out."""
    truth = [m.box for m in read.picture.marks if m.type is kind and not m.is_region]
    if kind in SEGMENTED_TYPES:
        which = SEGMENTED_TYPES.index(kind)
        outlines = [o for o in read.reading.outlines if o.kind == which]
        boxes = [
            np.zeros((0, 4), np.float32),
            *(np.array([bounding_box(o.polygon)], np.float32) for o in outlines),
        ]
        scores = np.asarray([o.score for o in outlines], np.float32)
        return _found(np.concatenate(boxes), scores, truth)
    shares = read.reading.shares
    mine = shares.argmax(axis=1) == BOXED_TYPES.index(kind)
    return _found(read.reading.boxes[mine], (read.reading.lesion * shares.max(axis=1))[mine], truth)


def _found(boxes: Any, scores: Any, truth: list[Any]) -> Found:
    order = np.argsort(-scores, kind="stable")
    return Found(boxes[order], scores[order], np.asarray(truth, np.float32).reshape(-1, 4))


def measure(found: Sequence[Found], counts: Sequence[float]) -> Json:
    """The figures of one kind of lesion. ``counts``: what would be shown for each picture."""
    precision = average_precision(found)
    at_match = curve(found, MATCH_IOU)
    best_f1, threshold = at_match.best
    errors = [abs(count - len(one.truth)) for count, one in zip(counts, found, strict=True)]
    return {
        "ap50": precision[0.5],
        "ap30": precision[0.3],
        "ap": float(np.mean([precision[step] for step in precision if step >= 0.5])),
        "max_recall": at_match.max_recall,
        "best_f1": best_f1,
        "threshold": threshold,
        "count_mae": float(np.mean(errors)),
    }


def count_of(found: Found, detector: Detector) -> float:
    """The count as the first reader of ACNE04 would give it, see ``Calibration``."""
    calibration = detector.calibration
    number = int((found.scores >= calibration.count_threshold).sum())
    return float(calibration.count_scale * number**calibration.count_power)


def hayashi_grade(count: float) -> int:
    """Hayashi et al. 2008 as ACNE04 counts it: 1-5, 6-20, 21-50, more."""
    return int(np.searchsorted(HAYASHI_BOUNDS, round(count), side="left"))


def hayashi(reads: Sequence[Read], counts: Sequence[float]) -> Json | None:
    """Accuracy and quadratic kappa of the grade by counts; None without graded pictures."""
    graded = [
        (read.picture.severity, hayashi_grade(count))
        for read, count in zip(reads, counts, strict=True)
        if read.picture.severity is not None
    ]
    if not graded:
        return None
    true, ours = zip(*graded, strict=True)
    return {
        "accuracy": float(np.mean(np.equal(true, ours))),
        "kappa_quadratic": float(
            cohen_kappa_score(true, ours, weights="quadratic", labels=[0, 1, 2, 3])
        ),
    }


def figures(detector: Detector, reads: Sequence[Read]) -> Json:
    """All that ``evaluate`` writes. Without typed marks ``per_type`` is empty and ``given_place``
    null; without severity grades ``hayashi`` is null.
    """
    found = [any_lesion(read) for read in reads]
    counts = [count_of(one, detector) for one in found]
    marked = {mark.type for read in reads for mark in read.picture.marks}
    given = [pair for read in reads for pair in read.given]
    return {
        "any_type": measure(found, counts),
        "per_type": {
            kind.value: _of_one_type(detector, reads, kind) for kind in LesionType if kind in marked
        },
        "given_place": confusion(given) if given else None,
        "hayashi": hayashi(reads, counts),
    }


def _of_one_type(detector: Detector, reads: Sequence[Read], kind: LesionType) -> Json:
    found = [of_type(read, kind) for read in reads]
    threshold = detector.thresholds[kind]
    return measure(found, [float((one.scores >= threshold).sum()) for one in found])


def table(document: Json) -> str:
    """The figures as lines for a terminal."""
    names = ["ap50", "ap30", "ap", "max_recall", "best_f1", "threshold", "count_mae"]
    lines = [f"{'':<10}" + "".join(f"{name:>12}" for name in names)]
    for kind, row in {"any type": document["any_type"], **document["per_type"]}.items():
        lines.append(f"{kind:<10}" + "".join(f"{row[name]:>12.3f}" for name in names))
    if document["given_place"]:
        lines.append(f"type given the place: accuracy {document['given_place']['accuracy']:.3f}")
    if document["hayashi"]:
        grade = document["hayashi"]
        lines.append(
            f"Hayashi grade: accuracy {grade['accuracy']:.3f}, "
            f"quadratic kappa {grade['kappa_quadratic']:.3f}"
        )
    return "\n".join(lines)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The options of ``python -m inference evaluate``."""
    parser.add_argument("--annotations", type=Path, required=True, help="a COCO file")
    parser.add_argument("--images", type=Path, required=True, help="the folder of its pictures")
    parser.add_argument("--json", type=Path, help="where to write the figures")
    parser.add_argument("--half", choices=HALVES, help="only this half of the persons")
    parser.add_argument("--weights", type=Path, help="other weights than the repository's own")


def run(arguments: argparse.Namespace) -> int:
    """Measure and print; 0 when done, 2 if the pictures, labels or weights cannot be read."""
    try:
        pictures = read_coco(arguments.annotations, arguments.images)
        if arguments.half:
            pictures = HALVES[arguments.half](pictures)
        detector = load_detector(arguments.weights)
        document = figures(detector, read_all(detector, pictures))
    except (AnnotationError, WeightsError) as error:
        print(error, file=sys.stderr)
        return 2
    print(table(document))
    if arguments.json:
        arguments.json.write_text(json.dumps(document, indent=2) + "\n", encoding="utf-8")
    return 0
