from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.contrib import messages
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.views.decorators.cache import cache_control
from django.views.decorators.http import require_POST, require_safe

from portal.accounts.access import doctor_only, patient_only
from portal.accounts.models import Role
from portal.analysis.models import LesionType
from portal.audit.reads import course_read
from portal.cases.selectors import cases_for
from portal.trends.chart import charts
from portal.trends.comparison import comparison
from portal.trends.forms import CorrectionForm
from portal.trends.pairing import Pairing
from portal.trends.progress import progress
from portal.trends.selectors import Course, course, matchings_for
from portal.trends.services import NotAPairError, correct
from portal.trends.tables import table, table_by_region

if TYPE_CHECKING:
    from uuid import UUID

    from django.http import HttpResponse

    from portal.accounts.access import SignedInRequest
    from portal.cases.models import Case
    from portal.trends.models import VisitMatching

private = cache_control(private=True, no_store=True)


@patient_only
@require_safe
@private
def mine(request: SignedInRequest) -> HttpResponse:
    case = cases_for(request.user).select_related("patient", "clinic").first()
    return _page(request, case)


@doctor_only
@require_safe
@private
def of_case(request: SignedInRequest, case_id: UUID) -> HttpResponse:
    case = get_object_or_404(
        cases_for(request.user).select_related("patient", "clinic"), public_id=case_id
    )
    return _page(request, case)


def _page(request: SignedInRequest, case: Case | None) -> HttpResponse:
    found = course(case) if case else Course([], damaged=0)
    if case:
        course_read(case)
    context: dict[str, Any] = {"case": case, "course": found, "types": LesionType}
    if case and found.is_comparable:
        wanted = {name: request.GET.get(name, "") for name in ("before", "after", "view")}
        compared = comparison(found, **wanted)
        progressed = progress(found, case.clinic, (compared.before, compared.after))
        links = progressed.between(compared.before, compared.after)
        context |= {
            "charts": charts(found, progressed.ranges),
            "compared": compared,
            "verdicts": progressed.verdicts(gently=request.user.role == Role.PATIENT),
            "response": progressed.response,
            "pairing": links and Pairing(compared, links, request.GET.get("show", "")),
            "unlinked": "" if links else progressed.unlinked(compared.before, compared.after),
            "rows": table(found, progressed.ranges),
            "regions": table_by_region(found, progressed.ranges),
        }
    return render(request, "trends/course.html", context)


@doctor_only
@require_POST
def correct_match(request: SignedInRequest, matching_id: int) -> HttpResponse:
    """A doctor's word on two lesions; then the same two visits again."""
    matching = get_object_or_404(matchings_for(request.user), pk=matching_id)
    form = CorrectionForm(request.POST)
    try:
        if form.is_valid():
            correct(matching=matching, doctor=request.user, **form.cleaned_data)
            messages.success(request, _("Kept. The numbers follow what you said."))
        else:
            messages.error(request, _("Choose the lesion that it is, and send again."))
    except NotAPairError:
        messages.error(request, _("These lesions cannot be paired any more. Look again."))
    return redirect(_page_of(matching))


def _page_of(matching: VisitMatching) -> str:
    case = matching.later.visit.case
    chosen = {"before": matching.earlier.visit.number, "after": matching.later.visit.number}
    return f"{reverse('trends:case', args=[case.public_id])}?{urlencode(chosen)}#lesions"
