"""What the page draws and tells after each step, as one document."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.template.loader import render_to_string

from portal.analysis.selectors import VisitGrade
from portal.reports.tables import count_table
from portal.review.corrections.selectors import corrected
from portal.review.models import Grade
from portal.review.words import HAYASHI

if TYPE_CHECKING:
    from portal.review.corrections.findings import Finding
    from portal.review.corrections.selectors import Corrected
    from portal.review.models import Review

Json = dict[str, Any]


def state_of(
    review: Review,
    *,
    held: Corrected | None = None,
    threshold: float | None = None,
) -> Json:
    """All findings, what follows from them, and which steps can be undone and done again.

    With ``threshold`` it tells how things would stand at another one; nothing is stored.
    """
    held = held or corrected(review)
    if threshold is not None:
        held.findings.threshold = threshold
    undo, redo = held.next_steps
    machine = review.visit.machine_reading
    return {
        "undo": undo,
        "redo": redo,
        "threshold": held.findings.threshold,
        "lesions": [_lesion(held, one) for one in held.findings.table.values()],
        "grades": grades(held),
        "panel": panel(held, VisitGrade(machine) if machine else None),
    }


def panel(held: Corrected, machine: VisitGrade | None) -> str:
    """Grades, reasons and counts in the reader's language."""
    graded = held.graded
    context = {
        "graded": graded,
        "without": held.regraded.without,
        "deciding": len(held.regraded.deciding),
        "grade_label": label(graded.grade),
        "without_label": label(held.regraded.without.grade),
        "hayashi_label": HAYASHI[graded.hayashi["grade"]],
        "without_hayashi_label": HAYASHI[held.regraded.without.hayashi["grade"]],
        "is_corrected": held.is_corrected,
        "machine": machine,
        "machine_label": label(machine.grade) if machine else "",
        "probabilities": [
            (label(name), 100 * p) for name, p in (machine or graded).probabilities.items()
        ],
        "most_probable_label": label((machine or graded).most_probable),
        "table": count_table(graded.counts, graded.counts_by_region),
    }
    return render_to_string("review/workstation/grades.html", context)


def grades(held: Corrected) -> Json:
    """Each criterion's grade with its reasons in words, what decides, and the rest without it."""
    regraded = held.regraded
    return {
        **_criteria(regraded.grade),
        "counts": regraded.grade.counts,
        "deciding": [str(key) for key in regraded.deciding],
        "without": _criteria(regraded.without),
    }


def label(grade: str) -> str:
    return str(Grade(grade).label) if grade else ""


def _criteria(graded: VisitGrade) -> Json:
    hayashi = graded.hayashi["grade"]
    return {
        "china_2019": {
            "grade": graded.grade,
            "label": label(graded.grade),
            "reasons": graded.reasons,
            "gaps": graded.gaps,
        },
        "gags": {
            "score": graded.gags.get("score"),
            "out_of": graded.gags.get("out_of"),
            "reasons": graded.gags_reasons,
        },
        "hayashi": {
            "grade": hayashi,
            "label": str(HAYASHI[hayashi]) if graded.is_read else "",
            "count": graded.hayashi.get("count"),
            "reasons": graded.hayashi_reasons,
        },
    }


def _lesion(held: Corrected, one: Finding) -> Json:
    counts = held.findings.counts(one)
    return {
        "key": str(one.key),
        "view": one.view,
        **one.document,
        "verdict": one.verdict,
        "changed": one.is_changed,
        "found": one.found,
        "stands": counts,
        "counted": counts and one.key in held.regraded.counted,
        "decides": one.key in held.regraded.deciding,
    }
