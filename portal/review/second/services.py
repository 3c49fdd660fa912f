from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.db import transaction
from django.utils import timezone

from portal.audit.models import Action
from portal.audit.services import record
from portal.cases.models import Visit, VisitStatus
from portal.cases.transitions import WrongStateError, move
from portal.reports.services import issue
from portal.review.agreement.services import keep_agreement
from portal.review.models import Consensus, Review, ReviewStatus
from portal.review.second.selectors import given_readings

if TYPE_CHECKING:
    from portal.accounts.models import User
    from portal.reports.models import Report


class NotOfTheTwoError(Exception):
    """Only the two who read a visit record what they agreed on."""


@transaction.atomic
def record_consensus(*, visit: Visit, doctor: User, standing: Review, **agreed: Any) -> Report:
    """Sign what the two agreed on. Whose lesions and words stand is printed; both readings stay.

    ``agreed``: ``diagnosis``, ``diagnosis_words``, ``grade`` and the ``note``.
    """
    locked = Visit.objects.select_for_update().get(pk=visit.pk)
    if locked.status != VisitStatus.CONSENSUS:
        raise WrongStateError(VisitStatus.REPORTED)
    given = given_readings(locked)
    if doctor.pk not in {one.doctor_id for one in given} or standing not in given:
        raise NotOfTheTwoError(doctor.public_id)
    now = timezone.now()
    Consensus.objects.create(
        visit=locked, standing=standing, recorded_by=doctor, recorded_at=now, **agreed
    )
    issued = report(standing)
    patient = locked.case.patient
    record(Action.CONSENSUS_RECORDED, locked, of=patient, by=doctor)
    record(Action.REPORT_SIGNED, issued, of=patient, by=doctor)
    return issued


def report(review: Review) -> Report:
    """Sign a given reading, which a second one has confirmed or an agreement has settled."""
    signed = Review.objects.filter(pk=review.pk, status=ReviewStatus.GIVEN)
    signed.update(status=ReviewStatus.SIGNED, signed_at=timezone.now())
    move(review.visit, VisitStatus.REPORTED)
    review.refresh_from_db()
    issued = issue(review=review)
    keep_agreement(report=issued)
    return issued
