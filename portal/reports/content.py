"""The frozen document of a report, and the seal that shows it was not changed."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from portal.analysis.models import Lesion
    from portal.analysis.selectors import PhotoReading, VisitGrade
    from portal.review.corrections.selectors import Corrected
    from portal.review.models import Review

SCHEMA = 2  # 1 knew neither a diagnosis other than acne, nor corrections, nor a second reader
LIMITS = "research_software"

Json = dict[str, Any]


def sha256_of(content: Json) -> str:
    """The seal: over the canonical form, so that key order and spacing do not matter."""
    canonical = json.dumps(content, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return hashlib.sha256(canonical.encode()).hexdigest()


def freeze(*, review: Review, held: Corrected, settled: Settled) -> Json:
    """All that the report will ever show; codes, not sentences, where it is read in a language.

    ``held``: the lesions as the doctor left them. ``settled``: what the two readers of a visit
    agreed on, where there were two.
    """
    assert review.signed_at is not None  # noqa: S101 - a signed review has its time
    visit = review.visit
    graded = held.graded
    return {
        "schema": SCHEMA,
        "clinic": visit.case.clinic.name,
        "visit": {"id": str(visit.public_id), "number": visit.number, "sent_at": _iso(visit)},
        "patient": _patient(review),
        "doctor": str(review.doctor),
        "second_doctor": settled.second_doctor,
        "agreement": settled.note,
        "signed_at": review.signed_at.isoformat(),
        "diagnosis": settled.diagnosis,
        "diagnosis_words": settled.diagnosis_words,
        "grade": settled.grade,
        "machine_grade": review.machine_grade,
        "counted_grade": review.counted_grade,
        "override_reason": review.override_reason,
        "assessment": review.assessment,
        "advice": review.advice,
        "referral": review.referral,
        "next_visit_on": review.next_visit_on.isoformat() if review.next_visit_on else None,
        "counts": graded.counts,
        "counts_by_region": graded.counts_by_region,
        "is_corrected": held.is_corrected,
        "grading": _grading(graded),
        "photos": [photo_document(one, held) for one in held.readings],
        "model": next((one.model for one in held.readings if one.model), None),
        "limits": LIMITS,
    }


@dataclass(frozen=True)
class Settled:
    """Diagnosis and grade as they are printed, and who else stands behind them."""

    diagnosis: str
    diagnosis_words: str
    grade: str
    second_doctor: str = ""
    note: str = ""


def lesion_document(lesion: Lesion) -> Json:
    """One lesion as it is drawn: box and outline in pixels of the upright photo."""
    box = (lesion.x, lesion.y, lesion.width, lesion.height)
    return {
        "type": lesion.type,
        "region": lesion.region,
        "score": _number(lesion.score, 4),
        "box": [_number(value) for value in box],
        "polygon": _outline(lesion.polygon) if lesion.polygon else None,
    }


def _iso(visit: Any) -> str:
    return str(visit.submitted_at.isoformat())


def _patient(review: Review) -> Json:
    patient = review.visit.case.patient
    assert patient.date_of_birth is not None  # noqa: S101 - every patient has one
    return {"name": str(patient), "date_of_birth": patient.date_of_birth.isoformat()}


def _grading(graded: VisitGrade) -> Json:
    return {
        "reasons": graded.china_2019["reasons"],
        "probabilities": graded.probabilities,
        "gaps": graded.document["gaps"],
        "gags": {name: graded.gags.get(name) for name in ("score", "out_of")},
        "hayashi": {name: graded.hayashi.get(name) for name in ("grade", "count")},
    }


def photo_document(one: PhotoReading, held: Corrected) -> Json:
    """A photo with what stands on it."""
    return {
        "id": str(one.photo.public_id),
        "view": one.photo.view,
        "width": one.photo.width,
        "height": one.photo.height,
        "status": one.status,
        "lesions": [_rounded(lesion.document) for lesion in held.lesions(one)],
    }


def _rounded(lesion: Json) -> Json:
    """``score`` is None for what a doctor drew."""
    score, polygon = lesion["score"], lesion["polygon"]
    return {
        **lesion,
        "score": None if score is None else _number(score, 4),
        "box": [_number(value) for value in lesion["box"]],
        "polygon": _outline(polygon) if polygon else None,
    }


def _outline(points: Iterable[Sequence[float]]) -> list[list[float]]:
    return [[_number(x), _number(y)] for x, y in points]


def _number(value: float, places: int = 1) -> float:
    # Adding zero turns -0.0, which PostgreSQL does not keep, into 0.0.
    return round(float(value), places) + 0.0
