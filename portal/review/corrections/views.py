"""The page's small requests: take a step, undo, do again, and the grade at another threshold."""

from __future__ import annotations

from http import HTTPStatus
from typing import TYPE_CHECKING, Any

from django.http import Http404, JsonResponse
from django.shortcuts import get_object_or_404
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import cache_control
from django.views.decorators.http import require_POST, require_safe

from portal.accounts.access import doctor_only
from portal.analysis.models import Analysis
from portal.audit.models import Action
from portal.audit.reads import photo_read
from portal.cases.selectors import photos_for, visits_for
from portal.review.corrections import services, wire
from portal.review.corrections.document import state_of
from portal.review.services import ClaimLostError
from portal.sending import send_private

if TYPE_CHECKING:
    from collections.abc import Callable
    from uuid import UUID

    from django.http import HttpResponse
    from django.http.response import HttpResponseBase
    from django.utils.functional import _StrPromise

    from portal.accounts.access import SignedInRequest
    from portal.review.models import Review

REFUSALS: dict[type[services.StepRefusedError], _StrPromise] = {
    services.OutsideError: gettext_lazy("A lesion must lie within the photo."),
    services.UnknownFindingError: gettext_lazy(
        "This photo was taken or read anew. Load the page again."
    ),
    services.TooManyStepsError: gettext_lazy(
        "No more steps can be kept for this visit. Sign it or give it back."
    ),
}
private = cache_control(private=True, no_store=True)


@doctor_only
@require_POST
def record(request: SignedInRequest, visit_id: UUID) -> HttpResponse:
    def take(review: Review) -> None:
        services.record(review=review, **wire.step(request.body))

    return _answer(request, visit_id, take)


@doctor_only
@require_POST
def undo(request: SignedInRequest, visit_id: UUID) -> HttpResponse:
    return _turn(request, visit_id, services.undo)


@doctor_only
@require_POST
def redo(request: SignedInRequest, visit_id: UUID) -> HttpResponse:
    return _turn(request, visit_id, services.redo)


def _turn(request: SignedInRequest, visit_id: UUID, way: Callable[..., None]) -> HttpResponse:
    """``way``: undo or redo."""

    def take(review: Review) -> None:
        way(review=review, number=wire.number(request.body))

    return _answer(request, visit_id, take)


@doctor_only
@require_safe
@private
def regrade(request: SignedInRequest, visit_id: UUID) -> HttpResponse:
    """Grades and counts as they would be at ``?threshold=0.3``, without it as they stand."""
    asked = request.GET.get("threshold")
    try:
        threshold = wire.threshold(float(asked)) if asked else None
    except ValueError:
        return _refused(HTTPStatus.BAD_REQUEST, _("A threshold is a number from 0 to 1."))
    review = _held(request, visit_id)
    if isinstance(review, JsonResponse):
        return review
    return JsonResponse(state_of(review, threshold=threshold))


@doctor_only
@require_safe
@private
def heatmap(request: SignedInRequest, photo_id: UUID) -> HttpResponseBase:
    """Where the network saw something, as a grey picture of the part of the photo it read."""
    photos = photos_for(request.user).select_related("visit__case__patient")
    photo = get_object_or_404(photos, public_id=photo_id)
    read = Analysis.objects.filter(photo=photo).exclude(heatmap="").order_by("-queued_at").first()
    if read is None:
        raise Http404
    photo_read(photo, Action.HEATMAP_READ)
    return send_private(read.heatmap, content_type="image/png", filename="heatmap.png")


def _answer(
    request: SignedInRequest, visit_id: UUID, take: Callable[[Review], None]
) -> HttpResponse:
    """Take the step and answer with all that is shown; a refusal says what to do."""
    review = _held(request, visit_id)
    if isinstance(review, JsonResponse):
        return review
    try:
        take(review)
    except wire.BadStepError:
        return _refused(HTTPStatus.BAD_REQUEST, _("This was not understood. Load the page again."))
    except ClaimLostError:
        return _not_held(None)
    except services.OutOfOrderError:
        told = _("Something was changed in another window. This is how it stands now.")
        return _refused(HTTPStatus.CONFLICT, told, **state_of(review))
    except services.StepRefusedError as refused:
        told = str(REFUSALS[type(refused)])
        return _refused(HTTPStatus.UNPROCESSABLE_ENTITY, told, **state_of(review))
    return JsonResponse(state_of(review))


def _held(request: SignedInRequest, visit_id: UUID) -> Review | JsonResponse:
    """This doctor's claim on the visit, or the answer to who has none."""
    visit = get_object_or_404(visits_for(request.user), public_id=visit_id)
    held = visit.reviews.open().select_related("doctor", "visit").first()
    return held if held and held.doctor_id == request.user.pk else _not_held(held)


def _not_held(held: Review | None) -> JsonResponse:
    if held:
        told = _("%(doctor)s is reading this visit now. What you changed last is not saved.")
        return _refused(HTTPStatus.CONFLICT, told % {"doctor": held.doctor}, lost=True)
    told = _("You do not hold this visit any more. What you changed last is not saved.")
    return _refused(HTTPStatus.CONFLICT, told, lost=True)


def _refused(status: HTTPStatus, problem: str, **more: Any) -> JsonResponse:
    return JsonResponse({"problem": problem, **more}, status=status)
