from __future__ import annotations

from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from portal.api.fields import Choice, Uuid
from portal.api.serializers.reports import ReportPhotoDocument
from portal.cases.models import View
from portal.review.models import Grade
from portal.trends.selectors import SignedVisit  # noqa: TC001 - the schema reads hints


class SignedVisitDocument(serializers.Serializer[Any]):
    report = serializers.UUIDField(source="report_id")
    number = serializers.IntegerField()
    day = serializers.DateField(help_text="Of the photos, not of the signature.")
    grade = serializers.ChoiceField(Grade.choices)
    grade_in_words = serializers.CharField(source="reading.grade_words")
    counts = serializers.SerializerMethodField()
    views = serializers.SerializerMethodField()

    def get_counts(self, visit: SignedVisit) -> dict[str, int] | None:
        """By type; null where no face was read, which is not the same as none found."""
        return visit.counts if visit.was_counted else None

    def get_views(self, visit: SignedVisit) -> list[str]:
        """Of which there is a picture to compare."""
        return [view.value for view in View if visit.photo(view)]


class TreatmentDocument(serializers.Serializer[Any]):
    """In the patient's words, at the first visit they said so."""

    day = serializers.DateField()
    words = serializers.CharField()


class Trend(serializers.Serializer[Any]):
    """What was signed at each visit, the oldest first, and what changed, in words."""

    visits = SignedVisitDocument(many=True)
    since_last = serializers.ListField(child=serializers.CharField())
    since_first = serializers.ListField(
        child=serializers.CharField(), help_text="Empty where the first visit is the last one too."
    )
    treatments = TreatmentDocument(many=True)
    damaged = serializers.IntegerField(
        help_text="Reports left out because what is stored is not what was signed."
    )


class ComparedVisit(SignedVisitDocument):
    photo = serializers.SerializerMethodField()

    @extend_schema_field(ReportPhotoDocument)
    def get_photo(self, visit: SignedVisit) -> Any:
        photo = visit.photo(self.context["view"])
        assert photo  # noqa: S101 - only views that both have are compared
        return ReportPhotoDocument(photo.content).data


class ComparisonDocument(serializers.Serializer[Any]):
    """Two photos of one view and how the earlier lies on the later one."""

    before = ComparedVisit()
    after = ComparedVisit()
    view = serializers.ChoiceField(View.choices)
    views = serializers.ListField(
        child=serializers.ChoiceField(View.choices), help_text="Those that both visits have."
    )
    is_aligned = serializers.BooleanField(
        help_text="By the face; false where the photos could only be scaled."
    )
    matrix = serializers.ListField(
        child=serializers.FloatField(),
        min_length=6,
        max_length=6,
        help_text="a b c d e f, as SVG's and CSS's matrix(): lays the earlier photo on the later.",
    )


class Compared(serializers.Serializer[Any]):
    """Which two; the first and the latest unless told otherwise."""

    before = Uuid(required=False, help_text="An earlier report.")
    after = Uuid(required=False, help_text="A later report.")
    view = Choice(View.choices, required=False)
