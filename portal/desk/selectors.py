from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

from django.conf import settings
from django.db.models import Count, Q
from django.utils import timezone

from portal.accounts.models import Role, User
from portal.analysis.models import UNFINISHED, Analysis, AnalysisStatus, WorkerHeartbeat
from portal.cases.models import VisitStatus
from portal.consent.models import ConsentForm, ConsentKind, ConsentSignature

if TYPE_CHECKING:
    from django.db.models import QuerySet

    from portal.accounts.models import Clinic

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
