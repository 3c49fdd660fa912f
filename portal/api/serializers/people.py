from __future__ import annotations

from typing import Any

from django.conf import settings
from django.utils.translation import get_language
from rest_framework import serializers

from portal.accounts.models import Clinic, Role, User
from portal.api.fields import Text, Words
from portal.api.models import DeviceToken
from portal.cases.models import View
from portal.consent.selectors import may_process_photos
from portal.messages.selectors import unread_for


class SignIn(serializers.Serializer[Any]):
    # An address that nobody could have is simply not recognised.
    email = Text(max_length=254)
    password = Text(max_length=128)
    code = Text(
        max_length=32,
        required=False,
        default="",
        help_text="Of the person's authenticator app, or a recovery code, where they have one.",
    )
    device = Words(max_length=80, help_text="As the person will know it again: “Ada's phone”.")


class Device(serializers.ModelSerializer[DeviceToken]):
    id = serializers.UUIDField(source="public_id")

    class Meta:
        model = DeviceToken
        fields = ("id", "name", "created_at", "last_used_at")


class NewDevice(serializers.Serializer[Any]):
    device = Device()
    token = serializers.CharField(help_text="Told this once. Keep it where only the app reads.")


class ClinicDocument(serializers.ModelSerializer[Clinic]):
    views_asked = serializers.ListField(child=serializers.ChoiceField(View.choices))
    urgent_advice = serializers.CharField()

    class Meta:
        model = Clinic
        fields = ("name", "promised_days", "views_asked", "urgent_advice", "is_demonstration")


class Person(serializers.ModelSerializer[User]):
    id = serializers.UUIDField(source="public_id")
    role = serializers.ChoiceField(Role.choices)
    clinic = ClinicDocument()
    language = serializers.SerializerMethodField()
    may_send_photos = serializers.SerializerMethodField()
    unread_messages = serializers.SerializerMethodField()

    class Meta:
        model = User
        fields = (
            "id",
            "email",
            "full_name",
            "role",
            "clinic",
            "language",
            "may_send_photos",
            "unread_messages",
        )

    def get_language(self, _person: User) -> str:
        """Of the words in the answers: send ``Accept-Language`` for another."""
        return get_language() or settings.LANGUAGE_CODE

    def get_may_send_photos(self, person: User) -> bool:
        """Whether the form about taking and processing pictures is signed and in force."""
        return may_process_photos(person)

    def get_unread_messages(self, person: User) -> int:
        return unread_for(person).count()
