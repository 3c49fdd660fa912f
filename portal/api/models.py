from __future__ import annotations

import uuid
from datetime import timedelta

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

UNUSED = timedelta(days=90)
LONGEST = timedelta(days=365)


class DeviceTokenQuerySet(models.QuerySet["DeviceToken"]):
    def in_force(self) -> DeviceTokenQuerySet:
        """Not signed out, in use, and not too old: a phone that was lost is forgotten some day."""
        now = timezone.now()
        in_use = Q(last_used_at__gt=now - UNUSED) | Q(
            last_used_at__isnull=True, created_at__gt=now - UNUSED
        )
        return self.filter(in_use, revoked_at__isnull=True, created_at__gt=now - LONGEST)


class DeviceToken(models.Model):
    """One device's key to its owner's account. Only the key's hash is kept."""

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="device_tokens"
    )
    name = models.CharField(_("device"), max_length=80)
    sha256 = models.CharField(max_length=64, unique=True)
    created_at = models.DateTimeField(_("made"), auto_now_add=True)
    last_used_at = models.DateTimeField(_("last used"), null=True, blank=True)
    revoked_at = models.DateTimeField(_("revoked"), null=True, blank=True)

    objects = DeviceTokenQuerySet.as_manager()

    class Meta:
        ordering = ["-created_at"]

    def __str__(self) -> str:
        return str(self.public_id)
