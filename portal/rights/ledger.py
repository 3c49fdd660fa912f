"""Who was erased, by opaque ids, in a file beside the backups and not in them.

A backup brings back whoever was erased after it was made; whoever restores one reads here whom to
erase again before anything is served.
"""

from __future__ import annotations

import json
import os
from typing import TYPE_CHECKING
from uuid import UUID

from django.conf import settings
from django.utils import timezone

if TYPE_CHECKING:
    from pathlib import Path


def enter(subject: UUID) -> None:
    """On the disk when this returns; entering twice does no harm."""
    path: Path = settings.ERASURE_LEDGER
    path.parent.mkdir(parents=True, exist_ok=True)
    line = json.dumps({"subject": str(subject), "at": timezone.now().isoformat()})
    with path.open("a", encoding="utf-8") as file:
        file.write(line + "\n")
        file.flush()
        os.fsync(file.fileno())


def subjects() -> list[UUID]:
    path: Path = settings.ERASURE_LEDGER
    if not path.exists():
        return []
    lines = path.read_text(encoding="utf-8").splitlines()
    return list(dict.fromkeys(UUID(json.loads(line)["subject"]) for line in lines if line))
