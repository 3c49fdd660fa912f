"""Who was erased, and what was decided to be kept of them, by opaque ids, in a file beside the
backups and not in them.

A backup brings back whoever was erased after it was made; whoever restores one reads here whom to
erase again before anything is served. So every backup begins the file, even while nobody was erased
yet: where it is not there, it is lost.
"""

from __future__ import annotations

import json
import os
from dataclasses import dataclass
from datetime import date, datetime
from typing import TYPE_CHECKING, Any
from uuid import UUID

from django.conf import settings
from django.utils import timezone

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import Path

Json = dict[str, Any]


@dataclass(frozen=True)
class Kept:
    """What the patient was told, which a backup's rules may not say any more."""

    visits: Mapping[UUID, date]
    """Those that were sealed, each until its day; every other one was erased."""
    until: date | None
    """The last of these days; a backup may be older than the visit whose day it is."""
    with_letters: bool
    clinic: int
    """Its number in the database, which is in the backups too."""

    @property
    def document(self) -> Json:
        return {
            "visits": {str(visit): day.isoformat() for visit, day in self.visits.items()},
            "until": self.until.isoformat() if self.until else None,
            "letters": self.with_letters,
            "clinic": self.clinic,
        }


def enter(subjects: Iterable[UUID], kept: Kept) -> None:
    """On the disk when this returns. Who is there already stays as they were entered."""
    known, now = entered(), timezone.now().isoformat()
    lines = [
        {"subject": str(one), "at": now, "kept": kept.document}
        for one in subjects
        if one not in known
    ]
    _append(_place(), map(json.dumps, lines))


def entered(path: Path | None = None) -> dict[UUID, Kept | None]:
    """Everybody in the ledger or a copy; without what was kept where an older version wrote it."""
    found: dict[UUID, Kept | None] = {}
    for line in _lines(path or _place()):
        entry = json.loads(line)
        subject = UUID(entry["subject"])
        found[subject] = found.get(subject) or (_kept(entry["kept"]) if "kept" in entry else None)
    return found


def _kept(document: Json) -> Kept:
    return Kept(
        visits={UUID(one): date.fromisoformat(day) for one, day in document["visits"].items()},
        until=date.fromisoformat(document["until"]) if document["until"] else None,
        with_letters=document["letters"],
        clinic=document["clinic"],
    )


def is_there() -> bool:
    return _place().exists()


def last_entered() -> datetime | None:
    times = [datetime.fromisoformat(json.loads(line)["at"]) for line in _lines(_place())]
    return max(times, default=None)


def copy_to(path: Path) -> int:
    """Give a copy what it lacks, and take nothing from it: if lines of the file were lost, they are
    in the copy still. How many people the copy has.
    """
    _append(_place(), [])
    _append(path, _missing(path, source=_place()))
    return len(entered(path))


def take_from(path: Path) -> int:
    """Give the ledger what its copy has and it lacks; how many people that were."""
    before = len(entered())
    if missing := _missing(_place(), source=path):
        _append(_place(), missing)
    return len(entered()) - before


def _missing(path: Path, *, source: Path) -> list[str]:
    known = set(_lines(path))
    return [line for line in _lines(source) if line not in known]


def _place() -> Path:
    place: Path = settings.ERASURE_LEDGER
    return place


def _append(path: Path, lines: Iterable[str]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("a", encoding="utf-8") as file:
        file.writelines(f"{line}\n" for line in lines)
        file.flush()
        os.fsync(file.fileno())


def _lines(path: Path) -> list[str]:
    if not path.exists():
        return []
    return [line for line in path.read_text(encoding="utf-8").splitlines() if line]
