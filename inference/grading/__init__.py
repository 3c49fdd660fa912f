"""From lesions to grades by published criteria; it needs numpy only, so the site can regrade.

    grade_photo    the model's candidates on one photo, with probabilities
    grade_lesions  a doctor's lesions, which are certain
    grade_visit    several views of one face

Each returns primitives: by criterion ``grade`` and ``reasons`` (a ``code`` with its numbers for
the site to put into the reader's language, and an English ``sentence`` for the command line).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from inference.grading import china2019, gags, hayashi
from inference.grading.explain import Calibration, certainty, reasons
from inference.grading.hayashi import midline
from inference.grading.visit import ViewFindings, count_table, counted, gaps, sources
from inference.results import FACE_VIEWS, Region

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from inference.results import Json, Lesion, LesionType, Point

__all__ = [
    "Calibration",
    "ViewFindings",
    "grade_lesions",
    "grade_photo",
    "grade_visit",
    "midline",
    "no_grades",
]

Placed = tuple["Lesion", "Sequence[Point]"]


def grade_photo(
    candidates: Sequence[Lesion],
    thresholds: Mapping[LesionType, float],
    *,
    midline: Sequence[Point] = (),
    calibration: Calibration | None = None,
) -> Json:
    """Grade one photo by the candidates at or above the working threshold of their type.

    ``candidates``: all above the floor; those below the thresholds shape the probabilities only.
    """
    lesions = [one for one in candidates if one.score >= thresholds[one.type]]
    placed = [(one, midline) for one in lesions]
    return _grades(placed, candidates, calibration or Calibration())


def grade_lesions(lesions: Sequence[Lesion], *, midline: Sequence[Point] = ()) -> Json:
    """Grade what a doctor confirmed: every lesion counts, probabilities are null."""
    return _grades([(one, midline) for one in lesions], None, None)


def grade_visit(
    photos: Sequence[ViewFindings],
    *,
    calibration: Calibration | None = None,
) -> Json:
    """Grade a visit: ``complete``, ``gaps``, ``sources``, ``counts`` and ``grades``.

    Without one face view that was read, ``grades`` are null. Chest and back are listed in
    ``not_read_by_model`` and leave the grade complete. Raises ``ValueError`` if a view is given
    twice.
    """
    source = sources(photos)
    lesions = counted(photos, [photo.lesions for photo in photos])
    placed = [(one, p.midline) for p, found in zip(photos, lesions, strict=True) for one in found]
    likely = counted(photos, [photo.candidates for photo in photos])
    candidates = [one for found in likely for one in found]
    missing = gaps(photos)
    by_model = any(photo.candidates for photo in photos)
    read = any(photo.read and photo.view in FACE_VIEWS for photo in photos)
    graded = _grades(placed, candidates if by_model else None, calibration or Calibration())
    return {
        "complete": not missing,
        "gaps": [gap.to_json() for gap in missing],
        "sources": {region.value: view.value if view else None for region, view in source.items()},
        "not_read_by_model": [p.view.value for p in photos if p.view not in FACE_VIEWS],
        "counts": count_table(one for one, _ in placed),
        "counts_by_region": {
            region.value: count_table(one for one, _ in placed if one.region == region)
            for region in Region
        },
        "grades": graded if read else no_grades(),
    }


def no_grades() -> Json:
    """The grades of a photo that was refused or is not read by the model."""
    nothing: Json = {"grade": None, "reasons": []}
    return {
        "china_2019": {**nothing, "probabilities": None},
        "gags": dict(nothing),
        "hayashi": dict(nothing),
    }


def _grades(
    placed: Sequence[Placed],
    candidates: Sequence[Lesion] | None,
    calibration: Calibration | None,
) -> Json:
    lesions = [one for one, _ in placed]
    grade = china2019.grade(lesions)
    china: Json = {"grade": grade.value if grade else None, "reasons": reasons(lesions)}
    if candidates is None:
        china["probabilities"] = None
    else:
        china |= certainty(candidates, grade, calibration or Calibration()).to_json()
    return {
        "china_2019": china,
        "gags": gags.score(lesions).to_json(),
        "hayashi": hayashi.count_halves(placed).to_json(),
    }
