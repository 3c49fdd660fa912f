from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.shortcuts import get_object_or_404
from django.utils.translation import gettext_lazy as _
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter
from rest_framework.decorators import api_view, permission_classes
from rest_framework.exceptions import NotFound
from rest_framework.response import Response

from portal.api.access import DoctorOnly, PatientOnly
from portal.api.errors import Refused
from portal.api.schema import operation
from portal.api.serializers.trends import Compared, ComparisonDocument, Trend
from portal.audit.reads import course_read
from portal.cases.models import View
from portal.cases.selectors import cases_for
from portal.trends.comparison import comparison
from portal.trends.selectors import Course, course

if TYPE_CHECKING:
    from uuid import UUID

    from portal.api.access import Request
    from portal.trends.comparison import Comparison

TOO_FEW = _("There is nothing to compare before the second signed report.")
NO_SHARED_VIEW = _("These two visits have no photo of the same view.")
WHICH = [
    OpenApiParameter("before", OpenApiTypes.UUID, description="A report; the first if none."),
    OpenApiParameter("after", OpenApiTypes.UUID, description="A report; the latest if none."),
    OpenApiParameter("view", enum=View.values, description="The front, if both have it."),
]


@operation("How the patient's skin changes", answers={200: Trend})
@api_view(["GET"])
@permission_classes([PatientOnly])
def mine(request: Request) -> Response:
    return Response(Trend(_own_course(request)).data)


@operation(
    "Two visits' photos, one laid on the other",
    answers={200: ComparisonDocument},
    errors=[400, 404, 409],
    parameters=WHICH,
)
@api_view(["GET"])
@permission_classes([PatientOnly])
def compare_mine(request: Request) -> Response:
    return Response(_comparison(request, _own_course(request)))


@operation("How a patient's skin changes", answers={200: Trend}, errors=[404])
@api_view(["GET"])
@permission_classes([DoctorOnly])
def of_case(request: Request, case_id: UUID) -> Response:
    return Response(Trend(_course_of(request, case_id)).data)


@operation(
    "Two visits' photos of a patient, one laid on the other",
    answers={200: ComparisonDocument},
    errors=[400, 404, 409],
    parameters=WHICH,
)
@api_view(["GET"])
@permission_classes([DoctorOnly])
def compare_of_case(request: Request, case_id: UUID) -> Response:
    return Response(_comparison(request, _course_of(request, case_id)))


def _own_course(request: Request) -> Course:
    case = cases_for(request.user).select_related("patient").first()
    if case is None:
        return Course([], damaged=0)
    course_read(case)
    return course(case)


def _course_of(request: Request, case_id: UUID) -> Course:
    cases = cases_for(request.user).select_related("patient")
    case = get_object_or_404(cases, public_id=case_id)
    course_read(case)
    return course(case)


def _comparison(request: Request, found: Course) -> Any:
    asked = Compared(data=request.query_params.dict())
    asked.is_valid(raise_exception=True)
    if not found.is_comparable:
        raise Refused("too_few", TOO_FEW)
    wanted = asked.validated_data
    compared = comparison(
        found,
        before=_number(found, wanted.get("before")),
        after=_number(found, wanted.get("after")),
        view=wanted.get("view", ""),
    )
    if compared.photos is None:
        raise Refused("no_shared_view", NO_SHARED_VIEW)
    return _document(compared)


def _number(found: Course, report_id: UUID | None) -> str:
    """A visit's number by its report; empty for the usual one."""
    if report_id is None:
        return ""
    for visit in found.visits:
        if visit.report_id == report_id:
            return str(visit.number)
    raise NotFound


def _document(compared: Comparison) -> Any:
    shown = {
        "before": compared.before,
        "after": compared.after,
        "view": compared.view,
        "views": compared.views,
        "is_aligned": compared.aligned is not None,
        "matrix": compared.laid.matrix,
    }
    return ComparisonDocument(shown, context={"view": compared.view}).data
