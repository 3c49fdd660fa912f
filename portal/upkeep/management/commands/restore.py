from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from portal.upkeep import restore
from portal.upkeep.backup import ledger_beside
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
        parser.add_argument(
            "--no-ledger",
            action="store_true",
            help=(
                "the ledger of erasures is lost, or lines of it: the copy beside the backups makes"
                " up for it as far as it goes, and whoever was erased since then comes back"
            ),
        )

    def handle(self, *_args: Any, backup: Path, no_ledger: bool, **_options: Any) -> None:
        if not (backup / "manifest.json").is_file():
            raise CommandError(f"{backup} is not a backup.")
        try:
            restore.restore(backup, self.stdout.write, without_ledger=no_ledger)
        except restore.LedgerMissingError as error:
            raise CommandError(
                f"There is no ledger of erasures at {settings.ERASURE_LEDGER}: whoever was erased"
                f" since the backup would come back. Put it there. If it is lost for good:"
                f" --no-ledger takes the copy beside the backups ({ledger_beside(backup)}), which"
                f" is as old as the last of them."
            ) from error
        except restore.LedgerShorterError as error:
            raise CommandError(
                f"The ledger of erasures at {settings.ERASURE_LEDGER} lacks people who were in it."
                f" Find the whole of it; or let --no-ledger add those whom the copy beside the"
                f" backups ({ledger_beside(backup)}) knows: who is in neither comes back."
            ) from error
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
