from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from django import template
from django.utils import timezone
from django.utils.timesince import timesince, timeuntil

if TYPE_CHECKING:
    from datetime import datetime

register = template.Library()
MINUTE = timedelta(minutes=1)
HOUR = timedelta(hours=1)
DAY = timedelta(days=1)


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
    """The largest unit alone, to the nearest: what was promised for three days has "3 days" at
    first, not "2 days".
    """
    left = moment - timezone.now()
    unit = next((one for one in (DAY, HOUR) if left >= one), MINUTE)
    return timeuntil(moment + unit / 2, depth=1)
