"""What a decoder that was fooled could do: whatever is tried in the helper's child fails."""

from __future__ import annotations

import ctypes
import mmap
import os
import platform
import signal
import socket
import subprocess
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from portal.cases import decoding

LIMITS = decoding.Limits(pixels=1, shortest_side=1, elongation=1, memory_bytes=1 << 46, seconds=20)
pytestmark = pytest.mark.skipif(
    sys.platform != "linux" or platform.machine() not in decoding.SYSTEM_CALLS,
    reason="no filter of system calls for this machine",
)


def in_the_child(doing, monkeypatch) -> str:
    """What becomes of it there: "done", or the kind of error."""

    def tried(*_picture: object) -> str:
        try:
            doing()
        except OSError as error:
            return type(error).__name__
        return "done"

    monkeypatch.setattr(decoding, "verdict", tried)
    with tempfile.TemporaryFile() as file:
        return decoding._in_a_child(file.fileno(), "JPEG", LIMITS)


def another_file() -> None:
    Path(__file__).read_bytes()


def the_secrets_of_the_site() -> None:
    Path(f"/proc/{os.getppid()}/environ").read_bytes()


def a_network() -> None:
    socket.socket(socket.AF_INET, socket.SOCK_STREAM)


def a_process_of_its_own() -> None:
    os.fork()


def a_program() -> None:
    subprocess.run([sys.executable, "-V"], check=True)


def the_end_of_another() -> None:
    os.kill(os.getppid(), signal.SIGTERM)


def a_file_away() -> None:
    Path(__file__).with_suffix(".gone").unlink()


@pytest.mark.parametrize(
    "doing",
    [
        another_file,
        the_secrets_of_the_site,
        a_network,
        a_process_of_its_own,
        a_program,
        the_end_of_another,
        a_file_away,
    ],
)
def test_nothing_else_is_to_be_had(doing, monkeypatch):
    assert in_the_child(doing, monkeypatch) == "PermissionError"


def test_nothing_stands_open_but_the_picture_and_the_way_back(monkeypatch):
    line, other = socket.socketpair()

    def others() -> None:
        for number in range(2, 1024):
            with pytest.raises(OSError, match="Bad file descriptor"):
                os.fstat(number)

    assert in_the_child(others, monkeypatch) == "done"
    line.close()
    other.close()


@pytest.mark.parametrize(
    "doing",
    [
        lambda: mmap.mmap(-1, 1 << 20).close(),
        lambda: ctypes.create_string_buffer(1 << 22),
        lambda: ThreadPoolExecutor(2).submit(int).result(),
    ],
    ids=["memory", "more memory", "threads"],
)
def test_what_a_decoder_needs_is_there(doing, monkeypatch):
    assert in_the_child(doing, monkeypatch) == "done"
