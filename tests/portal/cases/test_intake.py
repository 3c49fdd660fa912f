from __future__ import annotations

import struct
import zlib
from contextlib import suppress

import pytest
from django.core.files.base import ContentFile
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PIL import Image

from portal.cases.intake import HEIC, JPEG, MAX_BYTES, PNG, WEBP, PhotoRefused, check
from tests.pictures import encoded, face, heic, jpeg, noise


def checked(data: bytes):
    return check(ContentFile(data, name="photo.jpg"))


def refusal(data: bytes) -> str:
    with pytest.raises(PhotoRefused) as refused:
        checked(data)
    assert str(refused.value.message)
    return refused.value.code


def png_of_size(width: int, height: int) -> bytes:
    """A valid header that promises so many pixels, and next to no data behind it."""
    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    chunks = [(b"IHDR", header), (b"IDAT", zlib.compress(b"\0" * 100)), (b"IEND", b"")]
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
        for kind, data in chunks
    )


def animation(kind: str) -> bytes:
    frames = [face(300), face(300).transpose(Image.Transpose.FLIP_LEFT_RIGHT)]
    return encoded(frames[0], kind, save_all=True, append_images=frames[1:], duration=100)


def png_text_bomb() -> bytes:
    whole = encoded(face(300), "PNG")
    text = b"Comment\0\0" + zlib.compress(b"a" * 200_000_000, 9)
    chunk = struct.pack(">I", len(text)) + b"zTXt" + text
    return whole[:33] + chunk + struct.pack(">I", zlib.crc32(b"zTXt" + text)) + whole[33:]


def sixteen_bit_png() -> bytes:
    return encoded(face(300).convert("L").convert("I;16"), "PNG")


GOOD = {
    "JPEG": (jpeg, JPEG),
    "progressive JPEG": (lambda: encoded(face(), progressive=True), JPEG),
    "grey JPEG": (lambda: encoded(face().convert("L")), JPEG),
    "CMYK JPEG": (lambda: encoded(face().convert("CMYK")), JPEG),
    "PNG": (lambda: encoded(face(), "PNG"), PNG),
    "PNG with transparency": (lambda: encoded(face().convert("RGBA"), "PNG"), PNG),
    "PNG with a palette": (lambda: encoded(face().convert("P"), "PNG"), PNG),
    "16-bit PNG": (sixteen_bit_png, PNG),
    "WebP": (lambda: encoded(face(), "WEBP"), WEBP),
    "lossless WebP": (lambda: encoded(face(), "WEBP", lossless=True), WEBP),
    "HEIC": (heic, HEIC),
    "JPEG with several frames, as phones write them": (
        lambda: encoded(face(), "MPO", save_all=True, append_images=[face(256)]),
        JPEG,
    ),
}

BAD = {
    "empty": (lambda: b"", "empty"),
    "one byte": (lambda: b"\xff", "not_a_picture"),
    "larger than 20 MB": (lambda: jpeg() + b"\0" * MAX_BYTES, "too_large"),
    "text": (lambda: b"dear doctor", "not_a_picture"),
    "HTML": (lambda: b"<!doctype html><script>alert(1)</script>", "not_a_picture"),
    "SVG": (lambda: b'<?xml version="1.0"?><svg onload="alert(1)"/>', "unsupported"),
    "PDF": (lambda: b"%PDF-1.7\n", "not_a_picture"),
    "zip": (lambda: b"PK\x03\x04" + b"\0" * 100, "not_a_picture"),
    "GIF": (lambda: encoded(face(), "GIF"), "unsupported"),
    "BMP": (lambda: encoded(face(), "BMP"), "unsupported"),
    "TIFF": (lambda: encoded(face(), "TIFF"), "unsupported"),
    "AVIF": (lambda: b"\0\0\0\x1cftypavif\0\0\0\0avifmif1miaf" + b"\0" * 99, "unsupported"),
    "film": (lambda: b"\0\0\0\x18ftypmp42\0\0\0\0isommp42" + b"\0" * 99, "video"),
    "JPEG cut short": (lambda: jpeg()[:-2000], "truncated"),
    "JPEG of a header only": (lambda: jpeg()[:300], "truncated"),
    "PNG cut short": (lambda: encoded(face(), "PNG")[:-2000], "truncated"),
    "WebP cut short": (lambda: encoded(face(), "WEBP")[:-2000], "truncated"),
    "HEIC cut short": (lambda: heic()[:-2000], "truncated"),
    "HEIC of a header only": (lambda: heic()[:40], "truncated"),
    "PNG with 3.6 billion pixels": (lambda: png_of_size(60_000, 60_000), "too_many_pixels"),
    "PNG with 100 megapixels": (lambda: png_of_size(10_000, 10_000), "too_many_pixels"),
    "PNG with 61 megapixels": (lambda: png_of_size(7_900, 7_800), "too_many_pixels"),
    "PNG with a text that swells to 200 MB": (png_text_bomb, "truncated"),
    "PNG that promises pixels it does not hold": (lambda: png_of_size(1_000, 1_000), "truncated"),
    "no width": (lambda: png_of_size(0, 1_000), "truncated"),
    "one pixel": (lambda: encoded(noise(1, 1), "PNG"), "too_small"),
    "icon": (lambda: encoded(noise(64, 64), "PNG"), "too_small"),
    "strip": (lambda: encoded(noise(4_000, 20), "PNG"), "odd_shape"),
    "moving PNG": (lambda: animation("PNG"), "animated"),
    "moving WebP": (lambda: animation("WEBP"), "animated"),
}


@pytest.mark.parametrize("name", GOOD)
def test_photos_of_phones_cameras_and_programs_are_taken(name):
    make, kind = GOOD[name]
    assert checked(make()).kind == kind


@pytest.mark.parametrize("name", BAD)
def test_each_kind_of_bad_file_has_its_own_message(name):
    make, code = BAD[name]
    assert refusal(make()) == code


def test_the_largest_photo_allowed_is_taken():
    data = encoded(Image.new("RGB", (8_000, 7_500), "tan"), quality=50)
    assert checked(data).kind == JPEG


def test_a_file_is_known_by_its_content_not_by_its_name():
    assert check(ContentFile(heic(), name="photo.png")).kind == HEIC
    assert refusal(b"<html></html>") == "not_a_picture"


def test_the_same_bytes_have_the_same_digest():
    assert checked(jpeg()).sha256 == checked(jpeg()).sha256 != checked(heic()).sha256


WHOLE = {
    "jpeg": jpeg(256),
    "png": encoded(face(256), "PNG"),
    "webp": encoded(face(256), "WEBP"),
    "heic": heic(face(256)),
}


@given(st.binary(max_size=400))
def test_random_bytes_are_refused_in_plain_words(data):
    assert refusal(data)


@settings(suppress_health_check=[HealthCheck.too_slow], deadline=None)
@given(st.data(), st.sampled_from(sorted(WHOLE)))
def test_a_damaged_photo_is_taken_or_refused_and_never_an_error(data, kind):
    damaged = bytearray(WHOLE[kind])
    for _ in range(data.draw(st.integers(1, 8))):
        place = data.draw(st.integers(0, len(damaged) - 1))
        damaged[place] = data.draw(st.integers(0, 255))
    end = data.draw(st.integers(1, len(damaged)))
    with suppress(PhotoRefused):
        checked(bytes(damaged[:end]))
