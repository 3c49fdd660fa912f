from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _


class Consensus(models.Model):
    """What two doctors who had read a visit differently agreed on. Their own readings stay."""

    visit = models.OneToOneField("cases.Visit", on_delete=models.PROTECT, related_name="consensus")
    standing = models.ForeignKey(
        "review.Review",
        verbose_name=_("whose lesions stand"),
        on_delete=models.PROTECT,
        related_name="+",
    )
    diagnosis = models.CharField(_("diagnosis"), max_length=16)
    diagnosis_words = models.CharField(_("which"), max_length=200, blank=True)
    grade = models.CharField(_("grade"), max_length=4, blank=True)
    note = models.TextField(_("how you came to agree"))
    recorded_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+"
    )
    recorded_at = models.DateTimeField(_("recorded"))

    class Meta:
        constraints = [
            models.CheckConstraint(name="consensus_has_a_note", condition=~Q(note="")),
            models.CheckConstraint(
                name="consensus_grades_acne_only",
                condition=(Q(diagnosis="acne") & ~Q(grade=""))
                | (~Q(diagnosis="acne") & Q(grade="")),
            ),
        ]

    def __str__(self) -> str:
        return str(self.visit_id)
