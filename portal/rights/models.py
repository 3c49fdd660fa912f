from __future__ import annotations

import uuid

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _


class ExportStatus(models.TextChoices):
    WAITING = "waiting", _("being made")
    READY = "ready", _("ready")
    FAILED = "failed", _("could not be made")


class Export(models.Model):
    """A patient's copy of everything, made in the background; the row is the work.

    Its file lives until ``expires_at``, then file and row go.
    """

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    patient = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="exports"
    )
    status = models.CharField(
        _("status"), max_length=10, choices=ExportStatus, default=ExportStatus.WAITING
    )
    language = models.CharField(max_length=10)
    asked_at = models.DateTimeField(_("asked for"), auto_now_add=True)
    due_at = models.DateTimeField(_("due"), default=timezone.now)
    attempts = models.PositiveSmallIntegerField(_("tries"), default=0)
    file = models.FileField(max_length=200, blank=True)
    byte_size = models.PositiveBigIntegerField(null=True)
    expires_at = models.DateTimeField(_("kept until"), null=True)

    class Meta:
        ordering = ["-asked_at"]
        indexes = [
            models.Index(
                name="export_waiting", fields=["due_at"], condition=Q(status=ExportStatus.WAITING)
            )
        ]
        constraints = [
            models.UniqueConstraint(
                name="export_one_at_a_time",
                fields=["patient"],
                condition=Q(status=ExportStatus.WAITING),
            ),
            models.CheckConstraint(
                name="export_status_is_known", condition=Q(status__in=ExportStatus.values)
            ),
            models.CheckConstraint(
                name="export_ready_has_its_file",
                condition=(
                    Q(status=ExportStatus.READY, expires_at__isnull=False, byte_size__gt=0)
                    & ~Q(file="")
                )
                | (~Q(status=ExportStatus.READY) & Q(file="")),
            ),
        ]

    def __str__(self) -> str:
        return str(self.public_id)
