"""The one way into the log.

Services and views call :func:`record` for what they do, last in their transaction: it holds the
clinic's chain until the commit, so whoever would lock anything after it could block another.
"""

from __future__ import annotations

import hashlib
import json
from typing import TYPE_CHECKING

from django.db import transaction
from django.utils import timezone

from portal.accounts.models import Role, User
from portal.audit.models import Action, Chain, Entry
from portal.audit.origin import acting, origin

if TYPE_CHECKING:
    from collections.abc import Iterable

    from django.db.models import Model

    from portal.audit.models import Why


def record(
    action: Action,
    subject: Model,
    *,
    of: User | None = None,
    clinic_id: int | None = None,
    by: User | None = None,
    why: Why | str = "",
) -> None:
    """Write that this was done to ``subject``, or fail together with what was done.

    ``of``: whose data it is; without one ``clinic_id`` says which clinic's log it belongs to.
    ``by``: who did it, where that is not whoever sent the request.
    """
    clinic = clinic_id or (of.clinic_id if of else None)
    if clinic is None:
        raise ValueError("an entry belongs to a clinic")
    record_each(action, [(subject, of)], clinic_id=clinic, by=by, why=why)


@transaction.atomic
def record_each(
    action: Action,
    subjects: Iterable[tuple[Model, User | None]],
    *,
    clinic_id: int,
    by: User | None = None,
    why: Why | str = "",
) -> None:
    """The same done to several things of one clinic, each with whose data it is: an entry each."""
    actor, came_from = by or acting(), origin(clinic_id)
    chain = _hold(clinic_id)
    entries = []
    for subject, of in subjects:
        entry = Entry(
            chain=chain,
            number=chain.count + 1,
            at=timezone.now(),
            actor=actor.public_id if actor else None,
            actor_role=actor.role if actor else "",
            action=action,
            kind=str(subject._meta.model_name),  # noqa: SLF001 - Django's own way to a model's name
            subject=str(getattr(subject, "public_id", subject.pk)),
            patient=of.public_id if of and of.role == Role.PATIENT else None,
            channel=came_from.channel,
            address=came_from.address,
            why=why,
        )
        entry.sha256 = seal(entry, before=chain.head)
        chain.count, chain.head = entry.number, entry.sha256
        entries.append(entry)
    Entry.objects.bulk_create(entries)
    if entries:
        chain.save(update_fields=["count", "head"])


def _hold(clinic_id: int) -> Chain:
    held = Chain.objects.select_for_update()
    chain = held.filter(clinic=clinic_id).first()
    if chain:
        return chain
    Chain.objects.get_or_create(clinic_id=clinic_id)
    return held.get(clinic=clinic_id)


def seal(entry: Entry, *, before: str) -> str:
    """Over all columns and the seal of the entry before, so that none can change or go unseen."""
    columns = [
        before,
        entry.chain.clinic_id,
        entry.number,
        entry.at.isoformat(),
        str(entry.actor or ""),
        entry.actor_role,
        str(entry.action),
        entry.kind,
        entry.subject,
        str(entry.patient or ""),
        str(entry.channel),
        entry.address,
        str(entry.why),
    ]
    canonical = json.dumps(columns, separators=(",", ":"), ensure_ascii=False)
    return hashlib.sha256(canonical.encode()).hexdigest()
