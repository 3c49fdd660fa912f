from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _


class Agreement(models.Model):
    """How far the model and the doctor who signed a visit agreed, counted when it was signed."""

    review = models.OneToOneField(
        "review.Review", on_delete=models.CASCADE, related_name="agreement"
    )
    clinic = models.ForeignKey("accounts.Clinic", on_delete=models.CASCADE, related_name="+")
    signed_at = models.DateTimeField(_("signed"))
    machine_grade = models.CharField(max_length=4, blank=True)
    grade = models.CharField(max_length=4)
    certainty = models.FloatField(null=True, help_text=_("Of the model's grade, 0 to 1."))
    is_corrected = models.BooleanField(help_text=_("Only then are the types compared."))
    types = models.JSONField(
        default=dict,
        help_text=_("By type: found by both, by the model, by the doctor."),
    )
    photos = models.PositiveSmallIntegerField()
    refused = models.PositiveSmallIntegerField(help_text=_("Photos refused for their quality."))
    cautioned = models.PositiveSmallIntegerField(help_text=_("Photos accepted with a caution."))

    class Meta:
        ordering = ["signed_at"]
        indexes = [models.Index(name="agreement_of_clinic", fields=["clinic", "signed_at"])]

    def __str__(self) -> str:
        return str(self.review_id)
