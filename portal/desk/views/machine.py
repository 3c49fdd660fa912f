from __future__ import annotations

from typing import TYPE_CHECKING

from django.contrib import messages
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from portal.accounts.access import administrator_only
from portal.accounts.selectors import clinic_of
from portal.analysis.services import retry
from portal.cases.transitions import WrongStateError
from portal.desk import selectors

if TYPE_CHECKING:
    from uuid import UUID

    from django.http import HttpResponse

    from portal.accounts.access import SignedInRequest


@administrator_only
@require_safe
def analyses(request: SignedInRequest) -> HttpResponse:
    clinic = clinic_of(request.user)
    context = {
        "workers": selectors.workers(),
        "waiting": selectors.waiting_count(clinic),
        "failed": selectors.failed_analyses(clinic),
    }
    return render(request, "desk/analyses.html", context)


@administrator_only
@require_POST
def retry_analysis(request: SignedInRequest, analysis_id: UUID) -> HttpResponse:
    failed = selectors.failed_analyses(clinic_of(request.user))
    analysis = get_object_or_404(failed, public_id=analysis_id)
    try:
        retry(analysis=analysis)
    except WrongStateError:
        messages.info(request, _("This reading does not wait for another try any more."))
    else:
        messages.success(request, _("The picture is read again."))
    return redirect("desk:analyses")
