"""Who was erased, by opaque ids, in a file beside the backups and not in them.

A backup brings back whoever was erased after it was made; whoever restores one reads here whom to
erase again before anything is served. So every backup begins the file, even while nobody was erased
yet: where it is not there, it is lost.
"""

from __future__ import annotations

import json
import os
from datetime import datetime
from typing import TYPE_CHECKING
from uuid import UUID

from django.conf import settings
from django.utils import timezone

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path


def enter(subjects: Iterable[UUID]) -> None:
    """On the disk when this returns; entering twice does no harm."""
    now = timezone.now().isoformat()
    _append(_place(), [json.dumps({"subject": str(one), "at": now}) for one in subjects])


def subjects() -> list[UUID]:
    return list(dict.fromkeys(UUID(json.loads(line)["subject"]) for line in _lines(_place())))


def is_there() -> bool:
    return _place().exists()


def length() -> int:
    return len(_lines(_place()))


def last_entered() -> datetime | None:
    lines = _lines(_place())
    return datetime.fromisoformat(json.loads(lines[-1])["at"]) if lines else None


def copy_to(path: Path) -> int:
    """Give a copy what it lacks, and take nothing from it: if lines of the file were lost, they are
    in the copy still. How many the copy has.
    """
    _append(_place(), [])
    known = set(_lines(path))
    _append(path, [line for line in _lines(_place()) if line not in known])
    return len(_lines(path))


def _place() -> Path:
    place: Path = settings.ERASURE_LEDGER
    return place


def _append(path: Path, lines: list[str]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("a", encoding="utf-8") as file:
        file.writelines(f"{line}\n" for line in lines)
        file.flush()
        os.fsync(file.fileno())


def _lines(path: Path) -> list[str]:
    if not path.exists():
        return []
    return [line for line in path.read_text(encoding="utf-8").splitlines() if line]
