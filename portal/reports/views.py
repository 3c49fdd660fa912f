from __future__ import annotations

import logging
from http import HTTPStatus
from typing import TYPE_CHECKING

from django.shortcuts import get_object_or_404, render
from django.views.decorators.cache import cache_control
from django.views.decorators.http import require_safe

from portal.accounts.access import allow
from portal.accounts.models import Role
from portal.reports.selectors import ReportReading, is_intact, reports_for

if TYPE_CHECKING:
    from uuid import UUID

    from django.http import HttpResponse

    from portal.accounts.access import SignedInRequest

logger = logging.getLogger(__name__)


@allow(Role.PATIENT, Role.DERMATOLOGIST)
@require_safe
@cache_control(private=True, no_store=True)
def report(request: SignedInRequest, report_id: UUID) -> HttpResponse:
    found = get_object_or_404(
        reports_for(request.user).select_related("visit__case"), public_id=report_id
    )
    if not is_intact(found):
        logger.error("report %s does not match its seal", found.public_id)
        return render(request, "reports/damaged.html", status=HTTPStatus.INTERNAL_SERVER_ERROR)
    context = {"report": found, "reading": ReportReading(found.content)}
    return render(request, "reports/report.html", context)
