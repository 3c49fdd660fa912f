"""``python -m inference evaluate``: what the weights are worth on annotated pictures.

    python -m inference evaluate --annotations COCO.json --images DIR [--json OUT] [--report OUT]

The figures are in ``inference.training.evaluation``.
"""

from __future__ import annotations

import json
import platform
import sys
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import torch

from inference.detector import Detector, WeightsError, load_detector
from inference.detector.tiles import Tiling
from inference.detector.weights import sha256_of
from inference.training.coco import AnnotationError, Picture, read_coco, read_further_reader
from inference.training.evaluation.figures import figures
from inference.training.evaluation.intervals import RESAMPLES
from inference.training.evaluation.reads import read_all
from inference.training.splits import first_half, held_out_part_of_clear, second_half

if TYPE_CHECKING:
    import argparse

Json = dict[str, Any]
PARTS = {"first": first_half, "second": second_half}  # thresholds are chosen on the first
COLUMNS = {
    "ap50": "ap50",
    "ap30": "ap30",
    "ap": "ap",
    "ap_centre12": "ap_c12",
    "max_recall": "max_rec",
    "best_f1": "best_f1",
    "threshold": "at",
    "precision": "prec",
    "recall": "recall",
    "f1": "f1",
    "accuracy": "acc",
    "false_per_picture": "false/p",
    "count_mae": "count_mae",
    "ece": "ece",
}


def table(document: Json) -> str:
    """The figures as lines for a terminal."""
    lines = [f"{'':<10}" + "".join(f"{label:>10}" for label in COLUMNS.values())]
    for kind, row in {"any type": document["any_type"], **document["per_type"]}.items():
        lines.append(f"{kind:<10}" + "".join(_cell(row[name]) for name in COLUMNS))
    if document["given_place"]:
        lines.append(f"type given the place: accuracy {document['given_place']['accuracy']:.3f}")
    lines += _grade_lines(document)
    if document["second_reader"]:
        second = document["second_reader"]
        lines.append(
            f"against the second reader on {second['pictures']} pictures: ap30 {second['ap30']:.3f}"
            f" (first reader on the same: {second['first_reader']['ap30']:.3f})"
        )
    return "\n".join(lines)


def _grade_lines(document: Json) -> list[str]:
    lines = []
    if document["hayashi"]:
        grade = document["hayashi"]
        lines.append(
            f"Hayashi grade: accuracy {_cell(grade['accuracy']).strip()}, "
            f"quadratic kappa {_cell(grade['kappa_quadratic']).strip()}"
        )
    if document["grade"]:
        grade, cases = document["grade"], document["grade"]["cases"]
        lines.append(
            f"{grade['criterion']}: accuracy {_cell(grade['accuracy']).strip()} of "
            f"{grade['pictures']} pictures; kappa {_cell(cases['kappa']).strip()} (quadratic "
            f"{_cell(cases['kappa_quadratic']).strip()}) of {cases['number']} cases"
        )
    return lines


def _cell(value: float | None) -> str:
    return f"{'-':>10}" if value is None else f"{value:>10.3f}"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The options of ``python -m inference evaluate``."""
    parser.add_argument("--annotations", type=Path, required=True, help="a COCO file")
    parser.add_argument("--images", type=Path, required=True, help="the folder of its pictures")
    parser.add_argument("--json", type=Path, help="where to write the figures")
    parser.add_argument("--report", type=Path, metavar="FILE.html", help="where to write a report")
    parser.add_argument(
        "--second-reader", type=Path, metavar="JSON", help="another reader's boxes by file name"
    )
    part = parser.add_mutually_exclusive_group()
    part.add_argument("--half", choices=PARTS, help="only this half of the persons")
    part.add_argument(
        "--held-out", action="store_true", help="only every fourth picture by name (clear/)"
    )
    parser.add_argument("--weights", type=Path, help="other weights than the repository's own")
    parser.add_argument(
        "--finer",
        type=float,
        default=1.0,
        help="read pictures with more pixels than in training in tiles, this many times finer",
    )
    parser.add_argument(
        "--mirrored",
        action="store_true",
        help="read each picture twice, the second time mirrored (not where types are asked for "
        "at a known place); what hangs on a threshold was not calibrated for that",
    )
    parser.add_argument(
        "--resamples", type=int, default=RESAMPLES, help="of the bootstrap; 0 gives no intervals"
    )


def run(arguments: argparse.Namespace) -> int:
    """Measure and print; 0 when done, 2 if the pictures, labels or weights cannot be read."""
    try:
        document = evaluate(arguments)
    except (AnnotationError, WeightsError) as error:
        print(error, file=sys.stderr)
        return 2
    print(table(document))
    if arguments.json:
        arguments.json.write_text(json.dumps(document, indent=2) + "\n", encoding="utf-8")
    if arguments.report:
        from inference.training.evaluation.report import report  # noqa: PLC0415  slow to import

        arguments.report.write_text(report(document), encoding="utf-8")
    return 0


def evaluate(arguments: argparse.Namespace) -> Json:
    """The figures of ``evaluation.figures`` and the ``run`` that gave them.

    Raises AnnotationError for pictures and labels, WeightsError for weights that cannot be used.
    """
    pictures = _pictures(arguments)
    second = read_further_reader(arguments.second_reader) if arguments.second_reader else None
    if second is not None and not {one.path.name for one in pictures} & set(second):
        raise AnnotationError(f"{arguments.second_reader} names none of these pictures")
    tiling = Tiling(arguments.finer) if arguments.finer > 1 else None
    detector = load_detector(arguments.weights, tiling=tiling, mirrored=arguments.mirrored)
    reads = read_all(detector, pictures)
    document = figures(detector, reads, second=second, resamples=arguments.resamples)
    return {**document, "run": _run(arguments, detector)}


def _pictures(arguments: argparse.Namespace) -> list[Picture]:
    pictures = read_coco(arguments.annotations, arguments.images)
    if arguments.half:
        pictures = PARTS[arguments.half](pictures)
    if arguments.held_out:
        pictures = held_out_part_of_clear(pictures)
    if not pictures:
        raise AnnotationError(f"{arguments.annotations} lists no picture to measure")
    return pictures


def _run(arguments: argparse.Namespace, detector: Detector) -> Json:
    part = f", {arguments.half} half" if arguments.half else ""
    part += ", every fourth" if arguments.held_out else ""
    return {
        "command": arguments.command_line,
        "set": f"{arguments.annotations.parent.name}/{arguments.annotations.stem}{part}",
        "labels_sha256": sha256_of(arguments.annotations),
        "model": asdict(detector.model),
        "date": datetime.now(UTC).strftime("%Y-%m-%d %H:%M UTC"),
        "python": platform.python_version(),
        "torch": torch.__version__,
        "resamples": arguments.resamples,
    }
