"""A row that is its own queue entry: what a claim writes on it, and what gives it up.

While the models work a thread renews the lease and beats for the worker.
"""

from __future__ import annotations

import logging
from contextlib import contextmanager
from datetime import timedelta
from threading import Event, Thread
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.db import DatabaseError, connection
from django.db.models import F
from django.utils import timezone

from portal.analysis.models import Analysis, AnalysisStatus

if TYPE_CHECKING:
    import uuid
    from collections.abc import Callable, Iterator
    from datetime import datetime

logger = logging.getLogger(__name__)
RENEWALS_PER_LEASE = 3  # two may be missed
FREE: dict[str, Any] = {"token": None, "lease_until": None}


def claimed(token: uuid.UUID) -> dict[str, Any]:
    """One more try under this token."""
    return {"token": token, "lease_until": end(), "attempts": F("attempts") + 1}


@contextmanager
def renewed(token: uuid.UUID, alive: Callable[[], None]) -> Iterator[None]:
    """Hold the lease of all rows with this token for as long as the block runs."""
    done = Event()
    keeper = Thread(target=_keep, args=(token, alive, done), name="lease", daemon=True)
    keeper.start()
    try:
        yield
    finally:
        done.set()
        keeper.join()


def _keep(token: uuid.UUID, alive: Callable[[], None], done: Event) -> None:
    while not done.wait(settings.ANALYSIS_LEASE_SECONDS / RENEWALS_PER_LEASE):
        try:
            renew(token)
            alive()
        except DatabaseError:
            # The next turn may succeed; if none does, another worker stores, and this one cannot.
            logger.exception("a lease was not renewed")
        finally:
            connection.close()


def renew(token: uuid.UUID) -> None:
    Analysis.objects.filter(token=token, status=AnalysisStatus.RUNNING).update(lease_until=end())


def end() -> datetime:
    return timezone.now() + timedelta(seconds=settings.ANALYSIS_LEASE_SECONDS)
