"""What is counted on rendered patients: right pairs, double counts, directions of change."""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import numpy as np

from inference.face import crop_box, find_faces
from inference.results import Lesion
from inference.tracking.change import Followed, change_of
from inference.tracking.matching import match, visit_faces
from inference.tracking.spots import ViewLesions
from inference.training.tracking.patients import SIDE_VIEWS

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from inference.results import Face
    from inference.tracking.matching import Match, VisitFaces
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
        }


def add_patient(
    figures: Figures, patient: Patient, read: Callable[[Visit, int], Known | None]
) -> None:
    """Count one patient. ``read``: the lesions of a visit's photo at a yaw, None without a face."""
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
        lesions = self.lesions(shot.image, faces[0])
        return Known(_view(shot, faces[0], lesions), self._keys(visit, shot, faces[0], lesions))

    def lesions(self, image: Any, face: Face) -> list[Lesion]:
        """At or above the threshold of their type, in pixels of the image."""
        from inference.pipeline import place_on_face  # noqa: PLC0415

        box = crop_box(face, image)
        found = self._detector.detect([np.ascontiguousarray(box.cut(image))])[0]
        limits = self._detector.thresholds
        placed = place_on_face(found.candidates, face, box)
        return [one for one in placed if one.score >= limits[one.type]]

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
