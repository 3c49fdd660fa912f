"""A patient's copy of everything: asked for, made in the background, fetched, and gone in time."""

from __future__ import annotations

import logging
import secrets
import tempfile
from datetime import timedelta
from functools import partial
from typing import TYPE_CHECKING

from django.conf import settings
from django.core.files import File
from django.core.files.storage import default_storage
from django.db import transaction
from django.utils import timezone, translation

from portal.accounts.models import User
from portal.audit.models import Action
from portal.audit.services import record
from portal.cases.files import new_files
from portal.rights.archive import write_archive
from portal.rights.models import Export, ExportStatus
from portal.tasking import ring_on_commit

if TYPE_CHECKING:
    from django.db.models import QuerySet

logger = logging.getLogger(__name__)
MOST_ATTEMPTS = 3
PAUSE = timedelta(minutes=10)


@transaction.atomic
def ask_for_export(*, patient: User, language: str) -> Export:
    """Asking while one is being made is asking once; a new one takes the place of a failed one."""
    from portal.rights.tasks import make_exports  # noqa: PLC0415 - it calls back into this module

    User.objects.select_for_update(of=("self",)).get(pk=patient.pk)
    waiting = Export.objects.filter(patient=patient, status=ExportStatus.WAITING).first()
    if waiting:
        return waiting
    Export.objects.filter(patient=patient, status=ExportStatus.FAILED).delete()
    asked = Export.objects.create(patient=patient, language=language)
    ring_on_commit(make_exports)
    record(Action.EXPORT_ASKED, asked, of=patient)
    return asked


def exports_for(patient: User) -> QuerySet[Export]:
    return Export.objects.filter(patient=patient)


def ready_for(patient: User) -> QuerySet[Export]:
    return exports_for(patient).filter(status=ExportStatus.READY, expires_at__gt=timezone.now())


def make_waiting() -> None:
    """Make what is due, and let go what was there long enough to be fetched."""
    for export in Export.objects.filter(status=ExportStatus.WAITING, due_at__lte=timezone.now()):
        if _claim(export):
            _try(export)
    for export in Export.objects.filter(expires_at__lte=timezone.now()):
        _expire(export)


def _claim(export: Export) -> bool:
    """Put the next try off: who does so has this one."""
    unclaimed = Export.objects.filter(
        pk=export.pk, attempts=export.attempts, status=ExportStatus.WAITING
    )
    return bool(unclaimed.update(attempts=export.attempts + 1, due_at=timezone.now() + PAUSE))


def _try(export: Export) -> None:
    try:
        _make(export)
    except Exception:  # whatever stands in the way is tried again, and then told
        logger.exception("export %s was not made, error %s", export.public_id, secrets.token_hex(4))
        if export.attempts + 1 >= MOST_ATTEMPTS:
            waiting = Export.objects.filter(pk=export.pk, status=ExportStatus.WAITING)
            waiting.update(status=ExportStatus.FAILED)


def _make(export: Export) -> None:
    with tempfile.TemporaryFile() as target, new_files() as files:
        with translation.override(export.language):
            write_archive(export.patient, target)
        size = target.tell()
        target.seek(0)
        with transaction.atomic():
            made = Export.objects.filter(pk=export.pk, status=ExportStatus.WAITING).update(
                status=ExportStatus.READY,
                file=files.save("exports", ".zip", File(target)),
                byte_size=size,
                expires_at=timezone.now() + timedelta(days=settings.EXPORT_DAYS),
            )
            if not made:
                files.remove()  # erased or made by another worker meanwhile


@transaction.atomic
def _expire(export: Export) -> None:
    if export.file:
        transaction.on_commit(partial(default_storage.delete, str(export.file.name)))
    export.delete()
