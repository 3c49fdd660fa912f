from __future__ import annotations

from typing import TYPE_CHECKING

from django.shortcuts import redirect, render
from django.views.decorators.http import require_safe

from portal.accounts.models import Role
from portal.accounts.selectors import clinics_open_for_registration

if TYPE_CHECKING:
    from django.http import HttpRequest, HttpResponse

HOME_OF = {
    Role.PATIENT: "cases:home",
    Role.DERMATOLOGIST: "review:queue",
    Role.ADMINISTRATOR: "desk:home",
    Role.OPERATOR: "admin:index",
}


@require_safe
def home(request: HttpRequest) -> HttpResponse:
    if request.user.is_authenticated:
        return redirect(HOME_OF[Role(request.user.role)])
    context = {"may_register": clinics_open_for_registration().exists()}
    return render(request, "home.html", context)
