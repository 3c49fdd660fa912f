from __future__ import annotations

from http import HTTPStatus
from typing import TYPE_CHECKING

from django.contrib import messages
from django.http import Http404
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import cache_control
from django.views.decorators.http import require_http_methods

from portal.accounts.access import doctor_only, signing_again
from portal.audit.reads import visit_read
from portal.cases.models import VisitStatus
from portal.cases.selectors import visits_for
from portal.cases.transitions import WrongStateError
from portal.review.second import selectors, services
from portal.review.second.forms import ConsensusForm

if TYPE_CHECKING:
    from uuid import UUID

    from django.http import HttpResponse

    from portal.accounts.access import SignedInRequest


@doctor_only
@signing_again
@require_http_methods(["GET", "HEAD", "POST"])
@cache_control(private=True, no_store=True)
def consensus(request: SignedInRequest, visit_id: UUID) -> HttpResponse:
    """Both readings side by side, for the two who gave them and for nobody else."""
    visits = visits_for(request.user).select_related("case__patient", "case__clinic")
    visit = get_object_or_404(visits, public_id=visit_id)
    if not visit.reviews.filter(doctor=request.user).exists():
        raise Http404
    if visit.status != VisitStatus.CONSENSUS:
        return redirect("review:workstation", visit.public_id)
    given = selectors.both_readings(visit)
    if all(one.review.doctor_id != request.user.pk for one in given):
        raise Http404
    visit_read(visit)
    form = ConsensusForm(request.POST if request.method == "POST" else None, given=given)
    if request.method == "POST" and form.is_valid():
        try:
            services.record_consensus(visit=visit, doctor=request.user, **form.cleaned_data)
        except WrongStateError:
            messages.info(request, _("Your colleague has just recorded what you agreed on."))
        else:
            messages.success(request, _("Recorded and signed. Both readings are kept."))
        return redirect("review:queue")
    status = HTTPStatus.UNPROCESSABLE_ENTITY if form.errors else HTTPStatus.OK
    context = {"visit": visit, "given": given, "form": form}
    return render(request, "review/consensus.html", context, status=status)
