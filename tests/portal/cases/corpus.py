"""Files that an attacker might send as a photo: made here, so that none has to be kept."""

from __future__ import annotations

import io
import struct
import zipfile
import zlib
from functools import cache
from typing import TYPE_CHECKING

from tests.pictures import encoded, face, heic, jpeg

if TYPE_CHECKING:
    from collections.abc import Callable

SCRIPT = b"<script>alert(document.cookie)</script><?php system($_GET[0]); ?>"


def zipped(name: str, data: bytes) -> bytes:
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(name, data)
    return target.getvalue()


@cache
def photo_of_a_phone() -> bytes:
    """Its encoder is slow, so one will do."""
    return heic(face(256))


def jpeg_segment(marker: int, data: bytes) -> bytes:
    return struct.pack(">BBH", 0xFF, marker, len(data) + 2) + data


def jpeg_with(*segments: bytes) -> bytes:
    whole = jpeg()
    return whole[:2] + b"".join(segments) + whole[2:]


def png_chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def png_with(*chunks: bytes) -> bytes:
    whole = encoded(face(300), "PNG")
    return whole[:33] + b"".join(chunks) + whole[33:]


def exif(body: bytes) -> bytes:
    return jpeg_with(jpeg_segment(0xE1, b"Exif\0\0" + body))


def directory(entries: list[tuple[int, int, int, int]], following: int = 0) -> bytes:
    """A TIFF header and one directory of (tag, type, count, value)."""
    rows = b"".join(struct.pack("<HHII", *entry) for entry in entries)
    header = b"II*\0" + struct.pack("<I", 8)
    return header + struct.pack("<H", len(entries)) + rows + struct.pack("<I", following)


def huge_jpeg() -> bytes:
    """A true JPEG whose header then claims 65,500 by 65,500 pixels."""
    whole = jpeg()
    frame = whole.index(b"\xff\xc0")
    size = struct.pack(">HH", 65_500, 65_500)
    return whole[: frame + 5] + size + whole[frame + 9 :]


def huge_webp() -> bytes:
    """An extended WebP whose canvas claims 16,384 pixels a side."""
    side = (16_384 - 1).to_bytes(3, "little")
    canvas = b"VP8X" + struct.pack("<I", 10) + b"\0\0\0\0" + side + side
    picture = encoded(face(300), "WEBP")[12:]
    body = b"WEBP" + canvas + picture
    return b"RIFF" + struct.pack("<I", len(body)) + body


def heic_of_size(side: int) -> bytes:
    """Its box of the picture's size claims so many pixels a side."""
    whole = photo_of_a_phone()
    size = whole.index(b"ispe") + 8
    return whole[:size] + struct.pack(">II", side, side) + whole[size + 8 :]


def heic_with(old: bytes, new: bytes) -> bytes:
    whole = photo_of_a_phone()
    assert old in whole
    return whole.replace(old, new, 1)


def icc_bomb() -> bytes:
    profile = b"profile\0\0" + zlib.compress(b"\0" * 50_000_000, 9)
    return png_with(png_chunk(b"iCCP", profile))


FINE = ""  # taken: what is displayed later is rebuilt from its pixels, and nothing else of it
ANY = "any"  # taken or refused, as its decoder sees it; it only must not do anything else

Corpus = dict[str, tuple["Callable[[], bytes]", str]]

POLYGLOTS: Corpus = {
    "a photo and an archive in one": (lambda: jpeg() + zipped("run.sh", b"rm -rf /"), FINE),
    "an archive that begins like a photo": (
        lambda: b"\xff\xd8\xff\xe0" + zipped("a.jpg", jpeg()),
        "truncated",
    ),
    "a photo with a page in its comment": (lambda: jpeg_with(jpeg_segment(0xFE, SCRIPT)), FINE),
    "a photo with a page behind it": (lambda: jpeg() + SCRIPT, FINE),
    "a PNG with a program in its words": (
        lambda: png_with(png_chunk(b"tEXt", b"Comment\0" + SCRIPT)),
        FINE,
    ),
    "a page that begins like a GIF": (lambda: b"GIF89a/*" + SCRIPT, "unsupported"),
    "a document that begins like a photo": (lambda: b"\xff\xd8\xff%PDF-1.7\n", "truncated"),
    "a page": (lambda: SCRIPT + jpeg(), "not_a_picture"),
    "a program": (lambda: b"\x7fELF" + jpeg(), "not_a_picture"),
    "a WebP with a page inside": (
        lambda: encoded(face(300), "WEBP") + b"EXIF" + struct.pack("<I", len(SCRIPT)) + SCRIPT,
        ANY,
    ),
}
BOMBS: Corpus = {
    "a JPEG of four billion pixels": (huge_jpeg, "too_many_pixels"),
    "a WebP of 268 million pixels": (huge_webp, "too_many_pixels"),
    "a HEIC of 3.6 billion pixels": (lambda: heic_of_size(60_000), "too_many_pixels"),
    "a colour profile that swells to 50 MB": (icc_bomb, ANY),
    "a thousand comments": (
        lambda: jpeg_with(*[jpeg_segment(0xFE, b"a" * 2_000) for _ in range(1_000)]),
        FINE,
    ),
    "a thousand PNG words": (
        lambda: png_with(*[png_chunk(b"tEXt", b"a\0" + b"b" * 2_000) for _ in range(1_000)]),
        ANY,
    ),
}
BROKEN_EXIF: Corpus = {
    "nothing behind its header": (lambda: exif(b""), FINE),
    "half a header": (lambda: exif(b"II*"), FINE),
    "a directory beyond the file": (lambda: exif(b"II*\0" + b"\xff\xff\xff\x7f"), FINE),
    "a directory that leads to itself": (
        lambda: exif(directory([(0x0112, 3, 1, 6)], following=8)),
        FINE,
    ),
    "a turn that does not exist": (lambda: exif(directory([(0x0112, 3, 1, 99)])), FINE),
    "a turn in words": (lambda: exif(directory([(0x0112, 2, 4, 0x41414141)])), FINE),
    "four billion values": (lambda: exif(directory([(0x010F, 2, 0xFFFFFFFF, 8)])), FINE),
    "places that lead to themselves": (lambda: exif(directory([(0x8825, 4, 1, 8)])), FINE),
    "a type that does not exist": (lambda: exif(directory([(0x0112, 99, 1, 1)])), FINE),
    "65,535 entries that are not there": (
        lambda: exif(b"II*\0" + struct.pack("<IH", 8, 65_535)),
        FINE,
    ),
}
HEIC_ODDITIES: Corpus = {
    "a box larger than the file": (lambda: b"\xff\xff\xff\xff" + photo_of_a_phone()[4:], ANY),
    "a box of no size": (lambda: b"\0\0\0\0" + photo_of_a_phone()[4:], ANY),
    "a brand of films among its brands": (lambda: heic_with(b"mif1", b"isom"), ANY),
    "a still brand in front of a film": (
        lambda: b"\0\0\0\x18ftypmif1\0\0\0\0avisavif" + photo_of_a_phone()[24:],
        "unsupported",
    ),
    "no picture in it": (lambda: photo_of_a_phone()[:24], "truncated"),
    "a main picture that is not there": (lambda: heic_with(b"pitm", b"free"), "truncated"),
    "no places of its parts": (lambda: heic_with(b"iloc", b"free"), "truncated"),
    "no settings of its decoder": (lambda: heic_with(b"hvcC", b"free"), "truncated"),
    "a size of nothing": (lambda: heic_of_size(0), ANY),
    "noise where its pixels are": (lambda: photo_of_a_phone()[:-8_000] + b"\xa5" * 8_000, ANY),
}
CORPUS: Corpus = {**POLYGLOTS, **BOMBS, **BROKEN_EXIF, **HEIC_ODDITIES}

NAMES = (
    "../../../../etc/passwd",
    "..\\..\\windows\\system32\\photo.jpg",
    "/etc/cron.d/photo.jpg",
    "photo.jpg\0.php",
    "photo.php",
    "gpj.\u202ephp",
    "a" * 500 + ".jpg",
    "con.jpg",
    "<img src=x onerror=alert(1)>.jpg",
    "'; DROP TABLE cases_photo; --.jpg",
    "$(rm -rf ~).jpg",
    "Ada Lovelace 1990-06-15.jpg",
    ".htaccess",
    " ",
)
