from __future__ import annotations

from typing import TYPE_CHECKING

from django.shortcuts import render
from django.views.decorators.http import require_safe

from portal.accounts.access import administrator_only
from portal.accounts.selectors import clinic_of
from portal.desk import selectors
from portal.desk.figures import months, queue_of

if TYPE_CHECKING:
    from django.http import HttpResponse

    from portal.accounts.access import SignedInRequest


@administrator_only
@require_safe
def home(request: SignedInRequest) -> HttpResponse:
    clinic = clinic_of(request.user)
    context = {
        "clinic": clinic,
        "workers": selectors.workers(),
        "waiting": selectors.waiting_count(clinic),
        "failed": selectors.failed_analyses(clinic).count(),
        "queue": queue_of(clinic),
        "form_states": selectors.form_states(clinic),
        "roles": selectors.people_by_role(clinic),
    }
    return render(request, "desk/home.html", context)


@administrator_only
@require_safe
def figures(request: SignedInRequest) -> HttpResponse:
    """How much was sent and answered, month by month: numbers only, nobody's name."""
    clinic = clinic_of(request.user)
    context = {"clinic": clinic, "months": months(clinic), "queue": queue_of(clinic)}
    return render(request, "desk/figures.html", context)
