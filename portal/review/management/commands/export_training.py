from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from django.core.management.base import BaseCommand, CommandError

from portal.accounts.models import Clinic
from portal.review.training import FolderInUseError, export

if TYPE_CHECKING:
    from argparse import ArgumentParser


class Command(BaseCommand):
    help = "Export a clinic's corrected and consented cases for `python -m inference train --data`."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("clinic", help="the clinic's slug")
        parser.add_argument("folder", type=Path, help="a new or empty folder")

    def handle(self, *_args: Any, clinic: str, folder: Path, **_options: Any) -> None:
        found = Clinic.objects.filter(slug=clinic).first()
        if found is None:
            raise CommandError(f"There is no clinic {clinic}.")
        try:
            number = export(clinic=found, folder=folder)
        except FolderInUseError as error:
            raise CommandError(f"{folder} is not empty. Name a new folder.") from error
        self.stdout.write(f"{number} photos. Train with: python -m inference train --data {folder}")
