"""Any phone's picture becomes upright sRGB pixels, any bad file its own reason."""

import contextlib
import io
import struct
import zlib

import numpy as np
import pillow_heif
import pytest
import skimage.data
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image, ImageCms, ImageOps

from inference.photo import MAX_BYTES, MESSAGES, UnreadablePhoto, read_photo

ASTRONAUT = np.ascontiguousarray(skimage.data.astronaut()[:300, :400])
ORIENTATION = 274


def encoded(image, kind="PNG", **options):
    buffer = io.BytesIO()
    image.save(buffer, kind, **options)
    return buffer.getvalue()


def heic(pixels, orientation=1):
    buffer = io.BytesIO()
    exif = Image.Exif()
    exif[ORIENTATION] = orientation
    height, width = pixels.shape[:2]
    pillow_heif.encode("RGB", (width, height), pixels.tobytes(), buffer, exif=exif.tobytes())
    return buffer.getvalue()


def turned(orientation):
    image = Image.fromarray(ASTRONAUT)
    image.getexif()[ORIENTATION] = orientation
    return np.asarray(ImageOps.exif_transpose(image))


def close(one, other, tolerance=6.0):
    return one.shape == other.shape and np.abs(one.astype(int) - other).mean() < tolerance


def refusal(data):
    with pytest.raises(UnreadablePhoto) as caught:
        read_photo(data)
    assert caught.value.message == MESSAGES[caught.value.code]
    return caught.value.code


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP"])
@pytest.mark.parametrize("orientation", range(1, 9))
def test_exif_rotation_is_applied_once(kind, orientation):
    exif = Image.Exif()
    exif[ORIENTATION] = orientation
    pixels = read_photo(encoded(Image.fromarray(ASTRONAUT), kind, exif=exif))
    assert close(pixels, turned(orientation))


@pytest.mark.parametrize("orientation", range(1, 9))
def test_heic_rotation_is_applied_once_though_its_exif_repeats_it(orientation):
    assert close(read_photo(heic(ASTRONAUT, orientation)), turned(orientation))


def test_a_file_is_known_by_its_content_not_by_its_name(tmp_path):
    path = tmp_path / "photo.gif"
    path.write_bytes(encoded(Image.fromarray(ASTRONAUT)))
    assert np.array_equal(read_photo(path), ASTRONAUT)


def test_pixels_are_rgb_bytes_in_one_block():
    pixels = read_photo(encoded(Image.fromarray(ASTRONAUT)))
    assert (pixels.dtype, pixels.flags.c_contiguous) == (np.uint8, True)


def test_transparency_becomes_white():
    image = Image.fromarray(ASTRONAUT).convert("RGBA")
    image.putalpha(0)
    assert (read_photo(encoded(image)) == 255).all()


def test_palette_and_its_transparency_are_resolved():
    image = Image.fromarray(ASTRONAUT).quantize(64)
    assert close(read_photo(encoded(image)), ASTRONAUT, tolerance=12)
    image.paste(7, (0, 0, 50, 50))
    assert (read_photo(encoded(image, transparency=7))[:50, :50] == 255).all()


def test_sixteen_bit_grey_keeps_its_range():
    ramp = np.linspace(0, 65535, 256 * 100).reshape(100, 256).astype(np.uint16)
    pixels = read_photo(encoded(Image.fromarray(ramp)))
    assert pixels.shape == (100, 256, 3)
    assert pixels.min() == 0
    assert pixels.max() == 255
    assert abs(pixels.mean() - 127.5) < 1


def test_cmyk_keeps_its_colours():
    pixels = read_photo(encoded(Image.fromarray(ASTRONAUT).convert("CMYK"), "JPEG", quality=95))
    assert close(pixels, ASTRONAUT, tolerance=10)


def profile_with_red_and_green_swapped():
    """A matrix profile whose first primary is sRGB's green: only a converter sees the swap."""
    plain = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    swapped = bytearray(plain)
    count = struct.unpack(">I", plain[128:132])[0]
    entries = {plain[132 + 12 * i : 136 + 12 * i]: 132 + 12 * i for i in range(count)}
    for mine, other in ((b"rXYZ", b"gXYZ"), (b"gXYZ", b"rXYZ")):
        swapped[entries[mine] + 4 : entries[mine] + 8] = plain[entries[other] + 4 :][:4]
    return bytes(swapped).replace("sRGB".encode("utf-16-be"), "test".encode("utf-16-be"))


def test_the_colour_profile_is_converted_to_srgb():
    data = encoded(Image.fromarray(ASTRONAUT), icc_profile=profile_with_red_and_green_swapped())
    assert close(read_photo(data), ASTRONAUT[..., [1, 0, 2]], tolerance=3)


def test_a_broken_profile_is_ignored():
    data = encoded(Image.fromarray(ASTRONAUT), icc_profile=b"no profile at all")
    assert np.array_equal(read_photo(data), ASTRONAUT)


def frames():
    return [Image.fromarray(np.roll(ASTRONAUT, step, 1)) for step in (0, 9)]


@pytest.mark.parametrize("kind", ["PNG", "WEBP"])
def test_animations_are_refused(kind):
    first, second = frames()
    assert refusal(encoded(first, kind, save_all=True, append_images=[second])) == "animated"


def test_a_multi_picture_jpeg_is_a_photo():
    first, second = frames()
    data = encoded(first, "MPO", save_all=True, append_images=[second])
    assert close(read_photo(data), ASTRONAUT)


@pytest.mark.parametrize(
    "data",
    [
        b"<svg xmlns='http://www.w3.org/2000/svg'/>",
        b"<!doctype html><p>hello",
        b"GIF89a" + bytes(99),
    ],
)
def test_other_files_are_no_pictures(data):
    assert refusal(data) == "not_a_picture"


def test_an_empty_file_says_so():
    assert refusal(b"") == "empty"


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP"])
@pytest.mark.parametrize("share", [0.02, 0.5, 0.9])
def test_a_truncated_file_says_so(kind, share):
    data = encoded(Image.fromarray(ASTRONAUT), kind)
    assert refusal(data[: int(len(data) * share)]) == "truncated"


@pytest.mark.parametrize("share", [0.1, 0.5, 0.9])
def test_a_truncated_heic_says_so(share):
    data = heic(ASTRONAUT)
    assert refusal(data[: int(len(data) * share)]) == "truncated"


def png_header(width, height):
    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    chunk = b"IHDR" + header
    size = struct.pack(">I", len(header))
    return b"\x89PNG\r\n\x1a\n" + size + chunk + struct.pack(">I", zlib.crc32(chunk))


@pytest.mark.parametrize("side", [8_000, 12_000, 60_000])
def test_too_many_pixels_are_refused_before_decoding(side):
    data = png_header(side, side) + b"\x00\x00\x00\x00IDAT" + struct.pack(">I", zlib.crc32(b"IDAT"))
    assert refusal(data) == "too_many_pixels"


def test_too_large_a_file_is_refused_unread(tmp_path):
    path = tmp_path / "huge.jpg"
    with path.open("wb") as file:
        file.truncate(MAX_BYTES + 1)
    assert refusal(path) == "too_large"


def test_absurd_dimensions_are_refused():
    assert refusal(encoded(Image.new("RGB", (1, 1)))) == "too_small"
    assert refusal(encoded(Image.new("RGB", (4000, 100)))) == "odd_shape"


@given(st.binary(max_size=200), st.sampled_from(["JPEG", "PNG", "WEBP"]), st.data())
def test_damage_gives_pixels_or_a_reason_and_never_another_error(noise, kind, data):
    good = encoded(Image.fromarray(ASTRONAUT[:80, :80]), kind)
    at = data.draw(st.integers(0, len(good)))
    damaged = good[:at] + noise + good[at + len(noise) :]
    with contextlib.suppress(UnreadablePhoto):
        assert read_photo(damaged).ndim == 3
