from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from django.utils.translation import gettext_lazy as _
from rest_framework.decorators import api_view, permission_classes
from rest_framework.response import Response

from portal.accounts.access import is_signing_again
from portal.accounts.forms import SecondStepAgainForm, StillYouForm
from portal.analysis.selectors import VisitGrade, readings, visit_grade
from portal.api.access import DoctorOnly
from portal.api.errors import Refused, wrong_fields
from portal.api.schema import operation
from portal.api.serializers.review import Claim, Decision, Findings, Queue, ReportDocument
from portal.api.views.visits import find_visit
from portal.audit.reads import visit_read
from portal.cases.selectors import answers_of
from portal.cases.transitions import WrongStateError
from portal.reports.content import lesion_document
from portal.review import services
from portal.review.forms import SignForm
from portal.review.queue.selectors import queue as queue_of

if TYPE_CHECKING:
    from collections.abc import Iterator
    from uuid import UUID

    from portal.accounts.models import User
    from portal.analysis.selectors import PhotoReading
    from portal.api.access import Request
    from portal.cases.models import Visit

NOT_WAITING = _("This visit does not wait for a doctor any more.")
NO_COLLEAGUE = _("There is no other doctor at your clinic who could read it.")
WHO_SIGNS = _(
    "Your clinic asks whoever signs to show again who they are: send your password, or the code of "
    "your authenticator app."
)
NOT_SIGNED = _("Nothing was signed. Please look at what is marked.")


@operation("The doctors' queue", answers={200: Queue}, operation_id="queue")
@api_view(["GET"])
@permission_classes([DoctorOnly])
def queue(request: Request) -> Response:
    return Response(Queue(queue_of(request.user)).data)


@operation("Take a visit, or hold it longer", answers={200: Claim}, errors=[404, 409])
@api_view(["POST"])
@permission_classes([DoctorOnly])
def claim(request: Request, visit_id: UUID) -> Response:
    visit = find_visit(request, visit_id)
    with _refusals():
        held = services.claim(visit=visit, doctor=request.user)
    return Response(Claim(held).data)


@operation("Give a visit back", answers={204: None}, errors=[404])
@api_view(["POST"])
@permission_classes([DoctorOnly])
def release(request: Request, visit_id: UUID) -> Response:
    visit = find_visit(request, visit_id)
    held = visit.reviews.open().filter(doctor=request.user).first()
    if held:
        services.release(review=held)
    return Response(status=204)


@operation(
    "What the machine found in a visit",
    answers={200: Findings},
    errors=[404],
    operation_id="findings",
)
@api_view(["GET"])
@permission_classes([DoctorOnly])
def findings(request: Request, visit_id: UUID) -> Response:
    visit = find_visit(request, visit_id)
    visit_read(visit)
    return Response(_findings(visit))


@operation(
    "Sign a visit", takes=Decision, answers={201: ReportDocument, 202: None}, errors=[404, 409]
)
@api_view(["POST"])
@permission_classes([DoctorOnly])
def signing(request: Request, visit_id: UUID) -> Response:
    """202 where two doctors read a visit and there is no report yet."""
    visit = find_visit(request, visit_id)
    asked = Decision(data=request.data)
    asked.is_valid(raise_exception=True)
    shown = {name: asked.validated_data.pop(name) for name in ("password", "code")}
    if is_signing_again(request):
        _ask_who_signs(request.user, **shown)

    def decided(counted_grade: str) -> dict[str, Any]:
        form = SignForm(asked.validated_data, counted_grade=counted_grade)
        if not form.is_valid():
            raise Refused("not_signed", NOT_SIGNED, wrong_fields(form))
        return form.cleaned_data

    with _refusals():
        report = services.claim_and_sign(visit=visit, doctor=request.user, decide=decided)
    if report is None:
        return Response(status=202)
    return Response(ReportDocument(report).data, status=201)


def _ask_who_signs(doctor: User, *, password: str, code: str) -> None:
    """A page asks for it; an app, which has no page, sends it along with what is signed."""
    form: StillYouForm | SecondStepAgainForm
    if code:
        form = SecondStepAgainForm({"code": code}, user=doctor)
    else:
        form = StillYouForm({"password": password}, user=doctor)
    if not form.is_valid():
        raise Refused("show_who_you_are", WHO_SIGNS, wrong_fields(form))


@contextmanager
def _refusals() -> Iterator[None]:
    """Why a visit is not taken or not signed, in words."""
    try:
        yield
    except services.TakenError as taken:
        message = _("%(doctor)s is reading this visit.") % {"doctor": taken.review.doctor}
        raise Refused("taken", message) from taken
    except services.NoColleagueError as error:
        raise Refused("no_colleague", NO_COLLEAGUE) from error
    except (services.ClaimLostError, services.OwnReadingError, WrongStateError) as error:
        raise Refused("not_waiting", NOT_WAITING) from error


def _findings(visit: Visit) -> Any:
    photos = readings(visit)
    graded = VisitGrade(visit.machine_reading) if visit.machine_reading else visit_grade(visit)
    shown = {
        "visit": visit,
        "patient": str(visit.case.patient),
        "photos": [_photo(one) for one in photos],
        "counts": graded.counts,
        "grade": graded.grade,
        "most_probable": graded.most_probable,
        "probabilities": graded.probabilities,
        "is_incomplete": graded.is_incomplete,
        "reasons": graded.reasons,
        "gaps": graded.gaps,
        "model": next((one.model for one in photos if one.model), None),
        "told": answers_of(visit),
    }
    return Findings(shown).data


def _photo(one: PhotoReading) -> dict[str, Any]:
    return {
        "photo": one.photo,
        "status": one.status,
        "cautions": one.cautions,
        "lesions": [lesion_document(lesion) for lesion in one.lesions],
    }
