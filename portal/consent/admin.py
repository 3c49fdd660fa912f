from __future__ import annotations

from typing import TYPE_CHECKING

from django.contrib import admin

from portal.accounts.admin import ReadOnly
from portal.consent.models import ConsentForm, ConsentText

if TYPE_CHECKING:
    from django.db.models import Model
    from django.http import HttpRequest


class ConsentTextInline(admin.StackedInline):  # type: ignore[type-arg]
    model = ConsentText
    extra = 0
    can_delete = False

    def has_add_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:  # noqa: ARG002
        return False

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:  # noqa: ARG002
        return False


@admin.register(ConsentForm)
class ConsentFormAdmin(ReadOnly):
    """The clinic's desk writes and publishes its forms."""

    list_display = ("clinic", "kind", "version", "published_at")
    list_filter = ("clinic", "kind")
    list_select_related = ("clinic",)
    inlines = (ConsentTextInline,)
