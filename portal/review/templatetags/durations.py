from __future__ import annotations

from typing import TYPE_CHECKING

from django import template

if TYPE_CHECKING:
    from datetime import timedelta

register = template.Library()


@register.filter
def minutes(span: timedelta) -> str:
    """Minutes and seconds: "2:05"."""
    whole, seconds = divmod(round(span.total_seconds()), 60)
    return f"{whole}:{seconds:02d}"
