"""Private files beside rows. A file is written first and stays only if its row was committed."""

from __future__ import annotations

import io
import uuid
from contextlib import contextmanager
from typing import IO, TYPE_CHECKING, Any, Literal

from django.core.files.storage import default_storage
from django.db.models import FileField
from PIL import Image

if TYPE_CHECKING:
    from collections.abc import Iterator

    from django.core.files import File
    from django.db.models import QuerySet
    from django.db.models.fields.files import FieldFile

    from portal.cases.models import Photo

# The longest side in pixels of what is shown in lists, on a phone, and on a whole screen: nobody
# waits for twelve megapixels who looks from afar.
FULL = "full"
SIZES = {"thumbnail": 320, "small": 1024, "medium": 2048}
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


def reduced_size(width: int, height: int, longest: int) -> tuple[int, int]:
    """The same shape with its longest side so long; nothing is made larger."""
    scale = min(1, longest / max(width, height))
    return max(1, round(width * scale)), max(1, round(height * scale))


def smaller_sizes(width: int, height: int) -> dict[str, tuple[int, int]]:
    """Those of :data:`SIZES` in which there is less to load than of the photo itself."""
    return {
        name: reduced_size(width, height, longest)
        for name, longest in SIZES.items()
        if longest < max(width, height)
    }


def smaller_copies(picture: bytes) -> dict[str, bytes]:
    """JPEGs of a JPEG, by the name of their size, each made from the next larger one."""
    with Image.open(io.BytesIO(picture), formats=["JPEG"]) as opened:
        image: Image.Image = opened
        copies = {}
        for name, size in reversed(smaller_sizes(*opened.size).items()):
            image = image.resize(size, Image.Resampling.LANCZOS, reducing_gap=3)
            copies[name] = _jpeg(image)
    return copies


def small_copy(picture: File[bytes], size: str = "small") -> io.BytesIO:
    """A JPEG reduced for lists; decoded at a fraction of its size, so it costs little."""
    with picture, Image.open(picture, formats=["JPEG"]) as image:
        reduced = reduced_size(*image.size, SIZES[size])
        image.draft("RGB", reduced)
        return io.BytesIO(_jpeg(image.resize(reduced)))


def _jpeg(image: Image.Image) -> bytes:
    """Colour at full resolution: redness is the finding."""
    target = io.BytesIO()
    image.save(target, "JPEG", quality=88, subsampling="4:4:4")
    return target.getvalue()


def photo_file(photo: Photo, size: str = FULL) -> FieldFile | IO[bytes]:
    """The picture in one of the :data:`SIZES`; an old photo is reduced now."""
    longest = max(photo.width or 0, photo.height or 0)
    if size == FULL or SIZES[size] >= longest:
        return photo.display
    kept = getattr(photo, size)
    return kept or small_copy(photo.display.open("rb"), size)


def stored_names(rows: QuerySet[Any]) -> list[str]:
    """Every file that these rows name, whatever their fields are called."""
    fields = [
        field.attname
        for field in rows.model._meta.concrete_fields  # noqa: SLF001 - Django's own way to a field
        if isinstance(field, FileField)
    ]
    return [name for row in rows.values_list(*fields) for name in row if name]
