from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import transaction

from portal.analysis.selectors import grade_of, readings
from portal.cases.models import NoticeKind
from portal.cases.notices import notify
from portal.reports.content import freeze, sha256_of
from portal.reports.models import Report
from portal.review.models import ReviewStatus

if TYPE_CHECKING:
    from portal.review.models import Review


class UnsignedError(Exception):
    """Only a signed review has a report."""


@transaction.atomic
def issue(*, review: Review) -> Report:
    """Freeze what was signed. There is one report for a visit, and it never changes."""
    if review.status != ReviewStatus.SIGNED or review.signed_at is None:
        raise UnsignedError(review.public_id)
    photos = readings(review.visit)
    content = freeze(review=review, photos=photos, graded=grade_of(photos))
    notify(visit=review.visit, kind=NoticeKind.REPORT_READY)
    return Report.objects.create(
        visit=review.visit,
        review=review,
        content=content,
        sha256=sha256_of(content),
        signed_at=review.signed_at,
    )
