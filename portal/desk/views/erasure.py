"""A patient asked at the clinic or by letter to be erased. What is in their record stays closed to
the desk: it reads how much there is, in the words that the patient reads.
"""

from __future__ import annotations

from http import HTTPStatus
from typing import TYPE_CHECKING

from django.conf import settings
from django.db.models import Q
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.views.decorators.cache import cache_control
from django.views.decorators.http import require_http_methods

from portal.accounts.access import administrator_only, showing_who_they_are
from portal.accounts.models import Role
from portal.accounts.selectors import people_of
from portal.audit.models import Why
from portal.consent.models import ErasureRequest, ErasureStatus
from portal.desk.forms.people import ErasureForm
from portal.rights.exporting import exports_for
from portal.rights.inventory import categories, digest
from portal.rights.services import ChangedError, NotWaitingError, close_as_shown, confirm_again
from portal.rights.tokens import token_of
from portal.rights.words import told

if TYPE_CHECKING:
    from uuid import UUID

    from django.db.models import QuerySet
    from django.http import HttpResponse

    from portal.accounts.access import SignedInRequest
    from portal.accounts.models import User


def erasable(administrator: User) -> QuerySet[User]:
    """Whose erasure was not asked for yet, or was refused because something had changed."""
    refused = Q(erasure_request__status=ErasureStatus.CHANGED)
    patients = people_of(administrator).filter(role=Role.PATIENT)
    return patients.filter(Q(erasure_request=None) | refused)


@administrator_only
@showing_who_they_are
@require_http_methods(["GET", "HEAD", "POST"])
@cache_control(private=True, no_store=True)
def erase(request: SignedInRequest, person_id: UUID) -> HttpResponse:
    """The copy, the plan, and the button; the scheduled task carries it out when it is due."""
    patient = get_object_or_404(erasable(request.user), public_id=person_id)
    form = ErasureForm(request.POST if request.method == "POST" else None, patient=patient)
    has_changed = False
    if request.method == "POST" and form.is_valid():
        asked = _ask(patient, shown=request.POST.get("digest", ""), form=form)
        if asked:
            page = reverse("rights:erasure", args=[token_of(asked.public_id)])
            link = request.build_absolute_uri(page)
            context = {"person": patient, "erasure": asked, "link": link}
            return render(request, "desk/erasure_asked.html", context)
        has_changed = True
    context = {
        "person": patient,
        "form": form,
        "digest": digest(patient),
        "plan": told(categories(patient)),
        "exports": exports_for(patient),
        "days": settings.ERASURE_DELAY_DAYS,
        "has_changed": has_changed,
    }
    return render(request, "desk/erase.html", context, status=_status(form, has_changed))


def _ask(patient: User, *, shown: str, form: ErasureForm) -> ErasureRequest | None:
    """Nothing, if the page did not show what is there."""
    why = Why(form.cleaned_data["way"])
    refused = ErasureRequest.objects.filter(patient=patient).first()
    try:
        if refused is None:
            return close_as_shown(patient=patient, shown=shown, why=why)
        confirm_again(request=refused, shown=shown, why=why)
    except (ChangedError, NotWaitingError):
        return None
    refused.refresh_from_db()
    return refused


def _status(form: ErasureForm, has_changed: bool) -> int:
    if has_changed:
        return HTTPStatus.CONFLICT
    return HTTPStatus.UNPROCESSABLE_ENTITY if form.errors else HTTPStatus.OK
