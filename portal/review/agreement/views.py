from __future__ import annotations

from typing import TYPE_CHECKING

from django.shortcuts import render
from django.views.decorators.cache import cache_control
from django.views.decorators.http import require_safe

from portal.accounts.access import doctor_only
from portal.review.agreement import selectors

if TYPE_CHECKING:
    from django.http import HttpResponse

    from portal.accounts.access import SignedInRequest


@doctor_only
@require_safe
@cache_control(private=True, no_store=True)
def agreement(request: SignedInRequest) -> HttpResponse:
    months = selectors.months(request.user)
    context = {
        "months": months,
        "together": selectors.together(months),
        "fewest": selectors.FEWEST,
    }
    return render(request, "review/agreement.html", context)
