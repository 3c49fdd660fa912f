from __future__ import annotations

from typing import TYPE_CHECKING

from django.contrib import messages
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from portal.accounts.access import doctor_only
from portal.accounts.selectors import clinic_of
from portal.review.treatments import services
from portal.review.treatments.forms import TemplateForm
from portal.review.treatments.selectors import templates_of

if TYPE_CHECKING:
    from uuid import UUID

    from django.http import HttpResponse

    from portal.accounts.access import SignedInRequest
    from portal.review.models import TreatmentTemplate


@doctor_only
@require_safe
def templates(request: SignedInRequest) -> HttpResponse:
    return render(request, "review/templates.html", {"templates": templates_of(request.user)})


@doctor_only
@require_http_methods(["GET", "HEAD", "POST"])
def add_template(request: SignedInRequest) -> HttpResponse:
    return _edit(request, None)


@doctor_only
@require_http_methods(["GET", "HEAD", "POST"])
def template(request: SignedInRequest, template_id: UUID) -> HttpResponse:
    return _edit(request, get_object_or_404(templates_of(request.user), public_id=template_id))


@doctor_only
@require_POST
def drop_template(request: SignedInRequest, template_id: UUID) -> HttpResponse:
    found = get_object_or_404(templates_of(request.user), public_id=template_id)
    services.drop_template(template=found)
    messages.info(request, _("The template is gone. What was signed with its words keeps them."))
    return redirect("review:templates")


def _edit(request: SignedInRequest, found: TreatmentTemplate | None) -> HttpResponse:
    written = {name: getattr(found, name) for name in TemplateForm.base_fields} if found else None
    form = TemplateForm(request.POST if request.method == "POST" else None, initial=written)
    if request.method == "POST" and form.is_valid():
        try:
            services.keep_template(
                clinic=clinic_of(request.user), template=found, **form.cleaned_data
            )
        except services.NameTakenError:
            form.add_error("name", _("There is a template of this name for this grade."))
        else:
            messages.success(request, _("The template is kept."))
            return redirect("review:templates")
    status = 422 if form.errors else 200
    return render(request, "review/template.html", {"form": form, "template": found}, status=status)
