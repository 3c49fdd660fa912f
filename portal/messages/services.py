from __future__ import annotations

import logging
import smtplib
from datetime import timedelta
from typing import TYPE_CHECKING

from django.conf import settings
from django.core.files.base import ContentFile
from django.core.mail import send_mail
from django.db import transaction
from django.db.models import Q
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone, translation

from portal.audit.models import Action
from portal.audit.services import record
from portal.cases import intake
from portal.cases.files import new_files
from portal.cases.models import Case
from portal.cases.services import NO_CONSENT
from portal.consent.selectors import may_process_photos
from portal.messages.models import Attachment, Message
from portal.messages.pictures import rebuilt
from portal.messages.selectors import is_clinics, readers_of
from portal.messages.tasks import send_notices
from portal.tasking import ring_on_commit

if TYPE_CHECKING:
    from collections.abc import Sequence
    from uuid import UUID

    from django.core.files import File

    from portal.accounts.models import User
    from portal.messages.pictures import Rebuilt

logger = logging.getLogger(__name__)

MOST_PICTURES = 4
TRIED_FOR = timedelta(days=1)
MAIL_ERRORS = (smtplib.SMTPException, OSError)


class EmptyMessageError(Exception):
    """Neither words nor a picture."""


class TooManyPicturesError(Exception):
    """More than :data:`MOST_PICTURES` in one letter."""


def write(
    *, case: Case, author: User, text: str, pictures: Sequence[File[bytes]] = (), key: UUID
) -> Message:
    """Send a letter with all its pictures, or raise and keep nothing.

    The same key is the same letter, so a double tap does no harm.
    """
    if not text.strip() and not pictures:
        raise EmptyMessageError
    if len(pictures) > MOST_PICTURES:
        raise TooManyPicturesError
    if pictures and not is_clinics(author) and not may_process_photos(author):
        raise intake.PhotoRefused("no_consent", NO_CONSENT)
    return _store(case, author, text.strip(), [rebuilt(picture) for picture in pictures], key)


def _store(case: Case, author: User, text: str, pictures: list[Rebuilt], key: UUID) -> Message:
    side = is_clinics(author)
    with new_files() as files, transaction.atomic():
        Case.objects.select_for_update().get(pk=case.pk)
        waiting = case.messages.unread().filter(from_clinic=side).exists()
        message, created = Message.objects.get_or_create(
            author=author,
            key=key,
            defaults={"case": case, "text": text, "from_clinic": side, "notice_due": not waiting},
        )
        if created:
            for picture in pictures:
                name = files.save("letters", ".jpg", ContentFile(picture.data))
                Attachment.objects.create(
                    message=message, file=name, width=picture.width, height=picture.height
                )
            ring_on_commit(send_notices)
            record(Action.MESSAGE_SENT, message, of=case.patient, by=author)
    return message


@transaction.atomic
def own_case(*, patient: User) -> Case:
    """The patient's case; somebody who writes before their first visit opens it by that."""
    case, _created = Case.objects.get_or_create(patient=patient, clinic=patient.clinic)
    return case


@transaction.atomic
def mark_read(*, case: Case, reader: User, up_to: Message) -> None:
    """What the other side wrote until this letter; one that came meanwhile was not seen yet."""
    seen = Q(sent_at__lt=up_to.sent_at) | Q(sent_at=up_to.sent_at, pk__lte=up_to.pk)
    other_side = case.messages.unread().filter(seen, from_clinic=not is_clinics(reader))
    other_side.update(read_at=timezone.now())


def notify() -> None:
    """Send the mail notices that are due. Each row is taken by one sender only; a notice that
    the mail server refuses is due again at the next round, for a day.
    """
    due = Message.objects.filter(notice_due=True, sent_at__gt=timezone.now() - TRIED_FOR)
    for message in due.select_related("case__clinic"):
        taken = Message.objects.filter(pk=message.pk, notice_due=True).update(notice_due=False)
        if taken and message.read_at is None:
            _send_notice(message)


def _send_notice(message: Message) -> None:
    try:
        for reader in readers_of(message):
            _mail(reader, message.case)
    except MAIL_ERRORS:
        logger.exception("the notice of message %s was not sent", message.public_id)
        Message.objects.filter(pk=message.pk).update(notice_due=True)


def _mail(reader: User, case: Case) -> None:
    """That there is something to read; never what, nor from whom."""
    with translation.override(reader.language):
        link = settings.SITE_URL + reverse(
            "messages:inbox" if is_clinics(reader) else "messages:mine"
        )
        context = {"user": reader, "clinic": case.clinic, "link": link}
        subject = render_to_string("messages/email/notice_subject.txt", context).strip()
        body = render_to_string("messages/email/notice_message.txt", context)
    send_mail(subject, body, from_email=None, recipient_list=[reader.email])
