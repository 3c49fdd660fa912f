"""Photos that arrive in pieces: what arrived is never sent twice, and nothing is taken in twice.

Locks are taken in one order, the visit before its uploads. An upload that ends is one photo by
``accept_photo``, which knows a file it already has; so every step here may be repeated.
"""

from __future__ import annotations

import hashlib
import tempfile
from contextlib import contextmanager
from datetime import timedelta
from functools import partial
from typing import TYPE_CHECKING

from django.core.files import File
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from portal.cases.files import new_files
from portal.cases.intake import PhotoRefused, check_size
from portal.cases.models import OPEN_STATUSES, Upload, UploadPiece, View
from portal.cases.services import accept_photo, lock_open

if TYPE_CHECKING:
    from collections.abc import Iterator

    from portal.cases.models import Photo, Visit

KEPT = timedelta(hours=24)  # as long as the patient may look for a better connection


class OffsetError(Exception):
    """The piece does not go on where the upload stands, or beyond its end; nothing was stored."""

    def __init__(self, upload: Upload) -> None:
        super().__init__(upload.received)
        self.upload = upload


@transaction.atomic
def begin_upload(*, visit: Visit, view: View, byte_size: int, sha256: str) -> Upload:
    """Announce a photo. The same file for the same view goes on where it stood, even after its
    end; another file takes the place of one still under way.
    """
    check_size(byte_size)
    open_one = lock_open(visit=visit, view=view)
    for known in open_one.uploads.filter(view=view, sha256=sha256, byte_size=byte_size):
        if known.photo is None or known.photo.replaced_at is None:
            return known
    for other in open_one.uploads.filter(view=view, photo__isnull=True):
        discard(upload=other)
    return Upload.objects.create(visit=open_one, view=view, byte_size=byte_size, sha256=sha256)


def append(*, upload: Upload, offset: int, data: bytes) -> Upload:
    """Store one piece, or raise :class:`OffsetError` and store nothing."""
    with new_files() as files, transaction.atomic():
        locked = _lock(upload)
        if offset != locked.received or offset + len(data) > locked.byte_size:
            raise OffsetError(locked)
        if data:
            name = files.save("uploads", ".part", ContentFile(data))
            UploadPiece.objects.create(upload=locked, start=offset, byte_size=len(data), file=name)
        locked.received += len(data)
        locked.touched_at = timezone.now()
        locked.save(update_fields=["received", "touched_at"])
    return locked


def finish(*, upload: Upload) -> Photo:
    """Make a photo of all the pieces, or raise :class:`PhotoRefused` and keep nothing of them."""
    if upload.photo:
        return upload.photo
    try:
        photo = _photo_of(upload)
    except PhotoRefused:
        discard(upload=upload)
        raise
    _end(upload, photo)
    return photo


@transaction.atomic
def discard(*, upload: Upload) -> None:
    """Forget an upload, pieces and all; the photo it ended as stays."""
    for locked in Upload.objects.select_for_update().filter(pk=upload.pk):
        _drop_pieces(locked)
        locked.delete()


def sweep_uploads() -> None:
    """Forget uploads that nobody goes on with, and those of visits that take no photo any more."""
    forgotten = Upload.objects.filter(
        Q(touched_at__lt=timezone.now() - KEPT) | ~Q(visit__status__in=OPEN_STATUSES)
    )
    for upload in forgotten:
        discard(upload=upload)


def _lock(upload: Upload) -> Upload:
    lock_open(visit=upload.visit, view=View(upload.view))
    locked = Upload.objects.select_for_update().filter(pk=upload.pk).first()
    if locked is None:
        raise OffsetError(upload)  # forgotten meanwhile: the sender begins anew
    return locked


def _photo_of(upload: Upload) -> Photo:
    with _joined(upload) as file:
        if _sha256(file) != upload.sha256:
            raise PhotoRefused("truncated")
        return accept_photo(visit=upload.visit, view=View(upload.view), upload=file)


@contextmanager
def _joined(upload: Upload) -> Iterator[File[bytes]]:
    with tempfile.TemporaryFile() as target:
        for piece in upload.pieces.all():
            with piece.file.open("rb") as source:
                target.write(source.read())
        target.seek(0)
        yield File(target)


def _sha256(file: File[bytes]) -> str:
    digest = hashlib.sha256()
    for chunk in file.chunks():
        digest.update(chunk)
    return digest.hexdigest()


@transaction.atomic
def _end(upload: Upload, photo: Photo) -> None:
    """The row stays for a while, so that a sender who missed the answer gets it again."""
    for locked in Upload.objects.select_for_update().filter(pk=upload.pk):
        _drop_pieces(locked)
        locked.photo = photo
        locked.save(update_fields=["photo"])


def _drop_pieces(upload: Upload) -> None:
    names = list(upload.pieces.values_list("file", flat=True))
    upload.pieces.all().delete()
    transaction.on_commit(partial(_delete_files, names))


def _delete_files(names: list[str]) -> None:
    for name in names:
        default_storage.delete(name)
