from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _


class Kind(models.TextChoices):
    ACCEPT = "accept", _("accepted")
    REJECT = "reject", _("rejected")
    RETYPE = "retype", _("given another type")
    RESHAPE = "reshape", _("moved or resized")
    ADD = "add", _("added")
    ACCEPT_ALL = "accept_all", _("all accepted")
    THRESHOLD = "threshold", _("working threshold")


OF_THE_VISIT = (Kind.ACCEPT_ALL, Kind.THRESHOLD)


class CorrectionStatus(models.TextChoices):
    DONE = "done", _("done")
    UNDONE = "undone", _("undone, can be done again")
    DROPPED = "dropped", _("undone, then something else was done")


class Correction(models.Model):
    """One step of a doctor's work on the findings of a visit, in the order it was taken.

    The machine's rows never change: what a doctor holds is theirs with the steps that are done,
    one after the other. Author and claim are the review's. Undoing changes a step's status, so
    that nothing that was ever done is lost.
    """

    review = models.ForeignKey(
        "review.Review", on_delete=models.CASCADE, related_name="corrections"
    )
    number = models.PositiveIntegerField(_("number"))
    key = models.UUIDField(help_text=_("Made by the page: sent twice, it is done once."))
    kind = models.CharField(_("kind"), max_length=10, choices=Kind)
    status = models.CharField(
        _("status"), max_length=7, choices=CorrectionStatus, default=CorrectionStatus.DONE
    )
    made_at = models.DateTimeField(_("made"), auto_now_add=True)
    photo = models.ForeignKey(
        "cases.Photo", null=True, blank=True, on_delete=models.CASCADE, related_name="corrections"
    )
    target = models.UUIDField(
        null=True, blank=True, help_text=_("The finding it is about, the machine's or a doctor's.")
    )
    replaces = models.ForeignKey(
        "analysis.Lesion",
        null=True,
        blank=True,
        on_delete=models.CASCADE,
        related_name="corrections",
        help_text=_("The machine's row that it stands beside."),
    )
    change = models.JSONField(
        _("change"), default=dict, help_text=_("What is other than before: type, box, outline.")
    )

    class Meta:
        ordering = ["review", "number"]
        constraints = [
            models.UniqueConstraint(name="correction_number", fields=["review", "number"]),
            models.UniqueConstraint(name="correction_sent_once", fields=["review", "key"]),
            models.CheckConstraint(
                name="correction_kind_is_known", condition=Q(kind__in=Kind.values)
            ),
            models.CheckConstraint(
                name="correction_status_is_known", condition=Q(status__in=CorrectionStatus.values)
            ),
            models.CheckConstraint(
                name="correction_is_about_a_finding_or_the_visit",
                condition=Q(kind__in=OF_THE_VISIT, target__isnull=True, photo__isnull=True)
                | (~Q(kind__in=OF_THE_VISIT) & Q(target__isnull=False, photo__isnull=False)),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.review}: {self.number}"
