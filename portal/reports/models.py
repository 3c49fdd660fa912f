from __future__ import annotations

import uuid

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _


class Report(models.Model):
    """What was signed, frozen: the page is drawn from ``content`` alone and never changes.

    The database itself refuses an update of its rows (see the migrations).
    """

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    visit = models.OneToOneField("cases.Visit", on_delete=models.PROTECT, related_name="report")
    review = models.OneToOneField("review.Review", on_delete=models.PROTECT, related_name="report")
    content = models.JSONField()
    sha256 = models.CharField(max_length=64)
    signed_at = models.DateTimeField(_("signed"))

    class Meta:
        ordering = ["-signed_at"]

    def __str__(self) -> str:
        return str(self.public_id)


class Addendum(models.Model):
    """What a doctor adds to a report after it was signed; the report itself stays as it is.

    The database refuses an update of these rows too.
    """

    report = models.ForeignKey(Report, on_delete=models.PROTECT, related_name="addenda")
    doctor = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="addenda"
    )
    words = models.TextField(_("words"), max_length=10_000)
    written_at = models.DateTimeField(_("written"))

    class Meta:
        verbose_name_plural = "addenda"
        ordering = ["written_at", "pk"]
        constraints = [
            models.CheckConstraint(name="addendum_says_something", condition=~Q(words=""))
        ]

    def __str__(self) -> str:
        return f"{self.report}: {self.pk}"
