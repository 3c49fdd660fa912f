from __future__ import annotations

from typing import Any

from django.conf import settings
from django.urls import reverse
from rest_framework import serializers

from portal.analysis.models import AnalysisStatus
from portal.analysis.selectors import PhotoReading  # noqa: TC001 - the schema reads hints
from portal.api.fields import Choice, Text, Whole
from portal.cases.forms import LONGEST
from portal.cases.models import Pregnancy, Since, Strength, Upload, View, Visit, VisitStatus

SHA256 = r"^[0-9a-f]{64}$"


class PhotoDocument(serializers.Serializer[Any]):
    """A photo and how far its reading has come: poll it until it is neither queued nor running."""

    id = serializers.UUIDField(source="photo.public_id")
    view = serializers.ChoiceField(View.choices, source="photo.view")
    status = serializers.ChoiceField(AnalysisStatus.choices)
    reasons = serializers.SerializerMethodField()
    uploaded_at = serializers.DateTimeField(source="photo.uploaded_at")
    image = serializers.SerializerMethodField()

    def get_reasons(self, reading: PhotoReading) -> list[str]:
        """Why it was refused, and what to do, in the person's language; empty if it was not."""
        if reading.problem:
            return [str(reading.problem)]
        return [str(one) for one in reading.reasons]

    def get_image(self, reading: PhotoReading) -> str | None:
        """Where the picture is to be had, once the worker has rebuilt it."""
        if not reading.photo.display:
            return None
        return reverse("api:photo_image", args=[reading.photo.public_id])


class ObstacleDocument(serializers.Serializer[Any]):
    code = serializers.CharField()
    view = serializers.ChoiceField(View.choices)
    message = serializers.CharField()


class Retake(serializers.Serializer[Any]):
    """A view that the doctor asks for again; only these are taken until the visit is sent again."""

    view = serializers.ChoiceField(View.choices, source="retake.view")
    reason = serializers.CharField(source="retake.reason", help_text="In the doctor's words.")
    asked_at = serializers.DateTimeField(source="retake.asked_at")
    hint = serializers.CharField(source="asked.hint", help_text="How to take it.")
    photo = serializers.UUIDField(
        source="reading.photo.public_id",
        default=None,
        allow_null=True,
        help_text="The new one, once it was sent.",
    )


class PreviewDocument(serializers.Serializer[Any]):
    """What the machine found: a reading aid, not a diagnosis, and no doctor has seen it yet."""

    grade = serializers.CharField(source="graded.grade")
    grade_in_words = serializers.CharField(source="grade_words")
    counts = serializers.DictField(child=serializers.IntegerField(), source="graded.counts")


class WaitDocument(serializers.Serializer[Any]):
    ahead = serializers.IntegerField(help_text="Visits that the doctors see before this one.")
    usual_seconds = serializers.SerializerMethodField()
    promised_days = serializers.IntegerField()

    def get_usual_seconds(self, wait: Any) -> int | None:
        return int(wait.usual.total_seconds()) if wait.usual else None


class VisitSummary(serializers.ModelSerializer[Visit]):
    id = serializers.UUIDField(source="public_id")
    status = serializers.ChoiceField(VisitStatus.choices)
    report = serializers.SerializerMethodField()

    class Meta:
        model = Visit
        fields = (
            "id",
            "number",
            "status",
            "created_at",
            "submitted_at",
            "reported_at",
            "report",
        )

    def get_report(self, visit: Visit) -> str | None:
        """The report's id, once a doctor signed it."""
        return str(visit.report.public_id) if hasattr(visit, "report") else None


def _answer(choices: Any) -> Choice:
    return Choice(choices.choices, required=False, allow_blank=True)


def _words() -> Text:
    return Text(max_length=LONGEST, required=False)


class Answers(serializers.Serializer[Any]):
    """What doctors need to know; an empty answer is no answer."""

    since = _answer(Since)
    itching = _answer(Strength)
    pain = _answer(Strength)
    treatments_now = _words()
    treatments_before = _words()
    allergies = _words()
    pregnancy = _answer(Pregnancy)
    bothers_most = _words()


class VisitDocument(serializers.Serializer[Any]):
    visit = VisitSummary()
    views_asked = serializers.ListField(
        child=serializers.ChoiceField(View.choices),
        help_text="Of which a photo may be sent now: the doctor's request counts before all.",
    )
    photos = PhotoDocument(many=True)
    obstacles = ObstacleDocument(many=True, help_text="What keeps the visit from being sent.")
    retakes = Retake(many=True)
    answers = Answers()
    wait = WaitDocument(allow_null=True)
    urgent_advice = serializers.CharField()
    preview = PreviewDocument(
        allow_null=True, help_text="Only where the clinic shows findings before the signature."
    )


class NewPhoto(serializers.Serializer[Any]):
    view = Choice(View.choices)
    photo = serializers.FileField(
        allow_empty_file=True, help_text="JPEG, PNG, WebP or HEIC of at most 20 MB."
    )


class Digest(Text):
    pattern = SHA256
    may_be_empty = False


class NewUpload(serializers.Serializer[Any]):
    """Announce a photo that will come in pieces."""

    view = Choice(View.choices)
    byte_size = Whole(min_value=1, max_value=settings.PHOTO_MAX_BYTES)
    sha256 = Digest()


class UploadDocument(serializers.ModelSerializer[Upload]):
    id = serializers.UUIDField(source="public_id")
    view = serializers.ChoiceField(View.choices)
    received = serializers.IntegerField(help_text="Where the next piece begins.")
    photo = serializers.UUIDField(
        source="photo.public_id",
        default=None,
        allow_null=True,
        help_text="What it ended as, once it is whole.",
    )

    class Meta:
        model = Upload
        fields = ("id", "view", "byte_size", "received", "photo")
