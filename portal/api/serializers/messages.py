from __future__ import annotations

from typing import Any

from django.urls import reverse
from rest_framework import serializers

from portal.api.fields import Text, Uuid
from portal.messages.models import LONGEST_TEXT, Attachment, Message
from portal.messages.selectors import is_clinics


class Picture(serializers.ModelSerializer[Attachment]):
    image = serializers.SerializerMethodField()

    class Meta:
        model = Attachment
        fields = ("image", "width", "height")

    def get_image(self, attachment: Attachment) -> str:
        return reverse("api:attachment_image", args=[attachment.public_id])


class Letter(serializers.ModelSerializer[Message]):
    id = serializers.UUIDField(source="public_id")
    author = serializers.CharField(source="author.full_name")
    pictures = Picture(source="attachments", many=True)
    is_unread = serializers.SerializerMethodField()

    class Meta:
        model = Message
        fields = (
            "id",
            "author",
            "from_clinic",
            "text",
            "pictures",
            "sent_at",
            "read_at",
            "is_unread",
        )

    def get_is_unread(self, message: Message) -> bool:
        """By whoever asks: of the other side, and not marked as read yet."""
        is_others = message.from_clinic != is_clinics(self.context["reader"])
        return is_others and message.read_at is None


class NewLetter(serializers.Serializer[Any]):
    key = Uuid(help_text="Chosen by the sender: the same key is the same message.")
    text = Text(max_length=LONGEST_TEXT, required=False, default="")
    pictures = serializers.ListField(
        child=serializers.FileField(allow_empty_file=True), required=False, default=list
    )


class Reading(serializers.Serializer[Any]):
    up_to = Uuid(help_text="The newest message that was shown to the person.")


class Unread(serializers.Serializer[Any]):
    unread = serializers.IntegerField(help_text="What is left unread in the thread.")


class Thread(serializers.Serializer[Any]):
    case = serializers.UUIDField(source="public_id")
    patient = serializers.CharField(source="patient.full_name")
    last_at = serializers.DateTimeField(help_text="When the newest message was sent.")
    unread = serializers.IntegerField()
