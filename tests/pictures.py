"""Real and broken picture files for tests, made on the spot; the face is the public-domain
astronaut that ships with scikit-image.
"""

from __future__ import annotations

import io
from functools import cache

import numpy as np
import pillow_heif
from PIL import Image
from skimage.data import astronaut

pillow_heif.register_heif_opener()


@cache
def face(side: int = 512) -> Image.Image:
    """The astronaut's whole picture; her face fills a fifth of it."""
    return Image.fromarray(astronaut()).resize((side, side))


def noise(width: int, height: int, mode: str = "RGB") -> Image.Image:
    pixels = np.random.default_rng(0).integers(0, 256, (height, width, 3), dtype=np.uint8)
    return Image.fromarray(pixels).convert(mode)


def encoded(image: Image.Image, kind: str = "JPEG", **options) -> bytes:
    target = io.BytesIO()
    image.save(target, kind, **options)
    return target.getvalue()


def jpeg(side: int = 512) -> bytes:
    return encoded(face(side), quality=85)


def heic(image: Image.Image | None = None, **options) -> bytes:
    return encoded(image or face(), "HEIF", quality=80, **options)


def dark() -> bytes:
    """A photo every quality check refuses."""
    return encoded(face().point(lambda value: value // 20))
