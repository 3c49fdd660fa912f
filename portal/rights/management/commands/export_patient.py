from __future__ import annotations

import os
from contextlib import contextmanager
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any
from uuid import UUID

from django.core.management.base import BaseCommand, CommandError

from portal.accounts.models import Role, User
from portal.audit.models import Action
from portal.audit.services import record
from portal.rights.archive import write_archive

if TYPE_CHECKING:
    from argparse import ArgumentParser
    from collections.abc import Iterator


class Command(BaseCommand):
    help = (
        "Write all there is of a patient to a zip, sealed records too: the one way to those, for a"
        " court or the patient themselves. It is recorded in the clinic's log."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("patient", type=UUID, help="the patient's number, as in the log")
        parser.add_argument("file", type=Path)

    def handle(self, *_args: Any, patient: UUID, file: Path, **_options: Any) -> None:
        found = User.objects.filter(public_id=patient, role=Role.PATIENT).first()
        if found is None:
            raise CommandError("There is no patient of this number.")
        with _only_ours(file) as target:
            record(Action.EXPORT_FETCHED, found, of=found)
            write_archive(found, target)
        self.stdout.write(f"Written to {file}.")


@contextmanager
def _only_ours(path: Path) -> Iterator[IO[bytes]]:
    """A file that nobody else opens, whatever the mask is; half of one does not stay."""
    try:
        number = os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600)
    except FileExistsError as error:
        raise CommandError(f"{path} is there already. Name a file that is not.") from error
    except OSError as error:
        raise CommandError(f"{path} cannot be written: {error.strerror}.") from error
    try:
        with os.fdopen(number, "wb") as target:
            yield target
    except BaseException:
        path.unlink()
        raise
