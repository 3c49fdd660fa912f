"""The one way to declare a background task and the one way to wake one.

Rows are the work; a message is only the doorbell. So a lost or doubled message costs time, never
work, and waking a task never fails the request that wrote the row.
"""

from __future__ import annotations

import logging
from functools import partial
from typing import TYPE_CHECKING, Any

from celery import shared_task
from django.db import transaction
from kombu.exceptions import OperationalError

if TYPE_CHECKING:
    from collections.abc import Callable

    from celery import Task

logger = logging.getLogger(__name__)


def task(
    *,
    time_limit: int,
    retry_for: tuple[type[Exception], ...] = (),
    **options: Any,
) -> Callable[[Callable[..., None]], Task[..., None]]:
    """Declare a task: late acknowledgement, rejected on a lost worker, limited in time."""
    return shared_task(
        acks_late=True,
        reject_on_worker_lost=True,
        soft_time_limit=time_limit,
        time_limit=time_limit + 30,
        autoretry_for=retry_for,
        max_retries=3,
        retry_backoff=True,
        **options,
    )


def ring_on_commit(doorbell: Task[..., None]) -> None:
    """Wake ``doorbell`` once the rows of this transaction are there to be found."""
    transaction.on_commit(partial(ring, doorbell))


def ring(doorbell: Task[..., None]) -> None:
    try:
        doorbell.apply_async(retry=False)
    except (OperationalError, OSError):
        # The sweep finds the row within seconds; the user's request must not fail for it.
        logger.exception("the broker did not take a message for %s", doorbell.name)
