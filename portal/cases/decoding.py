"""Opens pictures that strangers sent, in a process that can do nothing else.

Run as a program it is a helper that takes one open file after another from its standard input, a
socket, and looks at each in a child of its own: without the site's environment, with little memory
and time, and without a file it could write. A decoder that is fooled takes down only that child.

Standard library, Pillow and libheif only: the helper knows nothing of the site.
"""

from __future__ import annotations

import json
import os
import resource
import select
import signal
import socket
import struct
import sys
import zlib
from dataclasses import dataclass
from typing import Any, BinaryIO

import pi_heif
from PIL import Image

CHECK_SIDE = 512  # a JPEG is decoded at an eighth of its size: every byte is read, little is kept
LONGEST_WORD = 32
OPEN_FILES = 32
# A burst in one HEIC or a JPEG with a depth map holds several frames and is still a photo.
ANIMATING_FORMATS = frozenset({"PNG", "WEBP"})
DECODER_ERRORS = (
    OSError,
    SyntaxError,
    ValueError,
    EOFError,
    IndexError,
    KeyError,
    TypeError,
    RuntimeError,
    OverflowError,
    struct.error,
    zlib.error,
)
FINE = "fine"
KILLED = "killed"

pi_heif.register_heif_opener(thumbnails=False)


@dataclass(frozen=True)
class Limits:
    pixels: int
    shortest_side: int
    elongation: int
    memory_bytes: int
    seconds: int


def verdict(file: BinaryIO, kind: str, limits: Limits) -> str:
    """``FINE``, or the code of what is wrong with it."""
    try:
        file.seek(0)
        with Image.open(file, formats=[kind]) as image:
            return _shape(image, limits) or _still(image, kind) or _whole(image)
    except (Image.DecompressionBombWarning, Image.DecompressionBombError):
        return "too_many_pixels"
    except (*DECODER_ERRORS, MemoryError):
        return "truncated"


def _shape(image: Image.Image, limits: Limits) -> str:
    short, long = sorted(image.size)
    if short * long > limits.pixels:
        return "too_many_pixels"
    if short * limits.elongation < long:
        return "odd_shape"
    return "too_small" if short < limits.shortest_side else ""


def _still(image: Image.Image, kind: str) -> str:
    moves = kind in ANIMATING_FORMATS and getattr(image, "is_animated", False)
    return "animated" if moves else ""


def _whole(image: Image.Image) -> str:
    image.draft(image.mode, (CHECK_SIDE, CHECK_SIDE))
    image.load()
    return FINE


# --- The helper -----------------------------------------------------------------------------------


def serve(site: socket.socket, limits: Limits) -> None:
    """Until the site closes its end."""
    while True:
        word, files, _flags, _address = socket.recv_fds(site, LONGEST_WORD, 1)
        if not word:
            return
        answer = _in_a_child(files[0], word.decode(), limits)
        os.close(files[0])
        site.sendall(answer.encode())


def _in_a_child(file: int, kind: str, limits: Limits) -> str:
    ears, mouth = os.pipe()
    child = os.fork()
    if child == 0:
        _be_the_child(file, mouth, kind, limits)
    os.close(mouth)
    ready, _, _ = select.select([ears], [], [], limits.seconds)
    said = os.read(ears, LONGEST_WORD).decode() if ready else ""
    os.kill(child, signal.SIGKILL)
    os.waitpid(child, 0)
    os.close(ears)
    return said or KILLED


def _be_the_child(file: int, mouth: int, kind: str, limits: Limits) -> None:
    try:
        _confine(limits)
        with os.fdopen(os.dup(file), "rb") as opened:
            os.write(mouth, verdict(opened, kind, limits).encode())
    finally:
        os._exit(0)


def _confine(limits: Limits) -> None:
    for what, most in (
        (resource.RLIMIT_AS, limits.memory_bytes),
        (resource.RLIMIT_CPU, limits.seconds),
        (resource.RLIMIT_FSIZE, 0),
        (resource.RLIMIT_NOFILE, OPEN_FILES),
        (resource.RLIMIT_CORE, 0),
    ):
        resource.setrlimit(what, (most, most))


def main(arguments: list[str]) -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the site's end is this one's
    Image.init()  # all that is loaded later is loaded now
    given: dict[str, Any] = json.loads(arguments[0])
    serve(socket.socket(fileno=sys.stdin.fileno()), Limits(**given))


if __name__ == "__main__":
    main(sys.argv[1:])
