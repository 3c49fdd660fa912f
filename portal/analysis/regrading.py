"""The grade of a visit from a doctor's lesions, or at another threshold than the model's own."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from inference.grading import ViewFindings, grade_visit, midline
from inference.grading.china2019 import deciding
from inference.grading.visit import counted
from inference.results import FACE_VIEWS, View, lesion_from_json
from portal.analysis.selectors import VisitGrade, calibration_of, size_of

if TYPE_CHECKING:
    from collections.abc import Hashable, Mapping, Sequence

    from inference.results import Lesion
    from portal.analysis.selectors import PhotoReading

Json = dict[str, Any]


@dataclass(frozen=True)
class Regraded:
    """``grade``: of all that counts. ``deciding``: the keys of the lesions that decide it.
    ``without``: the grade if those were not there. ``counted``: what the visit counts at all, for
    a lesion seen in two views is counted in one.
    """

    grade: VisitGrade
    without: VisitGrade
    deciding: frozenset[Hashable]
    counted: frozenset[Hashable]


def regrade(
    photos: Sequence[tuple[PhotoReading, Mapping[Hashable, Json]]], *, certain: bool
) -> Regraded:
    """Grade each photo's lesions (by key, as their documents).

    ``certain``: a doctor has gone through them, so the model's probabilities say nothing any more.
    """
    found = [(one, {key: _lesion(doc) for key, doc in table.items()}) for one, table in photos]
    views = [_view(one, table, certain=certain) for one, table in found]
    counting: dict[Hashable, Lesion] = {}
    once = counted(views, [list(table.values()) for _one, table in found])
    for of_photo, (_one, table) in zip(once, found, strict=True):
        chosen = set(map(id, of_photo))
        counting |= {key: lesion for key, lesion in table.items() if id(lesion) in chosen}
    decisive = set(map(id, deciding(tuple(counting.values()))))
    keys = frozenset(key for key, lesion in counting.items() if id(lesion) in decisive)
    # What a lesion is counted by in one view stands for it: what other views show of it goes too.
    others = counting.keys() - keys
    rest = [
        _view(one, {k: lesion for k, lesion in table.items() if k in others}, certain=True)
        for one, table in found
    ]
    calibration = calibration_of([one for one, _table in photos])
    return Regraded(
        grade=VisitGrade(grade_visit(views, calibration=calibration)),
        without=VisitGrade(grade_visit(rest)),
        deciding=keys,
        counted=frozenset(counting),
    )


def _lesion(document: Json) -> Lesion:
    return lesion_from_json({**document, "score": document.get("score") or 0.0})


def _view(one: PhotoReading, table: Mapping[Hashable, Lesion], *, certain: bool) -> ViewFindings:
    """A photo that the model could not read is read all the same once a doctor marks it.

    The criteria are for the face: what is marked on chest or back is kept, and not graded.
    """
    face = one.result.get("face") or {}
    view = View(one.photo.view)
    return ViewFindings(
        view,
        read=one.is_read or bool(table),
        lesions=tuple(table.values()) if view in FACE_VIEWS else (),
        candidates=() if certain else one.found,
        midline=midline(face.get("landmarks", ())),
        landmarks=face.get("landmarks", ()),
        size=size_of(one),
    )
