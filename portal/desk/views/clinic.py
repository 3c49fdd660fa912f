"""How the clinic works."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from django.contrib import messages
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from portal.accounts.access import administrator_only, showing_who_they_are_where
from portal.accounts.models import Clinic
from portal.accounts.selectors import clinic_of
from portal.accounts.services import set_rules
from portal.desk.forms.clinic import RETENTION, ClinicForm, QualityForm

if TYPE_CHECKING:
    from django.http import HttpRequest, HttpResponse

    from portal.accounts.access import SignedInRequest
    from portal.accounts.models import User


def _changes_what_is_kept(request: HttpRequest) -> bool:
    """A shorter time lets records go for good, so who it is is asked again."""
    if request.method != "POST":
        return False
    clinic = Clinic.objects.get(pk=clinic_of(cast("User", request.user)).pk)
    form = ClinicForm(request.POST, instance=clinic)
    return form.is_valid() and not set(RETENTION).isdisjoint(form.changed_data)


@administrator_only
@showing_who_they_are_where(_changes_what_is_kept)
@require_http_methods(["GET", "HEAD", "POST"])
def settings(request: SignedInRequest) -> HttpResponse:
    clinic = clinic_of(request.user)
    form = ClinicForm(request.POST if request.method == "POST" else None, instance=clinic)
    if request.method == "POST" and form.is_valid():
        set_rules(clinic=clinic, **form.cleaned_data)
        messages.success(request, _("Kept. It holds from now on; what was done stays as it was."))
        return redirect("desk:settings")
    status = 422 if form.errors else 200
    return render(request, "desk/settings.html", {"form": form}, status=status)


@administrator_only
@require_http_methods(["GET", "HEAD", "POST"])
def quality(request: SignedInRequest) -> HttpResponse:
    """The limits of the picture check, from the one table that server and phone judge by."""
    clinic = clinic_of(request.user)
    form = QualityForm(
        request.POST if request.method == "POST" else None, overrides=clinic.quality_limits
    )
    if request.method == "POST" and form.is_valid():
        set_rules(clinic=clinic, quality_limits=form.limits())
        messages.success(request, _("Kept. It holds for every photo from now on."))
        return redirect("desk:quality")
    status = 422 if form.errors else 200
    return render(request, "desk/quality.html", {"form": form}, status=status)
