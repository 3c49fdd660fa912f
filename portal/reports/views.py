from __future__ import annotations

import logging
from http import HTTPStatus
from typing import TYPE_CHECKING

from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.cache import cache_control
from django.views.decorators.http import require_safe

from portal.accounts.access import allow
from portal.accounts.models import Role
from portal.cases.files import small_copy
from portal.reports.pdf import render as render_pdf
from portal.reports.selectors import ReportReading, is_intact, pictures_of, reports_for

if TYPE_CHECKING:
    from uuid import UUID

    from portal.accounts.access import SignedInRequest
    from portal.reports.models import Report

logger = logging.getLogger(__name__)


private = cache_control(private=True, no_store=True)


@allow(Role.PATIENT, Role.DERMATOLOGIST)
@require_safe
@private
def report(request: SignedInRequest, report_id: UUID) -> HttpResponse:
    found = _report(request, report_id)
    if not is_intact(found):
        return _damaged(request, found)
    context = {"report": found, "reading": ReportReading(found.content)}
    return render(request, "reports/report.html", context)


@allow(Role.PATIENT, Role.DERMATOLOGIST)
@require_safe
@private
def pdf(request: SignedInRequest, report_id: UUID) -> HttpResponse:
    found = _report(request, report_id)
    if not is_intact(found):
        return _damaged(request, found)
    paper = render_pdf(
        ReportReading(found.content),
        seal=found.sha256,
        pictures={name: small_copy(picture) for name, picture in pictures_of(found).items()},
        with_findings=request.COOKIES.get("findings") != "hidden",
    )
    name = f"report-{found.visit.number}.pdf"
    headers = {"Content-Disposition": f'attachment; filename="{name}"'}
    return HttpResponse(paper, content_type="application/pdf", headers=headers)


def _report(request: SignedInRequest, report_id: UUID) -> Report:
    return get_object_or_404(
        reports_for(request.user).select_related("visit__case"), public_id=report_id
    )


def _damaged(request: SignedInRequest, found: Report) -> HttpResponse:
    logger.error("report %s does not match its seal", found.public_id)
    return render(request, "reports/damaged.html", status=HTTPStatus.INTERNAL_SERVER_ERROR)
