"""Fields that take exactly what the schema says: a number is no text, a text no number."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any
from uuid import UUID

from django.utils.translation import gettext_lazy as _
from rest_framework import serializers

if TYPE_CHECKING:
    from datetime import date

# PostgreSQL stores no NUL. The second asks for something to read besides.
NO_NUL = r"^[^\x00]*$"
WORDS = r"^[^\x00]*[^\s\x00][^\x00]*$"
CANONICAL_UUID = re.compile(r"[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")
ISO_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")


class Text(serializers.Field[str, Any, str, Any]):
    """May be empty. Not DRF's own text, which takes numbers for words and trims them."""

    pattern = NO_NUL
    may_be_empty = True
    default_error_messages = {
        "invalid": _("Text is asked for here."),
        "wrong": _("This is empty, or not written as it should be."),
        "too_long": _("At most {most} characters are taken here."),
    }

    def __init__(self, *, max_length: int | None = None, **options: Any) -> None:
        self.max_length = max_length
        super().__init__(**options)

    def to_internal_value(self, data: Any) -> str:
        if not isinstance(data, str) or not _is_unicode(data):
            self.fail("invalid")
        if self.max_length is not None and len(data) > self.max_length:
            self.fail("too_long", most=self.max_length)
        if not (data == "" and self.may_be_empty) and not re.fullmatch(self.pattern, data):
            self.fail("wrong")
        return data

    def to_representation(self, value: Any) -> str:
        return str(value)


def _is_unicode(data: str) -> bool:
    """JSON can escape half of a character, which no database stores."""
    try:
        data.encode()
    except UnicodeEncodeError:
        return False
    return True


class Words(Text):
    """Has something to read in it."""

    pattern = WORDS
    may_be_empty = False


class Whole(serializers.IntegerField):
    def to_internal_value(self, data: Any) -> int:
        # In JSON 5.0 is the whole number 5.
        if isinstance(data, bool) or not isinstance(data, int | float) or data != int(data):
            self.fail("invalid")
        return int(data)


class Uuid(serializers.UUIDField):
    def to_internal_value(self, data: Any) -> UUID:
        if not isinstance(data, str) or not CANONICAL_UUID.fullmatch(data):
            self.fail("invalid", value=data)
        return UUID(data)


class Day(serializers.DateField):
    def to_internal_value(self, value: Any) -> date:
        if not isinstance(value, str) or not ISO_DAY.fullmatch(value):
            self.fail("invalid", format="YYYY-MM-DD")
        day: date = super().to_internal_value(value)
        return day


class Choice(serializers.ChoiceField):
    """One of a ``TextChoices``; as it is stored, not as it reads."""

    def to_internal_value(self, data: Any) -> Any:
        if not isinstance(data, str):
            self.fail("invalid_choice", input=data)
        return super().to_internal_value(data)
