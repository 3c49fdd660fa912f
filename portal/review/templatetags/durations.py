from __future__ import annotations

from typing import TYPE_CHECKING

from django import template
from django.utils.timesince import timesince, timeuntil

if TYPE_CHECKING:
    from datetime import datetime, timedelta

register = template.Library()


@register.filter
def minutes(span: timedelta) -> str:
    """Minutes and seconds: "2:05"."""
    whole, seconds = divmod(round(span.total_seconds()), 60)
    return f"{whole}:{seconds:02d}"


@register.filter
def roughly_since(moment: datetime) -> str:
    """The largest unit alone: "2 days"."""
    return timesince(moment, depth=1)


@register.filter
def roughly_until(moment: datetime) -> str:
    return timeuntil(moment, depth=1)
