"""Is this file a photograph we can take? Decided by its content, never by its name.

Nothing here trusts the sender: sizes are checked before anything is decoded, a process apart does
the decoding, and whatever it says about a damaged file becomes one plain sentence for the patient.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

from django.conf import settings
from django.utils.translation import gettext_lazy as _

from portal.cases import decoding
from portal.cases.sandbox import SANDBOX

if TYPE_CHECKING:
    from django.core.files import File
    from django.utils.functional import Promise

MAX_BYTES: int = settings.PHOTO_MAX_BYTES
HEAD_BYTES = 1024  # enough for every signature, also for markup behind a comment

HEIC_BRANDS = frozenset({b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"mif1", b"msf1"})
AVIF_BRANDS = frozenset({b"avif", b"avis"})
MESSAGES: dict[str, Promise] = {
    "missing": _("No photo was chosen. Choose a photo first."),
    "empty": _("This file is empty. Please choose the photo again."),
    "too_large": _("This file is larger than 20 MB. Please send a smaller copy of the photo."),
    "not_a_picture": _("This file is not a picture. Please choose a photo: JPEG, PNG, WebP, HEIC."),
    "unsupported": _(
        "Pictures of this kind cannot be used. Please send the photo as JPEG, PNG, WebP or HEIC."
    ),
    "video": _("This is a video. Please send a still photo."),
    "animated": _("This picture moves. Please send a still photo."),
    "too_many_pixels": _(
        "This picture has more than 60 megapixels. Please send a smaller copy of the photo."
    ),
    "too_small": _("This picture is too small. Please send the photo in its original size."),
    "odd_shape": _("This picture is far too long and narrow. Please send the whole photo."),
    "truncated": _("This file is damaged or incomplete. Please send the photo again."),
}


class PhotoRefused(Exception):  # noqa: N818 - reads as what happened
    """The photo was not taken in, and nothing of it was kept. ``message`` is for the patient."""

    def __init__(self, code: str, message: Promise | str | None = None) -> None:
        super().__init__(code)
        self.code = code
        self.message = message or MESSAGES[code]


class Kind(NamedTuple):
    """One of the formats taken: its name in Pillow, what its file is called and served as."""

    format: str
    suffix: str
    media_type: str


JPEG = Kind("JPEG", ".jpg", "image/jpeg")
PNG = Kind("PNG", ".png", "image/png")
WEBP = Kind("WEBP", ".webp", "image/webp")
HEIC = Kind("HEIF", ".heic", "image/heic")


@dataclass(frozen=True, slots=True)
class Checked:
    """What is known of a file that is a photograph."""

    kind: Kind
    byte_size: int
    sha256: str


def check(file: File[bytes]) -> Checked:
    """Read the whole file once, or raise :class:`PhotoRefused` with the reason."""
    size = file.size
    check_size(size)
    file.seek(0)
    kind = kind_of(file.read(HEAD_BYTES))
    _check_picture(file, kind)
    return Checked(kind, size, _sha256(file))


def check_size(size: int) -> None:
    if size == 0:
        raise PhotoRefused("empty")
    if size > MAX_BYTES:
        raise PhotoRefused("too_large")


def kind_of(head: bytes) -> Kind:
    """The format by the file's first bytes."""
    if head.startswith(b"\xff\xd8\xff"):
        return JPEG
    if head.startswith(b"\x89PNG\r\n\x1a\n"):
        return PNG
    if head[:4] == b"RIFF" and head[8:12] == b"WEBP":
        return WEBP
    if head[4:8] == b"ftyp":
        return _kind_by_brand(head)
    raise PhotoRefused("unsupported" if _is_other_picture(head) else "not_a_picture")


def _kind_by_brand(head: bytes) -> Kind:
    """HEIC, AVIF and films share one container and differ by the brands named in its first box."""
    length = int.from_bytes(head[:4], "big")
    major, *compatible = [head[i : i + 4] for i in (8, *range(16, min(length, HEAD_BYTES), 4))]
    if AVIF_BRANDS & {major, *compatible}:
        raise PhotoRefused("unsupported")
    if major in HEIC_BRANDS:
        return HEIC
    raise PhotoRefused("video")


OTHER_PICTURES = (
    b"GIF8",
    b"BM",
    b"II*\0",
    b"MM\0*",
    b"8BPS",
    b"\0\0\1\0",
    b"\xff\x0a",
    b"\0\0\0\x0cJXL ",
    b"\0\0\0\x0cjP  ",
)


def _is_other_picture(head: bytes) -> bool:
    return head.startswith(OTHER_PICTURES) or b"<svg" in head.lower()


def _check_picture(file: File[bytes], kind: Kind) -> None:
    found = SANDBOX.verdict(file, kind.format)
    if found != decoding.FINE:
        raise PhotoRefused("truncated" if found == decoding.KILLED else found)


def _sha256(file: File[bytes]) -> str:
    file.seek(0)
    digest = hashlib.sha256()
    for chunk in file.chunks():
        digest.update(chunk)
    return digest.hexdigest()
