"""The mail that says an account was closed, so that nobody loses theirs without knowing.

The row is the work: whoever takes it sends it, and a mail that fails is due again next round.
"""

from __future__ import annotations

import logging
import smtplib
from datetime import timedelta

from django.conf import settings
from django.core.mail import send_mail
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.translation import gettext as _

from portal.consent.models import ErasureRequest
from portal.rights.tokens import token_of

logger = logging.getLogger(__name__)
TRIED_FOR = timedelta(days=2)
MAIL_ERRORS = (smtplib.SMTPException, OSError)


def send_waiting() -> None:
    """Since when one is tried is told by the day of the erasure, which a restore puts off anew."""
    tried_since = timezone.now() - TRIED_FOR
    due = ErasureRequest.objects.exclude(patient=None).filter(
        notice_due=True, due_at__gt=tried_since + timedelta(days=settings.ERASURE_DELAY_DAYS)
    )
    for request in due.select_related("patient__clinic"):
        taken = ErasureRequest.objects.filter(pk=request.pk, notice_due=True)
        if taken.update(notice_due=False):
            _send(request)


def _send(request: ErasureRequest) -> None:
    patient = request.patient
    assert patient is not None  # noqa: S101 - asked for above
    link = settings.SITE_URL + reverse("rights:erasure", args=[token_of(request.public_id)])
    context = {"patient": patient, "link": link, "due": request.due_at}
    try:
        with translation.override(patient.language):
            send_mail(
                subject=_("ClearGrade: your account is closed"),
                message=render_to_string("consent/mail/closed.txt", context),
                from_email=None,
                recipient_list=[patient.email],
            )
    except MAIL_ERRORS:
        logger.exception("the notice of erasure request %s was not sent", request.public_id)
        ErasureRequest.objects.filter(pk=request.pk).update(notice_due=True)
