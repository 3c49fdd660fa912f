"""The rows are the queue: how one is claimed, kept, stored, given back, and never lost.

Locks are taken in one order, the visit before its analyses, so that a patient who replaces a photo
and a worker that stores its reading cannot block each other.
"""

from __future__ import annotations

import logging
import secrets
import socket
import time
import uuid
from collections.abc import Callable
from contextlib import contextmanager
from typing import TYPE_CHECKING

from celery.exceptions import SoftTimeLimitExceeded
from django.conf import settings
from django.core.files.base import ContentFile
from django.db import transaction
from django.utils import timezone

from portal.analysis import engine, lease
from portal.analysis.models import UNFINISHED, Analysis, AnalysisStatus, Lesion, WorkerHeartbeat
from portal.audit.models import Action
from portal.audit.services import record
from portal.cases.files import new_files, smaller_copies
from portal.cases.models import Photo, Visit, VisitStatus
from portal.cases.transitions import WrongStateError, settle
from portal.tasking import ring_on_commit

if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import Any

    from django.db.models import QuerySet

    from inference.results import Lesion as FoundLesion
    from inference.results import Model, Result
    from portal.accounts.models import User

logger = logging.getLogger(__name__)
S = AnalysisStatus
SignOfLife = Callable[[], None]


def no_sign() -> None:
    """Only a worker beats; a command that reads what waits is no worker."""


class LeaseLostError(Exception):
    """The row was cancelled or passed on while it was worked on; the finding is dropped."""


# --- Into the queue and out of it ---------------------------------------------------------------


def queue_analysis(*, photo: Photo) -> Analysis:
    """Write the row and wake a worker once it can be seen."""
    from portal.analysis.tasks import analyse_pending

    analysis = Analysis.objects.create(photo=photo)
    ring_on_commit(analyse_pending)
    return analysis


def cancel(*, photo: Photo) -> None:
    _cancel(Analysis.objects.filter(photo=photo))


@transaction.atomic
def cancel_for_patient(*, patient: User) -> None:
    """Stop everything queued or running; a worker in the middle of it will not be able to store."""
    _lock(Visit.objects.filter(case__patient=patient))
    _cancel(Analysis.objects.filter(photo__visit__case__patient=patient))


def _cancel(analyses: QuerySet[Analysis]) -> None:
    analyses.filter(status__in=UNFINISHED).update(
        status=S.CANCELLED, **lease.FREE, finished_at=timezone.now()
    )


@transaction.atomic
def retry(*, analysis: Analysis) -> None:
    """Read a photo again whose reading failed, while a doctor may still use it."""
    from portal.analysis.tasks import analyse_pending

    _lock(Visit.objects.filter(photos=analysis.photo_id))
    visit = Visit.objects.get(photos=analysis.photo_id)
    if visit.status in (VisitStatus.REPORTED, VisitStatus.WITHDRAWN):
        raise WrongStateError(visit.status)
    requeued = Analysis.objects.filter(
        pk=analysis.pk, status=S.FAILED, photo__replaced_at__isnull=True
    ).update(status=S.QUEUED, attempts=0, problem="", started_at=None, finished_at=None)
    if not requeued:
        raise WrongStateError(analysis.status)
    analysis.refresh_from_db()
    record(Action.ANALYSIS_RETRIED, analysis.photo, of=visit.case.patient)
    ring_on_commit(analyse_pending)


# --- A worker's side ----------------------------------------------------------------------------


def analyse_waiting(*, seconds: float | None = None, alive: SignOfLife = no_sign) -> bool:
    """Read what waits until nothing is left (True), or for about so many seconds (False).

    ``alive`` is called between batches and, while one is read, with every renewal of its lease.
    """
    end = time.monotonic() + seconds if seconds is not None else None
    while analyse_next(alive=alive):
        if end is not None and time.monotonic() > end:
            return False
    return True


def analyse_next(*, alive: SignOfLife = no_sign) -> bool:
    """Claim a batch, read it and store what was found; False if nothing waited.

    The model is loaded before anything is claimed: a worker without one takes no photo away.
    """
    requeue_lost()
    if not Analysis.objects.filter(status=S.QUEUED).exists():
        return False
    engine.model()
    alive()
    claimed = claim()
    if claimed:
        _work(claimed, alive)
    return bool(claimed)


def claim() -> list[Analysis]:
    """Take the oldest waiting rows under a new token and lease.

    A row that was tried before is taken alone: should it be what kills the worker, it takes no
    other photo down with it, and after its last try it fails alone.
    """
    token = uuid.uuid4()
    with transaction.atomic():
        waiting = Analysis.objects.filter(status=S.QUEUED).order_by("queued_at", "pk")
        Analysis.objects.filter(pk__in=_next_batch(waiting), status=S.QUEUED).update(
            status=S.RUNNING,
            started_at=timezone.now(),
            **lease.claimed(token),
        )
    return list(
        Analysis.objects.filter(token=token)
        .select_related("photo__visit__case__clinic")
        .order_by("queued_at", "pk")
    )


def _next_batch(waiting: QuerySet[Analysis]) -> list[int]:
    unlocked = waiting.select_for_update(skip_locked=True).only("pk", "attempts")
    first = unlocked.first()
    if first is None:
        return []
    if first.attempts:
        return [first.pk]
    return [row.pk for row in unlocked.filter(attempts=0)[: settings.ANALYSIS_BATCH]]


def _work(claimed: list[Analysis], alive: SignOfLife) -> None:
    token = claimed[0].token
    assert token is not None  # noqa: S101 - a claimed row has one
    try:
        with lease.renewed(token, alive):
            _read_and_store(claimed)
    except SoftTimeLimitExceeded:
        give_back(token=token)
        raise
    except Exception:  # whatever the models raise must not cost a photo: it is tried again
        error_id = new_error_id()
        logger.exception("a batch of %d was not read, error %s", len(claimed), error_id)
        give_back(token=token, problem=error_id)


def _read_and_store(claimed: list[Analysis]) -> None:
    decoded = [(analysis, _decode(analysis)) for analysis in claimed]
    pictures = [(analysis, picture) for analysis, picture in decoded if picture]
    results = engine.analyse([picture for _analysis, picture in pictures])
    for (analysis, picture), result in zip(pictures, results, strict=True):
        with _dropped_if_lost(analysis):
            store(analysis=analysis, result=result, display=picture.display())


def _decode(analysis: Analysis) -> engine.Picture | None:
    try:
        return engine.decode(analysis.photo)
    except engine.UnreadablePhotoError as error:
        with _dropped_if_lost(analysis):
            mark_unreadable(analysis=analysis, code=error.code)
    return None


@contextmanager
def _dropped_if_lost(analysis: Analysis) -> Iterator[None]:
    try:
        yield
    except LeaseLostError:
        logger.info("analysis %s was taken away while it was read", analysis.public_id)


def store(*, analysis: Analysis, result: Result, display: bytes) -> None:
    """Keep a reading, if the token it was claimed with still holds; else nothing is written.

    ``display`` is the photo rebuilt from its pixels, as JPEG; kept if the photo has none yet.
    """
    copies = {} if analysis.photo.display else smaller_copies(display)
    with new_files() as files, transaction.atomic():
        _lock(Visit.objects.filter(photos=analysis.photo_id))
        heatmap = result.heatmap
        _finish(
            analysis,
            S.DONE if result.quality.accepted else S.REJECTED,
            result=result.to_json(),
            heatmap=files.save("heatmaps", ".png", ContentFile(heatmap.png)) if heatmap else "",
            model_version=result.model.version,
            model_sha256=result.model.sha256,
        )
        Lesion.objects.bulk_create(_lesion(analysis, found) for found in result.lesions)
        photo = Photo.objects.get(pk=analysis.photo_id)
        if not photo.display:
            photo.display.name = files.save("display", ".jpg", ContentFile(display))
            for size, copy in copies.items():
                getattr(photo, size).name = files.save("display", ".jpg", ContentFile(copy))
            photo.width, photo.height = result.width, result.height
            photo.save(update_fields=["display", *copies, "width", "height"])
        settle(photo.visit)
        record(Action.PHOTO_ANALYSED, photo, of=photo.visit.case.patient)


def _lesion(analysis: Analysis, found: FoundLesion) -> Lesion:
    x, y, width, height = found.box
    return Lesion(
        analysis=analysis,
        type=found.type.value,
        region=found.region.value if found.region else "",
        score=found.score,
        x=x,
        y=y,
        width=width,
        height=height,
        polygon=[list(point) for point in found.polygon] if found.polygon else None,
    )


@transaction.atomic
def mark_unreadable(*, analysis: Analysis, code: str) -> None:
    """The file that was taken in is no picture after all; the patient is told."""
    _lock(Visit.objects.filter(photos=analysis.photo_id))
    _finish(analysis, S.UNREADABLE, problem=code)
    settle(analysis.photo.visit)


def _finish(analysis: Analysis, status: AnalysisStatus, **found: Any) -> None:
    finished = Analysis.objects.filter(
        pk=analysis.pk, token=analysis.token, status=S.RUNNING
    ).update(status=status, **lease.FREE, finished_at=timezone.now(), **found)
    if not finished:
        raise LeaseLostError(analysis.public_id)


# --- Nothing is forgotten -----------------------------------------------------------------------


def give_back(*, token: uuid.UUID, problem: str = "") -> None:
    """Return what is still held under this token to the queue, or fail what had its last try."""
    _return_to_queue(Analysis.objects.filter(token=token), problem)


def requeue_lost() -> None:
    """Return rows to the queue whose worker is gone."""
    _return_to_queue(Analysis.objects.filter(lease_until__lt=timezone.now()), "")


def sweep() -> None:
    """Find again what a dead worker held, and ring for rows whose message was lost."""
    from portal.analysis.tasks import analyse_pending

    requeue_lost()
    if Analysis.objects.filter(status=S.QUEUED).exists():
        ring_on_commit(analyse_pending)


def _return_to_queue(held: QuerySet[Analysis], problem: str) -> None:
    running = held.filter(status=S.RUNNING)
    if not running.exists():
        return
    running.filter(attempts__lt=settings.ANALYSIS_ATTEMPTS).update(status=S.QUEUED, **lease.FREE)
    for analysis in running.select_related("photo__visit"):
        _fail(analysis, held, problem or new_error_id())


@transaction.atomic
def _fail(analysis: Analysis, held: QuerySet[Analysis], problem: str) -> None:
    """Give up on a photo: the doctor gets it without a machine reading."""
    visit = analysis.photo.visit
    _lock(Visit.objects.filter(pk=visit.pk))
    failed = held.filter(
        pk=analysis.pk, status=S.RUNNING, attempts__gte=settings.ANALYSIS_ATTEMPTS
    ).update(status=S.FAILED, **lease.FREE, finished_at=timezone.now(), problem=problem)
    if failed:
        logger.error("analysis %s failed, error %s", analysis.public_id, problem)
        settle(visit)


def _lock(visits: QuerySet[Visit]) -> None:
    list(visits.order_by("pk").select_for_update().values_list("pk", flat=True))


def new_error_id() -> str:
    return secrets.token_hex(6)


# --- Signs of life ------------------------------------------------------------------------------


def beat() -> None:
    """Say that this worker lives, and which model it has loaded; loads it if it has not."""
    record_beat(worker=socket.gethostname(), model=engine.model())


def record_beat(*, worker: str, model: Model) -> None:
    WorkerHeartbeat.objects.update_or_create(
        worker=worker,
        defaults={
            "beat_at": timezone.now(),
            "model_name": model.name,
            "model_version": model.version,
            "model_sha256": model.sha256,
        },
    )
