"""The API by device token. Administrators and operators get none, so they are nobody to it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from portal.cases.models import View
from portal.cases.resumable import begin_upload
from portal.consent.models import ConsentKind
from portal.messages.models import Message
from portal.review.services import claim
from tests import factories, pictures
from tests.rules import roles_cases, roles_consent, roles_review
from tests.rules.roles import (
    ASKED,
    DOCTORS,
    DONE,
    FORBIDDEN,
    HIDDEN,
    OPEN,
    PATIENTS,
    REFUSED,
    ROLE_OF,
    SIGN_IN,
    UNKNOWN,
    Actor,
    Role,
    Row,
    everyone,
    only,
)

if TYPE_CHECKING:
    from tests.rules.roles import Outcomes, World

WITH_TOKEN = (Role.PATIENT, Role.DERMATOLOGIST)
MADE, GONE, WRONG_KIND, TOO_FEW = "201", "204", "415", "409"
ALL = (*PATIENTS, *DOCTORS)


def api(*actors: Actor, allowed: str = OPEN, others: str = HIDDEN) -> Outcomes:
    """``actors`` get in; others of their role meet ``others``, who has no token is unknown."""
    roles = {ROLE_OF[actor] for actor in actors}

    def outcome(actor: Actor) -> str:
        if actor in actors:
            return allowed
        if ROLE_OF[actor] not in WITH_TOKEN:
            return UNKNOWN
        return others if ROLE_OF[actor] in roles else FORBIDDEN

    return {actor: outcome(actor) for actor in Actor}


def followed(world: World) -> dict:
    """A case whose two signed visits the worker has matched."""
    roles_review.matched(world)
    return {"case_id": world.patient.cases.get().public_id}


def token(world: World) -> dict:
    return {"token_id": factories.device(world.patient).public_id}


def upload(world: World) -> dict:
    announced = begin_upload(
        visit=factories.visit(world.patient), view=View.FRONT, byte_size=9, sha256="0" * 64
    )
    return {"upload_id": announced.public_id}


def letter(world: World) -> dict:
    return {"case_id": factories.letter(world.patient).case.public_id}


def newest(world: World) -> dict:
    letters = Message.objects.filter(case__patient=world.patient)
    return {"up_to": str((letters.last() or factories.letter(world.patient)).public_id)}


def picture(world: World) -> dict:
    sent = factories.letter(world.patient, pictures=[pictures.jpeg()])
    return {"attachment_id": sent.attachments.get().public_id}


def claimed(world: World) -> dict:
    visit = factories.sent_visit(world.patient)
    claim(visit=visit, doctor=world.doctor)
    return {"visit_id": visit.public_id}


OWN = Actor.PATIENT
BOTH_OWN = api(Actor.PATIENT, Actor.DOCTOR)

ROWS = {
    "devices": Row(get=only(*ALL), post=only(*ALL, allowed=ASKED), shown_post=only(*ALL)),
    "revoke_device": Row(
        args=token,
        post=everyone(
            HIDDEN,
            nobody=SIGN_IN,
            patient=DONE,
            administrator=FORBIDDEN,
            operator=FORBIDDEN,
            administrator_elsewhere=FORBIDDEN,
        ),
    ),
    "api_schema": Row(get=everyone(OPEN)),
    "api:nothing": Row(get=everyone(HIDDEN), post=everyone(HIDDEN)),
    "api:sign_in": Row(
        data=lambda world: {
            "email": world.patient.email,
            "password": factories.PASSWORD,
            "device": "A phone",
        },
        post=everyone(MADE),
    ),
    "api:devices": Row(get=api(*ALL)),
    "api:device": Row(
        args=token,
        post=api(*ALL, allowed="405"),
        delete={**api(*ALL, allowed=HIDDEN), OWN: GONE},
    ),
    "api:me": Row(get=api(*ALL)),
    "api:consents": Row(get=api(*PATIENTS)),
    "api:consent_signing": Row(
        args=lambda _world: {"kind": ConsentKind.RESEARCH},
        data=lambda world: {**roles_consent.signing(world), "language": "en"},
        post=api(OWN, allowed=MADE, others="409"),  # another's name
    ),
    "api:signatures": Row(get=api(*PATIENTS)),
    "api:withdrawal": Row(args=roles_consent.signature, post=api(OWN)),
    "api:visits": Row(get=api(*PATIENTS), post=api(*PATIENTS)),
    "api:visit": Row(args=roles_cases.draft, get=api(OWN)),
    "api:answers": Row(
        args=roles_cases.draft,
        data=lambda _world: {"since": "years"},
        post=api(*PATIENTS, allowed="405"),
        patch=api(OWN),
    ),
    # The table speaks JSON, and a photo comes as a form: who is let in is told so.
    "api:photos": Row(args=roles_cases.draft, post=api(OWN, allowed=WRONG_KIND)),
    "api:uploads": Row(
        args=roles_cases.draft,
        data=lambda _world: {"view": "front", "byte_size": 9, "sha256": "0" * 64},
        post=api(OWN, allowed=MADE),
    ),
    "api:submission": Row(args=roles_cases.draft_with_photo, post=api(OWN)),
    # A piece is bytes from a place on; tests/portal/api/test_visits.py sends some.
    "api:upload": Row(args=upload, get=api(OWN), patch=api(OWN, allowed=REFUSED)),
    "api:photo": Row(args=roles_cases.photo_in_draft, get=api(OWN), delete=api(OWN, allowed=GONE)),
    "api:photo_image": Row(args=roles_cases.photo_sent, get=BOTH_OWN),
    "api:reports": Row(get=api(*ALL)),
    "api:report": Row(args=roles_review.signed, get=BOTH_OWN),
    "api:report_pdf": Row(args=roles_review.signed, get=BOTH_OWN),
    "api:trend": Row(get=api(*PATIENTS)),
    "api:comparison": Row(get=api(*PATIENTS, allowed=TOO_FEW)),
    "api:lesions": Row(get=api(*PATIENTS, allowed=TOO_FEW)),
    "api:trend_of_case": Row(args=letter, get=api(Actor.DOCTOR)),
    "api:comparison_of_case": Row(args=letter, get=api(Actor.DOCTOR, allowed=TOO_FEW)),
    "api:lesions_of_case": Row(args=followed, get=api(Actor.DOCTOR)),
    "api:read_messages": Row(data=newest, post=api(OWN)),
    "api:read_thread": Row(args=letter, data=newest, post=api(Actor.DOCTOR)),
    "api:messages": Row(get=api(*PATIENTS), post=api(*PATIENTS, allowed=WRONG_KIND)),
    "api:threads": Row(get=api(*DOCTORS)),
    "api:thread": Row(
        args=letter, get=api(Actor.DOCTOR), post=api(Actor.DOCTOR, allowed=WRONG_KIND)
    ),
    "api:attachment_image": Row(args=picture, get=BOTH_OWN),
    "api:queue": Row(get=api(*DOCTORS)),
    "api:findings": Row(args=roles_review.waiting, get=api(Actor.DOCTOR)),
    "api:claim": Row(args=roles_review.waiting, post=api(Actor.DOCTOR)),
    "api:release": Row(args=claimed, post=api(Actor.DOCTOR, allowed=GONE)),
    "api:review_signing": Row(
        args=claimed, data=roles_review.decision, post=api(Actor.DOCTOR, allowed=MADE)
    ),
}
