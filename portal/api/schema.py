"""How an operation says what it takes and answers, so that the schema is complete."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from drf_spectacular.extensions import OpenApiSerializerFieldExtension
from drf_spectacular.utils import OpenApiResponse, extend_schema
from rest_framework import serializers

from portal.api.fields import Text

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

ALWAYS = (401, 403, 429)
WITH_BODY = (400, 413, 415)


class Problem(serializers.Serializer[Any]):
    """What went wrong."""

    code = serializers.CharField(help_text="For the program.")
    message = serializers.CharField(help_text="For the person, in their language.")
    fields = serializers.DictField(
        child=serializers.ListField(child=serializers.CharField()),
        help_text="What is wrong with which field; empty unless something sent was.",
    )


class Refusal(Problem):
    """Well formed, and refused all the same; the code says why."""


class TextSchema(OpenApiSerializerFieldExtension):  # type: ignore[no-untyped-call]
    """One pattern and two lengths, where the default would offer a choice that overlaps."""

    target_class = Text
    match_subclasses = True

    def map_serializer_field(self, auto_schema: Any, direction: str) -> dict[str, Any]:  # noqa: ARG002
        text: Text = self.target
        # As JSON schema writes the one character that Python writes otherwise.
        pattern = text.pattern.replace(r"\x00", r"\u0000")
        lengths = {} if text.may_be_empty else {"minLength": 1}
        if text.max_length is not None:
            lengths["maxLength"] = text.max_length
        return {"type": "string", "pattern": pattern, **lengths}


def operation(
    summary: str,
    *,
    answers: Mapping[Any, Any],
    errors: Iterable[int] = (),
    takes: Any = None,
    **more: Any,
) -> Callable[[Any], Any]:
    """``errors`` beside those that every operation, and each that takes a body, may answer."""
    stated = {*ALWAYS, *errors, *(WITH_BODY if takes is not None else ())}
    problems = {status: Refusal if status == 409 else Problem for status in stated}  # noqa: PLR2004
    return extend_schema(
        summary=summary,
        request=takes,
        responses={**answers, **dict(sorted(problems.items()))},
        **more,
    )


PICTURE = {(200, "image/jpeg"): OpenApiResponse(bytes, description="A JPEG without metadata.")}
