from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.shortcuts import get_object_or_404, render
from django.views.decorators.cache import cache_control
from django.views.decorators.http import require_safe

from portal.accounts.access import doctor_only, patient_only
from portal.analysis.models import LesionType
from portal.audit.reads import course_read
from portal.cases.selectors import cases_for
from portal.trends.chart import chart
from portal.trends.comparison import comparison
from portal.trends.selectors import Course, course

if TYPE_CHECKING:
    from uuid import UUID

    from django.http import HttpResponse

    from portal.accounts.access import SignedInRequest
    from portal.cases.models import Case

private = cache_control(private=True, no_store=True)


@patient_only
@require_safe
@private
def mine(request: SignedInRequest) -> HttpResponse:
    case = cases_for(request.user).select_related("patient").first()
    return _page(request, case)


@doctor_only
@require_safe
@private
def of_case(request: SignedInRequest, case_id: UUID) -> HttpResponse:
    case = get_object_or_404(cases_for(request.user).select_related("patient"), public_id=case_id)
    return _page(request, case)


def _page(request: SignedInRequest, case: Case | None) -> HttpResponse:
    found = course(case) if case else Course([], damaged=0)
    if case:
        course_read(case)
    context: dict[str, Any] = {"case": case, "course": found, "types": LesionType}
    if found.is_comparable:
        wanted = {name: request.GET.get(name, "") for name in ("before", "after", "view")}
        context |= {"chart": chart(found), "compared": comparison(found, **wanted)}
    return render(request, "trends/course.html", context)
