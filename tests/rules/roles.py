"""The role table: who may open which URL, over two parallel clinics.

Every app states its URLs in ``roles_<app>.py`` beside this file, as ``ROWS: dict[str, Row]`` from
the URL's name to a row. ``test_roles.py`` opens each as every actor and compares; it also walks
the resolver, so that a URL without a row fails. A row builds what it opens with factories::

    ROWS = {
        "cases:visit": Row(
            args=lambda world: {"visit_id": visit(world.patient).public_id},
            get=only(Actor.PATIENT, others=HIDDEN, wrong_role=FORBIDDEN),
        ),
    }

Objects belong to ``world.patient`` and its clinic. Each actor meets a fresh state.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from django.shortcuts import resolve_url

from portal.accounts.models import Clinic, Role, User
from tests import factories

if TYPE_CHECKING:
    from collections.abc import Callable

    from django.http import HttpResponse


class Actor(StrEnum):
    NOBODY = "nobody"
    PATIENT = "patient"
    OTHER_PATIENT = "other patient of the clinic"
    DOCTOR = "doctor"
    ADMINISTRATOR = "administrator"
    OPERATOR = "operator"
    PATIENT_ELSEWHERE = "patient of another clinic"
    DOCTOR_ELSEWHERE = "doctor of another clinic"
    ADMINISTRATOR_ELSEWHERE = "administrator of another clinic"


ROLE_OF = {
    Actor.NOBODY: None,
    Actor.PATIENT: Role.PATIENT,
    Actor.OTHER_PATIENT: Role.PATIENT,
    Actor.DOCTOR: Role.DERMATOLOGIST,
    Actor.ADMINISTRATOR: Role.ADMINISTRATOR,
    Actor.OPERATOR: Role.OPERATOR,
    Actor.PATIENT_ELSEWHERE: Role.PATIENT,
    Actor.DOCTOR_ELSEWHERE: Role.DERMATOLOGIST,
    Actor.ADMINISTRATOR_ELSEWHERE: Role.ADMINISTRATOR,
}
PATIENTS = (Actor.PATIENT, Actor.OTHER_PATIENT, Actor.PATIENT_ELSEWHERE)
DOCTORS = (Actor.DOCTOR, Actor.DOCTOR_ELSEWHERE)
ADMINISTRATORS = (Actor.ADMINISTRATOR, Actor.ADMINISTRATOR_ELSEWHERE)

ELSEWHERE = {
    Actor.PATIENT: Actor.PATIENT_ELSEWHERE,
    Actor.DOCTOR: Actor.DOCTOR_ELSEWHERE,
    Actor.ADMINISTRATOR: Actor.ADMINISTRATOR_ELSEWHERE,
    Actor.PATIENT_ELSEWHERE: Actor.PATIENT,
    Actor.DOCTOR_ELSEWHERE: Actor.DOCTOR,
    Actor.ADMINISTRATOR_ELSEWHERE: Actor.ADMINISTRATOR,
}
METHODS = ("get", "post", "shown_get", "shown_post", "patch", "delete")

OPEN = "200"
HIDDEN = "404"
FORBIDDEN = "403"
REFUSED = "400"
DONE = "redirect"
SIGN_IN = "redirect to the sign-in"
ASKED = "asked once more who they are"
UNKNOWN = "401"  # what the API says to who has no token

Outcomes = dict[Actor, str]


def everyone(outcome: str, **exceptions: str) -> Outcomes:
    """The same for all, but for the actors named by their member's name in lower case."""
    named = {Actor[name.upper()]: special for name, special in exceptions.items()}
    return {actor: named.get(actor, outcome) for actor in Actor}


def only(
    *actors: Actor, allowed: str = OPEN, others: str = HIDDEN, wrong_role: str = FORBIDDEN
) -> Outcomes:
    """``actors`` get in; others of their role meet ``others``, other roles ``wrong_role``."""
    roles = {ROLE_OF[actor] for actor in actors}

    def outcome(actor: Actor) -> str:
        if actor in actors:
            return allowed
        if actor is Actor.NOBODY:
            return SIGN_IN
        return others if ROLE_OF[actor] in roles else wrong_role

    return {actor: outcome(actor) for actor in Actor}


@dataclass(frozen=True)
class World:
    """One clinic with its people and another beside it; rows add what their URL shows."""

    clinic: Clinic
    patient: User
    doctor: User
    people: dict[Actor, User]

    @classmethod
    def create(cls) -> World:
        here, there = factories.clinic(), factories.clinic()
        patient, doctor = factories.consenting_patient(here), factories.doctor(here)
        people = {
            Actor.PATIENT: patient,
            Actor.OTHER_PATIENT: factories.consenting_patient(here),
            Actor.DOCTOR: doctor,
            Actor.ADMINISTRATOR: factories.administrator(here),
            Actor.OPERATOR: factories.operator(),
            Actor.PATIENT_ELSEWHERE: factories.consenting_patient(there),
            Actor.DOCTOR_ELSEWHERE: factories.doctor(there),
            Actor.ADMINISTRATOR_ELSEWHERE: factories.administrator(there),
        }
        return cls(here, patient, doctor, people)

    def mirrored(self) -> World:
        """The other clinic as its own people see it; for them everybody here is from elsewhere."""
        there = self.people[Actor.PATIENT_ELSEWHERE].clinic
        assert there is not None
        swapped = {ELSEWHERE.get(actor, actor): person for actor, person in self.people.items()}
        people = {**swapped, Actor.OTHER_PATIENT: factories.consenting_patient(there)}
        return World(there, people[Actor.PATIENT], people[Actor.DOCTOR], people)


def nothing(_world: World) -> dict:
    return {}


@dataclass(frozen=True)
class Row:
    """What each actor meets at one URL. A row without ``get`` is of a URL that only takes POST.

    Where somebody is ``ASKED`` who they are, ``shown_get`` and ``shown_post`` say what they meet
    once they have shown it: only there is looked up whose it is that they ask for.
    """

    get: Outcomes | None = None
    post: Outcomes | None = None
    shown_get: Outcomes | None = None
    shown_post: Outcomes | None = None
    patch: Outcomes | None = None
    delete: Outcomes | None = None
    args: Callable[[World], dict] = nothing
    data: Callable[[World], dict] = nothing


def outcome_of(response: HttpResponse) -> str:
    if response.status_code not in (301, 302, 303):
        return str(response.status_code)
    target = urlsplit(response["Location"]).path
    if target in map(resolve_url, ("account_reauthenticate", "mfa_reauthenticate")):
        return ASKED
    return SIGN_IN if target == resolve_url("account_login") else DONE
