"""A look at the queue as a query: what a doctor filters by, and in which order; and a sign for whom
they search, never a name.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.http import QueryDict
from django.utils.translation import gettext as _

from portal import searches
from portal.review.queue.forms import FilterForm
from portal.review.queue.selectors import ALL, URGENT

if TYPE_CHECKING:
    from portal.accounts.access import SignedInRequest
    from portal.review.queue.selectors import Sought

PLACE, WORDS = "after", searches.FIELD
NOTHING_ASKED = {"whose": ALL, "order": URGENT}


def filter_of(request: SignedInRequest) -> FilterForm:
    """The filter as the address tells it, with the words that its sign stands for."""
    stated = request.GET.copy()
    sign = stated.get(searches.SIGN, "")
    words = searches.words_of(request, sign)
    stated[WORDS] = words or ""
    form = FilterForm(stated)
    if sign and words is None:
        form.add_error(WORDS, _("This search has ended. Type the name again."))
    return form


def look_asked_for(request: SignedInRequest) -> str:
    """The look that a form was sent for."""
    form = FilterForm(request.POST)
    words = form.cleaned_data.get(WORDS, "") if form.is_valid() else ""
    changes = {searches.SIGN: searches.keep(request, words)} if words else {}
    return look(request.POST.urlencode(), **changes)


def look(query: str, **changes: str) -> str:
    """Only what the filter knows, so that nothing else is kept or followed; without the place in
    the list unless it is given.
    """
    return _without({PLACE}, query, **changes)


def carried(query: str) -> str:
    """What goes with a doctor from visit to visit and is kept under a name. A search for one
    person ends with finding them.
    """
    return _without({PLACE, searches.SIGN}, query)


def look_of(request: SignedInRequest) -> str:
    """The look that a doctor came to a visit from."""
    return carried(request.POST.get("query", "") or request.GET.urlencode())


def sought_in(query: str) -> Sought:
    return FilterForm(QueryDict(query)).sought()


def _without(names: set[str], query: str, **changes: str) -> str:
    stated = QueryDict(query, mutable=True)
    for name in set(stated) - (FilterForm.base_fields.keys() - names - {WORDS}):
        del stated[name]
    for name in [name for name in stated if stated[name] in ("", NOTHING_ASKED.get(name))]:
        del stated[name]
    for name, value in changes.items():
        stated[name] = value
    return stated.urlencode()
