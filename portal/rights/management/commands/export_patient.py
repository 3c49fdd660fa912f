from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any
from uuid import UUID

from django.core.management.base import BaseCommand, CommandError

from portal.accounts.models import Role, User
from portal.audit.models import Action
from portal.audit.services import record
from portal.rights.archive import write_archive

if TYPE_CHECKING:
    from argparse import ArgumentParser


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
        record(Action.EXPORT_FETCHED, found, of=found)
        with file.open("xb") as target:
            write_archive(found, target)
        self.stdout.write(f"Written to {file}.")
