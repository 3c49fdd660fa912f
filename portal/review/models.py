from __future__ import annotations

import uuid

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from portal.review.corrections.models import Correction, CorrectionStatus

__all__ = [
    "Correction",
    "CorrectionStatus",
    "Grade",
    "Review",
    "ReviewQuerySet",
    "ReviewStatus",
]


class ReviewStatus(models.TextChoices):
    OPEN = "open", _("open")
    RELEASED = "released", _("given back")
    SIGNED = "signed", _("signed")


class Grade(models.TextChoices):
    """China's 2019 guideline, and "no active acne found"."""

    NONE = "none", _("no active acne found")
    I = "I", _("grade I")  # noqa: E741
    II = "II", _("grade II")
    III = "III", _("grade III")
    IV = "IV", _("grade IV")


class ReviewQuerySet(models.QuerySet["Review"]):
    def open(self) -> ReviewQuerySet:
        return self.filter(status=ReviewStatus.OPEN)

    def stale(self) -> ReviewQuerySet:
        """Open, but nobody has worked on it for as long as a lease holds."""
        return self.open().filter(lease_until__lt=timezone.now())


class Review(models.Model):
    """One doctor's reading of a visit. While open it is the doctor's claim on the visit, with a
    lease like an analysis has, so that a forgotten browser tab gives the visit back.
    """

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    visit = models.ForeignKey("cases.Visit", on_delete=models.PROTECT, related_name="reviews")
    doctor = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="reviews"
    )
    status = models.CharField(
        _("status"), max_length=10, choices=ReviewStatus, default=ReviewStatus.OPEN
    )
    claimed_at = models.DateTimeField(_("claimed"))
    lease_until = models.DateTimeField(null=True, blank=True)
    machine_grade = models.CharField(
        _("the model's grade"), max_length=4, choices=Grade, blank=True
    )
    grade = models.CharField(_("grade"), max_length=4, choices=Grade, blank=True)
    override_reason = models.TextField(_("why the grade differs"), blank=True)
    assessment = models.TextField(_("assessment"), blank=True)
    advice = models.TextField(_("advice"), blank=True)
    next_visit_on = models.DateField(_("next visit"), null=True, blank=True)
    signed_at = models.DateTimeField(_("signed"), null=True, blank=True)

    objects = ReviewQuerySet.as_manager()

    class Meta:
        ordering = ["-claimed_at"]
        constraints = [
            models.UniqueConstraint(
                name="review_one_claim_per_visit",
                fields=["visit"],
                condition=Q(status=ReviewStatus.OPEN),
            ),
            models.CheckConstraint(
                name="review_status_is_known", condition=Q(status__in=ReviewStatus.values)
            ),
            models.CheckConstraint(
                name="review_open_exactly_if_leased",
                condition=Q(status=ReviewStatus.OPEN, lease_until__isnull=False)
                | (~Q(status=ReviewStatus.OPEN) & Q(lease_until__isnull=True)),
            ),
            models.CheckConstraint(
                name="review_signed_has_grade_and_time",
                condition=(Q(status=ReviewStatus.SIGNED, signed_at__isnull=False) & ~Q(grade=""))
                | (~Q(status=ReviewStatus.SIGNED) & Q(signed_at__isnull=True)),
            ),
            models.CheckConstraint(
                name="review_override_has_a_reason",
                condition=~Q(status=ReviewStatus.SIGNED)
                | Q(machine_grade="")
                | Q(machine_grade=models.F("grade"))
                | ~Q(override_reason=""),
            ),
        ]

    def __str__(self) -> str:
        return str(self.public_id)

    @property
    def is_stale(self) -> bool:
        return self.lease_until is not None and self.lease_until < timezone.now()
