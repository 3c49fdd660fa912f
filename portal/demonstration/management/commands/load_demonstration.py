from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from portal.demonstration import services

if TYPE_CHECKING:
    from argparse import ArgumentParser


class Command(BaseCommand):
    help = "Load the demonstration clinic, once: people, visits, findings and reports."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("photos", type=Path, help="the folder of drawn photos")

    def handle(self, *_args: Any, photos: Path, **_options: Any) -> None:
        if services.is_loaded():
            self.stdout.write("The demonstration clinic is there already.")
            return
        password = settings.DEMONSTRATION_PASSWORD
        if not password:
            raise CommandError("Set DEMONSTRATION_PASSWORD: everybody in it signs in with it.")
        if not photos.is_dir():
            raise CommandError(f"There is no folder {photos}.")
        self.stdout.write("Loading the demonstration clinic")
        services.load(photos=photos, password=password, say=self._say)

    def _say(self, line: str) -> None:
        self.stdout.write(f"  {line}")
        self.stdout.flush()
