from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.core.management.base import BaseCommand, CommandError

from portal.rights.retention import end_retention, ended

if TYPE_CHECKING:
    from argparse import ArgumentParser


class Command(BaseCommand):
    help = "Erase what has been kept as long as it had to be; the scheduled task does the same."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--dry-run", action="store_true", help="only say what would go")

    def handle(self, *_args: Any, dry_run: bool, **_options: Any) -> None:
        found = ended() if dry_run else end_retention()
        for line in found.lines:
            self.stdout.write(f"{'would go' if dry_run else 'gone'}: {line}")
        left = [] if dry_run else ended().lines
        if left:
            raise CommandError(f"{len(left)} could not be let go; the site's log says why.")
        if not found.lines:
            self.stdout.write("Nothing has come to its end.")
