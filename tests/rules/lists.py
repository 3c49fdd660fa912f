"""List pages, and how many queries each may take however many rows it shows.

Every app states its lists in ``lists_<app>.py`` beside this file, as ``LISTS: dict[str, ListPage]``
from the URL's name.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from tests.rules.roles import nothing

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.rules.roles import Actor, World


@dataclass(frozen=True)
class ListPage:
    actor: Actor
    add: Callable[[World], object]
    """Adds one more row to what the page lists."""
    ceiling: int
    args: Callable[[World], dict] = nothing
