from __future__ import annotations

from typing import Any

from django.urls import reverse
from rest_framework import serializers

from portal.api.fields import Text, Uuid
from portal.messages.models import LONGEST_TEXT, Attachment, Message


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

    class Meta:
        model = Message
        fields = ("id", "author", "from_clinic", "text", "pictures", "sent_at", "read_at")


class NewLetter(serializers.Serializer[Any]):
    key = Uuid(help_text="Chosen by the sender: the same key is the same message.")
    text = Text(max_length=LONGEST_TEXT, required=False, default="")
    pictures = serializers.ListField(
        child=serializers.FileField(allow_empty_file=True), required=False, default=list
    )


class Thread(serializers.Serializer[Any]):
    case = serializers.UUIDField(source="public_id")
    patient = serializers.CharField(source="patient.full_name")
    last_at = serializers.DateTimeField()
    unread = serializers.IntegerField()
