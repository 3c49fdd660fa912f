"""Database and files in one folder a day, whole or not there.

The database is written first: whatever file a row of it names was there at that moment, and one
that is gone by the time it is copied was let go, which a restore repeats. Files never change under
their name, so those that the last backup has are linked and not copied again.

The ledger of erasures is copied beside the folders: in none of them, for it must be newer than any.
"""

from __future__ import annotations

import fcntl
import hashlib
import json
import os
import shutil
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.core.files.storage import default_storage
from django.db import connection
from django.utils import timezone

from portal.audit.verification import heads
from portal.cases.orphans import stored
from portal.rights import ledger
from portal.upkeep import database

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

LEDGER = "erased.jsonl"
NAMED = "%Y-%m-%dT%H-%M-%SZ"
UNFINISHED = ".unfinished"
LOCK = "lock"
# A copy of everything can be made anew, a piece of an upload is sent anew.
NOT_KEPT = ("exports/", "uploads/")
Json = dict[str, Any]


def ledger_beside(backup: Path) -> Path:
    """The copy of the ledger that each backup of the folder has brought up to date."""
    return backup.resolve().parent / LEDGER


class RunningError(Exception):
    """Another backup is being written into the same folder. Nothing was done."""


def back_up(folder: Path) -> Path:
    """Make one, drop those that were kept long enough; the folder of the new one."""
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    with _alone_in(folder):
        _drop_unfinished(folder)
        return _back_up(folder)


@contextmanager
def _alone_in(folder: Path) -> Iterator[None]:
    """The system lets go of the lock when a process ends, however it ends."""
    with (folder / LOCK).open("a") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise RunningError(folder) from None
        yield


def _drop_unfinished(folder: Path) -> None:
    """A run that was killed leaves a whole database, and nobody who was erased may stay in it."""
    for path in sorted(folder.glob(f"*{UNFINISHED}")):
        if _made_at(path.name.removesuffix(UNFINISHED)):
            shutil.rmtree(path)


def _back_up(folder: Path) -> Path:
    before = _newest(folder)
    now = timezone.now()
    target = folder / now.strftime(NAMED)
    unfinished = target.with_name(target.name + UNFINISHED)
    unfinished.mkdir(mode=0o700)
    try:
        known = heads()  # before the dump, which may only have more
        database.dump(unfinished / "database")
        number = _copy_files(unfinished / "files", before / "files" if before else None)
        manifest = {
            "made_at": now.isoformat(),
            "vendor": connection.vendor,
            "migrations": database.migrations_run(),
            "database": digests(unfinished / "database"),
            "files": number,
            "erased": ledger.copy_to(folder / LEDGER),
            "audit": known,
        }
        text = json.dumps(manifest, indent=1)
        (unfinished / "manifest.json").write_text(text, encoding="utf-8")
        unfinished.rename(target)
    except BaseException:
        shutil.rmtree(unfinished, ignore_errors=True)
        raise
    _drop_old(folder, now)
    return target


def _copy_files(target: Path, before: Path | None) -> int:
    target.mkdir()
    number = 0
    for name in stored():
        if name.startswith(NOT_KEPT):
            continue
        place = target / name
        place.parent.mkdir(parents=True, exist_ok=True)
        number += _linked(place, before / name if before else None) or _copied(place, name)
    return number


def _linked(place: Path, known: Path | None) -> bool:
    if known is None or not known.exists():
        return False
    try:
        os.link(known, place)
    except OSError:
        return False  # this disk knows no links
    return True


def _copied(place: Path, name: str) -> bool:
    try:
        with default_storage.open(name) as source, place.open("wb") as file:
            shutil.copyfileobj(source, file)
    except FileNotFoundError:
        place.unlink(missing_ok=True)
        return False  # let go meanwhile
    return True


def digests(folder: Path) -> dict[str, str]:
    return {path.name: _sha256(path) for path in sorted(folder.iterdir())}


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _backups(folder: Path) -> Iterator[tuple[datetime, Path]]:
    for path in sorted(folder.iterdir()):
        if made := _made_at(path.name):
            yield made, path


def _made_at(name: str) -> datetime | None:
    try:
        return datetime.strptime(name, NAMED).replace(tzinfo=UTC)
    except ValueError:
        return None  # something else, or one that was broken off


def _newest(folder: Path) -> Path | None:
    found = [path for _made, path in _backups(folder)]
    return found[-1] if found else None


def _drop_old(folder: Path, now: datetime) -> None:
    """Whoever was erased is in no backup any more after these days: that is what they are told."""
    for made, path in list(_backups(folder)):
        if made < now - timedelta(days=settings.BACKUP_DAYS):
            shutil.rmtree(path)
