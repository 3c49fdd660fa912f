from __future__ import annotations

from typing import TYPE_CHECKING

from django.contrib import messages
from django.core.paginator import Paginator
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import cache_control
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from portal.accounts.access import administrator_only
from portal.accounts.invitations import qr_code, token_of
from portal.accounts.selectors import clinic_of, invitations_of
from portal.accounts.services import invite, revoke_invitation
from portal.desk.forms.people import USUAL_INVITATION, InvitationForm

if TYPE_CHECKING:
    from uuid import UUID

    from django.http import HttpResponse

    from portal.accounts.access import SignedInRequest

INVITATIONS_A_PAGE = 50


@administrator_only
@require_http_methods(["GET", "HEAD", "POST"])
def invitations(request: SignedInRequest) -> HttpResponse:
    usual_end = timezone.localdate() + USUAL_INVITATION
    form = InvitationForm(request.POST or None, initial={"ends_on": usual_end})
    if request.method == "POST" and form.is_valid():
        made = invite(by=request.user, clinic=clinic_of(request.user), **form.terms())
        return redirect("desk:invitation", made.public_id)
    found = invitations_of(request.user)
    page = Paginator(found, INVITATIONS_A_PAGE).get_page(request.GET.get("page"))
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
