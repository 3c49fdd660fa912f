from __future__ import annotations

import uuid

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _


class MatchingStatus(models.TextChoices):
    QUEUED = "queued", _("waiting")
    RUNNING = "running", _("being matched")
    DONE = "done", _("matched")
    FAILED = "failed", _("not matched")


class Outcome(models.TextChoices):
    """The same values as ``inference.tracking.matching.Outcome``; a test holds them together."""

    NEW = "new", _("new")
    PERSISTING = "persisting", _("still there")
    CHANGED = "changed", _("changed its type")
    RESOLVED = "resolved", _("gone")
    NOT_VISIBLE = "not_visible", _("not seen in the other visit")


class VisitMatching(models.Model):
    """Which lesion of a signed visit is which of an earlier one; the row that is its own queue
    entry, as :class:`portal.analysis.models.Analysis` is.
    """

    earlier = models.ForeignKey(
        "reports.Report", on_delete=models.CASCADE, related_name="matchings_with_later"
    )
    later = models.ForeignKey(
        "reports.Report", on_delete=models.CASCADE, related_name="matchings_with_earlier"
    )
    status = models.CharField(
        _("status"), max_length=7, choices=MatchingStatus, default=MatchingStatus.QUEUED
    )
    token = models.UUIDField(null=True, blank=True)
    lease_until = models.DateTimeField(null=True, blank=True)
    attempts = models.PositiveSmallIntegerField(_("tries"), default=0)
    queued_at = models.DateTimeField(_("queued"), auto_now_add=True)
    finished_at = models.DateTimeField(_("finished"), null=True, blank=True)
    problem = models.CharField(_("problem"), max_length=40, blank=True)
    measures = models.JSONField(
        null=True, blank=True, help_text=_("Of both visits: what was seen, and how many there are.")
    )

    class Meta:
        ordering = ["queued_at"]
        indexes = [
            models.Index(
                name="matching_waiting",
                fields=["queued_at"],
                condition=Q(status=MatchingStatus.QUEUED),
            )
        ]
        constraints = [
            models.UniqueConstraint(name="matching_once_a_pair", fields=["earlier", "later"]),
            models.CheckConstraint(name="matching_of_two_visits", condition=~Q(earlier=F("later"))),
            models.CheckConstraint(
                name="matching_status_is_known", condition=Q(status__in=MatchingStatus.values)
            ),
            models.CheckConstraint(
                name="matching_running_exactly_if_claimed",
                condition=Q(
                    status=MatchingStatus.RUNNING, token__isnull=False, lease_until__isnull=False
                )
                | (
                    ~Q(status=MatchingStatus.RUNNING)
                    & Q(token__isnull=True, lease_until__isnull=True)
                ),
            ),
            models.CheckConstraint(
                name="matching_measured_exactly_if_done",
                condition=Q(status=MatchingStatus.DONE, measures__isnull=False)
                | (~Q(status=MatchingStatus.DONE) & Q(measures__isnull=True)),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.earlier} – {self.later}"


class LesionMatch(models.Model):
    """What became of one lesion, by the machine; these rows never change.

    ``before`` and ``after``: the lesion as that visit shows it (type, region, score, place on the
    face in mm, and its members: a photo of the report and the lesion's place in that photo's list).
    """

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    matching = models.ForeignKey(VisitMatching, on_delete=models.CASCADE, related_name="matches")
    outcome = models.CharField(_("outcome"), max_length=11, choices=Outcome)
    confidence = models.FloatField(_("confidence"))
    distance_mm = models.FloatField(null=True, blank=True)
    before = models.JSONField(null=True, blank=True)
    after = models.JSONField(null=True, blank=True)

    class Meta:
        verbose_name_plural = "lesion matches"
        ordering = ["pk"]
        constraints = [
            models.CheckConstraint(
                name="match_outcome_is_known", condition=Q(outcome__in=Outcome.values)
            ),
            models.CheckConstraint(
                name="match_confidence_is_a_probability",
                condition=Q(confidence__gte=0, confidence__lte=1),
            ),
            models.CheckConstraint(
                name="match_is_of_a_lesion",
                condition=Q(before__isnull=False) | Q(after__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return str(self.public_id)


class MatchCorrection(models.Model):
    """A doctor's word on two lesions, beside the machine's rows: one lesion, or two."""

    before = models.ForeignKey(LesionMatch, on_delete=models.CASCADE, related_name="joined_later")
    after = models.ForeignKey(LesionMatch, on_delete=models.CASCADE, related_name="joined_earlier")
    are_one = models.BooleanField(_("are one lesion"))
    doctor = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="match_corrections"
    )
    made_at = models.DateTimeField(_("made"), auto_now_add=True)

    class Meta:
        ordering = ["pk"]

    def __str__(self) -> str:
        return f"{self.before} – {self.after}"
