"""How old somebody is, in whole years."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import date


def age_on(day: date, *, born: date) -> int:
    """Whoever was born on 29 February turns a year older on 1 March of a common year."""
    had_birthday = (day.month, day.day) >= (born.month, born.day)
    return day.year - born.year - (not had_birthday)
