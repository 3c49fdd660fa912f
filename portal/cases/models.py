from __future__ import annotations

import uuid

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _


class Case(models.Model):
    """One patient's acne at one clinic."""

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    clinic = models.ForeignKey("accounts.Clinic", on_delete=models.PROTECT, related_name="cases")
    patient = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="cases"
    )
    opened_at = models.DateTimeField(_("opened"), auto_now_add=True)

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

    class Meta:
        ordering = ["case", "-number"]
        indexes = [models.Index(name="visit_queue", fields=["status", "-urgency", "submitted_at"])]
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
    rebuilt from its pixels by the worker, upright and without metadata.
    """

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    visit = models.ForeignKey(Visit, on_delete=models.PROTECT, related_name="photos")
    view = models.CharField(_("view"), max_length=10, choices=View)
    original = models.FileField(max_length=200)
    display = models.FileField(max_length=200, blank=True)
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
