from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from django.core.management.base import BaseCommand, CommandError

from portal.upkeep.backup import RunningError, back_up

if TYPE_CHECKING:
    from argparse import ArgumentParser


class Command(BaseCommand):
    help = "Write database and files to a new folder in this one, and drop those kept long enough."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("folder", type=Path)

    def handle(self, *_args: Any, folder: Path, **_options: Any) -> None:
        try:
            made = back_up(folder)
        except RunningError as error:
            raise CommandError(f"Another backup is being written into {folder}.") from error
        self.stdout.write(f"Written to {made}.")
