"""People and consents for tests, made by the same services as in life. Each call a new one."""

from __future__ import annotations

from datetime import date
from itertools import count

from portal.accounts.models import Clinic, Role, User
from portal.accounts.services import create_clinic, create_person
from portal.consent.models import ConsentKind, ConsentSignature, Language
from portal.consent.selectors import current_forms
from portal.consent.services import sign

PASSWORD = "correct horse battery staple"
ADULT = date(1990, 6, 15)

_numbers = count(1)


def clinic(**fields) -> Clinic:
    number = next(_numbers)
    return create_clinic(**{"name": f"Clinic {number}", "slug": f"clinic-{number}", **fields})


def patient(at: Clinic, **fields) -> User:
    return _person(at, Role.PATIENT, **{"date_of_birth": ADULT, **fields})


def doctor(at: Clinic, **fields) -> User:
    return _person(at, Role.DERMATOLOGIST, **fields)


def administrator(at: Clinic, **fields) -> User:
    return _person(at, Role.ADMINISTRATOR, **fields)


def operator() -> User:
    return User.objects.create_superuser(
        email=f"operator-{next(_numbers)}@clinic.example", password=PASSWORD
    )


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
    person: dict = {
        "email": f"{role}-{number}@clinic.example",
        "password": PASSWORD,
        "full_name": f"{role.label.capitalize()} {number}",
        "email_verified": True,
        **fields,
    }
    return create_person(clinic=at, role=role, **person)
