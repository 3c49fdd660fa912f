from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import transaction
from django.utils import timezone

from portal.audit.models import Action
from portal.audit.services import record
from portal.cases.models import NoticeKind
from portal.cases.notices import notify
from portal.reports.content import Settled, freeze, sha256_of
from portal.reports.models import Addendum, Report
from portal.review.corrections.selectors import corrected
from portal.review.models import Consensus, ReviewStatus
from portal.trends.services import queue_matchings

if TYPE_CHECKING:
    from portal.accounts.models import User
    from portal.review.models import Review


class UnsignedError(Exception):
    """Only a signed review has a report."""


@transaction.atomic
def issue(*, review: Review) -> Report:
    """Freeze what was signed. There is one report for a visit, and it never changes."""
    if review.status != ReviewStatus.SIGNED or review.signed_at is None:
        raise UnsignedError(review.public_id)
    content = freeze(review=review, held=corrected(review), settled=_settled(review))
    notify(visit=review.visit, kind=NoticeKind.REPORT_READY)
    report = Report.objects.create(
        visit=review.visit,
        review=review,
        content=content,
        sha256=sha256_of(content),
        signed_at=review.signed_at,
    )
    queue_matchings(report=report)
    return report


def _settled(review: Review) -> Settled:
    other = review.visit.reviews.filter(status=ReviewStatus.GIVEN).exclude(pk=review.pk).first()
    second_doctor = str(other.doctor) if other else ""
    agreed = Consensus.objects.filter(visit=review.visit).first()
    decided = agreed or review
    return Settled(
        diagnosis=decided.diagnosis,
        diagnosis_words=decided.diagnosis_words,
        grade=decided.grade,
        second_doctor=second_doctor,
        note=agreed.note if agreed else "",
    )


def add(*, report: Report, doctor: User, words: str) -> Addendum:
    """Add to a signed report. The patient is told by mail, as of the report."""
    with transaction.atomic():
        addendum = Addendum.objects.create(
            report=report, doctor=doctor, words=words, written_at=timezone.now()
        )
        notify(visit=report.visit, kind=NoticeKind.REPORT_READY)
        record(Action.REPORT_ADDED_TO, report, of=report.visit.case.patient, by=doctor)
    return addendum
