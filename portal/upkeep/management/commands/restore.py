from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from django.core.management.base import BaseCommand, CommandError

from portal.upkeep import restore
from portal.upkeep.database import NotEmptyError, OtherVersionError

if TYPE_CHECKING:
    from argparse import ArgumentParser


class Command(BaseCommand):
    help = (
        "Put a backup into an empty database and storage. Who was erased since is erased again and"
        " everything is checked before anybody else can see it."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("backup", type=Path, help="a folder that `backup` wrote")

    def handle(self, *_args: Any, backup: Path, **_options: Any) -> None:
        if not (backup / "manifest.json").is_file():
            raise CommandError(f"{backup} is not a backup.")
        try:
            restore.restore(backup, self.stdout.write)
        except NotEmptyError as error:
            raise CommandError(
                "There is data already. Name an empty database and an empty storage."
            ) from error
        except OtherVersionError as error:
            raise CommandError(
                "The backup was made with another version of the code or another kind of database."
                " Restore it with that version, and update afterwards."
            ) from error
        except restore.DamagedError as error:
            raise CommandError("The backup is damaged. Nothing was restored.") from error
        except restore.UnsoundError as error:
            for problem in error.args:
                self.stderr.write(problem)
            raise CommandError("What was restored is not sound. Nothing was kept of it.") from error
        self.stdout.write("Restored and checked. It can be served.")
