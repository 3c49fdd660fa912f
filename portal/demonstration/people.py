"""Who is at the demonstration clinic. All of them are made up."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Literal

CLINIC_NAME = "Harbour Lane Skin Clinic"
CLINIC_SLUG = "demonstration"
INVITATION_NOTE = "Poster in the waiting room"
SignInRole = Literal["patient", "dermatologist", "administrator", "operator"]


@dataclass(frozen=True)
class Person:
    role: SignInRole
    email: str
    full_name: str
    about: str
    date_of_birth: date | None = None


IMPROVING = Person(
    "patient", "patient@clinic.example", "Mei Lindqvist", "three visits reported", date(1998, 4, 12)
)
AWAITING = Person(
    "patient", "waiting@clinic.example", "Tomas Okafor", "a visit in the queue", date(2001, 9, 3)
)
REFUSED = Person(
    "patient", "retake@clinic.example", "Rosa Haddad", "a photo refused", date(1995, 1, 27)
)
NEWCOMER = Person(
    "patient", "new@clinic.example", "Jonas Wei", "nothing signed yet", date(2000, 6, 18)
)
DOCTOR = Person("dermatologist", "doctor@clinic.example", "Dr. Anneke Brandt", "reads and signs")
ADMINISTRATOR = Person("administrator", "administrator@clinic.example", "Sam Ferreira", "the desk")
OPERATOR = Person("operator", "operator@clinic.example", "", "the whole site, no pictures")

PATIENTS = (IMPROVING, AWAITING, REFUSED, NEWCOMER)
EVERYBODY = (*PATIENTS, DOCTOR, ADMINISTRATOR, OPERATOR)
