"""Calibration and working thresholds, chosen on data that training never saw.

    python -m inference.training.calibrate --weights IN --data DIR --rendered FILE.json --out OUT \
        --version 1.0.0

Scores and counts are fitted on one half of ``faces/val`` (split by person); the other half is for
reporting. Types are fitted on held-out rendered faces, for no real face carries types. Thresholds
of types that would worsen the grade are set by the false alarms on faces without lesions.
"""

from __future__ import annotations

import argparse
import dataclasses
import hashlib
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import torch
from sklearn.linear_model import LogisticRegression

from inference.detector.detect import Detector
from inference.detector.weights import Calibration, Card, read_network, write_weights
from inference.results import BOXED_TYPES, SEGMENTED_TYPES, LesionType
from inference.training.coco import Picture, read_coco
from inference.training.evaluate import Read, any_lesion, of_type, read_all
from inference.training.matching import curve, iou, match
from inference.training.sources import held_out_part_of_clear

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

HIT_IOU = 0.3
GRADE_WORSENING = (LesionType.PUSTULE, LesionType.NODULE, LesionType.CYST)
FALSE_ALARM_FACES = 0.02  # share of faces without lesions that may show a grade-worsening type
LESIONS_ON_CLEAR_FACE = 1.0  # mean number of finds a face without lesions may show
LOWEST_COUNTED = 1e-3


def first_half(pictures: Sequence[Picture]) -> list[Picture]:
    """The half of a validation set that thresholds are chosen on, whole persons only."""
    return [picture for picture in pictures if _side(picture.group) == 0]


def second_half(pictures: Sequence[Picture]) -> list[Picture]:
    """The half that is reported."""
    return [picture for picture in pictures if _side(picture.group) == 1]


def _side(group: str) -> int:
    return hashlib.sha256(group.encode()).digest()[0] % 2


def logit(p: NDArray[np.float32]) -> Floats:
    """log p/(1−p), finite for 0 and 1."""
    inside = np.clip(p.astype(np.float64), 1e-6, 1 - 1e-6)
    return np.log(inside) - np.log1p(-inside)


def fit_lesion(reads: Sequence[Read], calibration: Calibration) -> Calibration:
    """Temperature and shift (Platt 1999) so that a score is the share of such finds that are
    lesions to the first reader, at IoU 0.3. ``reads`` were made with the identity calibration.
    """
    found = [any_lesion(read) for read in reads]
    scores = np.concatenate([one.scores for one in found])
    hits = np.concatenate([match(one, HIT_IOU) for one in found])
    counted = scores > LOWEST_COUNTED
    model = LogisticRegression(C=1e6).fit(logit(scores[counted])[:, None], hits[counted])
    slope, intercept = float(model.coef_[0, 0]), float(model.intercept_[0])
    return dataclasses.replace(calibration, temperature=1 / slope, shift=-intercept / slope)


def fit_type_temperature(reads: Sequence[Read], calibration: Calibration) -> Calibration:
    """One temperature for the types, by the likelihood of the true type at true finds."""
    pairs = [_typed_hits(read) for read in reads]
    shares = torch.from_numpy(np.concatenate([one[0] for one in pairs])).clamp(min=1e-6).log()
    types = torch.from_numpy(np.concatenate([one[1] for one in pairs]))
    grid = torch.linspace(0.5, 4.0, 36)
    costs = [torch.nn.functional.cross_entropy(shares / t, types) for t in grid]
    best = float(grid[int(torch.stack(costs).argmin())])
    return dataclasses.replace(calibration, type_temperature=best)


def _typed_hits(read: Read) -> tuple[NDArray[np.float32], NDArray[np.int64]]:
    """Shares (N, 4) and true types (N,) of the peaks that best overlap each true box."""
    marks = [mark for mark in read.picture.marks if mark.type in BOXED_TYPES]
    truth = np.asarray([mark.box for mark in marks], np.float32).reshape(-1, 4)
    overlaps = iou(read.reading.boxes, truth)
    shares, types = [np.zeros((0, 4), np.float32)], []
    for column, mark in enumerate(marks):
        best = int(overlaps[:, column].argmax())
        if overlaps[best, column] >= HIT_IOU and mark.type is not None:
            shares.append(read.reading.shares[best : best + 1])
            types.append(BOXED_TYPES.index(mark.type))
    return np.concatenate(shares), np.asarray(types, np.int64)


@dataclass(frozen=True, slots=True)
class CountModel:
    """count = scale · n^power, n finds at or above ``threshold``."""

    threshold: float
    scale: float
    power: float
    error: float


def fit_count(reads: Sequence[Read], calibration: Calibration) -> Calibration:
    """The threshold, scale and power with the least mean absolute error of the count."""
    found = [any_lesion(read) for read in reads]
    true = np.array([len(one.truth) for one in found], np.float64)
    best = min(
        (
            _count_model(np.array([(one.scores >= t).sum() for one in found]), true, float(t))
            for t in np.arange(0.05, 0.8, 0.025)
        ),
        key=lambda model: model.error,
    )
    return dataclasses.replace(
        calibration,
        count_threshold=best.threshold,
        count_scale=best.scale,
        count_power=best.power,
    )


def _count_model(counted: NDArray[np.int64], true: Floats, threshold: float) -> CountModel:
    models = [
        CountModel(threshold, scale, power, float(np.abs(scale * counted**power - true).mean()))
        for power in (0.8, 0.9, 1.0, 1.1, 1.2)
        for scale in np.arange(0.4, 2.5, 0.05).round(2).tolist()
    ]
    return min(models, key=lambda model: model.error)


def fit_thresholds(
    faces: Sequence[Read],
    rendered: Sequence[Read],
    clear: Sequence[Read],
    calibration: Calibration,
) -> Calibration:
    """Working thresholds by type. Comedones and papules: the best F1 of any lesion on real faces,
    raised until a clear face shows few. Grade-worsening types and scars: the best F1 on rendered
    faces, raised until few clear faces show one.
    """
    on_faces = curve([any_lesion(read) for read in faces], HIT_IOU).best[1]
    common = max(on_faces, _few_on_clear(clear))
    thresholds = {LesionType.COMEDONE: common, LesionType.PAPULE: common}
    for kind in (*GRADE_WORSENING, LesionType.SCAR):
        on_rendered = curve([of_type(read, kind) for read in rendered], HIT_IOU).best[1]
        least = calibration.mask_cut if kind in SEGMENTED_TYPES else common
        thresholds[kind] = max(least, min(on_rendered, 0.9), _few_false_alarms(clear, kind))
    stored = {kind.value: round(thresholds[kind], 3) for kind in LesionType}
    return dataclasses.replace(calibration, thresholds=stored)


def _few_on_clear(clear: Sequence[Read]) -> float:
    scores = np.concatenate(
        [(read.reading.lesion * read.reading.shares.max(axis=1)) for read in clear]
    )
    allowed = int(LESIONS_ON_CLEAR_FACE * len(clear))
    return float(np.sort(scores)[::-1][min(allowed, len(scores) - 1)]) + 1e-3


def _few_false_alarms(clear: Sequence[Read], kind: LesionType) -> float:
    strongest = [max(of_type(read, kind).scores, default=0.0) for read in clear]
    allowed = int(FALSE_ALARM_FACES * len(clear))
    return float(np.sort(strongest)[::-1][allowed]) + 1e-3


def calibrate(weights: Path, data: Path, rendered: Path, device: str = "cpu") -> Calibration:
    """All of the above. ``rendered``: a COCO file of held-out rendered faces."""
    network, card, _ = read_network(weights)

    def reads(calibration: Calibration, pictures: Sequence[Picture]) -> list[Read]:
        detector = Detector(network, Card("", card.network, calibration), "", device)
        return read_all(detector, pictures, with_given_place=False)

    faces = first_half(read_coco(data / "faces/val.json", data / "faces/val"))
    drawn = read_coco(rendered, rendered.with_suffix(""))
    empty = [picture for picture in drawn if not picture.marks]
    portraits = held_out_part_of_clear(read_coco(data / "clear/train.json", data / "clear/train"))
    raw = Calibration()
    calibration = fit_lesion(reads(raw, faces), raw)
    calibration = fit_type_temperature(reads(raw, drawn), calibration)
    on_faces = reads(calibration, faces)
    calibration = fit_count(on_faces, calibration)
    clear = reads(calibration, [*portraits, *empty])
    return fit_thresholds(on_faces, reads(calibration, drawn), clear, calibration)


def main() -> None:
    """The command line."""
    parser = argparse.ArgumentParser(description="Calibrate weights and choose thresholds.")
    parser.add_argument("--weights", type=Path, required=True)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--rendered", type=Path, required=True)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--version", required=True)
    arguments = parser.parse_args()
    calibration = calibrate(arguments.weights, arguments.data, arguments.rendered)
    network, _, _ = read_network(arguments.weights)
    write_weights(
        arguments.out, network, version=arguments.version, calibration=calibration, half=True
    )
    print(calibration)


if __name__ == "__main__":
    main()
