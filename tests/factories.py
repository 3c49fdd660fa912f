"""People, consents, visits, photos and readings for tests, made by the same services as in life."""

from __future__ import annotations

import time
import uuid
from datetime import date, timedelta
from itertools import count
from typing import TYPE_CHECKING, Any

from allauth.mfa.totp.internal.auth import TOTP, format_hotp_value, hotp_value
from django.core.files.base import ContentFile
from django.utils import timezone

from inference.grading import grade_photo, no_grades
from inference.results import (
    FACE_VIEWS,
    Finding,
    Heatmap,
    LesionType,
    Model,
    Quality,
    Region,
    Result,
)
from inference.results import Lesion as FoundLesion
from inference.results import View as FoundView
from portal.accounts import second_factor, services
from portal.accounts.models import STAFF, Clinic, Invitation, Role, User
from portal.accounts.selectors import clinic_of
from portal.accounts.services import create_clinic, create_person, invite
from portal.analysis import lease
from portal.analysis.models import Analysis, AnalysisStatus
from portal.analysis.services import store
from portal.api.tokens import issue
from portal.cases.models import Photo, View, Visit
from portal.cases.services import accept_photo, open_visit, submit
from portal.consent.models import ConsentKind, ConsentSignature, Language
from portal.consent.selectors import current_forms
from portal.consent.services import sign
from portal.messages.services import own_case, write
from portal.review.selectors import machine_grade_of
from portal.review.services import claim
from portal.review.services import sign as sign_review
from tests.pictures import encoded, jpeg, noise

if TYPE_CHECKING:
    from collections.abc import Sequence

    from django.test import Client

    from portal.api.models import DeviceToken
    from portal.messages.models import Message
    from portal.reports.models import Report

PASSWORD = "correct horse battery staple"
TOTP_SECRET = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"
ADULT = date(1990, 6, 15)

_numbers = count(1)


def clinic(**fields) -> Clinic:
    number = next(_numbers)
    return create_clinic(**{"name": f"Clinic {number}", "slug": f"clinic-{number}", **fields})


def set_rules(at: Clinic, **rules) -> None:
    """Rules of the clinic for how its visits are read."""
    services.set_rules(clinic=at, **rules)


def patient(at: Clinic, **fields) -> User:
    return _person(at, Role.PATIENT, **{"date_of_birth": ADULT, **fields})


def doctor(at: Clinic, **fields) -> User:
    return _person(at, Role.DERMATOLOGIST, **fields)


def administrator(at: Clinic, **fields) -> User:
    return _person(at, Role.ADMINISTRATOR, **fields)


def operator() -> User:
    made = User.objects.create_superuser(
        email=f"operator-{next(_numbers)}@clinic.example", password=PASSWORD
    )
    authenticator_app(made)
    return made


def consenting_patient(at: Clinic, **fields) -> User:
    """A patient who has signed the form without which no photo is taken."""
    person = patient(at, **fields)
    sign_consent(person)
    return person


def sign_consent(
    person: User, kind: ConsentKind = ConsentKind.PHOTOGRAPHY, language: Language = Language.ENGLISH
) -> ConsentSignature:
    return sign(
        form=current_forms(person).get(kind=kind),
        patient=person,
        language=language,
        signed_name=person.full_name,
    )


def _person(at: Clinic, role: Role, **fields) -> User:
    number = next(_numbers)
    person: dict[str, Any] = {
        "email": f"{role}-{number}@clinic.example",
        "password": PASSWORD,
        "full_name": f"{role.label.capitalize()} {number}",
        "email_verified": True,
        **fields,
    }
    has_second_factor = person.pop("has_second_factor", role in STAFF)
    made = create_person(clinic=at, role=role, **person)
    if has_second_factor:
        authenticator_app(made)
    return made


def authenticator_app(person: User) -> None:
    TOTP.activate(person, TOTP_SECRET)


def show_second_step(client: Client, person: User) -> None:
    """Django's way around the sign-in page goes around the second step too."""
    if second_factor.has_one(person):
        session = client.session
        session[second_factor.SET_UP_HERE] = True
        session.save()


def code_of_the_app(secret: str = TOTP_SECRET) -> str:
    """What every app of these people shows now."""
    now = int(time.time()) // 30
    return format_hotp_value(hotp_value(secret, now))


def invitation(by: User, **terms) -> Invitation:
    usual = {"single_use": True, "expires_at": timezone.now() + timedelta(days=1)}
    return invite(by=by, clinic=clinic_of(by), **{**usual, **terms})


def device(person: User) -> DeviceToken:
    made, _key = issue(user=person, name="A phone")
    return made


def letter(patient: User, text: str = "Good morning.", pictures: Sequence[bytes] = ()) -> Message:
    """The patient writes to the clinic."""
    return write(
        case=own_case(patient=patient),
        author=patient,
        text=text,
        pictures=[ContentFile(data) for data in pictures],
        key=uuid.uuid4(),
    )


def visit(person: User) -> Visit:
    """The patient's open visit, as the button on their home page opens it."""
    return open_visit(patient=person)


def photo(at: Visit, view: View = View.FRONT, data: bytes | None = None) -> Photo:
    """A photo sent and waiting to be read."""
    return accept_photo(visit=at, view=view, upload=ContentFile(data or jpeg()))


def result(view: View = View.FRONT, **fields) -> Result:
    """A reading of the models, built by hand: three papules and a pustule unless told otherwise."""
    accepted = fields.pop("accepted", True)
    reason = Finding("too_dark", 0.1, 0.2, "The picture is too dark.")
    found = [
        found_lesion(LesionType.PAPULE, 100, Region.FOREHEAD),
        found_lesion(LesionType.PAPULE, 140, Region.LEFT_CHEEK),
        found_lesion(LesionType.PAPULE, 180, Region.RIGHT_CHEEK),
        found_lesion(LesionType.PUSTULE, 220, Region.CHIN),
    ]
    candidates = fields.pop("candidates", found) if accepted else ()
    thresholds = dict.fromkeys(LesionType, 0.3)
    read = accepted and FoundView(view) in FACE_VIEWS
    return Result(
        **{
            "view": FoundView(view),
            "width": 512,
            "height": 512,
            "quality": Quality(accepted, reasons=() if accepted else (reason,)),
            "face": None,
            "candidates": tuple(candidates),
            "floor": 0.05,
            "thresholds": thresholds,
            "grades": grade_photo(candidates, thresholds) if read else no_grades(),
            "model": Model("test", "1", "0" * 64),
            "timings_ms": {"total": 1.0},
            "heatmap": Heatmap(encoded(noise(16, 16, "L"), "PNG"), (0, 0, 512, 512)),
            **fields,
        }
    )


def found_lesion(
    kind: LesionType, place: float, region: Region | None = None, score: float = 0.9
) -> FoundLesion:
    return FoundLesion(kind, score, (place, place, 20.0, 20.0), region)


def read(photo: Photo, found: Result | None = None, display: bytes | None = None) -> Analysis:
    """Store a reading of this photo by the way a worker does, with what is then shown of it."""
    waiting = Analysis.objects.get(photo=photo, status=AnalysisStatus.QUEUED)
    token = uuid.uuid4()
    Analysis.objects.filter(pk=waiting.pk).update(
        status=AnalysisStatus.RUNNING, token=token, lease_until=lease.end(), attempts=1
    )
    waiting.refresh_from_db()
    store(analysis=waiting, result=found or result(View(photo.view)), display=display or jpeg())
    waiting.refresh_from_db()
    return waiting


def failed(photo: Photo) -> Analysis:
    """A reading given up after its last try."""
    Analysis.objects.filter(photo=photo).update(
        status=AnalysisStatus.FAILED,
        attempts=3,
        problem="0123456789ab",
        finished_at=timezone.now(),
    )
    return Analysis.objects.get(photo=photo)


def sent_visit(person: User, found: Result | None = None) -> Visit:
    """A visit with one photo that was read, waiting for the doctor."""
    opened = visit(person)
    read(photo(opened), found)
    submit(visit=opened)
    return opened


def report(person: User, by: User, found: Result | None = None, **words) -> Report:
    """A visit that ``by`` has signed, with the model's grade."""
    claimed = claim(visit=sent_visit(person, found), doctor=by)
    grade = machine_grade_of(claimed.visit) or "none"
    written = {"grade": grade, "assessment": "Mild acne.", **words}
    signed = sign_review(review=claimed, **written)
    assert signed is not None, "this clinic's rules ask for a second reader"
    return signed
