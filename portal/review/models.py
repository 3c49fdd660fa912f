from __future__ import annotations

import uuid

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from portal.review.agreement.models import Agreement
from portal.review.corrections.models import Correction, CorrectionStatus
from portal.review.queue.models import SavedFilter
from portal.review.second.models import Consensus
from portal.review.treatments.models import TreatmentTemplate

__all__ = [
    "Agreement",
    "Consensus",
    "Correction",
    "CorrectionStatus",
    "Diagnosis",
    "Grade",
    "Review",
    "ReviewQuerySet",
    "ReviewStatus",
    "SavedFilter",
    "TreatmentTemplate",
]


class ReviewStatus(models.TextChoices):
    OPEN = "open", _("open")
    RELEASED = "released", _("given back")
    GIVEN = "given", _("given, beside a colleague's")
    SIGNED = "signed", _("signed")


COMPLETE = (ReviewStatus.GIVEN, ReviewStatus.SIGNED)


class Diagnosis(models.TextChoices):
    """The paper excludes all but the first: they have no grade, no trend, and train no model."""

    ACNE = "acne", _("acne")
    CONGLOBATA = "conglobata", _("acne conglobata")
    FULMINANS = "fulminans", _("acne fulminans")
    FOLLICULITIS = "folliculitis", _("folliculitis")
    ROSACEA = "rosacea", _("rosacea")
    OTHER = "other", _("something else")
    CANNOT_TELL = "cannot_tell", _("cannot be told from the photos")


GRADED_EXACTLY_IF_ACNE = (Q(diagnosis=Diagnosis.ACNE) & ~Q(grade="")) | (
    ~Q(diagnosis=Diagnosis.ACNE) & Q(grade="")
)


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
    counted_grade = models.CharField(
        _("the grade of the lesions as corrected"), max_length=4, choices=Grade, blank=True
    )
    diagnosis = models.CharField(
        _("diagnosis"), max_length=16, choices=Diagnosis, default=Diagnosis.ACNE
    )
    diagnosis_words = models.CharField(_("which"), max_length=200, blank=True)
    grade = models.CharField(_("grade"), max_length=4, choices=Grade, blank=True)
    override_reason = models.TextField(_("why the grade differs"), blank=True)
    assessment = models.TextField(_("assessment"), blank=True)
    advice = models.TextField(_("advice"), blank=True)
    referral = models.TextField(_("referral"), blank=True)
    next_visit_on = models.DateField(_("next visit"), null=True, blank=True)
    given_at = models.DateTimeField(_("given"), null=True, blank=True)
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
                name="review_signed_has_its_time",
                condition=Q(status=ReviewStatus.SIGNED, signed_at__isnull=False)
                | (~Q(status=ReviewStatus.SIGNED) & Q(signed_at__isnull=True)),
            ),
            models.CheckConstraint(
                name="review_complete_has_its_time",
                condition=Q(status__in=COMPLETE, given_at__isnull=False)
                | (~Q(status__in=COMPLETE) & Q(given_at__isnull=True)),
            ),
            models.CheckConstraint(
                name="review_diagnosis_is_known", condition=Q(diagnosis__in=Diagnosis.values)
            ),
            models.CheckConstraint(
                name="review_complete_is_graded_exactly_if_acne",
                condition=~Q(status__in=COMPLETE) | GRADED_EXACTLY_IF_ACNE,
            ),
            models.CheckConstraint(
                name="review_override_has_a_reason",
                condition=~Q(status__in=COMPLETE)
                | Q(counted_grade="")
                | Q(grade="")
                | Q(counted_grade=models.F("grade"))
                | ~Q(override_reason=""),
            ),
        ]

    def __str__(self) -> str:
        return str(self.public_id)

    @property
    def is_acne(self) -> bool:
        return self.diagnosis == Diagnosis.ACNE

    @property
    def is_stale(self) -> bool:
        return self.lease_until is not None and self.lease_until < timezone.now()
