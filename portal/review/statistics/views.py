from __future__ import annotations

from typing import TYPE_CHECKING

from django.shortcuts import render
from django.views.decorators.cache import cache_control
from django.views.decorators.http import require_safe

from portal.accounts.access import doctor_only
from portal.review.statistics import selectors

if TYPE_CHECKING:
    from django.http import HttpResponse

    from portal.accounts.access import SignedInRequest


@doctor_only
@require_safe
@cache_control(private=True, no_store=True)
def statistics(request: SignedInRequest) -> HttpResponse:
    context = {
        "own": selectors.own_statistics(request.user),
        "lately_signed": selectors.lately_signed(request.user),
    }
    return render(request, "review/statistics.html", context)
