from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.shortcuts import render
from django.views.decorators.cache import cache_control
from django.views.decorators.http import require_safe

from portal.accounts.access import doctor_only
from portal.review.agreement import selectors
from portal.review.agreement.chart import drawings

if TYPE_CHECKING:
    from django.http import HttpResponse

    from portal.accounts.access import SignedInRequest


@doctor_only
@require_safe
@cache_control(private=True, no_store=True)
def agreement(request: SignedInRequest) -> HttpResponse:
    months = selectors.months(request.user)
    context: dict[str, Any] = {
        "months": months,
        "together": selectors.together(months),
        "fewest": selectors.FEWEST,
    }
    if months:
        context["drawn"] = drawings(months)
    return render(request, "review/agreement/page.html", context)
