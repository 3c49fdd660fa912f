"""The mail that says what became of an erasure: that there is something to read, never what."""

from __future__ import annotations

import logging
import smtplib
from datetime import timedelta

from django.conf import settings
from django.core.mail import send_mail
from django.db.models import Q
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.translation import gettext as _

from portal.consent.models import ErasureRequest, ErasureStatus
from portal.rights.tokens import token_of

logger = logging.getLogger(__name__)
TRIED_FOR = timedelta(days=2)
MAIL_ERRORS = (smtplib.SMTPException, OSError)


def send_waiting() -> None:
    """The address is the last thing to go: with the mail, or after two days of trying."""
    ended = ErasureRequest.objects.exclude(mail_to="").filter(
        Q(status=ErasureStatus.DONE) | Q(status=ErasureStatus.CHANGED)
    )
    for request in ended:
        is_late = request.finished_at and request.finished_at < timezone.now() - TRIED_FOR
        if is_late or _sent(request):
            ErasureRequest.objects.filter(pk=request.pk).update(mail_to="", mail_language="")


def _sent(request: ErasureRequest) -> bool:
    link = settings.SITE_URL + reverse("rights:erasure", args=[token_of(request.public_id)])
    name = "done" if request.status == ErasureStatus.DONE else "changed"
    try:
        with translation.override(request.mail_language):
            send_mail(
                subject=_("ClearGrade: about your request"),
                message=render_to_string(f"rights/mail/{name}.txt", {"link": link}),
                from_email=None,
                recipient_list=[request.mail_to],
            )
    except MAIL_ERRORS:
        logger.exception("the notice of erasure %s was not sent", request.public_id)
        return False
    return True
