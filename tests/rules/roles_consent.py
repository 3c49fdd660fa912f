from __future__ import annotations

from typing import TYPE_CHECKING

from portal.consent.models import ConsentKind, ConsentSignature, Language
from portal.consent.selectors import current_forms
from tests.rules.roles import DONE, PATIENTS, Actor, Row, only

if TYPE_CHECKING:
    from tests.rules.roles import World


def signature(world: World) -> dict:
    return {"signature_id": ConsentSignature.objects.get(patient=world.patient).public_id}


def signing(world: World) -> dict:
    text = (
        current_forms(world.patient)
        .get(kind=ConsentKind.RESEARCH)
        .texts.get(language=Language.ENGLISH)
    )
    return {"signed_name": world.patient.full_name, "text_sha256": text.sha256}


ROWS = {
    "consent:list": Row(get=only(*PATIENTS)),
    "consent:form": Row(
        args=lambda _world: {"kind": ConsentKind.RESEARCH},
        data=signing,
        get=only(*PATIENTS),
        # Whose name is not the typed one gets the page again, with the error.
        post=only(Actor.PATIENT, allowed=DONE, others="422"),
    ),
    "consent:signature": Row(args=signature, get=only(Actor.PATIENT)),
    "consent:download": Row(args=signature, get=only(Actor.PATIENT)),
    "consent:withdraw": Row(
        args=signature, get=only(Actor.PATIENT), post=only(Actor.PATIENT, allowed=DONE)
    ),
}
