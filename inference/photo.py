"""Bytes of any phone's picture in, upright sRGB pixels out, or a plain reason why not.

What a file is, is decided by its content, never by its name. Rotation is applied exactly once:
libheif turns HEIC by its own ``irot`` and ``imir`` boxes and pi-heif then clears the EXIF tag,
the other formats are turned by the EXIF tag here.
"""

from __future__ import annotations

import io
import warnings
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pi_heif
from PIL import Image, ImageCms, ImageOps

Pixels = npt.NDArray[np.uint8]

MAX_BYTES = 20 * 1024 * 1024
MAX_PIXELS = 60_000_000
MIN_SIDE = 64
MAX_ELONGATION = 8

HEIC_BRANDS = frozenset({b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"mif1", b"msf1"})
# Multi-picture JPEG and burst HEIC carry several frames and are still photographs.
ANIMATING_FORMATS = frozenset({"PNG", "WEBP"})

MESSAGES = {
    "empty": "The file is empty. Please choose the picture again.",
    "too_large": "The file is larger than 20 MB. Please send a smaller copy.",
    "not_a_picture": "The file is not a JPEG, PNG, WebP or HEIC picture. Please choose a photo.",
    "animated": "The file is an animation. Please send a still photo.",
    "too_many_pixels": "The picture has more than 60 megapixels. Please send a smaller copy.",
    "too_small": "The picture is too small. Please send the photo in its original size.",
    "odd_shape": "The picture is far too long and narrow. Please send the whole photo.",
    "truncated": "The file is damaged or incomplete. Please send the photo again.",
}

pi_heif.register_heif_opener(thumbnails=False)


class UnreadablePhoto(Exception):  # noqa: N818 - reads as what it says about the file
    """The bytes are no usable photograph. ``code`` is a key of ``MESSAGES``."""

    def __init__(self, code: str) -> None:
        super().__init__(MESSAGES[code])
        self.code = code
        self.message = MESSAGES[code]


def read_photo(source: bytes | Path) -> Pixels:
    """Decode a photo to upright uint8 sRGB of shape (height, width, 3).

    ``source``: the file's bytes, or where it lies. Transparent parts become white.
    Raises :class:`UnreadablePhoto` for anything that is not one still picture within the limits
    (bytes and pixels are checked before decoding), and ``OSError`` if a path cannot be read.
    """
    image = _open(_checked_bytes(source))
    _check_shape(image)
    try:
        image.load()
        upright = ImageOps.exif_transpose(_to_srgb(image))
    except (OSError, SyntaxError, ValueError, EOFError, IndexError, RuntimeError) as error:
        raise UnreadablePhoto("truncated") from error
    return np.ascontiguousarray(np.asarray(upright, dtype=np.uint8))


def _checked_bytes(source: bytes | Path) -> bytes:
    size = source.stat().st_size if isinstance(source, Path) else len(source)
    if size == 0:
        raise UnreadablePhoto("empty")
    if size > MAX_BYTES:
        raise UnreadablePhoto("too_large")
    return source.read_bytes() if isinstance(source, Path) else source


def _format(head: bytes) -> str:
    if head.startswith(b"\xff\xd8\xff"):
        return "JPEG"
    if head.startswith(b"\x89PNG\r\n\x1a\n"):
        return "PNG"
    if head[:4] == b"RIFF" and head[8:12] == b"WEBP":
        return "WEBP"
    if head[4:8] == b"ftyp" and head[8:12] in HEIC_BRANDS:
        return "HEIF"
    raise UnreadablePhoto("not_a_picture")


def _open(data: bytes) -> Image.Image:
    """Read the header only; Pillow and libheif decode later, on load."""
    kind = _format(data[:16])
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", Image.DecompressionBombWarning)
            image = Image.open(io.BytesIO(data), formats=[kind])
    except (Image.DecompressionBombWarning, Image.DecompressionBombError) as error:
        raise UnreadablePhoto("too_many_pixels") from error
    except (OSError, SyntaxError, ValueError, EOFError, IndexError, RuntimeError) as error:
        raise UnreadablePhoto("truncated") from error
    if kind in ANIMATING_FORMATS and getattr(image, "is_animated", False):
        raise UnreadablePhoto("animated")
    return image


def _check_shape(image: Image.Image) -> None:
    short, long = sorted(image.size)
    if short * long > MAX_PIXELS:
        raise UnreadablePhoto("too_many_pixels")
    if short < MIN_SIDE:
        raise UnreadablePhoto("too_small")
    if long > MAX_ELONGATION * short:
        raise UnreadablePhoto("odd_shape")


def _to_srgb(image: Image.Image) -> Image.Image:
    """Eight-bit sRGB without alpha; the EXIF orientation stays attached for the caller."""
    orientation = image.getexif()
    plain = _on_white(_eight_bit(image))
    profile = image.info.get("icc_profile")
    converted = _by_profile(plain, profile) if profile else None
    srgb = converted or plain.convert("RGB")
    srgb.info["exif"] = orientation.tobytes() if orientation else b""
    return srgb


def _eight_bit(image: Image.Image) -> Image.Image:
    if image.mode.startswith("I"):
        return Image.fromarray((np.asarray(image).clip(0, 65535) >> 8).astype(np.uint8))
    return image


def _on_white(image: Image.Image) -> Image.Image:
    if image.mode in {"RGB", "L", "CMYK"} and "transparency" not in image.info:
        return image
    rgba = image.convert("RGBA")
    return Image.alpha_composite(Image.new("RGBA", rgba.size, "white"), rgba).convert("RGB")


def _by_profile(image: Image.Image, profile: bytes) -> Image.Image | None:
    """The picture in sRGB by its own profile; None if the profile is sRGB or does not fit.

    A broken or mismatched profile is common and harmless: the values are then taken as sRGB,
    which is what browsers do.
    """
    try:
        source = ImageCms.ImageCmsProfile(io.BytesIO(profile))
        if ImageCms.getProfileDescription(source).strip().startswith("sRGB"):
            return None
        target = ImageCms.createProfile("sRGB")
        return ImageCms.profileToProfile(image, source, target, outputMode="RGB")
    except (ImageCms.PyCMSError, OSError):
        return None
