"""Long lists in pages. A page ends with a row's id, and the next one begins after that row."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.db.models import Q
from django.shortcuts import get_object_or_404
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, inline_serializer
from rest_framework import serializers

from portal.api.fields import Uuid

if TYPE_CHECKING:
    from uuid import UUID

    from django.db.models import Model, QuerySet

    from portal.api.access import Request

LENGTH = 50
AFTER = OpenApiParameter(
    "after", OpenApiTypes.UUID, description="The `next` of the page before; none for the first."
)


class _After(serializers.Serializer[Any]):
    after = Uuid(required=False)


def page_of(name: str, row: type[serializers.BaseSerializer[Any]]) -> Any:
    """The shape of a page of these rows."""
    return inline_serializer(
        name,
        {
            "results": row(many=True),
            "next": serializers.UUIDField(
                allow_null=True, help_text="Ask for the next page with it; null at the end."
            ),
        },
    )


def page(
    request: Request,
    found: QuerySet[Any],
    row: type[serializers.BaseSerializer[Any]],
    *,
    newest_by: str,
) -> dict[str, Any]:
    """Newest first. Rows that come meanwhile are on the first page and shift no other."""
    asked = _After(data=request.query_params.dict())
    asked.is_valid(raise_exception=True)
    if after := asked.validated_data.get("after"):
        found = found.filter(_older_than(_row(found, after), newest_by))
    rows = list(found.order_by(f"-{newest_by}", "-pk")[: LENGTH + 1])
    shown = rows[:LENGTH]
    is_last = len(rows) <= LENGTH
    return {"results": row(shown, many=True).data, "next": None if is_last else shown[-1].public_id}


def _row(found: QuerySet[Any], public_id: UUID) -> Model:
    row: Model = get_object_or_404(found, public_id=public_id)
    return row


def _older_than(row: Model, by: str) -> Q:
    when = getattr(row, by)
    return Q(**{f"{by}__lt": when}) | Q(**{by: when, "pk__lt": row.pk})
