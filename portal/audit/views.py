from __future__ import annotations

from typing import TYPE_CHECKING

from django.core.paginator import Paginator
from django.shortcuts import render
from django.views.decorators.cache import cache_control
from django.views.decorators.http import require_safe

from portal.accounts.access import administrator_only, patient_only
from portal.accounts.selectors import clinic_of
from portal.audit import selectors
from portal.audit.forms import LogForm

if TYPE_CHECKING:
    from django.http import HttpResponse

    from portal.accounts.access import SignedInRequest

ENTRIES_A_PAGE = 50
LOOKS_A_PAGE = 30


@administrator_only
@require_safe
@cache_control(private=True, no_store=True)
def log(request: SignedInRequest) -> HttpResponse:
    """Who did what at the clinic, the newest first."""
    form = LogForm(request.GET)
    found = form.narrowed(selectors.log_for(request.user))
    page = Paginator(found, ENTRIES_A_PAGE).get_page(request.GET.get("page"))
    context = {
        "form": form,
        "page": page,
        "lines": selectors.lines(request.user, page.object_list),
        "is_narrowed": any(request.GET.get(name) for name in form.fields),
    }
    return render(request, "audit/log.html", context)


@patient_only
@require_safe
@cache_control(private=True, no_store=True)
def looks(request: SignedInRequest) -> HttpResponse:
    """Who looked at the patient's pictures, reports and messages."""
    page = Paginator(selectors.looks_at(request.user), LOOKS_A_PAGE).get_page(
        request.GET.get("page")
    )
    context = {
        "page": page,
        "looks": selectors.described(request.user, page.object_list),
        "clinic": clinic_of(request.user),
    }
    return render(request, "audit/looks.html", context)
