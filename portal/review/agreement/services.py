from __future__ import annotations

from typing import TYPE_CHECKING

from portal.analysis.models import AnalysisStatus, LesionType
from portal.analysis.selectors import VisitGrade
from portal.review.agreement.models import Agreement
from portal.review.corrections.selectors import corrected

if TYPE_CHECKING:
    from portal.reports.models import Report
    from portal.review.corrections.findings import Finding, Findings


def keep_agreement(*, report: Report) -> Agreement | None:
    """Count it once, when the visit is signed. What is not acne is not compared."""
    review, grade = report.review, report.content["grade"]
    if not grade:
        return None
    held = corrected(review)
    machine = review.visit.machine_reading
    graded = VisitGrade(machine) if machine else None
    return Agreement.objects.create(
        review=review,
        clinic_id=review.visit.clinic_id,
        signed_at=report.signed_at,
        machine_grade=review.machine_grade,
        grade=grade,
        certainty=graded.probabilities.get(graded.grade) if graded else None,
        is_corrected=held.is_corrected,
        types=types_of(held.findings) if held.is_corrected else {},
        photos=len(held.readings),
        refused=sum(one.status == AnalysisStatus.REJECTED for one in held.readings),
        cautioned=sum(bool(one.caution_codes) for one in held.readings),
    )


def types_of(findings: Findings) -> dict[str, list[int]]:
    """By type: how many lesions both say, the model says, the doctor says."""
    table = {kind: [0, 0, 0] for kind in LesionType.values}
    for one in findings.table.values():
        machine = one.found["type"] if one.found and _model_counts(findings, one) else None
        doctor = one.type if findings.counts(one) else None
        if machine:
            table[machine][1] += 1
        if doctor:
            table[doctor][2] += 1
        if machine and machine == doctor:
            table[machine][0] += 1
    return table


def _model_counts(findings: Findings, one: Finding) -> bool:
    """At the model's own threshold, whatever the doctor worked with."""
    reading = findings.reading(one.photo_pk)
    assert reading is not None  # noqa: S101 - it is a finding of that photo
    assert one.found is not None  # noqa: S101 - asked of the model's only
    return bool(one.found["score"] >= reading.thresholds[one.found["type"]])
