"""Opens pictures that strangers sent, in a process that can do little else.

Run as a program it is a helper that takes one open file after another from its standard input, a
socket, and looks at each in a child of its own: without the site's environment, with little memory
and time, with no file open but this one and the pipe for its answer, and, by a filter in the kernel
(Linux on x86-64 and ARM64), unable to open another, to reach a network or a process, or to start a
program. A decoder that is fooled takes down only that child.

Standard library, Pillow and libheif only: the helper knows nothing of the site.
"""

from __future__ import annotations

import ctypes
import errno
import fcntl
import json
import os
import platform
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
MOST_FILES = 1 << 16
LIBC = ctypes.CDLL(None, use_errno=True)
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
        picture, answer = _alone_with(file, mouth)
        _confine(limits)
        _shut_in()
        with os.fdopen(picture, "rb") as opened:
            os.write(answer, verdict(opened, kind, limits).encode())
    finally:
        os._exit(0)


def _alone_with(file: int, mouth: int) -> tuple[int, int]:
    """The two that it needs, under the lowest numbers. What else was open is closed: on the
    helper's own line come other people's pictures.
    """
    kept = [fcntl.fcntl(one, fcntl.F_DUPFD, OPEN_FILES) for one in (file, mouth)]
    for number, one in enumerate(kept):
        os.dup2(one, number)
    os.closerange(len(kept), MOST_FILES)
    return 0, 1


def _confine(limits: Limits) -> None:
    for what, most in (
        (resource.RLIMIT_AS, limits.memory_bytes),
        (resource.RLIMIT_CPU, limits.seconds),
        (resource.RLIMIT_FSIZE, 0),
        (resource.RLIMIT_NOFILE, OPEN_FILES),
        (resource.RLIMIT_CORE, 0),
    ):
        resource.setrlimit(what, (most, most))


# --- What the kernel lets the child do ------------------------------------------------------------

# Reading and writing what is open, memory, threads, time, and the end; by machine as the kernel's
# tables number them. What is not here is refused.
SYSTEM_CALLS = {
    "x86_64": (
        0xC000003E,
        {
            "read": 0, "write": 1, "close": 3, "fstat": 5, "lseek": 8, "mmap": 9, "mprotect": 10,
            "munmap": 11, "brk": 12, "rt_sigaction": 13, "rt_sigprocmask": 14, "rt_sigreturn": 15,
            "ioctl": 16, "pread64": 17, "readv": 19, "writev": 20, "sched_yield": 24, "mremap": 25,
            "madvise": 28, "nanosleep": 35, "getpid": 39, "clone": 56, "exit": 60, "uname": 63,
            "fcntl": 72, "sysinfo": 99, "sigaltstack": 131, "gettid": 186, "futex": 202,
            "sched_getaffinity": 204, "clock_gettime": 228, "clock_nanosleep": 230,
            "exit_group": 231, "newfstatat": 262, "set_robust_list": 273, "getrandom": 318,
            "membarrier": 324, "rseq": 334, "clone3": 435,
        },
    ),
    "aarch64": (
        0xC00000B7,
        {
            "fcntl": 25, "ioctl": 29, "close": 57, "lseek": 62, "read": 63, "write": 64,
            "readv": 65, "writev": 66, "pread64": 67, "newfstatat": 79, "fstat": 80, "exit": 93,
            "exit_group": 94, "futex": 98, "set_robust_list": 99, "nanosleep": 101,
            "clock_gettime": 113, "clock_nanosleep": 115, "sched_getaffinity": 123,
            "sched_yield": 124, "sigaltstack": 132, "rt_sigaction": 134, "rt_sigprocmask": 135,
            "rt_sigreturn": 139, "uname": 160, "getpid": 172, "gettid": 178, "sysinfo": 179,
            "brk": 214, "munmap": 215, "mremap": 216, "clone": 220, "mmap": 222, "mprotect": 226,
            "madvise": 233, "getrandom": 278, "membarrier": 283, "rseq": 293, "clone3": 435,
        },
    ),
}  # fmt: skip
PR_SET_NO_NEW_PRIVS, PR_SET_SECCOMP, SECCOMP_MODE_FILTER = 38, 22, 2
LOAD, IS_EQUAL, HAS_BIT, RETURN = 0x20, 0x15, 0x45, 0x06  # of the kernel's packet filter
NUMBER, MACHINE, FIRST_ARGUMENT = 0, 4, 16  # where these lie in what a filter is shown
ALLOW, REFUSE = 0x7FFF0000, 0x00050000  # the latter with the error's number
CLONE_THREAD = 0x00010000


class _Program(ctypes.Structure):
    _fields_ = (("length", ctypes.c_ushort), ("instructions", ctypes.c_char_p))


def _shut_in() -> None:
    """Raises ``OSError`` where the kernel takes no filter: then nothing is opened."""
    known = SYSTEM_CALLS.get(platform.machine()) if sys.platform == "linux" else None
    if known is None:
        return  # a developer's machine of another kind
    code = _filter(*known)
    program = _Program(len(code) // 8, code)
    for what in (
        (PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0),
        (PR_SET_SECCOMP, SECCOMP_MODE_FILTER, ctypes.byref(program), 0, 0),
    ):
        if LIBC.prctl(*what):
            raise OSError(ctypes.get_errno(), "no filter of system calls")


def _filter(machine: int, calls: dict[str, int]) -> bytes:
    """Threads are let be, for HEIC's decoder starts some; other processes are not. The newer way to
    start either hides its flags from a filter, so it is said not to be there.
    """
    plain = [number for name, number in calls.items() if not name.startswith("clone")]
    no, not_there = REFUSE | errno.EPERM, REFUSE | errno.ENOSYS
    steps = [
        (LOAD, 0, 0, MACHINE),
        (IS_EQUAL, 1, 0, machine),
        (RETURN, 0, 0, no),
        (LOAD, 0, 0, NUMBER),
        (IS_EQUAL, 0, 1, calls["clone3"]),
        (RETURN, 0, 0, not_there),
        (IS_EQUAL, 0, 4, calls["clone"]),
        (LOAD, 0, 0, FIRST_ARGUMENT),
        (HAS_BIT, 0, 1, CLONE_THREAD),
        (RETURN, 0, 0, ALLOW),
        (RETURN, 0, 0, no),
        *((IS_EQUAL, len(plain) - at, 0, number) for at, number in enumerate(plain)),
        (RETURN, 0, 0, no),
        (RETURN, 0, 0, ALLOW),
    ]
    return b"".join(struct.pack("HBBI", *step) for step in steps)


def main(arguments: list[str]) -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the site's end is this one's
    Image.init()  # all that is loaded later is loaded now
    given: dict[str, Any] = json.loads(arguments[0])
    serve(socket.socket(fileno=sys.stdin.fileno()), Limits(**given))


if __name__ == "__main__":
    main(sys.argv[1:])
