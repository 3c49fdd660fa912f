"""Figures of finding lesions, of one type or of any."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from inference.training.average_precision import average_precision
from inference.training.evaluation.intervals import figures_of, number
from inference.training.evaluation.measures import reliability, tally, working_point
from inference.training.evaluation.reads import any_lesion, of_type, shown_finds
from inference.training.matching import Found, closeness, curve

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from inference.detector import Detector
    from inference.results import LesionType
    from inference.training.evaluation.measures import Floats, Measure, WorkingPoint
    from inference.training.evaluation.reads import Read

    Json = dict[str, Any]

MATCH_IOU = 0.3  # F1, recall and their threshold: IoU 0.5 is harsh on small, loosely boxed lesions
CENTRE_PX = 12.0  # the readers' centres differ by 4 to 5 pixels, their boxes by more
CURVE_POINTS = 120


@dataclass(frozen=True, slots=True)
class Kind:
    """One type of lesion, or any: ``found`` all finds, ``shown`` those at the working threshold,
    ``counts`` the count given for each picture, ``floor`` the least score that is kept.
    """

    found: Sequence[Found]
    shown: Sequence[Found]
    counts: Sequence[float]
    floor: float

    @property
    def working(self) -> WorkingPoint:
        return working_point(self.shown, MATCH_IOU, self.counts)


def any_kind(detector: Detector, reads: Sequence[Read]) -> Kind:
    """Lesions whatever their type; the count is the calibrated one."""
    found = [any_lesion(read) for read in reads]
    shown = [shown_finds(read, detector) for read in reads]
    return Kind(
        found, shown, [detector.calibration.count(one.scores) for one in found], detector.floor
    )


def one_kind(detector: Detector, reads: Sequence[Read], kind: LesionType) -> Kind:
    """Lesions of one type; the count is the number shown."""
    found = [of_type(read, kind) for read in reads]
    shown = [shown_finds(read, detector, kind) for read in reads]
    return Kind(found, shown, [float(len(one.scores)) for one in shown], detector.floor)


def measure(kind: Kind, draws: Floats) -> Json:
    """The figures of one kind. AP, most recall and best F1 over all scores (0 without lesions); the
    calibration error of the score (ECE) over those that are kept;
    precision, recall, F1 and accuracy at the working threshold, None where they are not defined;
    with intervals over ``draws`` (R, P).
    """
    ious = average_precision(kind.found)
    at_match = curve(kind.found, MATCH_IOU)
    best_f1, threshold = at_match.best
    return {
        **figures_of(_measures(kind), draws),
        "ap50": ious[0.5],
        "ap30": ious[0.3],
        "ap": float(np.mean([ious[step] for step in ious if step >= 0.5])),
        "max_recall": at_match.max_recall,
        "best_f1": best_f1,
        "threshold": threshold,
    }


def _measures(kind: Kind) -> dict[str, Measure]:
    loose, strict = tally(kind.found, MATCH_IOU), tally(kind.found, 0.5)
    centred = tally(kind.found, -CENTRE_PX, closeness)
    working, kept = kind.working, loose.from_score(kind.floor)
    return {
        "ap50": strict.average_precision,
        "ap30": loose.average_precision,
        "ap_centre12": centred.average_precision,
        "max_recall": loose.max_recall,
        "precision": working.precision,
        "recall": working.recall,
        "f1": working.f1,
        "accuracy": working.accuracy,
        "false_per_picture": working.false_per_picture,
        "count_mae": working.count_mae,
        "ece": lambda weights: reliability(kept, weights).error,
    }


def curve_points(kind: Kind) -> Json:
    """Recall and precision as the threshold falls, thinned; error is 1 − precision."""
    line = curve(kind.found, MATCH_IOU)
    kept = np.unique(np.searchsorted(line.recall, np.linspace(0, line.max_recall, CURVE_POINTS)))
    kept = kept[kept < len(line.scores)]
    return {
        name: [round(float(value), 4) for value in getattr(line, name)[kept]]
        for name in ("recall", "precision", "scores")
    }


def lesions_a_picture(kind: Kind) -> Json:
    """As the paper's Table 1: how many a picture, marked and shown."""
    true = np.array([len(one.truth) for one in kind.shown])
    ours = np.array([len(one.scores) for one in kind.shown])
    return {
        "true": _spread(true),
        "found": _spread(ours),
    }


def _spread(counts: Any) -> Json:
    return {
        "total": int(counts.sum()),
        "mean": float(counts.mean()),
        "sd": float(counts.std()),
        "most": int(counts.max()),
    }


def calibration_points(kind: Kind) -> Json:
    """By tenth of the score, how often finds are lesions, over all finds from the floor on."""
    finds = tally(kind.found, MATCH_IOU).from_score(kind.floor)
    curve_ = reliability(finds, np.ones(len(kind.found)))
    return {
        "floor": kind.floor,
        "number": curve_.number.astype(int).tolist(),
        "score": [number(value) for value in curve_.score],
        "share": [number(value) for value in curve_.share],
    }


def against_second_reader(
    kind: Kind, reads: Sequence[Read], second: Mapping[str, Any], draws: Floats
) -> Json:
    """Any type against a second reader's boxes by file name, on the pictures both readers read;
    the first reader's figures on the same pictures; and how far the first finds what the second
    marked, the ceiling of who learnt from the first alone.
    """
    both = [place for place, read in enumerate(reads) if read.picture.path.name in second]
    truth = [second[reads[place].picture.path.name] for place in both]
    theirs = _with_truth(kind, both, truth)
    first = _with_truth(kind, both, [kind.found[place].truth for place in both])
    reader = [
        Found(kind.found[place].truth, np.ones(len(kind.found[place].truth), np.float32), boxes)
        for place, boxes in zip(both, truth, strict=True)
    ]
    agreement = working_point(reader, MATCH_IOU, [len(one.boxes) for one in reader])
    some = draws[:, both]
    return {
        "pictures": len(both),
        "lesions": int(sum(map(len, truth))),
        **measure(theirs, some),
        "first_reader": {"lesions": int(agreement.found.sum()), **measure(first, some)},
        "first_against_second": figures_of(
            {"precision": agreement.precision, "recall": agreement.recall, "f1": agreement.f1},
            some,
        ),
    }


def _with_truth(kind: Kind, places: Sequence[int], truth: Sequence[Any]) -> Kind:
    def replaced(finds: Sequence[Found]) -> list[Found]:
        return [
            Found(finds[place].boxes, finds[place].scores, boxes)
            for place, boxes in zip(places, truth, strict=True)
        ]

    counts = [kind.counts[place] for place in places]
    return Kind(replaced(kind.found), replaced(kind.shown), counts, kind.floor)
