"""What is counted on rendered patients: right pairs, double counts, directions of change."""

from __future__ import annotations

import math
from collections import Counter
from dataclasses import dataclass, field, replace
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import numpy as np

from inference.face import crop_box, find_faces
from inference.grading import gags
from inference.results import Lesion, LesionType, Region
from inference.tracking.amounts import ACTIVE, amounts_of, found_spots
from inference.tracking.canonical import canonical
from inference.tracking.change import Followed, change_of
from inference.tracking.matching import match, visit_faces
from inference.tracking.spots import ViewLesions
from inference.training.tracking.patients import SIDE_VIEWS

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from inference.results import Face
    from inference.tracking.change import CountRange
    from inference.tracking.matching import Match, VisitFaces
    from inference.tracking.posed import Site
    from inference.tracking.spots import Spot
    from inference.training.tracking.patients import Patient, Visit
    from inference.training.tracking.scene import Shot

Json = dict[str, Any]
Key = int | None  # which true lesion it is; None: none
TRUE_CHANGE = 0.2
FOUND_WITHIN = 0.022  # of the face's width, between a found lesion and the true one
CONFIDENCES = (0.0, 0.5, 0.7, 0.9, 1.01)


@dataclass(frozen=True, slots=True)
class Known:
    """One photo's lesions and, for each, which true lesion it is."""

    view: ViewLesions
    keys: Sequence[Key]


@dataclass
class Tally:
    """Pairs: right, proposed and true."""

    right: int = 0
    proposed: int = 0
    true: int = 0

    def add(self, proposed: set[tuple[Key, Key]], true: set[tuple[Key, Key]]) -> None:
        self.right += len(proposed & true)
        self.proposed += len(proposed)
        self.true += len(true)

    @property
    def f1(self) -> float | None:
        """None where there was nothing to match."""
        both = self.proposed + self.true
        return round(2 * self.right / both, 3) if both else None


@dataclass
class Figures:
    """All that is counted for one way of reading (true positions, or a detector's)."""

    pairs: dict[int, Tally] = field(default_factory=dict)
    confidences: list[tuple[float, bool]] = field(default_factory=list)
    shown: int = 0
    distinct: int = 0
    fused: int = 0
    directions: list[tuple[bool, bool]] = field(default_factory=list)
    """For every pair of visits with a true change: direction right, and declared sure."""
    outcomes: list[bool] = field(default_factory=list)
    counts: list[tuple[int, CountRange]] = field(default_factory=list)
    """The true number of active lesions of a visit, and between which it was said to lie."""
    gags: list[tuple[int, CountRange]] = field(default_factory=list)
    sums: list[tuple[Mapping[LesionType, float], Mapping[LesionType, float]]] = field(
        default_factory=list
    )
    """Of a visit, by type: the true lesions, and what the scores of all that is found add up to."""

    def document(self) -> Json:
        """As numbers by name."""
        right = [one for one, _sure in self.directions]
        sure = [one for one, sure in self.directions if sure]
        return {
            "f1_by_yaw": {str(yaw): tally.f1 for yaw, tally in sorted(self.pairs.items())},
            "pairs_by_yaw": {str(yaw): tally.true for yaw, tally in sorted(self.pairs.items())},
            "confidence": _reliability(self.confidences),
            "double_count": _share(self.shown - self.distinct, self.distinct),
            "wrongly_merged": _share(self.fused, self.distinct),
            "outcomes_right": _share(sum(self.outcomes), len(self.outcomes)),
            "direction_right": _share(sum(right), len(right)),
            "direction_pairs": len(right),
            "declared_sure": _share(len(sure), len(right)),
            "sure_and_right": _share(sum(sure), len(sure)),
            "count_ranges": _ranges(self.counts),
            "gags_ranges": _ranges(self.gags),
            "overlooked": _overlooked(self.sums),
            "overlooked_at_times": _overlooked(self.sums, at_times=True),
            "invented_at_times": _invented(self.sums),
        }


def add_patient(
    figures: Figures,
    patient: Patient,
    read: Callable[[Visit, int], Known | None],
    *,
    with_ranges: bool = False,
) -> None:
    """Count one patient. ``read``: the lesions of a visit's photo at a yaw, None without a face.
    ``with_ranges``: of counts and GAGS too, for a reading that is not sure of itself.
    """
    before = {yaw: found for yaw in (0, *SIDE_VIEWS) if (found := read(patient.before, yaw))}
    after = {yaw: found for yaw in patient.after.shots if (found := read(patient.after, yaw))}
    if 0 in before:
        for yaw, known in after.items():
            _add_pairs(figures, abs(yaw), before[0], known)
    views = (0, *SIDE_VIEWS)
    visits = [[known[yaw] for yaw in views if yaw in known] for known in (before, after)]
    if not all(visits):
        return
    merged = [visit_faces([one.view for one in visit]) for visit in visits]
    for visit, faces in zip(visits, merged, strict=True):
        _add_counts(figures, visit, faces.spots)
    _add_change(figures, patient, merged)
    if with_ranges:
        for truth, visit, faces in zip(
            (patient.before, patient.after), visits, merged, strict=True
        ):
            _add_ranges(figures, truth, faces, [one.view for one in visit])


def true_reader(visit: Visit, yaw: int) -> Known | None:
    """The true lesions that can be seen, on the mesh that is found afresh."""
    shot = visit.shots[yaw]
    faces = find_faces(shot.image)
    if not faces:
        return None
    seen = np.flatnonzero(shot.seen)
    lesions = [Lesion(visit.types[i], 1.0, _box(shot.centres[i])) for i in seen]
    return Known(_view(shot, faces[0], lesions), [visit.keys[i] for i in seen])


class DetectorReader:
    """The detector's own lesions, at its working thresholds; the quality check is left out."""

    def __init__(self) -> None:
        from inference.pipeline import default_pipeline  # noqa: PLC0415 - loads the weights

        self._detector = default_pipeline().detector

    def __call__(self, visit: Visit, yaw: int) -> Known | None:
        """The lesions found in a photo, each with the true one that lies there."""
        shot = visit.shots[yaw]
        faces = find_faces(shot.image)
        if not faces:
            return None
        candidates = self.candidates(shot.image, faces[0])
        limits = self._detector.thresholds
        lesions = [one for one in candidates if one.score >= limits[one.type]]
        view = replace(_view(shot, faces[0], lesions), candidates=candidates)
        return Known(view, self._keys(visit, shot, faces[0], lesions))

    def candidates(self, image: Any, face: Face) -> Sequence[Lesion]:
        """All down to the floor, in pixels of the image."""
        from inference.pipeline import place_on_face  # noqa: PLC0415

        box = crop_box(face, image)
        found = self._detector.detect([np.ascontiguousarray(box.cut(image))])[0]
        return place_on_face(found.candidates, face, box)

    @staticmethod
    def _keys(visit: Visit, shot: Shot, face: Face, lesions: Sequence[Lesion]) -> list[Key]:
        """Surest first, each true lesion given once."""
        reach = FOUND_WITHIN * max(face.box[2:])
        free = {int(i) for i in np.flatnonzero(shot.seen)}
        keys: list[Key] = []
        for one in lesions:
            away = {i: float(np.hypot(*(shot.centres[i] - one.centre))) for i in free}
            nearest = min(away, key=away.__getitem__, default=None)
            if nearest is None or away[nearest] > reach:
                keys.append(None)
            else:
                free.discard(nearest)
                keys.append(visit.keys[nearest])
        return keys


def _view(shot: Shot, face: Face, lesions: Sequence[Lesion]) -> ViewLesions:
    height, width = shot.image.shape[:2]
    return ViewLesions(lesions, face.landmarks, (width, height))


def _box(centre: Any) -> tuple[float, float, float, float]:
    return float(centre[0]) - 5, float(centre[1]) - 5, 10.0, 10.0


def _add_pairs(figures: Figures, yaw: int, before: Known, after: Known) -> None:
    found = match(visit_faces([before.view]), visit_faces([after.view]))
    pairs = {
        (before.keys[m.before], after.keys[m.after]): m
        for m in found
        if m.before is not None and m.after is not None
    }
    pairs.pop((None, None), None)  # what the detector invents twice at one place is one thing too
    both = {key for key in before.keys if key is not None} & set(after.keys)
    true: set[tuple[Key, Key]] = {(key, key) for key in both}
    figures.pairs.setdefault(yaw, Tally()).add(set(pairs), true)
    figures.confidences += [(m.confidence, pair in true) for pair, m in pairs.items()]
    figures.outcomes += list(_outcomes(found, before, after))


def _outcomes(found: Iterable[Match], before: Known, after: Known) -> Iterable[bool]:
    """Of lesions that are in one of the photos only and could be seen in the other."""
    for one in found:
        if one.outcome == "resolved" and one.before is not None:
            yield before.keys[one.before] not in after.keys
        elif one.outcome == "new" and one.after is not None:
            yield after.keys[one.after] not in before.keys


def _add_counts(figures: Figures, visit: Sequence[Known], spots: Sequence[Spot]) -> None:
    """``spots`` against what they truly are; what no true lesion explains is left out."""
    kept = [{visit[m.photo].keys[m.lesion] for m in spot.members} - {None} for spot in spots]
    named = [keys for keys in kept if keys]
    figures.shown += len(named)
    figures.distinct += len(set().union(*named)) if named else 0
    figures.fused += sum(len(keys) > 1 for keys in named)


def _add_ranges(
    figures: Figures, truth: Visit, faces: VisitFaces, views: Sequence[ViewLesions]
) -> None:
    found = found_spots(faces, views)
    amounts = amounts_of(faces, views, found)
    if amounts.active.range:
        figures.counts.append((truth.active, amounts.active.range))
    expected = {kind: sum(s.score for s in found if s.type is kind) for kind in LesionType}
    figures.sums.append((Counter(truth.types), expected))
    score = true_gags(truth)
    if amounts.gags and score is not None:
        figures.gags.append((score, amounts.gags))


def true_gags(visit: Visit) -> int | None:
    """Of the true lesions that the visit's views show; None where one of them shows no face."""
    known = [true_reader(visit, yaw) for yaw in (0, *SIDE_VIEWS)]
    views = [one.view for one in known if one]
    if len(views) < len(known):
        return None
    spots = visit_faces(views).spots
    return gags.score(
        Lesion(one.type, 1.0, (0.0, 0.0, 1.0, 1.0), _region(one.site)) for one in spots
    ).score


def _region(site: Site | None) -> Region | None:
    regions = canonical().regions
    return next((one for one in Region if site and site.triangle in regions[one]), None)


def _ranges(told: Sequence[tuple[int, CountRange]]) -> Json:
    """How many there are, how many hold the true number, on which side the others lie, and how
    wide they are.
    """
    widths = [known.high - known.low for _true, known in told]
    return {
        "number": len(told),
        "held": _share(sum(known.low <= true <= known.high for true, known in told), len(told)),
        "true_is_more": _share(sum(true > known.high for true, known in told), len(told)),
        "median_width": float(np.median(widths)) if widths else None,
    }


def _overlooked(
    sums: Sequence[tuple[Mapping[LesionType, float], Mapping[LesionType, float]]],
    *,
    at_times: bool = False,
) -> dict[str, float]:
    """What ``inference.tracking.amounts`` has as BY_THE_MODEL, by type. ``at_times``: where too
    many on one face do not make up for too few on another.
    """
    least = 0.0 if at_times else -math.inf
    active = sum(found[kind] for _true, found in sums for kind in ACTIVE)
    more = {
        kind: sum(max(least, true[kind] - found[kind]) for true, found in sums)
        for kind in LesionType
    }
    return {kind.value: round(max(0.0, more[kind]) / active, 3) for kind in more} if active else {}


def _invented(
    sums: Sequence[tuple[Mapping[LesionType, float], Mapping[LesionType, float]]],
) -> dict[str, float]:
    """Of the scores of each type the share that is too many, where too few on one face do not make
    up for too many on another.
    """
    found = {kind: sum(one[kind] for _true, one in sums) for kind in LesionType}
    more = {
        kind: sum(max(0.0, one[kind] - true[kind]) for true, one in sums) for kind in LesionType
    }
    return {kind.value: round(more[kind] / found[kind], 3) for kind in more if found[kind]}


def _add_change(figures: Figures, patient: Patient, visits: Sequence[VisitFaces]) -> None:
    if abs(patient.ratio - 1) < TRUE_CHANGE:
        return
    before, after = visits
    change = change_of(followed(match(before, after), before.spots, after.spots))
    right = change.better > 0.5 if patient.ratio < 1 else change.better < 0.5  # 0.5: no direction
    figures.directions.append((right, change.verdict != "unclear"))


def followed(
    matches: Iterable[Match], before: Sequence[Spot], after: Sequence[Spot]
) -> list[Followed]:
    """Matches of two visits' spots as the test of change takes them, scars left out."""
    found = []
    for one in matches:
        sides = [before[one.before]] if one.before is not None else []
        sides += [after[one.after]] if one.after is not None else []
        if any(spot.type == "scar" for spot in sides):
            continue
        score = sum(spot.score for spot in sides) / len(sides)
        found.append(Followed(one.outcome, score, one.confidence))
    return found


def _share(part: int, whole: int) -> float | None:
    return round(part / whole, 3) if whole else None


def _reliability(pairs: Sequence[tuple[float, bool]]) -> list[Json]:
    """By bin of stated confidence: how many, the mean stated, the share that was right."""
    rows = []
    for low, high in pairwise(CONFIDENCES):
        inside = [(stated, right) for stated, right in pairs if low <= stated < high]
        if inside:
            stated, right = np.mean(inside, axis=0)
            rows.append(
                {
                    "number": len(inside),
                    "stated": round(float(stated), 3),
                    "right": round(float(right), 3),
                }
            )
    return rows
