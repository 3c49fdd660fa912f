from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

from django.core.management.base import BaseCommand, CommandError

from portal.upkeep.invariants import CHECKS, Scope, problems

if TYPE_CHECKING:
    from argparse import ArgumentParser

GRACE = timedelta(hours=1)  # far longer than any transaction


class Command(BaseCommand):
    help = "Compare rows and files both ways, and look for whatever must not be."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--read-files", action="store_true", help="compare the bytes of every original too"
        )
        parser.add_argument(
            "--no-grace", action="store_true", help="nothing is being written at this moment"
        )

    def handle(self, *_args: Any, read_files: bool, no_grace: bool, **_options: Any) -> None:
        grace = timedelta() if no_grace else GRACE
        number = 0
        for problem in problems(Scope(grace, reads_files=read_files)):
            self.stderr.write(problem)
            number += 1
        if number:
            raise CommandError(f"{number} things are not as they must be. Nothing was changed.")
        self.stdout.write(f"{len(CHECKS)} checks, and nothing to say.")
