from __future__ import annotations

import logging
from http import HTTPStatus
from typing import TYPE_CHECKING

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import cache_control
from django.views.decorators.http import require_POST, require_safe

from portal.accounts.access import allow, doctor_only, signing_again
from portal.accounts.models import Role
from portal.audit.models import Action
from portal.audit.reads import report_read
from portal.cases.files import small_copy
from portal.reports.forms import AddendumForm
from portal.reports.pdf import render as render_pdf
from portal.reports.selectors import ReportReading, is_intact, pictures_of, reports_for
from portal.reports.services import add

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
    return _page(request, found, AddendumForm())


def _page(request: SignedInRequest, found: Report, form: AddendumForm) -> HttpResponse:
    report_read(found)
    context = {
        "report": found,
        "reading": ReportReading(found.content),
        "addenda": found.addenda.select_related("doctor"),
        "form": form,
    }
    status = HTTPStatus.UNPROCESSABLE_ENTITY if form.errors else HTTPStatus.OK
    return render(request, "reports/report.html", context, status=status)


@doctor_only
@signing_again
@require_POST
def addendum(request: SignedInRequest, report_id: UUID) -> HttpResponse:
    found = _report(request, report_id)
    if not is_intact(found):
        return _damaged(request, found)
    form = AddendumForm(request.POST)
    if not form.is_valid():
        return _page(request, found, form)
    add(report=found, doctor=request.user, words=form.cleaned_data["words"])
    messages.success(request, _("Added. The report itself stays as it was signed."))
    return redirect("reports:report", found.public_id)


@allow(Role.PATIENT, Role.DERMATOLOGIST)
@require_safe
@private
def fhir(request: SignedInRequest, report_id: UUID) -> HttpResponse:
    from portal.reports.fhir import bundle  # noqa: PLC0415  slow to import, and seldom asked for

    found = _report(request, report_id)
    if not is_intact(found):
        return _damaged(request, found)

    report_read(found, Action.REPORT_SAVED)

    def photo_address(photo_id: str) -> str:
        return request.build_absolute_uri(reverse("cases:photo_image", args=[photo_id]))

    name = f"report-{found.visit.number}.json"
    headers = {"Content-Disposition": f'attachment; filename="{name}"'}
    document = bundle(found, photo_address)
    return HttpResponse(document, content_type="application/fhir+json", headers=headers)


@allow(Role.PATIENT, Role.DERMATOLOGIST)
@require_safe
@private
def pdf(request: SignedInRequest, report_id: UUID) -> HttpResponse:
    found = _report(request, report_id)
    if not is_intact(found):
        return _damaged(request, found)
    report_read(found, Action.REPORT_SAVED)
    paper = render_pdf(
        ReportReading(found.content),
        seal=found.sha256,
        pictures={name: small_copy(picture) for name, picture in pictures_of(found).items()},
        addenda=found.addenda.select_related("doctor"),
        with_findings=request.COOKIES.get("findings") != "hidden",
    )
    name = f"report-{found.visit.number}.pdf"
    headers = {"Content-Disposition": f'attachment; filename="{name}"'}
    return HttpResponse(paper, content_type="application/pdf", headers=headers)


def _report(request: SignedInRequest, report_id: UUID) -> Report:
    return get_object_or_404(
        reports_for(request.user).select_related("visit__case__patient"), public_id=report_id
    )


def _damaged(request: SignedInRequest, found: Report) -> HttpResponse:
    logger.error("report %s does not match its seal", found.public_id)
    return render(request, "reports/damaged.html", status=HTTPStatus.INTERNAL_SERVER_ERROR)
