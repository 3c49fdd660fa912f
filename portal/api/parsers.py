from __future__ import annotations

from http import HTTPStatus
from typing import TYPE_CHECKING, Any

from django.conf import settings
from rest_framework import exceptions
from rest_framework.negotiation import DefaultContentNegotiation
from rest_framework.parsers import BaseParser, JSONParser

if TYPE_CHECKING:
    from collections.abc import Mapping

PIECE_MAX_BYTES = 4 * 1024 * 1024


class TooLarge(exceptions.APIException):
    status_code = HTTPStatus.REQUEST_ENTITY_TOO_LARGE


def read(stream: Any, most: int) -> bytes:
    data: bytes = stream.read(most + 1)
    if len(data) > most:
        raise TooLarge
    return data


class BoundedJSONParser(JSONParser):
    """JSON no larger than Django lets a form be."""

    def parse(
        self,
        stream: Any,
        media_type: str | None = None,
        parser_context: Mapping[str, Any] | None = None,
    ) -> Any:
        length = int(parser_context["request"].META.get("CONTENT_LENGTH") or 0)  # type: ignore[index]
        if length > settings.DATA_UPLOAD_MAX_MEMORY_SIZE:
            raise TooLarge
        return super().parse(stream, media_type, parser_context)


class PieceParser(BaseParser):
    """A piece of a photo, as bytes."""

    media_type = "application/octet-stream"

    def parse(
        self,
        stream: Any,
        media_type: str | None = None,  # noqa: ARG002
        parser_context: Mapping[str, Any] | None = None,  # noqa: ARG002
    ) -> bytes:
        return read(stream, PIECE_MAX_BYTES)


class JsonForAll(DefaultContentNegotiation):
    """There is one kind of answer, so what a client would accept is not asked."""

    def select_renderer(
        self,
        request: Any,  # noqa: ARG002
        renderers: Any,
        format_suffix: str | None = None,  # noqa: ARG002
    ) -> tuple[Any, str]:
        return renderers[0], renderers[0].media_type
