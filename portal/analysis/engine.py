"""The door to the models: everything heavier than grading is imported here, inside the calls.

So the worker's child loads them, after the fork, and the web site never does.
"""

from __future__ import annotations

import io
from dataclasses import dataclass
from typing import TYPE_CHECKING

from PIL import Image

from inference.results import Request, View

if TYPE_CHECKING:
    from collections.abc import Sequence

    from inference.photo import Pixels
    from inference.results import Model, Result
    from portal.cases.models import Photo

DISPLAY_QUALITY = 90


class UnreadablePhotoError(Exception):
    """The stored file is no photo that can be decoded; ``code`` says why."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


@dataclass(frozen=True, slots=True)
class Picture:
    """A photo's upright sRGB pixels and what is asked about them."""

    pixels: Pixels
    request: Request

    def display(self) -> bytes:
        """JPEG of nothing but the pixels, colour at full resolution: redness is the finding."""
        target = io.BytesIO()
        Image.fromarray(self.pixels).save(
            target, "JPEG", quality=DISPLAY_QUALITY, subsampling="4:4:4"
        )
        return target.getvalue()


def decode(photo: Photo) -> Picture:
    """Read the original; raise :class:`UnreadablePhotoError` if it is no picture."""
    from inference.photo import UnreadablePhoto, read_photo

    with photo.original.open("rb") as file:
        data = file.read()
    try:
        pixels = read_photo(data)
    except UnreadablePhoto as error:
        raise UnreadablePhotoError(error.code) from error
    limits = photo.visit.case.clinic.quality_limits
    return Picture(pixels, Request(view=View(photo.view), quality_limits=limits))


def analyse(pictures: Sequence[Picture]) -> list[Result]:
    from inference import analyse_batch

    if not pictures:
        return []
    return analyse_batch([(picture.pixels, picture.request) for picture in pictures])


def model() -> Model:
    """The model that reads, loaded at the first call in this process."""
    from inference.pipeline import default_pipeline

    return default_pipeline().detector.model
