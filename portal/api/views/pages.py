"""The one page of the API for people: which devices hold a key to their account."""

from __future__ import annotations

from http import HTTPStatus
from typing import TYPE_CHECKING

from allauth.account.decorators import reauthentication_required
from django import forms
from django.contrib import messages
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import cache_control
from django.views.decorators.http import require_http_methods, require_POST

from portal.accounts.access import allow
from portal.api import tokens

if TYPE_CHECKING:
    from uuid import UUID

    from django.http import HttpResponse

    from portal.accounts.access import SignedInRequest


class DeviceForm(forms.Form):
    name = forms.CharField(
        label=gettext_lazy("Name of the device"),
        help_text=gettext_lazy("As you will know it again, for example: my phone."),
        max_length=80,
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )


@allow(*tokens.HOLDERS)
@reauthentication_required(allow_get=True)
@require_http_methods(["GET", "HEAD", "POST"])
@cache_control(private=True, no_store=True)
def devices(request: SignedInRequest) -> HttpResponse:
    """The key of a new device is shown on the answer to its form, and never again."""
    form, key = DeviceForm(request.POST or None), ""
    if request.method == "POST" and form.is_valid():
        _device, key = tokens.issue(user=request.user, name=form.cleaned_data["name"])
        form = DeviceForm()
    context = {"devices": tokens.tokens_for(request.user), "form": form, "key": key}
    status = HTTPStatus.UNPROCESSABLE_ENTITY if form.errors else HTTPStatus.OK
    return render(request, "accounts/devices.html", context, status=status)


@allow(*tokens.HOLDERS)
@require_POST
def revoke(request: SignedInRequest, token_id: UUID) -> HttpResponse:
    tokens.revoke(token=get_object_or_404(tokens.tokens_for(request.user), public_id=token_id))
    messages.success(request, _("The device is signed out."))
    return redirect("devices")
