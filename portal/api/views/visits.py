from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.shortcuts import get_object_or_404
from rest_framework.decorators import api_view, permission_classes
from rest_framework.response import Response

from portal.analysis.selectors import readings
from portal.api.access import PatientOnly
from portal.api.errors import Refused
from portal.api.schema import operation
from portal.api.serializers.visits import Answers, VisitDocument, VisitSummary
from portal.cases import services
from portal.cases.checklist import asked_views, checklist
from portal.cases.models import Questionnaire
from portal.cases.preview import preview_of
from portal.cases.selectors import own_visits, questionnaire_of, visits_for, wait_of
from portal.cases.transitions import WrongStateError

if TYPE_CHECKING:
    from uuid import UUID

    from portal.api.access import Request
    from portal.cases.models import Visit


@operation("The patient's visits", answers={200: VisitSummary(many=True)}, methods=["GET"])
@operation(
    "Open a visit",
    answers={200: VisitDocument},
    errors=[409],
    methods=["POST"],
    description="Opening twice is opening once: the open visit is answered.",
)
@api_view(["GET", "POST"])
@permission_classes([PatientOnly])
def visits(request: Request) -> Response:
    if request.method == "GET":
        return Response(VisitSummary(own_visits(request.user), many=True).data)
    try:
        opened = services.open_visit(patient=request.user)
    except services.ConsentMissingError as error:
        raise Refused("no_consent", services.NO_CONSENT) from error
    return Response(_document(find_visit(request, opened.public_id)))


@operation("One visit", answers={200: VisitDocument}, errors=[404])
@api_view(["GET"])
@permission_classes([PatientOnly])
def visit(request: Request, visit_id: UUID) -> Response:
    return Response(_document(find_visit(request, visit_id)))


@operation(
    "Keep answers to the doctor's questions",
    takes=Answers,
    answers={200: Answers},
    errors=[404, 409],
    description="Send as many as are known; the others stay as they are.",
)
@api_view(["PATCH"])
@permission_classes([PatientOnly])
def answers(request: Request, visit_id: UUID) -> Response:
    found = find_visit(request, visit_id)
    asked = Answers(data=request.data)
    asked.is_valid(raise_exception=True)
    try:
        kept = services.save_answers(visit=found, answers=asked.validated_data)
    except WrongStateError as error:
        raise Refused("not_open", services.NOT_OPEN) from error
    return Response(Answers(kept).data)


@operation("Send a visit to the clinic", answers={200: VisitDocument}, errors=[404, 409])
@api_view(["POST"])
@permission_classes([PatientOnly])
def submission(request: Request, visit_id: UUID) -> Response:
    """Sending twice is sending once."""
    found = find_visit(request, visit_id)
    try:
        services.submit(visit=found)
    except services.NotReadyError as error:
        first = error.obstacles[0]
        raise Refused(first.code, first.message) from error
    except services.ConsentMissingError as error:
        raise Refused("no_consent", services.NO_CONSENT) from error
    except WrongStateError:
        pass  # tapped twice: the first one sent it
    return Response(_document(find_visit(request, visit_id)))


def find_visit(request: Request, visit_id: UUID) -> Visit:
    mine = visits_for(request.user).select_related("case__patient", "case__clinic", "report")
    return get_object_or_404(mine, public_id=visit_id)


def _document(visit: Visit) -> Any:
    check = checklist(visit)
    shown = {
        "visit": visit,
        "views_asked": asked_views(visit) if visit.is_open else [],
        "photos": readings(visit),
        "obstacles": check.obstacles if visit.is_open else [],
        "retakes": [card for card in check.cards if card.retake],
        "answers": questionnaire_of(visit) or Questionnaire(visit=visit),
        "wait": wait_of(visit),
        "urgent_advice": visit.case.clinic.urgent_advice,
        "preview": preview_of(visit),
    }
    return VisitDocument(shown).data
