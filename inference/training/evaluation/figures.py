"""Every figure of an evaluation, as JSON."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any

import numpy as np

from inference.results import SEGMENTED_TYPES, LesionType
from inference.training.coco import masks_of
from inference.training.evaluation.detection import (
    MATCH_IOU,
    Kind,
    against_second_reader,
    any_kind,
    calibration_points,
    curve_points,
    lesions_a_picture,
    measure,
    one_kind,
)
from inference.training.evaluation.grades import (
    CHINA,
    HAYASHI,
    Grades,
    carries_china_grade,
    china_grade,
    grade_figures,
    hayashi_grade,
    true_china_grade,
)
from inference.training.evaluation.intervals import draw_persons, figures_of
from inference.training.evaluation.masks import MaskOverlap, shown_masks
from inference.training.evaluation.measures import Tally, tally
from inference.training.evaluation.reads import shown
from inference.training.evaluation.strata import Stratum, strata
from inference.training.given_place import confusion

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from inference.detector import Detector
    from inference.training.evaluation.measures import Floats, Measure
    from inference.training.evaluation.reads import Read

    Json = dict[str, Any]


def grade_of(
    detector: Detector, reads: Sequence[Read], counts: Sequence[float]
) -> tuple[str, Grades] | None:
    """The China grade by the worst type where the marks allow it, else the Hayashi grade by the
    count where pictures carry one; None where neither is known.
    """
    if carries_china_grade([read.picture for read in reads]):
        true = [true_china_grade(read.picture) for read in reads]
        ours = [china_grade(shown(read, detector)) for read in reads]
        return "china_2019", _grades(CHINA, true, ours, list(range(len(reads))))
    hayashi = hayashi_grades(reads, counts)
    return ("hayashi_by_count", hayashi) if hayashi else None


def hayashi_grades(reads: Sequence[Read], counts: Sequence[float]) -> Grades | None:
    """The grade by the count of all lesions, as ACNE04 counted; None without graded pictures."""
    graded = [place for place, read in enumerate(reads) if read.picture.severity is not None]
    if not graded:
        return None
    true = [int(reads[place].picture.severity or 0) for place in graded]
    return _grades(HAYASHI, true, [hayashi_grade(counts[place]) for place in graded], graded)


def _grades(
    names: Sequence[str], true: Sequence[int], ours: Sequence[int], picture: Sequence[int]
) -> Grades:
    return Grades(tuple(names), *(np.asarray(one, np.intp) for one in (true, ours, picture)))


def given_place(reads: Sequence[Read], draws: Floats) -> Json | None:
    """The type given at each true box; None without typed marks."""
    pairs = [pair for read in reads for pair in read.given]
    if not pairs:
        return None
    rights = np.array([sum(true is ours for true, ours in read.given) for read in reads])
    asked = np.array([len(read.given) for read in reads])

    def accuracy(weights: Floats) -> float:
        whole = weights @ asked
        return float(weights @ rights / whole) if whole else float("nan")

    return {
        **confusion(pairs),
        "intervals": figures_of({"accuracy": accuracy}, draws)["intervals"],
    }


def stratum_figures(
    kind: Kind, grades: Grades | None, part: Stratum, draws: Floats, loose: Tally
) -> Json:
    """The main figures on the pictures of one stratum."""
    working = kind.working
    measures: dict[str, Measure] = {
        "ap30": loose.average_precision,
        "precision": working.precision,
        "recall": working.recall,
        "count_mae": working.count_mae,
    }
    if grades is not None:
        measures["grade_accuracy"] = grades.accuracy
    return {
        "name": part.name,
        "bounds": [value if np.isfinite(value) else None for value in part.bounds],
        "pictures": int(part.within.sum()),
        "lesions": int(part.within @ working.lesions),
        **figures_of(measures, draws, part.within),
    }


def mask_figures(detector: Detector, reads: Sequence[Read], draws: Floats) -> dict[LesionType, Any]:
    """Pixel overlap of what is outlined with what is marked, by cyst and scar."""
    pairs = [(masks_of(read.picture), shown_masks(read, detector)) for read in reads]
    return {
        kind: figures_of(
            {"mask_iou": MaskOverlap.of([(t[place], o[place]) for t, o in pairs]).iou}, draws
        )
        for place, kind in enumerate(SEGMENTED_TYPES)
    }


def figures(
    detector: Detector,
    reads: Sequence[Read],
    *,
    second: Mapping[str, Any] | None = None,
    resamples: int = 0,
) -> Json:
    """All that ``evaluate`` writes. ``second``: a second reader's boxes (N, 4) by file name;
    ``resamples``: of the bootstrap, 0 gives no intervals.

    Without typed marks ``per_type`` is empty and ``given_place`` null; without any grade ``grade``
    and ``hayashi`` are null; a measure that is not defined on this set is null.
    """
    groups = [read.picture.group for read in reads]
    draws = draw_persons(groups, resamples)
    everything = any_kind(detector, reads)
    types = _types(detector, reads)
    graded = grade_of(detector, reads, everything.counts)
    hayashi = hayashi_grades(reads, everything.counts)
    return {
        "any_type": measure(everything, draws),
        "per_type": _per_type(detector, reads, types, draws),
        "given_place": given_place(reads, draws),
        "hayashi": _short(hayashi, draws) if hayashi else None,
        "grade": _grade(graded, groups, draws),
        "calibration": calibration_points(everything),
        "lesions_per_picture": {
            name: lesions_a_picture(kind) for name, kind in _named(everything, types).items()
        },
        "curves": {name: curve_points(kind) for name, kind in _named(everything, types).items()},
        "counts": [
            [len(f.truth), c] for f, c in zip(everything.found, everything.counts, strict=True)
        ],
        "strata": _strata(everything, graded[1] if graded else None, reads, draws),
        "second_reader": against_second_reader(everything, reads, second, draws)
        if second
        else None,
        "set": _set(reads),
    }


def _types(detector: Detector, reads: Sequence[Read]) -> dict[LesionType, Kind]:
    marked = {mark.type for read in reads for mark in read.picture.marks}
    return {kind: one_kind(detector, reads, kind) for kind in LesionType if kind in marked}


def _named(everything: Kind, types: Mapping[LesionType, Kind]) -> dict[str, Kind]:
    return {"any_type": everything, **{kind.value: one for kind, one in types.items()}}


def _per_type(
    detector: Detector, reads: Sequence[Read], types: Mapping[LesionType, Kind], draws: Floats
) -> Json:
    rows = {kind: measure(one, draws) for kind, one in types.items()}
    if set(SEGMENTED_TYPES) & set(types):
        for kind, overlap in mask_figures(detector, reads, draws).items():
            if kind in rows:
                rows[kind]["mask_iou"] = overlap["mask_iou"]
                rows[kind]["intervals"]["mask_iou"] = overlap["intervals"]["mask_iou"]
    return {kind.value: row for kind, row in rows.items()}


def _short(grades: Grades, draws: Floats) -> Json:
    measures: dict[str, Measure] = {
        "accuracy": grades.accuracy,
        "kappa_quadratic": grades.kappa_quadratic,
    }
    return figures_of(measures, draws)


def _grade(graded: tuple[str, Grades] | None, groups: Sequence[str], draws: Floats) -> Json | None:
    if graded is None:
        return None
    criterion, grades = graded
    return {"criterion": criterion, **grade_figures(grades, groups, draws)}


def _strata(
    kind: Kind, grades: Grades | None, reads: Sequence[Read], draws: Floats
) -> dict[str, Any]:
    loose = tally(kind.found, MATCH_IOU)
    parts = strata([read.skin for read in reads])
    return {
        "not_measured": sum(read.skin is None for read in reads),
        **{
            axis: [stratum_figures(kind, grades, part, draws, loose) for part in found]
            for axis, found in parts.items()
        },
    }


def _set(reads: Sequence[Read]) -> Json:
    marks = [mark for read in reads for mark in read.picture.marks]
    types = Counter(mark.type.value if mark.type else "lesion" for mark in marks)
    return {
        "pictures": len(reads),
        "persons": len({read.picture.group for read in reads}),
        "lesions": sum(not mark.is_region for mark in marks),
        "fields": sum(mark.is_region for mark in marks),
        "by_type": dict(types),
    }
