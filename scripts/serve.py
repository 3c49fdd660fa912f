"""`make run`: the site, its worker and its beat on this machine, until Ctrl-C."""

from __future__ import annotations

import argparse
import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path
from threading import Thread
from urllib.error import URLError
from urllib.request import urlopen

from honcho.environ import parse_procfile
from honcho.manager import Manager

from portal.demonstration.people import EVERYBODY
from scripts.ports import is_taken

ROOT = Path(__file__).resolve().parents[1]
VAR = Path(os.environ.get("CLEARGRADE_VAR", ROOT / "var"))
SETTINGS = "portal.settings.dev"
PATIENCE_SECONDS = 120
POLL_SECONDS = 0.5
# The whole group of processes is told to end, Celery's child too: then waiting for it is in vain.
QUIETLY = {"PYTHONWARNINGS": "ignore", "REMAP_SIGTERM": "SIGQUIT"}
ANSWERED = 200


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--port", type=int, default=8000)
    port = parser.parse_args().port
    if is_taken(port):
        print(f"Port {port} is taken by another program. Choose one: make run PORT={port + 1}")
        return 1
    try:
        prepare()
    except subprocess.CalledProcessError as error:
        return int(error.returncode)
    except KeyboardInterrupt:
        return 130
    return serve(port)


def prepare() -> None:
    """Bring the database up to date and, once, load the demonstration clinic."""
    print("Preparing the database", flush=True)
    python("manage.py", "migrate", "--verbosity", "0")
    photos = VAR / "demonstration"
    if not photos.exists():
        draw_photos(photos)
    python("manage.py", "load_demonstration", str(photos))


def draw_photos(destination: Path) -> None:
    print("Drawing the photos of the demonstration clinic (about a minute, once)", flush=True)
    unfinished = destination.with_suffix(".unfinished")
    shutil.rmtree(unfinished, ignore_errors=True)
    python("-m", "scripts.draw_demonstration", str(unfinished))
    unfinished.rename(destination)


def python(*arguments: str) -> None:
    subprocess.run([sys.executable, *arguments], cwd=ROOT, check=True)


def serve(port: int) -> int:
    print("Starting the site, the worker and the beat", flush=True)
    manager = Manager()
    usual = {**QUIETLY, "DJANGO_SETTINGS_MODULE": SETTINGS, "SITE_URL": f"http://localhost:{port}"}
    environment = {**usual, **os.environ, "PORT": str(port)}
    for name, command in parse_procfile((ROOT / "Procfile").read_text()).processes.items():
        manager.add_process(name, command, env=environment, cwd=str(ROOT))
    stop_with_the_terminal(manager)
    Thread(target=announce, args=(port,), daemon=True).start()
    manager.loop()
    return 0 if manager.returncode in (130, 143) else int(manager.returncode or 0)


def stop_with_the_terminal(manager: Manager) -> None:
    """A closed terminal ends the processes too; honcho itself minds Ctrl-C and termination only."""
    supervisor = os.getpid()

    def hang_up(_signal: int, _frame: object) -> None:
        if os.getpid() == supervisor:
            manager.terminate()

    signal.signal(signal.SIGHUP, hang_up)


def announce(port: int) -> None:
    address = f"http://127.0.0.1:{port}"
    if answers(f"{address}/healthz"):
        print(welcome(port), flush=True)
    else:
        print(f"The site does not answer after {PATIENCE_SECONDS} s; see the lines above.")


def answers(
    address: str,
    patience_seconds: float = PATIENCE_SECONDS,
    while_running: subprocess.Popen[bytes] | None = None,
) -> bool:
    """Does the address answer with success, soon enough and before its program ends?"""
    deadline = time.monotonic() + patience_seconds
    while time.monotonic() < deadline and not (while_running and while_running.poll() is not None):
        try:
            with urlopen(address, timeout=5) as response:
                if response.status == ANSWERED:
                    return True
        except (URLError, OSError):
            time.sleep(POLL_SECONDS)
    return False


def welcome(port: int) -> str:
    password = os.environ.get("DEMONSTRATION_PASSWORD", "demonstration")
    people = [f"  {one.role:<14} {one.email:<31} {one.about}" for one in EVERYBODY]
    lines = [
        "",
        f"ClearGrade is at  http://localhost:{port}/",
        "",
        *people,
        "",
        f"Everybody's password: {password}",
        "Staff need no second step here; SECOND_FACTOR_REQUIRED=1 asks for it, as production does.",
        f"Ctrl-C stops everything; the data stays in {VAR}.",
        "",
    ]
    return "\n".join(lines)


if __name__ == "__main__":
    sys.exit(main())
