"""Has a picture opened by :mod:`portal.cases.decoding` in a process apart."""

from __future__ import annotations

import atexit
import json
import logging
import os
import socket
import subprocess
import sys
import tempfile
from dataclasses import asdict, dataclass
from threading import Lock
from typing import TYPE_CHECKING

from django.conf import settings

from portal.cases import decoding

if TYPE_CHECKING:
    from django.core.files import File

logger = logging.getLogger(__name__)

PATIENCE_SECONDS = 10  # beyond what the helper gives a picture: then it is the helper that hangs


@dataclass(frozen=True)
class Helper:
    process: subprocess.Popen[bytes]
    line: socket.socket
    owner: int
    """A forked copy of this process must not speak on its parent's line."""


class Sandbox:
    """One helper for each process of the site, started when the first picture comes."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._helper: Helper | None = None

    def verdict(self, file: File[bytes], kind: str) -> str:
        """As :func:`portal.cases.decoding.verdict`; ``KILLED`` if it took too much of anything."""
        with self._lock, tempfile.TemporaryFile() as copy:
            file.seek(0)
            for chunk in file.chunks():
                copy.write(chunk)
            copy.flush()
            answer = self._ask(copy.fileno(), kind)
        if answer == decoding.KILLED:
            logger.warning("a picture of kind %s took too much memory or time to open", kind)
        return answer

    def close(self) -> None:
        if self._helper and self._helper.owner == os.getpid():
            self._helper.line.close()
            self._helper.process.kill()
            self._helper.process.wait()
        self._helper = None

    def _ask(self, file: int, kind: str) -> str:
        try:
            line = self._running().line
            socket.send_fds(line, [kind.encode()], [file])
            answer = line.recv(decoding.LONGEST_WORD).decode()
        except OSError:
            answer = ""
        if not answer:
            self.close()  # the next picture gets a new one
        return answer or decoding.KILLED

    def _running(self) -> Helper:
        helper = self._helper
        if helper and helper.owner == os.getpid() and helper.process.poll() is None:
            return helper
        self.close()
        self._helper = _start()
        return self._helper


def limits() -> decoding.Limits:
    return decoding.Limits(
        pixels=settings.PHOTO_MAX_PIXELS,
        shortest_side=settings.PHOTO_MIN_SIDE,
        elongation=settings.PHOTO_MAX_ELONGATION,
        memory_bytes=settings.PHOTO_DECODE_BYTES,
        seconds=settings.PHOTO_DECODE_SECONDS,
    )


def _start() -> Helper:
    ours, theirs = socket.socketpair()
    # Isolated, and without the environment: it holds the site's secrets.
    command = [sys.executable, "-I", decoding.__file__, json.dumps(asdict(limits()))]
    nowhere = subprocess.DEVNULL
    process = subprocess.Popen(  # noqa: S603 - nothing of the sender's is in the command
        command, stdin=theirs.fileno(), stdout=nowhere, stderr=nowhere, env={}
    )
    theirs.close()
    ours.settimeout(settings.PHOTO_DECODE_SECONDS + PATIENCE_SECONDS)
    return Helper(process, ours, os.getpid())


SANDBOX = Sandbox()
atexit.register(SANDBOX.close)
