"""Mails to patients. The row is the work: a mail that fails is tried again, later each time.

A mail says that there is something to read, never what: it may be read over a shoulder.
"""

from __future__ import annotations

import logging
import smtplib
from datetime import timedelta
from typing import TYPE_CHECKING

from django.conf import settings
from django.core.mail import send_mail
from django.template.loader import render_to_string
from django.utils import timezone, translation
from django.utils.translation import gettext as _

from portal.cases.models import Notice, NoticeKind
from portal.tasking import ring_on_commit

if TYPE_CHECKING:
    from portal.cases.models import Visit

logger = logging.getLogger(__name__)
MOST_ATTEMPTS = 8  # the last one after some two days
FIRST_PAUSE = timedelta(minutes=10)
MAIL_ERRORS = (smtplib.SMTPException, OSError)


def notify(*, visit: Visit, kind: NoticeKind) -> Notice:
    """Write the row and wake a worker once it can be seen."""
    from portal.cases.tasks import send_notices  # noqa: PLC0415 - it calls back into this module

    notice = Notice.objects.create(visit=visit, kind=kind)
    ring_on_commit(send_notices)
    return notice


def send_waiting() -> None:
    """Send what is due; a mail is sent twice only if the machine stops just after sending it."""
    due = Notice.objects.filter(
        sent_at__isnull=True, due_at__lte=timezone.now(), attempts__lt=MOST_ATTEMPTS
    )
    for notice in due.select_related("visit__case__patient__clinic"):
        if _claim(notice):
            _try(notice)


def _claim(notice: Notice) -> bool:
    """Put the next try off: who does so has this one, and a crash costs no more than the pause."""
    unclaimed = Notice.objects.filter(pk=notice.pk, attempts=notice.attempts, sent_at__isnull=True)
    pause = FIRST_PAUSE * 2**notice.attempts
    return bool(unclaimed.update(attempts=notice.attempts + 1, due_at=timezone.now() + pause))


def _try(notice: Notice) -> None:
    try:
        _send(notice)
    except MAIL_ERRORS:
        logger.exception("mail %s was not sent, try %s", notice.pk, notice.attempts + 1)
        return
    Notice.objects.filter(pk=notice.pk).update(sent_at=timezone.now())


def _send(notice: Notice) -> None:
    patient = notice.visit.case.patient
    if not patient.is_active:
        return
    with translation.override(patient.language):
        send_mail(
            subject=_("ClearGrade: there is something for you to read"),
            message=render_to_string(
                f"cases/mail/{notice.kind}.txt", {"site": settings.SITE_URL, "patient": patient}
            ),
            from_email=None,
            recipient_list=[patient.email],
        )
