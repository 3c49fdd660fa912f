from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.shortcuts import get_object_or_404
from django.utils.translation import gettext_lazy as _
from drf_spectacular.utils import OpenApiParameter
from rest_framework.decorators import api_view, permission_classes
from rest_framework.response import Response

from portal.api.access import PatientOnly
from portal.api.errors import Refused, wrong_fields
from portal.api.schema import operation
from portal.api.serializers.consent import Form, Signature, Signing
from portal.consent.forms import SignatureForm
from portal.consent.models import ConsentKind, Language
from portal.consent.selectors import changes_since, consent_states, signatures_for
from portal.consent.services import FormReplacedError, sign, withdraw
from portal.consent.views import reading_language, state_of

if TYPE_CHECKING:
    from uuid import UUID

    from portal.api.access import Request
    from portal.consent.selectors import ConsentState

NEW_VERSION = _("The clinic has just published a new version. Nothing was signed: please read it.")
NOT_SIGNED = _("Nothing was signed.")


@operation("The clinic's consent forms", answers={200: Form(many=True)})
@api_view(["GET"])
@permission_classes([PatientOnly])
def forms(request: Request) -> Response:
    language = reading_language()
    states = consent_states(request.user)
    return Response([_form(state, language) for state in states])


@operation(
    "Sign a form",
    takes=Signing,
    answers={201: Signature},
    errors=[404, 409],
    parameters=[OpenApiParameter("kind", enum=ConsentKind.values, location="path")],
)
@api_view(["POST"])
@permission_classes([PatientOnly])
def signing(request: Request, kind: str) -> Response:
    state = state_of(request.user, kind)
    asked = Signing(data=request.data)
    asked.is_valid(raise_exception=True)
    language = Language(asked.validated_data["language"])
    form = SignatureForm(
        asked.validated_data, text=state.form.text_in(language), patient=request.user
    )
    if not form.is_valid():
        raise Refused("not_signed", NOT_SIGNED, wrong_fields(form))
    return Response(Signature(_sign(request, state, language, form)).data, status=201)


@operation("Every form the patient signed", answers={200: Signature(many=True)})
@api_view(["GET"])
@permission_classes([PatientOnly])
def signatures(request: Request) -> Response:
    return Response(Signature(signatures_for(request.user), many=True).data)


@operation("Withdraw consent", answers={200: Signature}, errors=[404])
@api_view(["POST"])
@permission_classes([PatientOnly])
def withdrawal(request: Request, signature_id: UUID) -> Response:
    in_force = signatures_for(request.user).in_force()
    signature = get_object_or_404(in_force, public_id=signature_id)
    withdraw(signature=signature)
    return Response(Signature(signature).data)


def _form(state: ConsentState, language: Language) -> Any:
    signed = state.signature or state.earlier
    changes = changes_since(state.form, signed.form, language) if signed else []
    shown = {"state": state, "text": state.form.text_in(language), "changes": changes}
    return Form(shown).data


def _sign(request: Request, state: ConsentState, language: Language, form: SignatureForm) -> Any:
    try:
        return sign(
            form=state.form,
            patient=request.user,
            language=language,
            signed_name=form.cleaned_data["signed_name"],
            drawing=form.cleaned_data["drawing"],
        )
    except FormReplacedError as error:
        raise Refused("new_version", NEW_VERSION) from error
