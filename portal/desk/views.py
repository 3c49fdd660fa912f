from __future__ import annotations

from typing import TYPE_CHECKING

from allauth.account.forms import ResetPasswordForm
from django.contrib import messages
from django.core.paginator import Paginator
from django.http import Http404
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import cache_control
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from portal.accounts.access import administrator_only
from portal.accounts.invitations import qr_code, token_of
from portal.accounts.models import Role
from portal.accounts.selectors import clinic_of, invitations_of, people_of
from portal.accounts.services import (
    create_person,
    invite,
    revoke_invitation,
    set_active,
    set_reading_rules,
)
from portal.analysis.services import retry
from portal.cases.transitions import WrongStateError
from portal.consent.models import ConsentKind
from portal.consent.services import FormIncompleteError, FormPublishedError, publish, write_draft
from portal.desk import selectors
from portal.desk.forms import (
    USUAL_INVITATION,
    DoctorForm,
    InvitationForm,
    PublishForm,
    ReadingRulesForm,
    wording_forms,
)

if TYPE_CHECKING:
    from uuid import UUID

    from django.http import HttpResponse

    from portal.accounts.access import SignedInRequest
    from portal.accounts.models import User
    from portal.desk.selectors import FormState

PEOPLE_A_PAGE = 50


@administrator_only
@require_safe
def home(request: SignedInRequest) -> HttpResponse:
    clinic = clinic_of(request.user)
    context = {
        "clinic": clinic,
        "workers": selectors.workers(),
        "waiting": selectors.waiting_count(clinic),
        "failed": selectors.failed_analyses(clinic).count(),
        "form_states": selectors.form_states(clinic),
        "roles": selectors.people_by_role(clinic),
    }
    return render(request, "desk/home.html", context)


# --- Accounts -----------------------------------------------------------------------------------


@administrator_only
@require_safe
def people(request: SignedInRequest) -> HttpResponse:
    words = request.GET.get("q", "").strip()
    found = selectors.matching(people_of(request.user), words)
    page = Paginator(found, PEOPLE_A_PAGE).get_page(request.GET.get("page"))
    return render(request, "desk/people.html", {"page": page, "q": words})


@administrator_only
@require_http_methods(["GET", "HEAD", "POST"])
def add_doctor(request: SignedInRequest) -> HttpResponse:
    form = DoctorForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        doctor = create_person(
            clinic=clinic_of(request.user),
            role=Role.DERMATOLOGIST,
            password=None,
            email_verified=True,  # only who reads the mailbox can choose the password
            **form.cleaned_data,
        )
        send_password_link(request, doctor)
        return redirect("desk:people")
    return render(
        request, "desk/add_doctor.html", {"form": form}, status=422 if form.errors else 200
    )


@administrator_only
@require_POST
def password_link(request: SignedInRequest, person_id: UUID) -> HttpResponse:
    person = get_object_or_404(people_of(request.user).filter(is_active=True), public_id=person_id)
    send_password_link(request, person)
    return redirect("desk:people")


def send_password_link(request: SignedInRequest, person: User) -> None:
    reset = ResetPasswordForm({"email": person.email})
    reset.full_clean()
    reset.save(request)
    messages.success(
        request, _("A link to choose a password was sent to %(email)s.") % {"email": person.email}
    )


@administrator_only
@require_http_methods(["GET", "HEAD", "POST"])
def activation(request: SignedInRequest, person_id: UUID) -> HttpResponse:
    """Close an account or open it again, after a page that says what that does."""
    # Whoever closed their own account asked to be erased: nobody opens it behind their back.
    others = people_of(request.user).filter(erasure_request=None).exclude(pk=request.user.pk)
    person = get_object_or_404(others, public_id=person_id)
    if request.method == "POST":
        set_active(person=person, active=request.POST.get("active") == "yes")
        message = _("The account is open.") if person.is_active else _("The account is closed.")
        messages.success(request, message)
        return redirect("desk:people")
    return render(request, "desk/activation.html", {"person": person})


# --- Invitations --------------------------------------------------------------------------------


@administrator_only
@require_http_methods(["GET", "HEAD", "POST"])
def invitations(request: SignedInRequest) -> HttpResponse:
    usual_end = timezone.localdate() + USUAL_INVITATION
    form = InvitationForm(request.POST or None, initial={"ends_on": usual_end})
    if request.method == "POST" and form.is_valid():
        made = invite(by=request.user, clinic=clinic_of(request.user), **form.terms())
        return redirect("desk:invitation", made.public_id)
    page = Paginator(invitations_of(request.user), PEOPLE_A_PAGE).get_page(request.GET.get("page"))
    status = 422 if form.errors else 200
    return render(request, "desk/invitations.html", {"form": form, "page": page}, status=status)


@administrator_only
@require_safe
@cache_control(private=True, no_store=True)
def invitation(request: SignedInRequest, invitation_id: UUID) -> HttpResponse:
    """The link and its QR code, to send, to show or to print."""
    found = get_object_or_404(invitations_of(request.user), public_id=invitation_id)
    link = request.build_absolute_uri(reverse("join", args=[token_of(found)]))
    context = {"invitation": found, "link": link, "qr": qr_code(link)}
    return render(request, "desk/invitation.html", context)


@administrator_only
@require_POST
def revoke(request: SignedInRequest, invitation_id: UUID) -> HttpResponse:
    found = get_object_or_404(invitations_of(request.user), public_id=invitation_id)
    revoke_invitation(invitation=found)
    messages.success(request, _("The invitation is called back: its link opens nothing any more."))
    return redirect("desk:invitations")


# --- Consent forms ------------------------------------------------------------------------------


@administrator_only
@require_safe
def forms(request: SignedInRequest) -> HttpResponse:
    clinic = clinic_of(request.user)
    context = {
        "form_states": selectors.form_states(clinic),
        "versions": selectors.form_versions(clinic),
    }
    return render(request, "desk/forms.html", context)


@administrator_only
@require_safe
def form_version(request: SignedInRequest, form_id: UUID) -> HttpResponse:
    form = get_object_or_404(selectors.form_versions(clinic_of(request.user)), public_id=form_id)
    return render(request, "desk/form_version.html", {"form": form, "texts": form.texts.all()})


@administrator_only
@require_http_methods(["GET", "HEAD", "POST"])
def edit_form(request: SignedInRequest, kind: str) -> HttpResponse:
    state = state_of(request, kind)
    wordings = wording_forms(state.draft or state.current, request.POST or None)
    if request.method == "POST" and all(wording.is_valid() for wording in wordings):
        write_draft(
            clinic=clinic_of(request.user),
            kind=state.kind,
            wordings={wording.language: wording.wording() for wording in wordings},
        )
        return redirect("desk:publish", kind=kind)
    status = 422 if any(wording.errors for wording in wordings) else 200
    context = {"state": state, "wordings": wordings}
    return render(request, "desk/form.html", context, status=status)


@administrator_only
@require_http_methods(["GET", "HEAD", "POST"])
def publish_form(request: SignedInRequest, kind: str) -> HttpResponse:
    """The draft as patients will read it, and the button that makes them sign it."""
    state = state_of(request, kind)
    if state.draft is None:
        return redirect("desk:form", kind=kind)
    form = PublishForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        try:
            publish(form=state.draft, asks_again=not form.cleaned_data["is_correction"])
        except (FormIncompleteError, FormPublishedError):
            messages.warning(request, _("Nothing was published: check the words below first."))
            return redirect("desk:form", kind=kind)
        messages.success(request, _("Published. This is the text in force from now on."))
        return redirect("desk:forms")
    context = {"state": state, "texts": state.draft.texts.all(), "form": form}
    return render(request, "desk/publish.html", context)


def state_of(request: SignedInRequest, kind: str) -> FormState:
    if kind not in ConsentKind.values:
        raise Http404
    return selectors.form_state(clinic_of(request.user), ConsentKind(kind))


# --- How visits are read --------------------------------------------------------------------------


@administrator_only
@require_http_methods(["GET", "HEAD", "POST"])
def reading_rules(request: SignedInRequest) -> HttpResponse:
    clinic = clinic_of(request.user)
    form = ReadingRulesForm(request.POST if request.method == "POST" else None, instance=clinic)
    if request.method == "POST" and form.is_valid():
        set_reading_rules(clinic=clinic, **form.cleaned_data)
        messages.success(request, _("Kept. It holds for every visit from now on."))
        return redirect("desk:reading_rules")
    status = 422 if form.errors else 200
    return render(request, "desk/reading_rules.html", {"form": form}, status=status)


# --- The machine --------------------------------------------------------------------------------


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
