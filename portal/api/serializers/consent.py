from __future__ import annotations

from typing import Any

from rest_framework import serializers

from portal.api.fields import Choice, Text
from portal.consent.drawing import LONGEST
from portal.consent.models import ConsentKind, ConsentSignature, Language


class Signature(serializers.ModelSerializer[ConsentSignature]):
    id = serializers.UUIDField(source="public_id")
    kind = serializers.ChoiceField(ConsentKind.choices, source="form.kind")
    version = serializers.IntegerField(source="form.version")
    language = serializers.ChoiceField(Language.choices)

    class Meta:
        model = ConsentSignature
        fields = (
            "id",
            "kind",
            "version",
            "language",
            "text_sha256",
            "signed_name",
            "signed_at",
            "withdrawn_at",
        )


class Form(serializers.Serializer[Any]):
    """The version in force, in the language asked for, and where the patient stands with it."""

    kind = serializers.ChoiceField(ConsentKind.choices, source="state.form.kind")
    version = serializers.IntegerField(source="state.form.version")
    is_required = serializers.BooleanField(
        source="state.is_required", help_text="Without it no photo is taken."
    )
    published_at = serializers.DateTimeField(source="state.form.published_at")
    language = serializers.ChoiceField(Language.choices, source="text.language")
    title = serializers.CharField(source="text.title")
    summary = serializers.CharField(source="text.summary", help_text="In plain words.")
    body = serializers.CharField(source="text.body", help_text="Paragraphs, ## headings, - lists.")
    text_sha256 = serializers.CharField(
        source="text.sha256", help_text="Send it back with the signature: of what was read."
    )
    signature = Signature(source="state.signature", allow_null=True)
    signed_before = serializers.SerializerMethodField(
        help_text="An earlier version was signed, and this one has to be signed again."
    )
    changes = serializers.ListField(
        child=serializers.CharField(), help_text="What changed since the version signed."
    )

    def get_signed_before(self, shown: dict[str, Any]) -> bool:
        return shown["state"].earlier is not None


class Signing(serializers.Serializer[Any]):
    language = Choice(Language.choices)
    text_sha256 = Text(max_length=64)
    signed_name = Text(max_length=200, required=False, default="")
    drawing = Text(
        max_length=LONGEST,
        required=False,
        default="",
        help_text="In place of the typed name: an SVG path of M and L in whole units, 600 by 200.",
    )
