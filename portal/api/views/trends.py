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
from portal.api.serializers.trends import (
    Compared,
    ComparisonDocument,
    FollowedLesions,
    Trend,
    TwoVisits,
)
from portal.audit.reads import course_read
from portal.cases.models import View
from portal.cases.selectors import cases_for
from portal.trends.comparison import comparison
from portal.trends.linking import links_between
from portal.trends.selectors import Course, course

if TYPE_CHECKING:
    from uuid import UUID

    from portal.api.access import Request
    from portal.trends.comparison import Comparison
    from portal.trends.selectors import SignedVisit

TOO_FEW = _("There is nothing to compare before the second signed report.")
NO_SHARED_VIEW = _("These two visits have no photo of the same view.")
NOT_FOLLOWED = _("The lesions of these two visits have not been linked to each other.")
WHICH = [
    OpenApiParameter("before", OpenApiTypes.UUID, description="A report; the first if none."),
    OpenApiParameter("after", OpenApiTypes.UUID, description="A report; the latest if none."),
]
WHICH_VIEW = [
    *WHICH,
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
    parameters=WHICH_VIEW,
)
@api_view(["GET"])
@permission_classes([PatientOnly])
def compare_mine(request: Request) -> Response:
    return Response(_comparison(request, _own_course(request)))


@operation(
    "What became of each lesion between two visits",
    answers={200: FollowedLesions},
    errors=[400, 404, 409],
    parameters=WHICH,
)
@api_view(["GET"])
@permission_classes([PatientOnly])
def follow_mine(request: Request) -> Response:
    """409 `not_followed` until the worker has matched the two, and where it never could."""
    return Response(_followed(request, _own_course(request)))


@operation("How a patient's skin changes", answers={200: Trend}, errors=[404])
@api_view(["GET"])
@permission_classes([DoctorOnly])
def of_case(request: Request, case_id: UUID) -> Response:
    return Response(Trend(_course_of(request, case_id)).data)


@operation(
    "Two visits' photos of a patient, one laid on the other",
    answers={200: ComparisonDocument},
    errors=[400, 404, 409],
    parameters=WHICH_VIEW,
)
@api_view(["GET"])
@permission_classes([DoctorOnly])
def compare_of_case(request: Request, case_id: UUID) -> Response:
    return Response(_comparison(request, _course_of(request, case_id)))


@operation(
    "What became of each of a patient's lesions between two visits",
    answers={200: FollowedLesions},
    errors=[400, 404, 409],
    parameters=WHICH,
)
@api_view(["GET"])
@permission_classes([DoctorOnly])
def follow_of_case(request: Request, case_id: UUID) -> Response:
    """409 `not_followed` until the worker has matched the two, and where it never could."""
    return Response(_followed(request, _course_of(request, case_id)))


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


def _followed(request: Request, found: Course) -> Any:
    before, after = _two(found, _asked(TwoVisits, request))
    links = links_between(before, after)
    if links is None:
        raise Refused("not_followed", NOT_FOLLOWED)
    shown = {
        "before": before,
        "after": after,
        "seen": {side: links.measures[side]["seen"] for side in ("before", "after")},
        "change": links.change,
        "lesions": links.links,
    }
    return FollowedLesions(shown).data


def _comparison(request: Request, found: Course) -> Any:
    wanted = _asked(Compared, request)
    before, after = _two(found, wanted)
    compared = comparison(
        found, before=str(before.number), after=str(after.number), view=wanted.get("view", "")
    )
    if compared.photos is None:
        raise Refused("no_shared_view", NO_SHARED_VIEW)
    return _document(compared)


def _asked(parameters: type[TwoVisits], request: Request) -> dict[str, Any]:
    asked = parameters(data=request.query_params.dict())
    asked.is_valid(raise_exception=True)
    return dict(asked.validated_data)


def _two(found: Course, wanted: dict[str, Any]) -> tuple[SignedVisit, SignedVisit]:
    """By their reports; the first and the latest unless told otherwise."""
    if not found.is_comparable:
        raise Refused("too_few", TOO_FEW)
    by_report = {visit.report_id: visit for visit in found.visits}
    before = by_report.get(wanted.get("before", found.first.report_id))
    after = by_report.get(wanted.get("after", found.latest.report_id))
    if before is None or after is None:
        raise NotFound
    return before, after


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
