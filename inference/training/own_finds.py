"""A second round: what a model finds on the training faces, to learn from beside both readers.

    python -m inference.training.own_finds --data DIR --out runs/own.json --least 0.3

writes the finds with a score of at least ``--least`` in the form of a second reader's file. Name it
as ``data.own_finds`` in a training's configuration: a lesion that neither reader marked is then
taught at ``own_finds_peak``, or, at 0, not taught as skin.
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tqdm import tqdm

from inference.detector.detect import bounding_box, load_detector
from inference.training.augmentation import without_isolated_dots
from inference.training.coco import read_coco, read_rgb

if TYPE_CHECKING:
    from collections.abc import Sequence

    from inference.detector.detect import Detector
    from inference.training.coco import Picture


def find_all(detector: Detector, pictures: Sequence[Picture], least: float) -> list[dict[str, Any]]:
    """Rows of ``file_name`` and ``boxes`` (x, y, width, height in pixels), one a picture.

    Raises ``inference.training.coco.AnnotationError`` for a picture that cannot be read.
    """
    return [
        {"file_name": picture.path.name, "boxes": _boxes(detector, picture, least)}
        for picture in tqdm(pictures, unit="picture")
    ]


def _boxes(detector: Detector, picture: Picture, least: float) -> list[list[float]]:
    reading = detector.read(without_isolated_dots(read_rgb(picture.path)))
    boxed = [[float(value) for value in box] for box in reading.boxes[reading.lesion >= least]]
    outlined = detector.shown_outlines(reading.outlines)
    return [*boxed, *(list(bounding_box(one.polygon)) for one in outlined)]


def main() -> None:
    """The command line."""
    parser = argparse.ArgumentParser(description="A model's own finds on the training faces.")
    parser.add_argument("--weights", type=Path, help="default: the released ones")
    parser.add_argument("--data", type=Path, required=True, help="holds faces")
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--least", type=float, default=0.3, help="score of any lesion")
    arguments = parser.parse_args()
    faces = arguments.data / "faces"
    pictures = read_coco(faces / "train.json", faces / "train")
    rows = find_all(load_detector(arguments.weights), pictures, arguments.least)
    arguments.out.parent.mkdir(parents=True, exist_ok=True)
    arguments.out.write_text(json.dumps(rows), encoding="utf-8")
    print(f"{sum(len(row['boxes']) for row in rows)} finds on {len(rows)} faces")


if __name__ == "__main__":
    main()
