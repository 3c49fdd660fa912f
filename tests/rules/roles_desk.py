from __future__ import annotations

from typing import TYPE_CHECKING

from portal.consent.defaults import default_wordings
from portal.consent.models import ConsentForm, ConsentKind
from portal.consent.services import write_draft
from tests import factories
from tests.rules.roles import ADMINISTRATORS, ASKED, DONE, Actor, Row, World, only

if TYPE_CHECKING:
    from collections.abc import Callable
    from uuid import UUID

# A clinic's own page, open to its administrator; each sees their own clinic's.
DESK = only(*ADMINISTRATORS)
ONE_OF_THE_CLINIC = only(Actor.ADMINISTRATOR)
# Who it is is asked before anything is looked up.
WHO = only(*ADMINISTRATORS, allowed=ASKED)


def person(world: World) -> dict[str, UUID]:
    return {"person_id": world.doctor.public_id}


def patient(world: World) -> dict[str, UUID]:
    return {"person_id": world.patient.public_id}


def two_patients(world: World) -> dict[str, UUID]:
    return {**patient(world), "double_id": world.people[Actor.OTHER_PATIENT].public_id}


def research(_world: World) -> dict[str, str]:
    return {"kind": ConsentKind.RESEARCH}


def drafted(world: World) -> dict[str, str]:
    """A next version that says what it changes: a draft to preview and publish."""
    wordings = default_wordings(ConsentKind.RESEARCH).items()
    write_draft(
        clinic=world.clinic,
        kind=ConsentKind.RESEARCH,
        wordings={language: words._replace(changes="Clearer.") for language, words in wordings},
    )
    return research(world)


def version(world: World) -> dict[str, UUID]:
    form = ConsentForm.objects.get(clinic=world.clinic, kind=ConsentKind.RESEARCH)
    return {"form_id": form.public_id}


def invitation(world: World) -> dict[str, UUID]:
    return {"invitation_id": factories.invitation(world.people[Actor.ADMINISTRATOR]).public_id}


def failure(world: World) -> dict[str, UUID]:
    failed = factories.failed(factories.photo(factories.visit(world.patient)))
    return {"analysis_id": failed.public_id}


def asked_first(args: Callable[[World], dict[str, UUID]]) -> Row:
    """A form about one of the clinic's patients, here sent empty."""
    return Row(
        args=args,
        get=WHO,
        post=WHO,
        shown_get=ONE_OF_THE_CLINIC,
        shown_post=only(Actor.ADMINISTRATOR, allowed="422"),
    )


ROWS = {
    "desk:home": Row(get=DESK),
    "desk:people": Row(
        data=lambda _world: {"q": "Ada"},
        get=DESK,
        post=only(*ADMINISTRATORS, allowed=DONE),
    ),
    "desk:figures": Row(get=DESK),
    "desk:settings": Row(
        data=lambda _world: {"promised_days": "x"},
        get=DESK,
        post=only(*ADMINISTRATORS, allowed="422"),
    ),
    "desk:quality": Row(
        data=lambda _world: {"refuse_brightness_below": "x"},
        get=DESK,
        post=only(*ADMINISTRATORS, allowed="422"),
    ),
    "desk:person": Row(args=person, get=ONE_OF_THE_CLINIC),
    "desk:role": Row(args=person, post=WHO, shown_post=only(Actor.ADMINISTRATOR, allowed=DONE)),
    "desk:second_step": Row(
        args=person, post=WHO, shown_post=only(Actor.ADMINISTRATOR, allowed=DONE)
    ),
    "desk:sign_out": Row(args=person, post=only(Actor.ADMINISTRATOR, allowed=DONE)),
    "desk:correct": asked_first(patient),
    "desk:doubles": Row(
        args=patient,
        data=lambda _world: {"q": "Ada"},
        get=ONE_OF_THE_CLINIC,
        post=only(Actor.ADMINISTRATOR, allowed=DONE),
    ),
    "desk:merge": asked_first(two_patients),
    "desk:hand_over": asked_first(patient),
    "desk:erase": asked_first(patient),
    "desk:add_colleague": Row(
        data=lambda _world: {
            "role": "dermatologist",
            "full_name": "New Doctor",
            "email": "new@clinic.example",
        },
        get=WHO,
        post=WHO,
        shown_get=DESK,
        shown_post=only(*ADMINISTRATORS, allowed=DONE),
    ),
    "desk:password_link": Row(args=person, post=only(Actor.ADMINISTRATOR, allowed=DONE)),
    "desk:activation": Row(
        args=person,
        data=lambda _world: {"active": "no"},
        get=WHO,
        post=WHO,
        shown_get=ONE_OF_THE_CLINIC,
        shown_post=only(Actor.ADMINISTRATOR, allowed=DONE),
    ),
    "desk:invitations": Row(
        data=lambda _world: {"audience": "nobody"},
        get=DESK,
        post=only(*ADMINISTRATORS, allowed="422"),
    ),
    "desk:invitation": Row(args=invitation, get=ONE_OF_THE_CLINIC),
    "desk:revoke_invitation": Row(args=invitation, post=only(Actor.ADMINISTRATOR, allowed=DONE)),
    "desk:forms": Row(get=DESK),
    "desk:form_version": Row(args=version, get=ONE_OF_THE_CLINIC),
    "desk:form": Row(
        args=research,
        data=lambda _world: {"en-title": ""},
        get=DESK,
        post=only(*ADMINISTRATORS, allowed="422"),
    ),
    # The other clinic's administrator has no draft of this kind and is sent to write one.
    "desk:publish": Row(
        args=drafted,
        get=only(Actor.ADMINISTRATOR, others=DONE),
        post=only(*ADMINISTRATORS, allowed=DONE),
    ),
    "desk:signatures": Row(args=research, get=DESK),
    "desk:export_signatures": Row(
        args=research,
        get=WHO,
        post=WHO,
        shown_get=DESK,
        shown_post=only(*ADMINISTRATORS, allowed="405"),
    ),
    "desk:analyses": Row(get=DESK),
    "desk:retry": Row(args=failure, post=only(Actor.ADMINISTRATOR, allowed=DONE)),
}
