"""A look at the queue as a query: what a doctor filters by, and in which order."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.http import QueryDict

from portal.review.queue.forms import FilterForm

if TYPE_CHECKING:
    from portal.accounts.access import SignedInRequest
    from portal.review.queue.selectors import Sought

PLACE, WORDS = "after", "q"


def look(query: str, **changes: str) -> str:
    """Only what the filter knows, so that nothing else is kept or followed; without the place in
    the list unless it is given.
    """
    return _without({PLACE}, query, **changes)


def carried(query: str) -> str:
    """What goes with a doctor from visit to visit. A search for one person ends with finding
    them, and a name is nothing for the address of a visit.
    """
    return _without({PLACE, WORDS}, query)


def look_of(request: SignedInRequest) -> str:
    """The look that a doctor came to a visit from."""
    return carried(request.POST.get("query", "") or request.GET.urlencode())


def sought_in(query: str) -> Sought:
    return FilterForm(QueryDict(query)).sought()


def _without(names: set[str], query: str, **changes: str) -> str:
    stated = QueryDict(query, mutable=True)
    for name in set(stated) - (FilterForm.base_fields.keys() - names):
        del stated[name]
    for name, value in changes.items():
        stated[name] = value
    return stated.urlencode()
