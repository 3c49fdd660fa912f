"""The demonstration clinic: everything in it goes the way that real people's data go.

The clinic is built under another slug and named last, so that a run that was broken off is known
by it: the next one removes what was left and starts again.
"""

from __future__ import annotations

import json
import time
import uuid
from dataclasses import dataclass
from datetime import timedelta
from math import dist
from typing import TYPE_CHECKING, Any

from django.core.files import File
from django.core.files.storage import default_storage
from django.db import transaction
from django.utils import timezone

from portal.accounts.models import Clinic, Invitation, Role, User
from portal.accounts.services import create_clinic, create_person, invite
from portal.analysis.models import UNFINISHED, Analysis, AnalysisStatus
from portal.analysis.services import analyse_waiting
from portal.cases.files import stored_names
from portal.cases.models import Case, Photo, View, Visit
from portal.cases.services import accept_photo, open_visit, save_answers, submit
from portal.consent.models import ConsentForm, ConsentSignature, Language
from portal.consent.selectors import forms_to_sign
from portal.consent.services import sign as sign_consent
from portal.demonstration import people
from portal.demonstration.clock import set_back
from portal.messages.models import Message
from portal.messages.services import mark_read, own_case, write
from portal.reports.models import Report
from portal.review.corrections.models import Kind
from portal.review.corrections.selectors import findings_of
from portal.review.corrections.services import record
from portal.review.models import Grade, Review
from portal.review.services import claim, sign
from portal.trends.services import match_waiting

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from portal.demonstration.people import Person
    from portal.review.corrections.findings import Finding

    Json = dict[str, Any]
    Say = Callable[[str], None]

UNFINISHED_SLUG = f"{people.CLINIC_SLUG}-unfinished"
OTHER_WORKER_SECONDS = 0.5
VIEWS = (View.FRONT, View.LEFT, View.RIGHT)
SAME_PLACE = 1.0  # of a finding's longer side, between its middle and that of the lesion drawn


class NotReadError(Exception):
    """A demonstration photo was not read as it should be."""


@dataclass(frozen=True)
class SignedVisit:
    """What the doctor wrote; grade and words are those of the lesions drawn.

    ``treatment``: what the patient said they use.
    """

    number: int
    days_ago: int
    grade: Grade
    treatment: str
    assessment: str
    advice: str


SIGNED_VISITS = (
    SignedVisit(
        1,
        184,
        Grade.III,
        "A cleanser from the pharmacy.",
        "Papules and pustules on both cheeks, the forehead and the chin. No nodules, no cysts.",
        "Adapalene gel with benzoyl peroxide in the evening, on dry skin, every second day for the "
        "first two weeks. Moisturiser and sun protection in the morning. Do not squeeze.",
    ),
    SignedVisit(
        2,
        93,
        Grade.III,
        "Adapalene with benzoyl peroxide, every evening.",
        "Clearly fewer papules and pustules than at the first visit. No new scars.",
        "Go on with the gel every evening. Mild dryness is expected and needs moisturiser only.",
    ),
    SignedVisit(
        3,
        2,
        Grade.II,
        "Adapalene with benzoyl peroxide, every second evening.",
        "Only a few papules and the odd comedone are left; no pustules any more.",
        "Go on with the gel, now to keep what was gained. Come back in three months.",
    ),
)
DAYS_TO_NEXT_VISIT = 90
INVITATION_OPEN = timedelta(days=365)


@dataclass(frozen=True)
class Letter:
    from_clinic: bool
    ago: timedelta
    text: str


LETTERS = (
    Letter(
        False,
        timedelta(days=60),
        "The skin beside my nose has become dry and peels a little. Should I stop the gel?",
    ),
    Letter(
        True,
        timedelta(days=59),
        "That is common and not harmful. Use the gel every second evening for two weeks and the "
        "moisturiser twice a day. If it burns or swells, stop and write to us at once.",
    ),
    Letter(
        False,
        timedelta(days=44),
        "Thank you, it is much better now. May I go back to every evening?",
    ),
    Letter(
        True,
        timedelta(days=43),
        "Yes, please do. We look forward to your next photos.",
    ),
)


def is_loaded() -> bool:
    return Clinic.objects.filter(slug=people.CLINIC_SLUG).exists()


def load(*, photos: Path, password: str, say: Say) -> None:
    """Build the clinic from the photos in the folder; afterwards it is whole, or it is not there.

    Run it while no other worker reads photos: it reads them itself, in the visits' own time.
    """
    remove_unfinished()
    try:
        _build(photos, password, say)
    except BaseException:
        remove_unfinished()
        raise


def _build(photos: Path, password: str, say: Say) -> None:
    with set_back(timedelta(days=SIGNED_VISITS[0].days_ago + 1)):
        clinic = create_clinic(
            name=people.CLINIC_NAME,
            slug=UNFINISHED_SLUG,
            open_registration=True,
            is_demonstration=True,
        )
        doctor = _create(clinic, people.DOCTOR, password)
        administrator = _create(clinic, people.ADMINISTRATOR, password)
        improving = _create_consenting(clinic, people.IMPROVING, password)
    for visit in SIGNED_VISITS:
        say(f"Reading and reporting visit {visit.number} of {len(SIGNED_VISITS)}")
        with set_back(timedelta(days=visit.days_ago)):
            _report(visit, improving, doctor, photos)
    say("Following the lesions from visit to visit")
    match_waiting()
    _write_letters(improving, doctor)
    invite(
        by=administrator,
        clinic=clinic,
        single_use=False,
        expires_at=timezone.now() + INVITATION_OPEN,
        note=people.INVITATION_NOTE,
    )
    say("Reading the visit that waits for the doctor, and the photo that is refused")
    with set_back(timedelta(hours=20)):
        _wait_for_the_doctor(_create_consenting(clinic, people.AWAITING, password), photos)
    with set_back(timedelta(hours=1)):
        _be_refused(_create_consenting(clinic, people.REFUSED, password), photos)
    _create(clinic, people.NEWCOMER, password)
    _finish(clinic, password)


@transaction.atomic
def _finish(clinic: Clinic, password: str) -> None:
    if not User.objects.filter(email=people.OPERATOR.email).exists():
        User.objects.create_superuser(email=people.OPERATOR.email, password=password)
    clinic.slug = people.CLINIC_SLUG
    clinic.save(update_fields=["slug"])


# --- People -------------------------------------------------------------------------------------


def _create(clinic: Clinic, person: Person, password: str) -> User:
    return create_person(
        clinic=clinic,
        role=Role(person.role),
        email=person.email,
        password=password,
        full_name=person.full_name,
        date_of_birth=person.date_of_birth,
        email_verified=True,
    )


def _create_consenting(clinic: Clinic, person: Person, password: str) -> User:
    patient = _create(clinic, person, password)
    for form in forms_to_sign(patient):
        sign_consent(
            form=form, patient=patient, language=Language.ENGLISH, signed_name=patient.full_name
        )
    return patient


# --- Visits -------------------------------------------------------------------------------------


def _report(signed: SignedVisit, patient: User, doctor: User, photos: Path) -> None:
    save_answers(visit=open_visit(patient=patient), answers={"treatments_now": signed.treatment})
    sitting = f"improving-{signed.number}"
    visit = _send(patient, photos, sitting)
    review = claim(visit=visit, doctor=doctor)
    _correct(review, photos, sitting)
    sign(
        review=review,
        grade=signed.grade,
        # Kept only where what was counted says otherwise.
        override_reason="My own count on the photo gives this grade.",
        assessment=signed.assessment,
        advice=signed.advice,
        next_visit_on=timezone.localdate() + timedelta(days=DAYS_TO_NEXT_VISIT),
    )


def _correct(review: Review, photos: Path, sitting: str) -> None:
    """Go through the findings as a doctor who sees what was drawn: give each its type, and reject
    what is none. What the model has overlooked stays so.
    """
    drawn = {
        view: json.loads((photos / f"{sitting}-{view}.json").read_text("utf-8")) for view in VIEWS
    }
    held = findings_of(review)
    for one in [one for one in held.table.values() if held.counts(one)]:
        at = min(drawn[View(one.view)], key=lambda lesion: _away(one, lesion), default=None)
        if at is None or _away(one, at) > SAME_PLACE * max(one.box[2:]):
            record(review=review, key=uuid.uuid4(), kind=Kind.REJECT, target=one.key)
        elif at["type"] != one.type:
            record(
                review=review,
                key=uuid.uuid4(),
                kind=Kind.RETYPE,
                target=one.key,
                type=at["type"],
            )


def _away(one: Finding, lesion: Json) -> float:
    return dist(one.centre, (lesion["x"], lesion["y"]))


def _wait_for_the_doctor(patient: User, photos: Path) -> None:
    _send(patient, photos, "awaiting-1")


def _be_refused(patient: User, photos: Path) -> None:
    visit = open_visit(patient=patient)
    _have_read(visit, View.FRONT, photos / "refused-1-front.jpg", AnalysisStatus.REJECTED)


def _send(patient: User, photos: Path, sitting: str) -> Visit:
    visit = open_visit(patient=patient)
    for view in VIEWS:
        _have_read(visit, view, photos / f"{sitting}-{view}.jpg", AnalysisStatus.DONE)
    submit(visit=visit)
    return visit


def _have_read(visit: Visit, view: View, picture: Path, expected: AnalysisStatus) -> None:
    with picture.open("rb") as file:
        photo = accept_photo(visit=visit, view=view, upload=File(file, name=picture.name))
    analyses = Analysis.objects.filter(photo=photo)
    while analyses.filter(status__in=UNFINISHED).exists():
        if analyse_waiting():
            time.sleep(OTHER_WORKER_SECONDS)  # a worker that runs all the same has taken it
    found = analyses.get().status
    if found != expected:
        raise NotReadError(f"{picture.name} was to be {expected} and is {found}")


# --- Letters ------------------------------------------------------------------------------------


def _write_letters(patient: User, doctor: User) -> None:
    """The doctor has read all of it; the last answer waits for the patient."""
    case = own_case(patient=patient)
    for letter in LETTERS:
        author = doctor if letter.from_clinic else patient
        with set_back(letter.ago):
            written = write(case=case, author=author, text=letter.text, key=uuid.uuid4())
            mark_read(case=case, reader=author, up_to=written)


# --- Starting again -----------------------------------------------------------------------------


def remove_unfinished() -> None:
    """Remove what a run that was broken off has left, files and all."""
    clinic = Clinic.objects.filter(slug=UNFINISHED_SLUG).first()
    if clinic is None:
        return
    files = _files_of(clinic)
    _remove_rows(clinic)
    for name in files:
        default_storage.delete(name)


def _files_of(clinic: Clinic) -> list[str]:
    photos = Photo.objects.filter(visit__case__clinic=clinic)
    return stored_names(photos) + stored_names(Analysis.objects.filter(photo__in=photos))


@transaction.atomic
def _remove_rows(clinic: Clinic) -> None:
    Report.objects.filter(visit__case__clinic=clinic).delete()
    Review.objects.filter(visit__case__clinic=clinic).delete()
    Analysis.objects.filter(photo__visit__case__clinic=clinic).delete()
    Photo.objects.filter(visit__case__clinic=clinic).delete()
    Visit.objects.filter(case__clinic=clinic).delete()
    Message.objects.filter(case__clinic=clinic).delete()
    Case.objects.filter(clinic=clinic).delete()
    ConsentSignature.objects.filter(form__clinic=clinic).delete()
    ConsentForm.objects.filter(clinic=clinic).delete()
    Invitation.objects.filter(clinic=clinic).delete()
    User.objects.filter(clinic=clinic).delete()
    clinic.delete()
