from __future__ import annotations

from typing import Any

from django.urls import reverse
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from portal.analysis.models import AnalysisStatus
from portal.api.serializers.review import LesionDocument, ReportDocument
from portal.cases.models import View
from portal.reports.models import Report


class ReportPhotoDocument(serializers.Serializer[Any]):
    """A photo with the findings that were frozen with it."""

    id = serializers.UUIDField()
    view = serializers.ChoiceField(View.choices)
    status = serializers.ChoiceField(AnalysisStatus.choices)
    width = serializers.IntegerField(allow_null=True)
    height = serializers.IntegerField(allow_null=True)
    image = serializers.SerializerMethodField()
    lesions = LesionDocument(many=True)

    def get_image(self, photo: dict[str, Any]) -> str | None:
        return reverse("api:photo_image", args=[photo["id"]]) if photo["width"] else None


class FullReport(ReportDocument):
    """With the photos, and where the paper is to be had."""

    photos = ReportPhotoDocument(many=True, source="content.photos")
    pdf = serializers.SerializerMethodField()

    class Meta:
        model = Report
        fields = (*ReportDocument.Meta.fields, "photos", "pdf")

    @extend_schema_field(serializers.CharField())
    def get_pdf(self, report: Report) -> str:
        return reverse("api:report_pdf", args=[report.public_id])
