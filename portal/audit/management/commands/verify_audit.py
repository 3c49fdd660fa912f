from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

from django.core.management.base import BaseCommand, CommandError

from portal.audit.verification import Head, heads, problems

if TYPE_CHECKING:
    from argparse import ArgumentParser


class Command(BaseCommand):
    help = "Check that nothing of the audit log was changed or removed."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--against", type=Path, help="heads that were kept elsewhere, as --keep wrote them"
        )
        parser.add_argument("--keep", type=Path, help="write the heads to this file")

    def handle(self, *_args: Any, against: Path | None, keep: Path | None, **_options: Any) -> None:
        found = list(problems(read_heads(against) if against else None))
        for problem in found:
            self.stderr.write(problem)
        if found:
            raise CommandError("The audit log is not what was written.")
        for clinic, head in heads().items():
            self.stdout.write(f"clinic {clinic}: {head.entries} entries, head {head.sha256}")
        if keep:
            write_heads(keep)


def write_heads(path: Path) -> None:
    path.write_text(json.dumps(heads(), indent=1), encoding="utf-8")


def read_heads(path: Path) -> dict[int, Head]:
    stated = json.loads(path.read_text(encoding="utf-8"))
    return {int(clinic): Head(*head) for clinic, head in stated.items()}
