from __future__ import annotations

import uuid

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

GRADES = ("none", "I", "II", "III", "IV")  # ``review.models.Grade``; a test compares them


class TreatmentTemplate(models.Model):
    """Words of the clinic's own for a treatment, offered beside the doctor's field and never
    filled in unasked.
    """

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    clinic = models.ForeignKey(
        "accounts.Clinic", on_delete=models.CASCADE, related_name="treatment_templates"
    )
    grade = models.CharField(
        _("for grade"), max_length=4, blank=True, help_text=_("Empty: for every grade.")
    )
    name = models.CharField(_("name"), max_length=80)
    words = models.TextField(_("words for the report"), max_length=4000)
    not_if_pregnant = models.BooleanField(
        _("unsuitable in pregnancy, when one is planned, and while breastfeeding"), default=False
    )
    not_with = models.CharField(
        _("unsuitable with"),
        max_length=300,
        blank=True,
        help_text=_(
            "Allergies and present treatments, with commas between them, as patients write them."
        ),
    )

    class Meta:
        ordering = ["grade", "name"]
        constraints = [
            models.UniqueConstraint(
                name="treatment_template_name_once", fields=["clinic", "grade", "name"]
            ),
            models.CheckConstraint(
                name="treatment_template_grade_is_known", condition=Q(grade__in=("", *GRADES))
            ),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def unsuitable_words(self) -> list[str]:
        return [
            word.strip()
            for word in self.not_with.replace("\N{FULLWIDTH COMMA}", ",").split(",")
            if word.strip()
        ]
