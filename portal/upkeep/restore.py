"""A backup put back: erasures and retention repeated, everything checked, and only then served.

On PostgreSQL all of it is one transaction, on SQLite a file beside: while it lasts, and if it
fails, the place is as empty as before.
"""

from __future__ import annotations

import json
from datetime import timedelta
from typing import TYPE_CHECKING

from django.core.files import File
from django.core.files.storage import default_storage
from django.db import connection, transaction

from portal.api.models import DeviceToken
from portal.api.tokens import revoke
from portal.audit.verification import Head
from portal.audit.verification import problems as log_problems
from portal.cases.models import Upload
from portal.cases.orphans import named, stored
from portal.rights import ledger, services
from portal.rights.models import Export
from portal.rights.retention import end_retention, ended
from portal.upkeep import database
from portal.upkeep.backup import digests, ledger_beside
from portal.upkeep.invariants import Scope, problems

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from portal.upkeep.backup import Json

    Say = Callable[[str], None]

EXACT = Scope(timedelta(), reads_files=True)


class DamagedError(Exception):
    """The backup is not what was written."""


class UnsoundError(Exception):
    """What was restored does not hold together; ``args`` say what. Nothing is left of it."""


class LedgerMissingError(Exception):
    """Nobody can say who was erased since the backup. Nothing was restored."""


class LedgerShorterError(Exception):
    """The ledger has lost people whom its copy knows or a backup counted. Nothing was restored."""


def restore(backup: Path, say: Say, *, without_ledger: bool = False) -> None:
    """``without_ledger``: whoever restores answers for who comes back though they were erased."""
    manifest = json.loads((backup / "manifest.json").read_text(encoding="utf-8"))
    copy = ledger_beside(backup)
    if without_ledger:
        _make_do(manifest, copy, say)
    else:
        _check_ledger(manifest, copy)
        if not copy.exists():
            say("No copy of the ledger lies beside the backup: only the number was compared.")
    say(_said_of_ledger())
    if manifest["vendor"] != connection.vendor:
        raise database.OtherVersionError
    if digests(backup / "database") != manifest["database"]:
        raise DamagedError
    if next(stored(), None):
        raise database.NotEmptyError
    try:
        with database.loaded(backup / "database", migrations=manifest["migrations"]):
            number = _put_back_files(backup / "files")
            say(f"{number} files and the database are back. Repeating what was erased since.")
            _let_go(say)
            _check(manifest)
    except BaseException:
        _remove_files()
        raise


def _check_ledger(manifest: Json, copy: Path) -> None:
    if not ledger.is_there():
        raise LedgerMissingError
    entered = ledger.entered()
    if ledger.entered(copy).keys() - entered.keys() or len(entered) < _counted(manifest):
        raise LedgerShorterError


def _counted(manifest: Json) -> int:
    """How many had been erased; an older version counted lines, which are no fewer."""
    number: int = manifest["erased"] if "erased" in manifest else manifest.get("ledger", 0)
    return number


def _make_do(manifest: Json, copy: Path, say: Say) -> None:
    """Without the ledger the copy is the best there is: nobody comes back whom it knows."""
    if taken := ledger.take_from(copy):
        say(f"The ledger lacked {taken} people. They were taken from its copy beside the backups.")
    lost = _counted(manifest) - len(ledger.entered())
    if lost > 0:
        say(f"{lost} people fewer are known than had been erased when the backup was made.")
    say("Whoever was erased since the backup and is not in the ledger comes back.")


def _said_of_ledger() -> str:
    last = ledger.last_entered()
    if last is None:
        return "The ledger of erasures names nobody."
    return f"The ledger of erasures goes to {last:%Y-%m-%d %H:%M} UTC."


def _put_back_files(source: Path) -> int:
    number = 0
    for path in sorted(source.rglob("*")):
        if path.is_file():
            name = path.relative_to(source).as_posix()
            with path.open("rb") as file:
                stored_as = default_storage.save(name, File(file))
            if stored_as != name:
                raise DamagedError(name)
            number += 1
    return number


def _let_go(say: Say) -> None:
    """Whatever was let go after the backup, and what belongs to no row of it."""
    for token in DeviceToken.objects.in_force().select_related("user"):
        revoke(token=token)  # it may have been revoked since
    Export.objects.all().delete()
    Upload.objects.filter(photo=None).delete()
    number = services.erase_again(ledger.entered())
    say(f"{number} people were erased again.")
    if number := services.wait_anew():
        say(f"{number} erasures that were asked for wait anew; the patients are told once more.")
    with transaction.atomic():
        say(f"{len(end_retention().lines)} records had come to their end.")
    if left := ended().lines:
        raise UnsoundError(*(f"not let go: {line}" for line in left))
    there = list(stored())
    for name in set(there) - named(there):
        default_storage.delete(name)


def _check(manifest: Json) -> None:
    known = {int(clinic): Head(*head) for clinic, head in manifest["audit"].items()}
    found = [*problems(EXACT), *log_problems(known)]
    if found:
        raise UnsoundError(*found)


def _remove_files() -> None:
    for name in list(stored()):
        default_storage.delete(name)
