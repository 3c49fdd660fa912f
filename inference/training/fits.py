"""What a calibration consists of, each part fitted on reads of pictures that training never saw."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import torch
from sklearn.linear_model import LogisticRegression

from inference.detector.decode import iou, largeness
from inference.grading import explain
from inference.grading.china2019 import ORDER
from inference.results import BOXED_TYPES, SEGMENTED_TYPES, LesionType
from inference.training.average_precision import average_precision
from inference.training.evaluation.grades import CHINA, true_china_grade
from inference.training.evaluation.reads import Read, any_lesion, any_peak, of_type
from inference.training.matching import Found, curve, match
from inference.training.sources import scaled

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

    from inference.detector.detect import Detector
    from inference.detector.weights import Calibration

    Floats = NDArray[np.float64]

HIT_IOU = 0.3
GRADE_WORSENING = (LesionType.PUSTULE, LesionType.NODULE, LesionType.CYST)
FALSE_ALARM_FACES = 0.02  # share of faces without lesions that may show a grade-worsening type
LESIONS_ON_CLEAR_FACE = 1.9  # mean number of finds a face without lesions may show; the goal is 2
LOWEST_COUNTED = 1e-3
RESIZED_FINDS = 150  # a picture; weaker ones change the average precision by nothing
GRADE_POINTS = 16
TEMPERATURES = np.arange(0.3, 6.0, 0.1).round(1)
LEAST_SLOPE = 0.01  # of the logistic curve of outlines; below it their mean says nothing
LEAST = 30  # of anything that a number is fitted on
MILDER_CALLED_WORSE = 0.005  # share of lesions: some ten to a face, and one decides the grade


class FitError(ValueError):
    """Pictures that bear no calibration, with what is missing."""


def _require(number: int, what: str) -> None:
    if number < LEAST:
        raise FitError(
            f"the pictures hold {number} {what}; a calibration needs {LEAST} at least. Add "
            "pictures of persons who were not trained on, or mark more of what they show"
        )


def logit(p: NDArray[np.float32]) -> Floats:
    """log p/(1−p), finite for 0 and 1."""
    inside = np.clip(p.astype(np.float64), 1e-6, 1 - 1e-6)
    return np.asarray(np.log(inside) - np.log1p(-inside), np.float64)


def fit_lesion(sets: Sequence[Sequence[Read]], calibration: Calibration) -> Calibration:
    """Temperature and shift (Platt 1999), and what size has to say, so that a score is the share of
    such finds that are lesions to who marked the pictures, at IoU 0.3. Each of the ``sets`` counts
    alike: on real faces a small find is hardly ever what the first reader of ACNE04 boxed, on
    rendered ones it may be a lesion. The reads may have boxes calibrated, not scores.

    Raises FitError for too few finds in a set, and for weights whose scores say nothing.
    """
    clues, hits = zip(*map(_peaks_and_hits, sets), strict=True)
    for right in hits:
        _require(int(right.sum()), "lesions that the network finds")
        _require(int((~right).sum()), "finds that are no lesions")
    number = sum(map(len, hits))
    weights = [np.full(len(right), number / len(sets) / len(right)) for right in hits]
    model = LogisticRegression(C=1e6).fit(
        np.concatenate(clues), np.concatenate(hits), sample_weight=np.concatenate(weights)
    )
    (slope, gain), intercept = model.coef_[0].tolist(), float(model.intercept_[0])
    if slope <= 0:
        raise FitError(
            "what the network is surer of is not more often a lesion on these pictures; train on "
            "before you calibrate, and look whether boxes and pictures belong together"
        )
    return dataclasses.replace(
        calibration, temperature=1 / slope, shift=-intercept / slope, size_gain=gain
    )


def _peaks_and_hits(reads: Sequence[Read]) -> tuple[Floats, NDArray[np.bool_]]:
    """Of all peaks with a score worth counting: log odds and largeness (N, 2), and whether each is
    a lesion (N,).
    """
    clues, hits = [np.zeros((0, 2))], [np.zeros(0, bool)]
    for read in reads:
        found = any_peak(read)
        face_side = (read.picture.width * read.picture.height) ** 0.5
        large = largeness(torch.from_numpy(found.boxes[:, 2:]), face_side).numpy()
        counted = found.scores > LOWEST_COUNTED
        clues.append(np.stack([logit(found.scores), large], axis=1)[counted])
        hits.append(match(found, HIT_IOU)[counted])
    return np.concatenate(clues), np.concatenate(hits)


def fit_outlines(
    reads: Sequence[Read], calibration: Calibration, before: Calibration
) -> Calibration:
    """Temperature and shift of the outlines' scores by type, so that a score is the share of such
    outlines that are one of their type. ``reads`` have the scores of ``calibration``, where a score
    is the mean inside. Where that mean says nothing, each scores how often one is right; of a type
    with too few right or wrong outlines the scores stay those of ``before``, which is printed.
    """
    fitted = []
    for place, kind in enumerate(SEGMENTED_TYPES):
        found = [of_type(read, kind) for read in reads]
        scores = np.concatenate([np.zeros(0, np.float32), *(one.scores for one in found)])
        hits = np.concatenate([np.zeros(0, bool), *(match(one, HIT_IOU) for one in found)])
        if min(hits.sum(), (~hits).sum()) < LEAST:
            print(
                f"{int(hits.sum())} outlines of a {kind.value} are right and "
                f"{int((~hits).sum())} wrong; with fewer than {LEAST} of either their scores stay "
                "as they were"
            )
            fitted.append((before.outline_temperature[place], before.outline_shift[place]))
        else:
            fitted.append(_outline_fit(scores, hits))
    (cyst, cyst_shift), (scar, scar_shift) = fitted
    return dataclasses.replace(
        calibration, outline_temperature=(cyst, scar), outline_shift=(cyst_shift, scar_shift)
    )


def _outline_fit(scores: NDArray[np.float32], hits: NDArray[np.bool_]) -> tuple[float, float]:
    model = LogisticRegression(C=1e6).fit(logit(scores)[:, None], hits)
    slope, intercept = float(model.coef_[0, 0]), float(model.intercept_[0])
    if slope < LEAST_SLOPE:
        slope, intercept = LEAST_SLOPE, float(np.log(hits.mean() / (1 - hits.mean())))
    return 1 / slope, -intercept / slope


def fit_type_temperature(reads: Sequence[Read], calibration: Calibration) -> Calibration:
    """The temperature of each type, by the likelihood of the true type at the true finds that the
    network gives it to; a type that it gives to few of them shares one with all others.

    Raises FitError for too few such finds.
    """
    pairs = [_typed_hits(read) for read in reads]
    shares, types = (np.concatenate(part) for part in zip(*pairs, strict=True))
    _require(len(types), "lesions of a known type that the network finds")
    likeliest = shares.argmax(axis=1)
    common = _temperature(shares, types)
    comedone, papule, pustule, nodule = (
        _temperature(shares[mine], types[mine]) if mine.sum() >= LEAST else common
        for mine in (likeliest == kind for kind in range(len(BOXED_TYPES)))
    )
    fitted = comedone, papule, pustule, nodule
    return dataclasses.replace(calibration, type_temperature=fitted)


def _temperature(shares: NDArray[np.float32], types: NDArray[np.int64]) -> float:
    logits, true = torch.from_numpy(shares).clamp(min=1e-6).log(), torch.from_numpy(types)
    costs = [torch.nn.functional.cross_entropy(logits / t, true) for t in TEMPERATURES]
    return float(TEMPERATURES[int(torch.stack(costs).argmin())])


def fit_type_shift(reads: Sequence[Read], calibration: Calibration) -> Calibration:
    """Hold back the types that worsen the grade, nodule before pustule, until hardly any milder
    lesion is called so; one that is may be a slip of who marked it.
    """
    pairs = [_typed_hits(read) for read in reads]
    shares = np.concatenate([one[0] for one in pairs])
    types = np.concatenate([one[1] for one in pairs])
    temperature = np.array(calibration.type_temperature)[shares.argmax(axis=1), None]
    logits = np.log(np.maximum(shares, 1e-6)) / temperature
    shift = np.zeros(len(BOXED_TYPES))
    for kind in (LesionType.NODULE, LesionType.PUSTULE):
        index = BOXED_TYPES.index(kind)
        milder = types < index
        allowed = max(1.0, MILDER_CALLED_WORSE * milder.sum())
        for shift[index] in np.arange(0, -8, -0.25):
            called = (logits + shift).argmax(axis=1) == index
            if called[milder].sum() <= allowed:
                break
    return dataclasses.replace(calibration, type_shift=tuple(shift.tolist()))


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


def fit_boxes(sets: Sequence[Sequence[Read]], calibration: Calibration) -> Calibration:
    """The scale of a side with the best mean of the AP30 of each set. Of the released weights: that
    of real faces, boxed loosely by the first reader of ACNE04, and that of rendered ones, whose
    boxes are exact. Peaks were read with the identity calibration.
    """
    finds = [[any_peak(read) for read in reads] for reads in sets]
    scales = np.arange(0.6, 1.45, 0.05).round(2).tolist()
    best = max(scales, key=lambda scale: sum(_precision_resized(found, scale) for found in finds))
    return dataclasses.replace(calibration, box_scale=best)


def _precision_resized(finds: Sequence[Found], scale: float) -> float:
    strongest = [
        Found(scaled(one.boxes[:RESIZED_FINDS], scale), one.scores[:RESIZED_FINDS], one.truth)
        for one in finds
    ]
    return float(average_precision(strongest)[HIT_IOU])


def fit_grades(reads: Sequence[Read], detector: Detector) -> dict[str, list[tuple[float, float]]]:
    """Points (evidence, probability) of "at least this grade" by China grade, for
    ``inference.grading.explain.Calibration``: a logistic curve in the logarithm of the evidence,
    on faces whose every lesion is known. A grade that all or none of them reach gets no points.
    """
    candidates = [detector.candidates(read.reading) for read in reads]
    worst = np.array([true_china_grade(read.picture) for read in reads])
    fitted = {
        grade.value: _grade_points(
            np.array([explain.evidence(one, grade) for one in candidates]),
            worst >= CHINA.index(grade),
        )
        for grade in ORDER
    }
    return {grade: points for grade, points in fitted.items() if points}


def _grade_points(evidence: Floats, reached: NDArray[np.bool_]) -> list[tuple[float, float]]:
    if reached.all() or not reached.any():
        return []
    model = LogisticRegression().fit(_log_evidence(evidence), reached)
    if model.coef_[0, 0] <= 0:  # no evidence at all: the share that reaches the grade
        return [(0.0, float(reached.mean()))]
    at = np.concatenate([[0.0], np.geomspace(0.02, 50, GRADE_POINTS - 1)])
    probabilities = model.predict_proba(_log_evidence(at))[:, 1]
    return [
        (round(float(e), 3), round(float(p), 4)) for e, p in zip(at, probabilities, strict=True)
    ]


def _log_evidence(evidence: Floats) -> Floats:
    return np.asarray(np.log(evidence + 0.02)[:, None], np.float64)


@dataclass(frozen=True, slots=True)
class CountModel:
    """count = scale · n^power, n the sum of the scores at or above ``threshold``."""

    threshold: float
    scale: float
    power: float
    error: float


def fit_count(reads: Sequence[Read], calibration: Calibration) -> Calibration:
    """The threshold, scale and power with the least mean absolute error of the count, in which each
    find counts by its probability. ``reads`` have all else calibrated.
    """
    found = [any_lesion(read) for read in reads]
    true = np.array([len(one.truth) for one in found], np.float64)
    calibration = dataclasses.replace(calibration, count_soft=True)

    def model(threshold: float) -> CountModel:
        summed = dataclasses.replace(calibration, count_threshold=threshold)
        amounts = np.array([summed.amount(one.scores) for one in found])
        return _count_model(amounts, true, threshold)

    thresholds = np.arange(0.05, 0.8, 0.025).round(3).tolist()
    best = min(map(model, thresholds), key=lambda one: one.error)
    return dataclasses.replace(
        calibration,
        count_threshold=best.threshold,
        count_scale=best.scale,
        count_power=best.power,
    )


def _count_model(amounts: Floats, true: Floats, threshold: float) -> CountModel:
    models = [
        CountModel(threshold, scale, power, float(np.abs(scale * amounts**power - true).mean()))
        for power in (0.8, 0.9, 1.0, 1.1, 1.2)
        for scale in np.arange(0.4, 2.5, 0.05).round(2).tolist()
    ]
    return min(models, key=lambda model: model.error)


def fit_thresholds(
    faces: Sequence[Read],
    typed: Sequence[Read],
    clear: Sequence[Read],
    calibration: Calibration,
    before: Mapping[LesionType, float],
) -> Calibration:
    """Working thresholds by type. Comedones and papules: the best F1 of any lesion on ``faces``,
    raised until a face of ``clear`` shows few. Grade-worsening types and scars: the best F1 on
    ``typed``, at least that of a papule, or where too few are marked the threshold ``before``,
    raised until few faces of ``clear`` show one. Fewer than ``LEAST`` faces in ``clear`` raise
    nothing.
    """
    clear = clear if len(clear) >= LEAST else ()
    on_faces = curve([_best_type(read) for read in faces], HIT_IOU).best[1]
    common = max(on_faces, _few_on_clear(clear))
    thresholds = {LesionType.COMEDONE: common, LesionType.PAPULE: common}
    for kind in (*GRADE_WORSENING, LesionType.SCAR):
        found = [of_type(read, kind) for read in typed]
        enough = sum(len(one.truth) for one in found) >= LEAST
        best = min(curve(found, HIT_IOU).best[1], 0.9) if enough else before[kind]
        thresholds[kind] = min(1.0, max(common, best, _few_false_alarms(clear, kind)))
    stored = {kind.value: round(thresholds[kind], 3) for kind in LesionType}
    return dataclasses.replace(calibration, thresholds=stored)


def _best_type(read: Read) -> Found:
    """Peaks by the score that is shown, that of their likeliest type, against every box."""
    scores = read.reading.lesion * read.reading.shares.max(axis=1)
    order = np.argsort(-scores, kind="stable")
    truth = any_lesion(read).truth
    return Found(read.reading.boxes[order], scores[order], truth)


def _few_on_clear(clear: Sequence[Read]) -> float:
    if not clear:
        return 0.0
    scores = np.concatenate(
        [(read.reading.lesion * read.reading.shares.max(axis=1)) for read in clear]
    )
    allowed = int(LESIONS_ON_CLEAR_FACE * len(clear))
    return float(np.sort(scores)[::-1][min(allowed, len(scores) - 1)]) + 1e-3


def _few_false_alarms(clear: Sequence[Read], kind: LesionType) -> float:
    if not clear:
        return 0.0
    strongest = [max(of_type(read, kind).scores, default=0.0) for read in clear]
    allowed = int(FALSE_ALARM_FACES * len(clear))
    return float(np.sort(strongest)[::-1][allowed]) + 1e-3
