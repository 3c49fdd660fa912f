from __future__ import annotations

import uuid

from django.db import models
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
