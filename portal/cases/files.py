"""Private files beside rows. A file is written first and stays only if its row was committed."""

from __future__ import annotations

import io
import uuid
from contextlib import contextmanager
from typing import TYPE_CHECKING, Literal

from django.core.files.storage import default_storage
from PIL import Image

if TYPE_CHECKING:
    from collections.abc import Iterator

    from django.core.files import File

SMALL = (960, 960)
Folder = Literal["originals", "display", "heatmaps", "letters", "uploads", "exports"]


class NewFiles:
    """The files written inside one :func:`new_files` block."""

    def __init__(self) -> None:
        self._names: list[str] = []

    def save(self, folder: Folder, suffix: str, content: File[bytes]) -> str:
        """Store under a random name and return it."""
        name = default_storage.save(f"{folder}/{uuid.uuid4()}{suffix}", content)
        self._names.append(name)
        return name

    def remove(self) -> None:
        while self._names:
            default_storage.delete(self._names.pop())


@contextmanager
def new_files() -> Iterator[NewFiles]:
    """Files written in this block are removed again if it is left by an exception.

    Put the outermost transaction inside it: then a commit that fails removes them too.
    """
    files = NewFiles()
    try:
        yield files
    except BaseException:
        files.remove()
        raise


def small_copy(picture: File[bytes]) -> io.BytesIO:
    """A JPEG reduced for lists; decoded at a fraction of its size, so it costs little."""
    reduced = io.BytesIO()
    with picture, Image.open(picture, formats=["JPEG"]) as image:
        image.draft("RGB", SMALL)
        image.thumbnail(SMALL)
        image.save(reduced, "JPEG", quality=85)
    reduced.seek(0)
    return reduced
