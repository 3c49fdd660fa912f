"""Is the log still what was written? Each entry against its seal, each chain against its head.

Whoever can rewrite the whole database could rewrite both. So the heads are also kept elsewhere: in
the site's log every day, and with every backup; ``known`` compares against such.
"""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, NamedTuple

from django.db.models import F

from portal.accounts.models import Clinic
from portal.audit.models import Chain, Entry
from portal.audit.services import seal

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

logger = logging.getLogger(__name__)


class Head(NamedTuple):
    entries: int
    sha256: str


def heads() -> dict[int, Head]:
    """By clinic: how many entries there are, and the seal of the last."""
    rows = Chain.objects.order_by("clinic_id").values_list("clinic_id", "count", "head")
    return {clinic: Head(count, head) for clinic, count, head in rows}


def problems(known: Mapping[int, Head] | None = None) -> Iterator[str]:
    """What does not hold, in a sentence each; nothing where all is as it was written."""
    known = known or {}
    chains = {chain.clinic_id: chain for chain in Chain.objects.all()}
    expected = set(Clinic.objects.values_list("pk", flat=True)) | known.keys()
    for clinic in sorted(expected - chains.keys()):
        yield f"clinic {clinic} has no log"
    for clinic, chain in sorted(chains.items()):
        yield from _problems_of(chain, known.get(clinic))


def _problems_of(chain: Chain, known: Head | None) -> Iterator[str]:
    clinic, head, number = chain.clinic_id, "", 0
    for entry in _entries(chain):
        number += 1
        if entry.number != number:
            yield f"clinic {clinic}: entry {number} is missing"
            return
        head = seal(entry, before=head)
        if entry.sha256 != head:
            yield f"clinic {clinic}: entry {number} is not what was written"
            return
        if known and number == known.entries and head != known.sha256:
            yield f"clinic {clinic}: the first {number} entries are not those known before"
    if number < chain.count:
        yield f"clinic {clinic}: {chain.count - number} entries are missing at the end"
    elif head != chain.head:
        yield f"clinic {clinic}: the last entry is not the one that the log ends with"
    if known and known.entries > number:
        yield f"clinic {clinic}: {known.entries} entries were known before, {number} are there"
    if Entry.objects.filter(chain=chain, number__gt=F("chain__count")).exists():
        yield f"clinic {clinic}: there are entries that nobody counted"


def _entries(chain: Chain) -> Iterator[Entry]:
    """As far as the chain stood when it was read; what is written meanwhile comes next time."""
    counted = Entry.objects.filter(chain=chain, number__lte=chain.count).order_by("number")
    for entry in counted.iterator(chunk_size=2000):
        entry.chain = chain
        yield entry


def verify() -> bool:
    """Tell the site's log how every chain stands, and what is wrong; True where nothing is."""
    found = list(problems())
    for problem in found:
        logger.error("audit: %s", problem)
    for clinic, head in heads().items():
        logger.info("audit: clinic %s has %s entries, head %s", clinic, head.entries, head.sha256)
    return not found
