from __future__ import annotations

from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from portal.analysis.models import LesionType, Region
from portal.api.fields import Choice, Uuid
from portal.api.serializers.reports import ReportPhotoDocument
from portal.cases.models import View
from portal.review.models import Grade
from portal.trends.linking import Side  # noqa: TC001 - the schema reads hints
from portal.trends.models import Outcome
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


class MemberDocument(serializers.Serializer[Any]):
    """A lesion in a photo of the report: its place among that photo's lesions, from 0."""

    photo = serializers.UUIDField()
    place = serializers.IntegerField()


class SideDocument(serializers.Serializer[Any]):
    """A lesion as one of the visits shows it."""

    type = serializers.ChoiceField(LesionType.choices)
    region = serializers.ChoiceField([*Region.choices, ("", "")], help_text="Empty off the face.")
    score = serializers.FloatField(help_text="0 to 1; 1 where a doctor has confirmed it.")
    at = serializers.ListField(
        child=serializers.FloatField(),
        min_length=2,
        max_length=2,
        allow_null=True,
        help_text="Millimetres on the canonical face, right and down; null off the face.",
    )
    members = serializers.SerializerMethodField()

    @extend_schema_field(MemberDocument(many=True))
    def get_members(self, side: Side) -> list[dict[str, Any]]:
        """In which photos it is seen, the best first."""
        return [{"photo": photo, "place": place} for photo, place in side.members]


class FollowedLesion(serializers.Serializer[Any]):
    """One lesion through both visits; the visit that has it not is null."""

    outcome = serializers.ChoiceField(Outcome.choices)
    confidence = serializers.FloatField(
        allow_null=True,
        help_text="0 to 1, that the outcome is right; null where a doctor has said so.",
    )
    is_corrected = serializers.BooleanField(
        source="is_by_doctor", help_text="A doctor's word stands instead of the machine's."
    )
    before = SideDocument(allow_null=True)
    after = SideDocument(allow_null=True)


class ChangeDocument(serializers.Serializer[Any]):
    """What came and went, scars left out."""

    verdict = serializers.ChoiceField(["better", "worse", "unclear"])
    sureness = serializers.FloatField(help_text="Of the likelier direction, 0.5 to 1.")
    gone = serializers.FloatField(help_text="Expected number, by how sure each lesion is.")
    come = serializers.FloatField(help_text="Expected number, by how sure each lesion is.")


class SeenShares(serializers.Serializer[Any]):
    """The share of the face that each visit's photos show, 0 to 1."""

    before = serializers.FloatField()
    after = serializers.FloatField()


class FollowedLesions(serializers.Serializer[Any]):
    """Which lesion of the later visit is which of the earlier one."""

    before = SignedVisitDocument()
    after = SignedVisitDocument()
    seen = SeenShares()
    change = ChangeDocument()
    lesions = FollowedLesion(many=True)


class TwoVisits(serializers.Serializer[Any]):
    """Which two; the first and the latest unless told otherwise."""

    before = Uuid(required=False, help_text="An earlier report.")
    after = Uuid(required=False, help_text="A later report.")


class Compared(TwoVisits):
    """And of which view the photos are laid on each other."""

    view = Choice(View.choices, required=False)
