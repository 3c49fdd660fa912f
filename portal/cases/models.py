from __future__ import annotations

import uuid

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _


class Case(models.Model):
    """One patient's acne at one clinic."""

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    clinic = models.ForeignKey("accounts.Clinic", on_delete=models.PROTECT, related_name="cases")
    patient = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="cases"
    )
    opened_at = models.DateTimeField(_("opened"), auto_now_add=True)
    sealed_until = models.DateField(
        _("sealed, and kept until"),
        null=True,
        blank=True,
        help_text=_("The patient was erased; what the law wants kept is kept out of sight."),
    )

    class Meta:
        constraints = [
            models.UniqueConstraint(name="case_once_per_patient", fields=["clinic", "patient"]),
        ]

    def __str__(self) -> str:
        return str(self.public_id)


class VisitStatus(models.TextChoices):
    DRAFT = "draft", _("not sent yet")
    SUBMITTED = "submitted", _("being read")
    AWAITING_REVIEW = "awaiting_review", _("waiting for the doctor")
    IN_REVIEW = "in_review", _("with the doctor")
    AWAITING_SECOND_READING = "awaiting_second_reading", _("waiting for a second doctor")
    CONSENSUS = "consensus", _("doctors agreeing")
    RETAKE_REQUESTED = "retake_requested", _("new photo asked for")
    REPORTED = "reported", _("report ready")
    WITHDRAWN = "withdrawn", _("withdrawn")


OPEN_STATUSES = (VisitStatus.DRAFT, VisitStatus.RETAKE_REQUESTED)


class Visit(models.Model):
    """One submission in a case."""

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="visits")
    clinic = models.ForeignKey(
        "accounts.Clinic",
        on_delete=models.PROTECT,
        related_name="+",
        db_index=False,
        help_text=_("The case's own, kept here too because the queue's indexes begin with it."),
    )
    assigned_to = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name=_("assigned to"),
        null=True,
        blank=True,
        on_delete=models.SET_NULL,
        related_name="assigned_visits",
    )
    number = models.PositiveIntegerField(_("number"))
    status = models.CharField(
        _("status"), max_length=30, choices=VisitStatus, default=VisitStatus.DRAFT
    )
    created_at = models.DateTimeField(_("opened"), auto_now_add=True)
    submitted_at = models.DateTimeField(_("sent"), null=True, blank=True)
    reported_at = models.DateTimeField(_("reported"), null=True, blank=True)
    machine_reading = models.JSONField(
        null=True,
        blank=True,
        help_text=_("The model's grade and counts of the whole visit, once all photos are read."),
    )
    urgency = models.PositiveSmallIntegerField(
        default=0, help_text=_("The place of the model's grade in the doctors' queue, worst last.")
    )
    cautions = models.JSONField(
        default=list,
        blank=True,
        help_text=_("Codes of what is not perfect about its photos, for the doctors' queue."),
    )
    sealed_until = models.DateField(
        _("sealed, and kept until"),
        null=True,
        blank=True,
        help_text=_("The report's own day, as the clinic's rule was when the case was sealed."),
    )

    class Meta:
        ordering = ["case", "-number"]
        indexes = [
            models.Index(
                name="visit_queue", fields=["clinic", "status", "-urgency", "submitted_at", "id"]
            ),
            models.Index(name="visit_waiting", fields=["clinic", "status", "submitted_at", "id"]),
        ]
        constraints = [
            models.UniqueConstraint(name="visit_number_once", fields=["case", "number"]),
            models.UniqueConstraint(
                name="visit_one_open_per_case",
                fields=["case"],
                condition=Q(status__in=OPEN_STATUSES),
            ),
            models.CheckConstraint(
                name="visit_status_is_known", condition=Q(status__in=VisitStatus.values)
            ),
            models.CheckConstraint(
                name="visit_sent_unless_draft",
                condition=Q(status__in=(VisitStatus.DRAFT, VisitStatus.WITHDRAWN))
                | Q(submitted_at__isnull=False),
            ),
            models.CheckConstraint(
                name="visit_reported_has_its_time",
                condition=Q(status=VisitStatus.REPORTED, reported_at__isnull=False)
                | (~Q(status=VisitStatus.REPORTED) & Q(reported_at__isnull=True)),
            ),
        ]

    def __str__(self) -> str:
        return str(self.public_id)

    @property
    def is_with_the_clinic(self) -> bool:
        """Sent, and not answered yet."""
        closed = (VisitStatus.REPORTED, VisitStatus.WITHDRAWN)
        return not self.is_open and self.status not in closed

    @property
    def is_open(self) -> bool:
        """The patient may still add and replace photos."""
        return self.status in OPEN_STATUSES


class View(models.TextChoices):
    """The same values as ``inference.results.View``; a test holds them together."""

    FRONT = "front", _("front")
    LEFT = "left", _("left side")
    RIGHT = "right", _("right side")
    CHEST = "chest", _("chest")
    BACK = "back", _("back")


class PhotoQuerySet(models.QuerySet["Photo"]):
    def current(self) -> PhotoQuerySet:
        return self.filter(replaced_at__isnull=True)


class Photo(models.Model):
    """One view. ``original`` is what the patient sent and is never served; ``display`` is
    rebuilt from its pixels by the worker, upright and without metadata. ``thumbnail``, ``small``
    and ``medium`` are the same picture in the sizes of ``cases.files.SIZES`` that are smaller.
    """

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    visit = models.ForeignKey(Visit, on_delete=models.PROTECT, related_name="photos")
    view = models.CharField(_("view"), max_length=10, choices=View)
    original = models.FileField(max_length=200)
    display = models.FileField(max_length=200, blank=True)
    thumbnail = models.FileField(max_length=200, blank=True)
    small = models.FileField(max_length=200, blank=True)
    medium = models.FileField(max_length=200, blank=True)
    width = models.PositiveIntegerField(null=True, blank=True)
    height = models.PositiveIntegerField(null=True, blank=True)
    media_type = models.CharField(max_length=30)
    byte_size = models.PositiveIntegerField()
    sha256 = models.CharField(max_length=64)
    uploaded_at = models.DateTimeField(_("sent"), auto_now_add=True)
    replaced_at = models.DateTimeField(_("replaced"), null=True, blank=True)

    objects = PhotoQuerySet.as_manager()

    class Meta:
        ordering = ["uploaded_at"]
        constraints = [
            models.UniqueConstraint(
                name="photo_one_current_per_view",
                fields=["visit", "view"],
                condition=Q(replaced_at__isnull=True),
            ),
            models.CheckConstraint(name="photo_view_is_known", condition=Q(view__in=View.values)),
            models.CheckConstraint(
                name="photo_display_has_its_size",
                condition=Q(display="", width__isnull=True, height__isnull=True)
                | (~Q(display="") & Q(width__gt=0, height__gt=0)),
            ),
        ]

    def __str__(self) -> str:
        return str(self.public_id)


class Upload(models.Model):
    """A photo on its way, in pieces, so that a lost connection costs one piece and not the photo.

    It ends as ``photo``; then the row stays a while, for a sender who missed the answer.
    """

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    visit = models.ForeignKey(Visit, on_delete=models.CASCADE, related_name="uploads")
    view = models.CharField(_("view"), max_length=10, choices=View)
    byte_size = models.PositiveIntegerField()
    sha256 = models.CharField(max_length=64)
    received = models.PositiveIntegerField(default=0)
    touched_at = models.DateTimeField(default=timezone.now)
    photo = models.ForeignKey(
        Photo, null=True, blank=True, on_delete=models.CASCADE, related_name="uploads"
    )

    class Meta:
        indexes = [models.Index(name="upload_stale", fields=["touched_at"])]
        constraints = [
            models.UniqueConstraint(
                name="upload_one_under_way_per_view",
                fields=["visit", "view"],
                condition=Q(photo__isnull=True),
            ),
            models.CheckConstraint(name="upload_view_is_known", condition=Q(view__in=View.values)),
            models.CheckConstraint(
                name="upload_received_no_more_than_announced",
                condition=Q(received__lte=models.F("byte_size")),
            ),
            models.CheckConstraint(
                name="upload_finished_is_whole",
                condition=Q(photo__isnull=True) | Q(received=models.F("byte_size")),
            ),
        ]

    def __str__(self) -> str:
        return str(self.public_id)

    @property
    def is_whole(self) -> bool:
        return self.received == self.byte_size


class UploadPiece(models.Model):
    """Bytes ``start`` to ``start + byte_size`` of an upload, in a private file of their own."""

    upload = models.ForeignKey(Upload, on_delete=models.CASCADE, related_name="pieces")
    start = models.PositiveIntegerField()
    byte_size = models.PositiveIntegerField()
    file = models.FileField(max_length=200)

    class Meta:
        ordering = ["start"]
        constraints = [
            models.UniqueConstraint(name="upload_piece_once", fields=["upload", "start"]),
            models.CheckConstraint(name="upload_piece_not_empty", condition=Q(byte_size__gt=0)),
        ]

    def __str__(self) -> str:
        return f"{self.upload_id}: {self.start}"


class Since(models.TextChoices):
    WEEKS = "weeks", _("less than three months")
    MONTHS = "months", _("three months to a year")
    YEARS = "years", _("one to five years")
    LONGER = "longer", _("more than five years")


class Strength(models.TextChoices):
    NONE = "none", _("no")
    SOME = "some", _("a little")
    STRONG = "strong", _("strongly")


class Pregnancy(models.TextChoices):
    """Some acne treatments harm an unborn child; whom the question does not concern says so."""

    NOT_APPLICABLE = "not_applicable", _("this does not apply to me")
    NO = "no", _("not pregnant")
    POSSIBLE = "possible", _("pregnant, or possibly pregnant")
    PLANNED = "planned", _("planning a pregnancy")
    NURSING = "nursing", _("breastfeeding")


class Questionnaire(models.Model):
    """What the patient tells about their skin at one visit. An empty answer is no answer."""

    visit = models.OneToOneField(Visit, on_delete=models.CASCADE, related_name="questionnaire")
    since = models.CharField(
        _("How long have you had these spots?"), max_length=10, choices=Since, blank=True
    )
    itching = models.CharField(_("Does it itch?"), max_length=10, choices=Strength, blank=True)
    pain = models.CharField(_("Does it hurt?"), max_length=10, choices=Strength, blank=True)
    treatments_now = models.TextField(_("What do you use or take for it now?"), blank=True)
    treatments_before = models.TextField(_("What have you tried before?"), blank=True)
    allergies = models.TextField(_("Are you allergic to anything?"), blank=True)
    pregnancy = models.CharField(
        _("Pregnancy and breastfeeding"), max_length=15, choices=Pregnancy, blank=True
    )
    bothers_most = models.TextField(_("What bothers you most?"), blank=True)
    saved_at = models.DateTimeField(auto_now=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="questionnaire_choices_are_known",
                condition=Q(since__in=["", *Since.values])
                & Q(itching__in=["", *Strength.values])
                & Q(pain__in=["", *Strength.values])
                & Q(pregnancy__in=["", *Pregnancy.values]),
            ),
        ]

    def __str__(self) -> str:
        return str(self.visit_id)


class RetakeQuerySet(models.QuerySet["RetakeRequest"]):
    def unanswered(self) -> RetakeQuerySet:
        return self.filter(answered_at__isnull=True)


class RetakeRequest(models.Model):
    """A doctor asks for one view again, and says in their own words what was wrong with it."""

    visit = models.ForeignKey(Visit, on_delete=models.CASCADE, related_name="retakes")
    view = models.CharField(_("view"), max_length=10, choices=View)
    doctor = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="retakes"
    )
    reason = models.TextField(_("what was wrong"))
    asked_at = models.DateTimeField(_("asked"), default=timezone.now)
    answered_at = models.DateTimeField(_("answered"), null=True, blank=True)

    objects = RetakeQuerySet.as_manager()

    class Meta:
        ordering = ["asked_at", "pk"]
        constraints = [
            models.UniqueConstraint(
                name="retake_asked_once_at_a_time",
                fields=["visit", "view"],
                condition=Q(answered_at__isnull=True),
            ),
            models.CheckConstraint(name="retake_view_is_known", condition=Q(view__in=View.values)),
            models.CheckConstraint(name="retake_has_a_reason", condition=~Q(reason="")),
        ]

    def __str__(self) -> str:
        return f"{self.visit_id}: {self.view}"


class NoticeKind(models.TextChoices):
    REPORT_READY = "report_ready", _("report ready")
    RETAKE_ASKED = "retake_asked", _("new photo asked for")


class Notice(models.Model):
    """A mail to send to the patient; the row is the work, and says nothing of their health."""

    visit = models.ForeignKey(Visit, on_delete=models.CASCADE, related_name="notices")
    kind = models.CharField(_("kind"), max_length=20, choices=NoticeKind)
    created_at = models.DateTimeField(_("written"), auto_now_add=True)
    due_at = models.DateTimeField(_("due"), default=timezone.now)
    attempts = models.PositiveSmallIntegerField(_("tries"), default=0)
    sent_at = models.DateTimeField(_("sent"), null=True, blank=True)

    class Meta:
        ordering = ["created_at"]
        indexes = [
            models.Index(
                name="notice_waiting", fields=["due_at"], condition=Q(sent_at__isnull=True)
            )
        ]
        constraints = [
            models.CheckConstraint(
                name="notice_kind_is_known", condition=Q(kind__in=NoticeKind.values)
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.pk}"
