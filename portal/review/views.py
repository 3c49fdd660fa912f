from __future__ import annotations

from http import HTTPStatus
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import cache_control
from django.views.decorators.http import require_POST, require_safe

from portal.accounts.access import doctor_only, signing_again
from portal.audit.models import Why
from portal.audit.reads import report_read, visit_read
from portal.cases.models import VisitStatus
from portal.cases.selectors import answers_told, questionnaire_of, visits_for
from portal.cases.transitions import WrongStateError
from portal.reports.selectors import reports_for
from portal.reports.words import GRADES
from portal.review import selectors, services
from portal.review.corrections.selectors import corrected
from portal.review.forms import DraftForm, RetakeForm, SignForm
from portal.review.queue.look import look_of, sought_in
from portal.review.queue.selectors import next_waiting
from portal.review.second.selectors import has_given
from portal.review.treatments.selectors import offers

if TYPE_CHECKING:
    from uuid import UUID

    from portal.accounts.access import SignedInRequest
    from portal.cases.models import Visit
    from portal.review.models import Review

WEEKS_TO_NEXT_VISIT = (4, 8, 12)
ANOTHER_VISIT = gettext_lazy(
    "The patient has already begun a new visit with photos. It will come to the queue; sign this "
    "one, or ask for nothing more here."
)

NO_COLLEAGUE = gettext_lazy("There is no other doctor at your clinic who could read it.")
SIGNED = gettext_lazy("Signed: %(patient)s, visit %(number)s.")
FIRST = gettext_lazy(
    "Your reading of %(patient)s, visit %(number)s, is kept. A colleague reads it too, without "
    "seeing yours."
)
GIVEN = gettext_lazy("Your reading of %(patient)s, visit %(number)s, is kept beside a colleague's.")

private = cache_control(private=True, no_store=True)


@doctor_only
@require_POST
def claim(request: SignedInRequest, visit_id: UUID) -> HttpResponse:
    visit = _visit(request, visit_id)
    try:
        services.claim(visit=visit, doctor=request.user)
    except services.TakenError as taken:
        return _not_yours(request, visit, taken.review)
    except (services.OwnReadingError, WrongStateError):
        pass  # the workstation's page says where the visit is now
    return redirect(_at(request, "review:workstation", visit.public_id))


@doctor_only
@require_safe
@private
def workstation(request: SignedInRequest, visit_id: UUID) -> HttpResponse:
    visit = _visit(request, visit_id)
    held = visit.reviews.open().select_related("doctor").first()
    if held is None or held.doctor_id != request.user.pk:
        return _not_yours(request, visit, held)
    services.renew(review=held)
    return _desk(request, held, visit)


@doctor_only
@require_POST
def draft(request: SignedInRequest, visit_id: UUID) -> HttpResponse:
    """Keep what was typed so far, and the claim; the page's script sends it while one works."""
    visit = _visit(request, visit_id)
    try:
        services.save_draft(visit=visit, doctor=request.user, written=_drafted(request))
    except services.ClaimLostError:
        lost = _("You do not hold this visit any more. What you wrote here is not saved.")
        return HttpResponse(lost, status=HTTPStatus.CONFLICT, content_type="text/plain")
    return HttpResponse(status=HTTPStatus.NO_CONTENT)


def _drafted(request: SignedInRequest) -> dict[str, Any]:
    """What was written so far; half a date or the like is left out, all the rest is kept."""
    form = DraftForm(request.POST)
    form.is_valid()
    return form.cleaned_data


@doctor_only
@require_POST
def release(request: SignedInRequest, visit_id: UUID) -> HttpResponse:
    visit = _visit(request, visit_id)
    held = visit.reviews.open().filter(doctor=request.user).first()
    if held:
        services.release(review=held)
        messages.info(request, _("The visit is back in the queue. Your notes are kept for you."))
    return redirect(_at(request, "review:queue"))


@doctor_only
@signing_again
@require_POST
def sign(request: SignedInRequest, visit_id: UUID) -> HttpResponse:
    visit = _visit(request, visit_id)
    form = SignForm(request.POST)
    try:
        # A claim that ran out while the doctor was writing is taken again, if it is still free.
        review = services.claim(visit=visit, doctor=request.user)
        form.counted_grade = corrected(review).graded.grade
        if not form.is_valid():
            services.save_draft(visit=visit, doctor=request.user, written=_drafted(request))
            return _desk(request, review, visit, form, status=HTTPStatus.UNPROCESSABLE_ENTITY)
        report = services.sign(review=review, **form.cleaned_data)
    except services.TakenError as taken:
        return _not_yours(request, visit, taken.review, written=form)
    except services.NoColleagueError:
        services.save_draft(visit=visit, doctor=request.user, written=_drafted(request))
        form.add_error("ask_colleague", NO_COLLEAGUE)
        return _desk(request, review, visit, form, status=HTTPStatus.UNPROCESSABLE_ENTITY)
    except (services.ClaimLostError, services.OwnReadingError, WrongStateError):
        return _not_yours(request, visit, None, written=form)
    visit.refresh_from_db(fields=["status"])
    is_first = visit.status == VisitStatus.AWAITING_SECOND_READING
    said = SIGNED if report else FIRST if is_first else GIVEN
    messages.success(request, said % {"patient": visit.case.patient, "number": visit.number})
    return _go_on(request, visit)


def _go_on(request: SignedInRequest, visit: Visit) -> HttpResponse:
    """To agreeing with a colleague if that is due; else to the next visit, or to the queue."""
    if visit.status == VisitStatus.CONSENSUS:
        return redirect("review:consensus", visit.public_id)
    queue = redirect(_at(request, "review:queue"))
    if request.POST.get("then") == "queue":
        return queue
    following = next_waiting(request.user, sought_in(look_of(request)))
    if following is None:
        return queue
    try:
        services.claim(visit=following, doctor=request.user)
    except (services.TakenError, WrongStateError):
        return queue  # a colleague was faster
    return redirect(_at(request, "review:workstation", following.public_id))


def _at(request: SignedInRequest, name: str, *args: Any) -> str:
    """An address that keeps the look at the queue which the doctor came from."""
    look = look_of(request)
    return reverse(name, args=args) + (f"?{look}" if look else "")


@doctor_only
@require_POST
def ask_for_retake(request: SignedInRequest, visit_id: UUID) -> HttpResponse:
    visit = _visit(request, visit_id)
    form = RetakeForm(request.POST, visit=visit)
    try:
        review = services.claim(visit=visit, doctor=request.user)
        if not form.is_valid():
            return _retake_refused(request, review, visit, form)
        services.ask_for_retake(review=review, **form.cleaned_data)
    except services.TakenError as taken:
        return _not_yours(request, visit, taken.review)
    except (services.ClaimLostError, WrongStateError):
        return _not_yours(request, visit, None)
    except services.AnotherVisitOpenError:
        form.add_error(None, ANOTHER_VISIT)
        return _retake_refused(request, review, visit, form)
    messages.success(request, _("The patient is asked for the photo. Your notes are kept."))
    return redirect(_at(request, "review:queue"))


def _visit(request: SignedInRequest, visit_id: UUID) -> Visit:
    visits = visits_for(request.user).select_related(
        "case__patient", "case__clinic", "questionnaire"
    )
    return get_object_or_404(visits, public_id=visit_id)


def _retake_refused(
    request: SignedInRequest, review: Review, visit: Visit, retake: RetakeForm
) -> HttpResponse:
    """The workstation again, with the doctor's notes and what is wrong with the request."""
    visit.refresh_from_db(fields=["status"])
    return _desk(request, review, visit, retake=retake, status=HTTPStatus.UNPROCESSABLE_ENTITY)


def _desk(
    request: SignedInRequest,
    review: Review,
    visit: Visit,
    form: SignForm | None = None,
    *,
    retake: RetakeForm | None = None,
    status: int = HTTPStatus.OK,
) -> HttpResponse:
    review.visit = visit
    station = selectors.workstation(review)
    visit_read(visit, Why.TREATING)
    if station.last_report:
        # It stands beside what is read now: nobody went looking for it in the records.
        report_read(station.last_report, why=Why.TREATING)
    counted_grade = station.held.graded.grade
    told = questionnaire_of(visit)
    answers = answers_told(visit, told)
    sent = [one.photo.view for one in station.photos]
    context = {
        "visit": visit,
        "station": station,
        "form": form or SignForm.of(review, counted_grade),
        "counted_grade": counted_grade,
        "grade_words": GRADES,
        "offers": offers(visit, told),
        "is_second": visit.status == VisitStatus.AWAITING_SECOND_READING,
        "retake": retake or RetakeForm(visit=visit, sent=sent),
        "answers": answers,
        "told": {one.name: one.words for one in answers},
        "week_choices": WEEKS_TO_NEXT_VISIT,
        "ping_seconds": settings.REVIEW_LEASE_SECONDS // 4,
        "look": look_of(request),
    }
    return render(request, "review/workstation.html", context, status=status)


def _not_yours(
    request: SignedInRequest,
    visit: Visit,
    held: Review | None,
    written: SignForm | None = None,
) -> HttpResponse:
    """Who has the visit, or where it is now; with what the doctor has just written, if anything."""
    visit.refresh_from_db(fields=["status"])
    if visit.status == VisitStatus.REPORTED and written is None:
        return redirect("reports:report", reports_for(request.user).get(visit=visit).public_id)
    own = has_given(request.user, visit)
    if visit.status == VisitStatus.CONSENSUS and own and written is None:
        return redirect("review:consensus", visit.public_id)
    context: dict[str, Any] = {"visit": visit, "held": held, "written": written, "own": own}
    context["look"] = look_of(request)
    second = visit.status == VisitStatus.AWAITING_SECOND_READING and not own
    free = visit.status == VisitStatus.AWAITING_REVIEW or (second and held is None)
    context["free"] = free
    return render(
        request,
        "review/not_yours.html",
        context,
        status=HTTPStatus.OK if free and written is None else HTTPStatus.CONFLICT,
    )
