from __future__ import annotations

from typing import TYPE_CHECKING

from portal.consent.defaults import default_wordings
from portal.consent.services import publish, write_draft

if TYPE_CHECKING:
    from portal.accounts.models import Clinic
    from portal.consent.models import ConsentForm, ConsentKind


def draft_version(clinic: Clinic, kind: ConsentKind, **words: str) -> ConsentForm:
    changed = {"changes": "Clearer words.", "title": "A clearer title", **words}
    wordings = default_wordings(kind).items()
    return write_draft(
        clinic=clinic,
        kind=kind,
        wordings={language: wording._replace(**changed) for language, wording in wordings},
    )


def next_version(clinic: Clinic, kind: ConsentKind, **words: str) -> ConsentForm:
    return publish(form=draft_version(clinic, kind, **words))
