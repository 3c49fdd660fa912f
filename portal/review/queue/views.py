from __future__ import annotations

from http import HTTPStatus
from typing import TYPE_CHECKING
from uuid import UUID

from django.contrib import messages
from django.http import JsonResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.cache import cache_control
from django.views.decorators.http import require_POST, require_safe

from portal.accounts.access import doctor_only
from portal.accounts.selectors import colleagues_of
from portal.audit.reads import visits_found
from portal.cases.files import SIZES
from portal.review.pictures import levels
from portal.review.queue import selectors, services
from portal.review.queue.forms import AssignForm, SaveForm
from portal.review.queue.look import (
    carried,
    filter_of,
    look,
    look_asked_for,
    look_of,
    sought_in,
)

if TYPE_CHECKING:
    from django.http import HttpResponse

    from portal.accounts.access import SignedInRequest

POLL_SECONDS = 15
DROPPED = "dropped_filter"
private = cache_control(private=True, no_store=True)


@doctor_only
@require_safe
@private
def queue(request: SignedInRequest) -> HttpResponse:
    """The whole page, or with ``part=lists`` what of it changes while one looks at it."""
    form = filter_of(request)
    sought = form.sought()
    after = form.cleaned_data.get("after")
    found = selectors.queue(request.user, sought, after)
    if sought.words:
        visits_found([row.visit for row in found.rows])
    query = request.GET.urlencode()
    kept = look(query)
    context = {"queue": found, "form": form, "after": after, "query": kept}
    context["carried"] = carried(query)
    if found.has_more:
        context["more"] = look(query, after=str(found.waiting[-1].visit.public_id))
    status = HTTPStatus.BAD_REQUEST if form.errors else HTTPStatus.OK
    if request.GET.get("part") == "lists":
        return render(request, "review/queue_lists.html", context, status=status)
    around = selectors.surroundings(request.user)
    context |= {
        "around": around,
        "is_kept": any(kept == query for _name, query in around.filters),
        "save": SaveForm(initial={"query": context["carried"]}),
        "dropped": request.session.pop(DROPPED, None),
        "poll_seconds": POLL_SECONDS,
    }
    return render(request, "review/queue.html", context, status=status)


@doctor_only
@require_POST
def search(request: SignedInRequest) -> HttpResponse:
    """To what was asked for, by an address that names nobody."""
    return redirect(_queue(look_asked_for(request)))


@doctor_only
@require_safe
@private
def following(request: SignedInRequest) -> JsonResponse:
    """What is looked at first of whoever comes next, to be there before their visit is opened."""
    visit = selectors.next_waiting(request.user, sought_in(look_of(request)))
    pictures = [
        level["url"]
        for photo in (selectors.shown_photos(visit) if visit else [])
        for level in levels(photo.public_id, photo.width or 0, photo.height or 0)
        if max(level["width"], level["height"]) <= SIZES["medium"]
    ]
    return JsonResponse({"pictures": pictures})


@doctor_only
@require_POST
def assign(request: SignedInRequest) -> HttpResponse:
    form = AssignForm(request.POST)
    if not form.is_valid():
        messages.warning(request, _("Mark the visits that you want to assign, and choose to whom."))
        return redirect(_back(request))
    chosen = form.cleaned_data["to"]
    to = get_object_or_404(colleagues_of(request.user), public_id=chosen) if chosen else None
    visits = [UUID(one) for one in form.cleaned_data["visits"] if _is_uuid(one)]
    number = services.assign(by=request.user, visits=visits, to=to)
    said = ngettext("%(n)d visit is assigned.", "%(n)d visits are assigned.", number)
    messages.success(request, said % {"n": number})
    return redirect(_back(request))


@doctor_only
@require_POST
def keep_filter(request: SignedInRequest) -> HttpResponse:
    form = SaveForm(request.POST)
    if not form.is_valid():
        messages.warning(request, _("Give the filter a name of at most 40 letters."))
        return redirect(_back(request))
    query = carried(form.cleaned_data["query"])
    try:
        services.keep_filter(doctor=request.user, name=form.cleaned_data["name"], query=query)
    except services.TooManyFiltersError:
        said = _("You keep %(n)d filters already. Drop one first.")
        messages.warning(request, said % {"n": services.MOST_FILTERS})
    return redirect(_queue(query))


@doctor_only
@require_POST
def drop_filter(request: SignedInRequest) -> HttpResponse:
    """At once; the next page offers to bring it back."""
    dropped = services.drop_filter(doctor=request.user, name=request.POST.get("name", ""))
    if dropped:
        request.session[DROPPED] = {"name": dropped.name, "query": dropped.query}
    return redirect("review:queue")


def _back(request: SignedInRequest) -> str:
    """To the queue as it was looked at."""
    return _queue(look(request.POST.get("query", "")))


def _queue(query: str) -> str:
    return f"{reverse('review:queue')}?{query}" if query else reverse("review:queue")


def _is_uuid(text: str) -> bool:
    try:
        UUID(text)
    except ValueError:
        return False
    return True
