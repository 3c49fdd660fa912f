"""A picture sent with a letter becomes a plain sRGB JPEG: upright, no larger than a screen,
without anything its file told besides.

Letters are read at once and by nobody's model, so this does not wait for the worker.
"""

from __future__ import annotations

import io
from typing import TYPE_CHECKING, NamedTuple

from PIL import Image, ImageCms, ImageOps

from portal.cases import intake
from portal.cases.decoding import DECODER_ERRORS

if TYPE_CHECKING:
    from django.core.files import File

SIDE = 2048
QUALITY = 88


class Rebuilt(NamedTuple):
    """The JPEG's bytes and its size in pixels."""

    data: bytes
    width: int
    height: int


def rebuilt(file: File[bytes]) -> Rebuilt:
    """Read what is a photo by the rules of a visit's photos, or raise ``PhotoRefused``."""
    kind = intake.check(file).kind
    file.seek(0)
    try:
        with Image.open(file, formats=[kind.format]) as image:
            image.draft(None, (SIDE, SIDE))
            upright = ImageOps.exif_transpose(image)
            upright.thumbnail((SIDE, SIDE))
            return _as_jpeg(_plain(upright))
    except DECODER_ERRORS as error:
        raise intake.PhotoRefused("truncated") from error


def _plain(image: Image.Image) -> Image.Image:
    """Eight bits of red, green and blue; what was transparent is white."""
    profile = image.info.get("icc_profile")
    if image.mode.startswith("I"):
        image = image.convert("I").point(lambda value: value * (1 / 256)).convert("L")
    if image.mode in {"RGBA", "LA", "PA", "P"} or "transparency" in image.info:
        drawn = image.convert("RGBA")
        image = Image.alpha_composite(Image.new("RGBA", drawn.size, "white"), drawn)
    return _by_profile(image, profile) or image.convert("RGB")


def _by_profile(image: Image.Image, profile: bytes | None) -> Image.Image | None:
    """In sRGB by the picture's own profile; None if it has none that fits, as browsers do."""
    if not profile or image.mode not in {"RGB", "CMYK", "L"}:
        return None
    try:
        source = ImageCms.ImageCmsProfile(io.BytesIO(profile))
        return ImageCms.profileToProfile(
            image, source, ImageCms.createProfile("sRGB"), outputMode="RGB"
        )
    except (ImageCms.PyCMSError, OSError):
        return None


def _as_jpeg(image: Image.Image) -> Rebuilt:
    bare = Image.new("RGB", image.size)
    bare.paste(image)  # pixels and nothing else
    target = io.BytesIO()
    bare.save(target, "JPEG", quality=QUALITY)
    return Rebuilt(target.getvalue(), *bare.size)
