from __future__ import annotations

import uuid

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

LONGEST_TEXT = 5000


class MessageQuerySet(models.QuerySet["Message"]):
    def unread(self) -> MessageQuerySet:
        return self.filter(read_at__isnull=True)


class Message(models.Model):
    """One letter in the thread of a case. The clinic's doctors share one side of it."""

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    case = models.ForeignKey("cases.Case", on_delete=models.PROTECT, related_name="messages")
    author = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="messages"
    )
    from_clinic = models.BooleanField(_("from the clinic"))
    key = models.UUIDField(
        default=uuid.uuid4, help_text=_("Chosen by the sender: a letter sent twice is one letter.")
    )
    text = models.TextField(_("text"), max_length=LONGEST_TEXT, blank=True)
    sent_at = models.DateTimeField(_("sent"), auto_now_add=True)
    read_at = models.DateTimeField(_("read by the other side"), null=True, blank=True)
    notice_due = models.BooleanField(_("mail notice still to be sent"), default=False)

    objects = MessageQuerySet.as_manager()

    class Meta:
        ordering = ["sent_at", "pk"]
        indexes = [
            models.Index(
                name="message_notice_due", fields=["sent_at"], condition=Q(notice_due=True)
            ),
            models.Index(
                name="message_unread",
                fields=["case", "from_clinic"],
                condition=Q(read_at__isnull=True),
            ),
        ]
        constraints = [
            models.UniqueConstraint(name="message_sent_once", fields=["author", "key"]),
        ]

    def __str__(self) -> str:
        return str(self.public_id)


class Attachment(models.Model):
    """A picture of a letter, rebuilt from its pixels when it came; the file sent is not kept."""

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    message = models.ForeignKey(Message, on_delete=models.PROTECT, related_name="attachments")
    file = models.FileField(max_length=200)
    width = models.PositiveIntegerField()
    height = models.PositiveIntegerField()

    class Meta:
        ordering = ["pk"]
        constraints = [
            models.CheckConstraint(
                name="attachment_has_a_size", condition=Q(width__gt=0, height__gt=0)
            ),
        ]

    def __str__(self) -> str:
        return str(self.public_id)
