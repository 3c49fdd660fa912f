"""How long the doctors' queue takes with few and with many visits waiting.

    python -m scripts.measure_queue [--few 100] [--many 10000] [--looks 40] [--database SQLite]

Fills two scratch databases, on PostgreSQL and on SQLite, with visits that each have photos, a
reading and a signed report from before, and asks for the page in turns, so that what else the
machine does falls on both. Prints the milliseconds of each look at the queue, by the clock and of
the site's processor, and their ratio.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import statistics
import subprocess
import sys
import tempfile
from contextlib import ExitStack
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any, NamedTuple, Self

import psycopg

from scripts.browsing import ROOT
from tests.servers import postgresql

if TYPE_CHECKING:
    from collections.abc import Sequence

WARMING = 5
DATABASES = ("PostgreSQL", "SQLite")
LOOKS = {
    "the first page": "/review/",
    "a page far down": "/review/?after={deep}",
    "the longest waiting first": "/review/?order=longest",
    "of one grade": "/review/?grade=II",
    "late ones": "/review/?late=on",
    "with cautions": "/review/?cautions=on",
    "whoever comes next": "/review/following/",
}
SERVE = "import django; django.setup(); from scripts.waiting import serve; serve({waiting})"


class Cost(NamedTuple):
    """Of one look: a filter that few visits fit lists fewer, which is no merit of the database."""

    ms: float
    processor_ms: float
    visits: float

    def rounded(self) -> dict[str, float]:
        return {name: round(value, 1) for name, value in self._asdict().items()}


class Site:
    """The web site in a process of its own, on a database of its own."""

    def __init__(self, folder: Path, waiting: int, database: str = "") -> None:
        folder.mkdir()
        environment = {**os.environ, "CLEARGRADE_VAR": str(folder)}
        environment["DJANGO_SETTINGS_MODULE"] = "portal.settings.test"
        environment.pop("DATABASE_URL", None)
        if database:
            environment["DATABASE_URL"] = database
        command = [sys.executable, "-c", SERVE.format(waiting=waiting)]
        self.running = subprocess.Popen(
            command, cwd=ROOT, env=environment, text=True, stdin=subprocess.PIPE, stdout=-1
        )

    def __enter__(self) -> Self:
        self._line()  # once it is filled
        return self

    def __exit__(self, *_error: object) -> None:
        self._stdin.close()
        self.running.wait(timeout=30)

    def look(self, address: str) -> Cost:
        print(address, file=self._stdin, flush=True)
        return Cost(*map(float, self._line().split()))

    @property
    def _stdin(self) -> IO[str]:
        assert self.running.stdin is not None  # noqa: S101 - it was asked for
        return self.running.stdin

    def _line(self) -> str:
        assert self.running.stdout is not None  # noqa: S101 - it was asked for
        return self.running.stdout.readline()


# --- Both in turns ------------------------------------------------------------------------------


def compare(sites: dict[int, Site], looks: int) -> dict[str, Any]:
    """Median milliseconds of each look by the number of visits, and how they compare."""
    told: dict[str, Any] = {}
    for name, address in LOOKS.items():
        costs: dict[int, list[Cost]] = {number: [] for number in sites}
        for _ in range(WARMING + looks):
            for number, site in sites.items():
                costs[number].append(site.look(address))
        told[name] = _compared({number: taken[WARMING:] for number, taken in costs.items()})
    return told


def _compared(costs: dict[int, list[Cost]]) -> dict[str, Any]:
    medians = {
        number: Cost(*map(statistics.median, zip(*of, strict=True))) for number, of in costs.items()
    }
    few, many = medians.values()
    return {
        **{f"{number} waiting": cost.rounded() for number, cost in medians.items()},
        "ratio": round(many.ms / few.ms, 2),
        "ratio_of_processor": round(many.processor_ms / few.processor_ms, 2),
    }


def measure(database: str, numbers: Sequence[int], looks: int) -> dict[str, Any]:
    with ExitStack() as running:
        folder = Path(running.enter_context(tempfile.TemporaryDirectory()))
        urls = dict.fromkeys(numbers, "")
        if database == "PostgreSQL":
            server = running.enter_context(postgresql(folder))
            urls = {number: _new_database(server, f"waiting{number}") for number in numbers}
        sites = {number: Site(folder / str(number), number, urls[number]) for number in numbers}
        for site in sites.values():
            running.enter_context(site)
        return compare(sites, looks)


def _new_database(server: str, name: str) -> str:
    with psycopg.connect(server, autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name}")  # a name of our own
    return server.replace("/postgres?", f"/{name}?")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--few", type=int, default=100)
    parser.add_argument("--many", type=int, default=10_000)
    parser.add_argument("--looks", type=int, default=40)
    parser.add_argument("--database", choices=DATABASES, action="append", dest="databases")
    args = parser.parse_args()
    told: dict[str, Any] = {
        "machine": f"{platform.machine()}, {os.cpu_count()} cores, {platform.system()}",
        "load": round(os.getloadavg()[0], 1),
    }
    for database in args.databases or DATABASES:
        told[database] = measure(database, (args.few, args.many), args.looks)
    print(json.dumps(told, indent=2))


if __name__ == "__main__":
    main()
