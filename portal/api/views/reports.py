from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.http import HttpResponse
from django.shortcuts import get_object_or_404
from django.utils.translation import gettext_lazy as _
from drf_spectacular.utils import OpenApiParameter, OpenApiResponse
from rest_framework import serializers
from rest_framework.decorators import api_view, permission_classes
from rest_framework.response import Response

from portal.api.access import PatientOrDoctor
from portal.api.errors import Refused
from portal.api.paging import AFTER, page, page_of
from portal.api.schema import operation
from portal.api.serializers.reports import FullReport
from portal.api.serializers.review import ReportDocument
from portal.audit.models import Action
from portal.audit.reads import report_read, reports_listed
from portal.cases.files import small_copy
from portal.reports.pdf import render
from portal.reports.selectors import ReportReading, is_intact, pictures_of, reports_for

if TYPE_CHECKING:
    from uuid import UUID

    from portal.api.access import Request
    from portal.reports.models import Report

DAMAGED = _("What is stored is not what was signed. Please tell the clinic.")
PAPER = {(200, "application/pdf"): OpenApiResponse(bytes, description="The report on paper.")}
FINDINGS = OpenApiParameter("findings", enum=["shown", "hidden"], default="shown")


@operation(
    "Signed reports, newest first",
    operation_id="reports",
    answers={200: page_of("ReportPage", ReportDocument)},
    errors=[400, 404],
    parameters=[AFTER],
)
@api_view(["GET"])
@permission_classes([PatientOrDoctor])
def reports(request: Request) -> Response:
    """Of the patient, or of the clinic. Without the photos, which each report has by itself."""
    found = reports_for(request.user).select_related("visit__case__patient")
    answered = page(request, found, ReportDocument, newest_by="signed_at")
    shown = [one["id"] for one in answered["results"]]
    reports_listed(list(found.filter(public_id__in=shown)))
    return Response(answered)


@operation("One signed report", answers={200: FullReport}, errors=[404])
@api_view(["GET"])
@permission_classes([PatientOrDoctor])
def report(request: Request, report_id: UUID) -> Response:
    found = _report(request, report_id)
    report_read(found)
    return Response(FullReport(found).data)


class _Findings(serializers.Serializer[Any]):
    findings = serializers.ChoiceField(["shown", "hidden"], default="shown")


@operation("A report as PDF", answers=PAPER, errors=[400, 404, 409], parameters=[FINDINGS])
@api_view(["GET"])
@permission_classes([PatientOrDoctor])
def report_pdf(request: Request, report_id: UUID) -> HttpResponse:
    found = _report(request, report_id)
    asked = _Findings(data=request.query_params)
    asked.is_valid(raise_exception=True)
    if not is_intact(found):
        raise Refused("damaged", DAMAGED)
    report_read(found, Action.REPORT_SAVED)
    paper = render(
        ReportReading(found.content),
        seal=found.sha256,
        pictures={name: small_copy(picture) for name, picture in pictures_of(found).items()},
        addenda=found.addenda.select_related("doctor"),
        with_findings=asked.validated_data["findings"] == "shown",
    )
    headers = {"Cache-Control": "private, no-store"}
    return HttpResponse(paper, content_type="application/pdf", headers=headers)


def _report(request: Request, report_id: UUID) -> Report:
    mine = reports_for(request.user).select_related("visit__case__patient")
    return get_object_or_404(mine, public_id=report_id)
