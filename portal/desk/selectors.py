from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

from django.conf import settings
from django.db import models
from django.db.models import Case, Count, Exists, OuterRef, Q, Subquery, Value, When
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from portal.accounts.models import Clinic, Role, User
from portal.analysis.models import UNFINISHED, Analysis, AnalysisStatus, WorkerHeartbeat
from portal.cases.models import Visit, VisitStatus
from portal.consent.models import ConsentForm, ConsentKind, ConsentSignature
from portal.messages.models import Message

if TYPE_CHECKING:
    from django.db.models import QuerySet


FINISHED_VISITS = (VisitStatus.REPORTED, VisitStatus.WITHDRAWN)


@dataclass(frozen=True)
class FormState:
    """Where the clinic stands with one of its forms."""

    kind: ConsentKind
    current: ConsentForm
    draft: ConsentForm | None
    signed: int
    to_sign_again: int


def form_states(clinic: Clinic) -> list[FormState]:
    return [form_state(clinic, kind) for kind in ConsentKind]


def form_state(clinic: Clinic, kind: ConsentKind) -> FormState:
    current = ConsentForm.objects.current().get(clinic=clinic, kind=kind)
    draft = ConsentForm.objects.filter(clinic=clinic, kind=kind, published_at=None).first()
    of_this_kind = {"form__clinic": clinic, "form__kind": kind}
    standing = ConsentSignature.objects.standing().filter(**of_this_kind)
    asked_again = (
        ConsentSignature.objects.in_force()
        .filter(**of_this_kind)
        .exclude(patient__in=standing.values("patient"))
    )
    counts = {
        "signed": standing.aggregate(people=Count("patient", distinct=True))["people"],
        "to_sign_again": asked_again.aggregate(people=Count("patient", distinct=True))["people"],
    }
    return FormState(kind, current, draft, counts["signed"], counts["to_sign_again"])


def form_versions(clinic: Clinic) -> QuerySet[ConsentForm]:
    return (
        ConsentForm.objects.published()
        .filter(clinic=clinic)
        .annotate(signed=Count("signatures", filter=Q(signatures__withdrawn_at=None)))
        .order_by("kind", "-version")
    )


def people_by_role(clinic: Clinic) -> list[tuple[str, int]]:
    active = User.objects.filter(clinic=clinic, is_active=True)
    counts = dict(active.values_list("role").annotate(Count("pk")).order_by())
    return [(str(role.label), counts.get(role, 0)) for role in Role if role != Role.OPERATOR]


def matching(people: QuerySet[User], words: str) -> QuerySet[User]:
    return people.filter(Q(full_name__icontains=words) | Q(email__icontains=words))


def analyses_of(clinic: Clinic) -> QuerySet[Analysis]:
    """Of photos that still count; by number only, nothing of what they show."""
    return Analysis.objects.filter(
        photo__visit__case__clinic=clinic, photo__replaced_at__isnull=True
    ).exclude(photo__visit__status__in=FINISHED_VISITS)


def failed_analyses(clinic: Clinic) -> QuerySet[Analysis]:
    return (
        analyses_of(clinic)
        .filter(status=AnalysisStatus.FAILED)
        .defer("result")
        .order_by("-finished_at")
    )


def waiting_count(clinic: Clinic) -> int:
    return analyses_of(clinic).filter(status__in=UNFINISHED).count()


@dataclass(frozen=True)
class Worker:
    """A machine that reads pictures, and whether it still gives signs of life."""

    heartbeat: WorkerHeartbeat
    is_alive: bool


def workers() -> list[Worker]:
    gone = timezone.now() - timedelta(seconds=settings.WORKER_HEARTBEAT_SECONDS)
    heartbeats = WorkerHeartbeat.objects.order_by("-beat_at")
    return [Worker(heartbeat, heartbeat.beat_at > gone) for heartbeat in heartbeats]


# --- Patients -------------------------------------------------------------------------------------


def alike(people: QuerySet[User], patient: User) -> QuerySet[User]:
    """Whose name or date of birth is the same: perhaps the same person twice."""
    return people.filter(
        Q(full_name__iexact=patient.full_name) | Q(date_of_birth=patient.date_of_birth)
    )


@dataclass(frozen=True)
class Record:
    """How much there is of a patient; nothing of what is in it."""

    patient: User
    visits: int
    reports: int
    messages: int
    signatures: int


def record_of(patient: User) -> Record:
    visits = Visit.objects.filter(case__patient=patient)
    return Record(
        patient,
        visits=visits.count(),
        reports=visits.filter(status=VisitStatus.REPORTED).count(),
        messages=Message.objects.filter(case__patient=patient).count(),
        signatures=ConsentSignature.objects.filter(patient=patient).count(),
    )


def other_clinics(clinic: Clinic) -> QuerySet[Clinic]:
    """Made-up people stay among made-up people."""
    others = Clinic.objects.exclude(pk=clinic.pk)
    return others.filter(is_demonstration=clinic.is_demonstration)


# --- Who signed what ------------------------------------------------------------------------------


class Standing(models.TextChoices):
    SIGNED = "signed", _("signed")
    AGAIN = "again", _("must sign again")
    WITHDRAWN = "withdrawn", _("withdrawn")
    NEVER = "never", _("not signed yet")


def signers(clinic: Clinic, kind: ConsentKind, where: str = "") -> QuerySet[User]:
    """Every patient with an open account, where they stand with this form, and by which version.

    ``where``: only who stands there, if it is a :class:`Standing`.
    """
    of_this = ConsentSignature.objects.filter(
        patient=OuterRef("pk"), form__clinic=clinic, form__kind=kind
    )
    # One that is in force before any that is not: where two accounts became one, the other's ended.
    is_in_force = Case(When(withdrawn_at=None, then=Value(1)), default=Value(0))
    latest = of_this.order_by(is_in_force.desc(), "-form__version", "-signed_at")
    standing = ConsentSignature.objects.standing().filter(
        patient=OuterRef("pk"), form__clinic=clinic, form__kind=kind
    )
    patients = (
        User.objects.filter(clinic=clinic, role=Role.PATIENT, is_active=True)
        .annotate(
            standing=Case(
                When(Exists(standing), then=Value(Standing.SIGNED)),
                When(Exists(of_this.in_force()), then=Value(Standing.AGAIN)),
                When(Exists(of_this), then=Value(Standing.WITHDRAWN)),
                default=Value(Standing.NEVER),
            ),
            version=Subquery(latest.values("form__version")[:1]),
            signed_at=Subquery(latest.values("signed_at")[:1]),
            withdrawn_at=Subquery(latest.values("withdrawn_at")[:1]),
        )
        .order_by("full_name", "pk")
    )
    return patients.filter(standing=where) if where in Standing.values else patients


def signatures_at(clinic: Clinic, kind: ConsentKind) -> QuerySet[ConsentSignature]:
    """Every signature that was ever given there, oldest first, for the export; those of people who
    were erased are sealed.
    """
    of_this = ConsentSignature.objects.filter(form__clinic=clinic, form__kind=kind)
    return (
        of_this.filter(patient__erased_at=None)
        .select_related("form", "patient")
        .order_by("signed_at", "pk")
    )
