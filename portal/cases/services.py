"""What a patient does with a visit: open it, add, replace and remove photos, answer, send it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import transaction
from django.db.models import Max
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from portal.analysis import services as analysis
from portal.audit.models import Action
from portal.audit.services import record
from portal.cases import intake
from portal.cases.checklist import asked_views, checklist
from portal.cases.files import new_files
from portal.cases.models import (
    OPEN_STATUSES,
    Case,
    Photo,
    Questionnaire,
    View,
    Visit,
    VisitStatus,
)
from portal.cases.transitions import WrongStateError, move, settle
from portal.consent.selectors import may_process_photos

if TYPE_CHECKING:
    from django.core.files import File

    from portal.accounts.models import User
    from portal.cases.checklist import Obstacle

__all__ = [
    "PhotoRefused",
    "accept_photo",
    "lock_open",
    "open_visit",
    "remove_photo",
    "save_answers",
    "submit",
]

PhotoRefused = intake.PhotoRefused

NO_CONSENT = _("Please sign the form about taking and processing pictures first.")
NOT_OPEN = _("This visit was already sent. Open a new visit to send more photos.")
NOT_ASKED = _("No photo of this view is asked for.")


class ConsentMissingError(Exception):
    """The patient has not signed the photography form in force."""


class NotReadyError(Exception):
    """The visit cannot be sent yet; ``obstacles`` say why, in words for the patient."""

    def __init__(self, obstacles: list[Obstacle]) -> None:
        super().__init__([obstacle.code for obstacle in obstacles])
        self.obstacles = obstacles


@transaction.atomic
def open_visit(*, patient: User) -> Visit:
    """The patient's open visit, or a new one. Opening twice is opening once."""
    if not may_process_photos(patient):
        raise ConsentMissingError
    case, _created = Case.objects.get_or_create(patient=patient, clinic=patient.clinic)
    Case.objects.select_for_update().get(pk=case.pk)
    visit = case.visits.filter(status__in=OPEN_STATUSES).first()
    if visit:
        return visit
    last = case.visits.aggregate(last=Max("number"))["last"] or 0
    opened = Visit.objects.create(case=case, clinic_id=case.clinic_id, number=last + 1)
    record(Action.VISIT_OPENED, opened, of=patient)
    return opened


def accept_photo(*, visit: Visit, view: View, upload: File[bytes]) -> Photo:
    """Take a photo in and have it read, or raise :class:`PhotoRefused` and keep nothing.

    The same file for the same view is the same photo: a double tap does no harm.
    """
    checked = intake.check(upload)
    with new_files() as files, transaction.atomic():
        open_one = lock_open(visit=visit, view=view)
        current = open_one.photos.current().filter(view=view).first()
        if current and current.sha256 == checked.sha256:
            return current
        if current:
            _retire(current)
        photo = Photo.objects.create(
            visit=open_one,
            view=view,
            original=files.save("originals", checked.kind.suffix, upload),
            media_type=checked.kind.media_type,
            byte_size=checked.byte_size,
            sha256=checked.sha256,
        )
        analysis.queue_analysis(photo=photo)
        if current:
            record(Action.PHOTO_REMOVED, current, of=visit.case.patient)
        record(Action.PHOTO_ADDED, photo, of=visit.case.patient)
    return photo


def lock_open(*, visit: Visit, view: View) -> Visit:
    """The visit, locked, with what an upload needs: consent in force, a visit that is not sent,
    and a view that is asked for. In a transaction.
    """
    locked = Visit.objects.select_for_update().get(pk=visit.pk)
    if not may_process_photos(visit.case.patient):
        raise PhotoRefused("no_consent", NO_CONSENT)
    if not locked.is_open:
        raise PhotoRefused("not_open", NOT_OPEN)
    if view not in asked_views(locked):
        raise PhotoRefused("not_asked", NOT_ASKED)
    return locked


def _retire(photo: Photo) -> None:
    analysis.cancel(photo=photo)
    photo.replaced_at = timezone.now()
    photo.save(update_fields=["replaced_at"])


@transaction.atomic
def remove_photo(*, photo: Photo) -> None:
    """Take a photo out of a visit that was never sent. Removing twice is removing once."""
    visit = Visit.objects.select_for_update().get(pk=photo.visit_id)
    if visit.status != VisitStatus.DRAFT:
        raise WrongStateError(visit.status)
    current = visit.photos.current().filter(pk=photo.pk).first()
    if current:
        _retire(current)
        record(Action.PHOTO_REMOVED, current, of=visit.case.patient)


@transaction.atomic
def save_answers(*, visit: Visit, answers: dict[str, str]) -> Questionnaire:
    """Keep what the patient has answered so far (fields of the questionnaire); the rest stays."""
    locked = Visit.objects.select_for_update().get(pk=visit.pk)
    if not locked.is_open:
        raise WrongStateError(locked.status)
    questionnaire, _created = Questionnaire.objects.update_or_create(visit=locked, defaults=answers)
    return questionnaire


@transaction.atomic
def submit(*, visit: Visit) -> None:
    """Send the visit. Photos may still be being read; refused ones must be retaken or removed."""
    locked = Visit.objects.select_for_update().get(pk=visit.pk)
    if not locked.is_open:
        raise WrongStateError(locked.status)
    if not may_process_photos(visit.case.patient):
        raise ConsentMissingError
    found = checklist(locked).obstacles
    if found:
        raise NotReadyError(found)
    locked.retakes.unanswered().update(answered_at=timezone.now())
    move(locked, VisitStatus.SUBMITTED)
    settle(locked)
    record(Action.VISIT_SENT, locked, of=visit.case.patient)
    visit.refresh_from_db()
