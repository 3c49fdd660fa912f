"""What a user may see. Lists and single objects both start here, so they cannot disagree.

A patient sees their own, a dermatologist their clinic's sent visits. Administrators and operators
see no pictures and no findings: they answer for privacy and need neither. Nobody sees what was
sealed when its patient was erased.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from django.db.models import Count, Field, Q
from django.utils import timezone

from portal.accounts.models import Role
from portal.cases.models import Case, Photo, Questionnaire, Upload, Visit, VisitStatus

if TYPE_CHECKING:
    from django.db.models import QuerySet
    from django.utils.functional import _StrPromise

    from portal.accounts.models import User

NOT_THE_DOCTORS = (VisitStatus.DRAFT, VisitStatus.WITHDRAWN)


def cases_for(user: User) -> QuerySet[Case]:
    if user.role == Role.PATIENT:
        return Case.objects.filter(patient=user)
    if user.role == Role.DERMATOLOGIST:
        return Case.objects.filter(clinic=user.clinic, sealed_until=None)
    return Case.objects.none()


def visits_for(user: User) -> QuerySet[Visit]:
    if user.role == Role.DERMATOLOGIST:
        sent = Visit.objects.filter(clinic=user.clinic_id, case__sealed_until=None)
        return sent.exclude(status__in=NOT_THE_DOCTORS)
    return Visit.objects.filter(case__in=cases_for(user))


def photos_for(user: User) -> QuerySet[Photo]:
    return Photo.objects.filter(visit__in=visits_for(user))


def uploads_for(user: User) -> QuerySet[Upload]:
    """Only who sends a photo has to do with the pieces it comes in."""
    return Upload.objects.filter(visit__case__patient=user)


def own_visits(patient: User) -> QuerySet[Visit]:
    """A patient's visits for their own list, newest first, each with its report if it has one."""
    return (
        visits_for(patient)
        .select_related("report")
        .annotate(photo_count=Count("photos", filter=Q(photos__replaced_at__isnull=True)))
        .order_by("-number")
    )


# --- How long it takes ---------------------------------------------------------------------------

LATELY = 20  # reported visits that say how long it usually takes
FEWEST = 5
WAITING = (VisitStatus.SUBMITTED, VisitStatus.AWAITING_REVIEW)


@dataclass(frozen=True)
class Wait:
    """What a patient may expect of a visit that was sent."""

    ahead: int
    """Visits that the doctors see before this one, as things stand."""
    usual: timedelta | None
    """From sending to the report, of late; nothing is said of too few visits."""
    promised_days: int


def wait_of(visit: Visit) -> Wait | None:
    if visit.status not in WAITING:
        return None
    clinic = visit.case.clinic
    return Wait(_ahead_of(visit), usual_wait(clinic.pk), clinic.promised_days)


def _ahead_of(visit: Visit) -> int:
    """The doctors' order: who waits longer than promised, then the worst, then the longest."""
    assert visit.submitted_at is not None  # noqa: S101 - a visit that waits was sent
    earlier = Q(submitted_at__lt=visit.submitted_at)
    late = late_before(visit.case.clinic.promised_days)
    before = earlier
    if visit.submitted_at >= late:
        before = (
            Q(submitted_at__lt=late)
            | Q(urgency__gt=visit.urgency)
            | (Q(urgency=visit.urgency) & earlier)
        )
    waiting = Visit.objects.filter(clinic=visit.clinic_id, status__in=WAITING)
    return waiting.filter(before).exclude(pk=visit.pk).count()


def late_before(promised_days: int) -> datetime:
    """Whoever sent their visit before this moment waits longer than the clinic promised."""
    return timezone.now() - timedelta(days=promised_days)


def usual_wait(clinic_pk: int) -> timedelta | None:
    reported = Visit.objects.filter(case__clinic=clinic_pk, status=VisitStatus.REPORTED)
    times = reported.order_by("-reported_at").values_list("submitted_at", "reported_at")[:LATELY]
    waits = [done - sent for sent, done in times if sent and done]
    return sorted(waits)[len(waits) // 2] if len(waits) >= FEWEST else None


# --- What the patient told ------------------------------------------------------------------------


@dataclass(frozen=True)
class Answer:
    name: str
    question: _StrPromise | str
    words: str
    """Empty where the question was not answered."""


def questionnaire_of(visit: Visit) -> Questionnaire | None:
    try:
        return visit.questionnaire
    except Questionnaire.DoesNotExist:
        return None


def answers_of(visit: Visit) -> list[Answer]:
    """Every question in its order, answered or not."""
    return answers_told(visit, questionnaire_of(visit))


def answers_told(visit: Visit, told: Questionnaire | None) -> list[Answer]:
    return [_answer(told or Questionnaire(visit=visit), name) for name in QUESTIONS]


QUESTIONS = (
    "since",
    "itching",
    "pain",
    "treatments_now",
    "treatments_before",
    "allergies",
    "pregnancy",
    "bothers_most",
)
KEPT_FROM_LAST_TIME = ("treatments_now", "treatments_before", "allergies")


def first_answers(visit: Visit) -> dict[str, str]:
    """What is filled in before the patient answers: what they told last time and may still hold.

    Never pregnancy: that has to be asked anew.
    """
    told = questionnaire_of(visit)
    if told:
        return {name: getattr(told, name) for name in QUESTIONS}
    told_before = Questionnaire.objects.filter(visit__case=visit.case_id)
    last = told_before.exclude(visit=visit).order_by("-visit__number").first()
    return {name: getattr(last, name) for name in KEPT_FROM_LAST_TIME} if last else {}


def question(name: str) -> Field[Any, Any]:
    field = Questionnaire._meta.get_field(name)  # noqa: SLF001 - Django's own way to a field
    assert isinstance(field, Field)  # noqa: S101
    return field


def _answer(told: Questionnaire, name: str) -> Answer:
    field = question(name)
    words = getattr(told, f"get_{name}_display")() if field.choices else getattr(told, name)
    return Answer(name, field.verbose_name, str(words))
