from __future__ import annotations

from typing import Any

from django.urls import reverse
from rest_framework import serializers

from portal.analysis.models import AnalysisStatus, LesionType, Region
from portal.api.fields import Choice, Day, Text, Words
from portal.api.serializers.visits import VisitSummary
from portal.cases.models import View
from portal.reports.models import Report
from portal.reports.selectors import ReportReading, is_intact
from portal.review.forms import LONGEST
from portal.review.models import Diagnosis, Grade


class Waiting(serializers.Serializer[Any]):
    visit = VisitSummary()
    case = serializers.UUIDField(source="visit.case.public_id")
    patient = serializers.CharField(source="visit.case.patient.full_name")
    machine_grade = serializers.SerializerMethodField()
    held_by = serializers.SerializerMethodField()

    def get_machine_grade(self, line: Any) -> str:
        """A grade, "none", or empty if the model read no face."""
        return line.graded.grade if line.graded else ""

    def get_held_by(self, line: Any) -> str | None:
        """The doctor who reads it at this moment."""
        return str(line.review.doctor) if line.review else None


class Queue(serializers.Serializer[Any]):
    """Worst first, and of one grade who has waited longest."""

    mine = Waiting(many=True)
    waiting = Waiting(many=True)
    taken = Waiting(many=True)
    has_more = serializers.BooleanField()


class Claim(serializers.Serializer[Any]):
    visit = serializers.UUIDField(source="visit.public_id")
    claimed_at = serializers.DateTimeField()
    lease_until = serializers.DateTimeField(
        help_text="Claim again before then to go on; afterwards a colleague may take it."
    )


class LesionDocument(serializers.Serializer[Any]):
    """Box and outline in pixels of the upright photo."""

    type = serializers.ChoiceField(LesionType.choices)
    region = serializers.ChoiceField(Region.choices, allow_blank=True, allow_null=True)
    score = serializers.FloatField(allow_null=True, help_text="None for what a doctor drew.")
    box = serializers.ListField(
        child=serializers.FloatField(), min_length=4, max_length=4, help_text="x, y, width, height"
    )
    polygon = serializers.ListField(
        child=serializers.ListField(child=serializers.FloatField()), allow_null=True
    )


class ReadPhoto(serializers.Serializer[Any]):
    id = serializers.UUIDField(source="photo.public_id")
    view = serializers.ChoiceField(View.choices, source="photo.view")
    status = serializers.ChoiceField(AnalysisStatus.choices)
    width = serializers.IntegerField(source="photo.width", allow_null=True)
    height = serializers.IntegerField(source="photo.height", allow_null=True)
    image = serializers.SerializerMethodField()
    cautions = serializers.ListField(child=serializers.CharField())
    lesions = LesionDocument(many=True)

    def get_image(self, shown: dict[str, Any]) -> str | None:
        if not shown["photo"].display:
            return None
        return reverse("api:photo_image", args=[shown["photo"].public_id])


class Model(serializers.Serializer[Any]):
    name = serializers.CharField()
    version = serializers.CharField()
    sha256 = serializers.CharField()


class Told(serializers.Serializer[Any]):
    question = serializers.CharField()
    answer = serializers.CharField(source="words", allow_blank=True)


class Findings(serializers.Serializer[Any]):
    """What the machine found in a visit, for the doctor who reads it."""

    visit = VisitSummary()
    patient = serializers.CharField()
    photos = ReadPhoto(many=True)
    counts = serializers.DictField(
        child=serializers.IntegerField(), help_text="By type; each lesion counted once."
    )
    grade = serializers.CharField(allow_blank=True)
    most_probable = serializers.CharField(allow_blank=True)
    probabilities = serializers.DictField(child=serializers.FloatField())
    is_incomplete = serializers.BooleanField()
    reasons = serializers.ListField(child=serializers.CharField())
    gaps = serializers.ListField(child=serializers.CharField())
    model = Model(allow_null=True)
    told = Told(many=True)


class Decision(serializers.Serializer[Any]):
    diagnosis = Choice(Diagnosis.choices, required=False, default=Diagnosis.ACNE)
    diagnosis_words = Text(max_length=200, required=False, default="")
    grade = Choice(Grade.choices, required=False, allow_blank=True, default="")
    assessment = Words(max_length=LONGEST)
    override_reason = Text(max_length=LONGEST, required=False, default="")
    advice = Text(max_length=LONGEST, required=False, default="")
    referral = Text(max_length=LONGEST, required=False, default="")
    ask_colleague = serializers.BooleanField(required=False, default=False)
    next_visit_on = Day(required=False, allow_null=True, default=None)
    password = Text(
        max_length=128,
        required=False,
        default="",
        help_text="Of whoever signs, where the clinic asks again who that is; or a code.",
    )
    code = Text(
        max_length=32,
        required=False,
        default="",
        help_text="Of their authenticator app, or a recovery code, instead of the password.",
    )


class ReportDocument(serializers.ModelSerializer[Report]):
    """What was signed. ``is_intact`` is false if the record is not what was signed."""

    id = serializers.UUIDField(source="public_id")
    visit = serializers.UUIDField(source="visit.public_id")
    is_intact = serializers.SerializerMethodField()
    doctor = serializers.CharField(source="content.doctor")
    diagnosis = serializers.SerializerMethodField()
    grade = serializers.ChoiceField(
        Grade.choices,
        source="content.grade",
        allow_blank=True,
        help_text="Empty if it is not acne.",
    )
    grade_in_words = serializers.SerializerMethodField()
    assessment = serializers.CharField(source="content.assessment")
    advice = serializers.CharField(source="content.advice", allow_blank=True)
    next_visit_on = serializers.DateField(source="content.next_visit_on", allow_null=True)
    counts = serializers.DictField(child=serializers.IntegerField(), source="content.counts")
    limits = serializers.SerializerMethodField()

    class Meta:
        model = Report
        fields = (
            "id",
            "visit",
            "signed_at",
            "is_intact",
            "sha256",
            "doctor",
            "diagnosis",
            "grade",
            "grade_in_words",
            "assessment",
            "advice",
            "next_visit_on",
            "counts",
            "limits",
        )

    def get_is_intact(self, report: Report) -> bool:
        return is_intact(report)

    def get_diagnosis(self, report: Report) -> str:
        return str(report.content.get("diagnosis", Diagnosis.ACNE))

    def get_grade_in_words(self, report: Report) -> str:
        return ReportReading(report.content).grade_words

    def get_limits(self, report: Report) -> str:
        return ReportReading(report.content).limits
