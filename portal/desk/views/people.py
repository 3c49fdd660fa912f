"""Who has an account at the clinic, and what the desk may do about it: nothing about their skin."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.contrib import messages
from django.core.paginator import Paginator
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from portal import searches
from portal.accounts import second_factor
from portal.accounts.access import administrator_only, showing_who_they_are
from portal.accounts.colleagues import let_in, send_password_link
from portal.accounts.models import COLLEAGUES, Role
from portal.accounts.selectors import clinic_of, people_of
from portal.accounts.services import change_role, reset_second_factor
from portal.accounts.sessions import end_all_sessions, open_sessions
from portal.api.tokens import revoke_all, tokens_for
from portal.audit.models import Action
from portal.audit.services import record
from portal.desk import selectors, services
from portal.desk.forms.people import ColleagueForm, RoleForm

if TYPE_CHECKING:
    from uuid import UUID

    from django.db.models import QuerySet
    from django.http import HttpResponse

    from portal.accounts.access import SignedInRequest
    from portal.accounts.models import User

PEOPLE_A_PAGE = 50


@administrator_only
@require_http_methods(["GET", "HEAD", "POST"])
def people(request: SignedInRequest) -> HttpResponse:
    if request.method == "POST":
        return searches.answer(request)
    words = searches.asked_for(request)
    found = selectors.matching(people_of(request.user), words)
    page = Paginator(found, PEOPLE_A_PAGE).get_page(request.GET.get("page"))
    return render(request, "desk/people.html", {"page": page, "q": words})


@administrator_only
@require_safe
def person(request: SignedInRequest, person_id: UUID) -> HttpResponse:
    """One account: its facts, where it is signed in, and what can be done about it."""
    found = get_object_or_404(people_of(request.user), public_id=person_id)
    context = {
        "person": found,
        "is_patient": found.role == Role.PATIENT,
        "has_second_factor": second_factor.has_one(found),
        "is_second_factor_missing": second_factor.is_missing(found),
        "sessions": open_sessions(found),
        "devices": tokens_for(found),
        "role_form": RoleForm(initial={"role": found.role}),
    }
    return render(request, "desk/person.html", context)


@administrator_only
@showing_who_they_are
@require_http_methods(["GET", "HEAD", "POST"])
def add_colleague(request: SignedInRequest) -> HttpResponse:
    form = ColleagueForm(request.POST or None, initial={"role": Role.DERMATOLOGIST})
    if request.method == "POST" and form.is_valid():
        colleague = {**form.cleaned_data, "role": Role(form.cleaned_data["role"])}
        let_in(request, clinic=clinic_of(request.user), **colleague)
        return redirect("desk:people")
    status = 422 if form.errors else 200
    return render(request, "desk/add_colleague.html", {"form": form}, status=status)


@administrator_only
@require_POST
def password_link(request: SignedInRequest, person_id: UUID) -> HttpResponse:
    found = get_object_or_404(people_of(request.user).filter(is_active=True), public_id=person_id)
    send_password_link(request, found)
    return redirect("desk:people")


def others_of(request: SignedInRequest) -> QuerySet[User]:
    """Whoever closed their own account asked to be erased: nobody opens it behind their back."""
    return people_of(request.user).filter(erasure_request=None).exclude(pk=request.user.pk)


@administrator_only
@showing_who_they_are
@require_http_methods(["GET", "HEAD", "POST"])
def activation(request: SignedInRequest, person_id: UUID) -> HttpResponse:
    """Close an account or open it again, after a page that says what that does."""
    found = get_object_or_404(others_of(request), public_id=person_id)
    if request.method == "POST":
        services.close_or_open(person=found, is_open=request.POST.get("active") == "yes")
        message = _("The account is open.") if found.is_active else _("The account is closed.")
        messages.success(request, message)
        return redirect("desk:people")
    return render(request, "desk/activation.html", {"person": found})


@administrator_only
@require_POST
@showing_who_they_are
def role(request: SignedInRequest, person_id: UUID) -> HttpResponse:
    """Nobody changes their own, so one administrator always stays."""
    colleagues = others_of(request).filter(role__in=COLLEAGUES)
    found = get_object_or_404(colleagues, public_id=person_id)
    form = RoleForm(request.POST)
    if form.is_valid() and form.cleaned_data["role"] != found.role:
        change_role(person=found, role=Role(form.cleaned_data["role"]))
        messages.success(request, _("The role is changed; they were signed out everywhere."))
    return redirect("desk:person", found.public_id)


@administrator_only
@require_POST
@showing_who_they_are
def second_step(request: SignedInRequest, person_id: UUID) -> HttpResponse:
    """For whoever lost their phone and their codes."""
    found = get_object_or_404(others_of(request), public_id=person_id)
    reset_second_factor(person=found)
    messages.success(
        request, _("The second step is reset. They sign in by password and set up another one.")
    )
    return redirect("desk:person", found.public_id)


@administrator_only
@require_POST
def sign_out(request: SignedInRequest, person_id: UUID) -> HttpResponse:
    found = get_object_or_404(others_of(request), public_id=person_id)
    end_all_sessions(found)
    revoke_all(user=found)
    record(Action.SESSIONS_ENDED, found, of=found)
    messages.success(request, _("They were signed out everywhere."))
    return redirect("desk:person", found.public_id)
