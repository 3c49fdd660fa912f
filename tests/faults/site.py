"""A site of its own for a fault test: real processes on SQLite, local files and the filesystem
broker, in a folder that vanishes with the test.
"""

from __future__ import annotations

import os
import signal
import sqlite3
import subprocess
import sys
import time
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

ROOT = Path(__file__).parents[2]
PATIENCE_SECONDS = 280
# Given to every child of the test, and to nobody else: the real servers stay out of it.
NOT_INHERITED = ("DATABASE_URL", "BROKER_URL", "CACHE_URL", "S3_BUCKET")
COMMANDS = {
    "worker": ("worker", "--pool", "prefork", "--concurrency", "1", "--loglevel", "info"),
    "beat": ("beat", "--loglevel", "warning"),
}


class Site:
    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.processes: list[subprocess.Popen[bytes]] = []
        inherited = {k: v for k, v in os.environ.items() if k not in NOT_INHERITED}
        self.environment = {
            **inherited,
            "DJANGO_SETTINGS_MODULE": "portal.settings.dev",
            "CLEARGRADE_VAR": str(folder),
            "ANALYSIS_LEASE_SECONDS": "6",
        }

    def manage(self, *arguments: str) -> None:
        subprocess.run([sys.executable, *arguments], cwd=ROOT, env=self.environment, check=True)

    def start(self, name: str) -> subprocess.Popen[bytes]:
        """Start a worker or the beat as the leader of its own group of processes."""
        with (self.folder / f"{name}.log").open("ab") as log:
            process = subprocess.Popen(
                [sys.executable, "-m", "celery", "--app", "portal", *COMMANDS[name]],
                cwd=ROOT,
                env=self.environment,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
        self.processes.append(process)
        return process

    def kill_group(self, process: subprocess.Popen[bytes]) -> None:
        """SIGKILL to parent and child at once: nobody gets to tidy up."""
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()

    def stop(self) -> None:
        for process in self.processes:
            if process.poll() is None:
                self.kill_group(process)

    def query(self, sql: str) -> list[tuple[Any, ...]]:
        database = f"file:{self.folder / 'cleargrade.sqlite3'}?mode=ro"
        with closing(sqlite3.connect(database, uri=True, timeout=20)) as connection:
            return connection.execute(sql).fetchall()

    def statuses(self) -> list[str]:
        return sorted(row[0] for row in self.query("SELECT status FROM analysis_analysis"))

    def wait_until(self, holds: Callable[[], object], what: str, pause: float = 0.05) -> None:
        deadline = time.monotonic() + PATIENCE_SECONDS
        while not holds():
            if time.monotonic() > deadline:
                logs = "\n".join(log.read_text()[-3000:] for log in self.folder.glob("*.log"))
                raise AssertionError(f"waited in vain until {what}: {self.statuses()}\n{logs}")
            time.sleep(pause)


def children_of(process: subprocess.Popen[bytes]) -> list[int]:
    listed = Path(f"/proc/{process.pid}/task/{process.pid}/children").read_text()
    return [int(number) for number in listed.split()]
