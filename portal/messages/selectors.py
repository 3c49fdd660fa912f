"""Letters are between a patient and the doctors of their clinic; nobody else sees any."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db.models import Count, Exists, Max, OuterRef, Q

from portal.accounts.models import Role, User
from portal.cases.selectors import cases_for
from portal.messages.models import Attachment, Message

if TYPE_CHECKING:
    from django.db.models import QuerySet

    from portal.cases.models import Case
    from portal.messages.models import MessageQuerySet


def is_clinics(user: User) -> bool:
    """Does this person write for the clinic?"""
    return user.role == Role.DERMATOLOGIST


def messages_for(user: User) -> MessageQuerySet:
    return Message.objects.filter(case__in=cases_for(user))


def attachments_for(user: User) -> QuerySet[Attachment]:
    return Attachment.objects.filter(message__in=messages_for(user))


def unread_for(user: User) -> MessageQuerySet:
    return messages_for(user).unread().exclude(from_clinic=is_clinics(user))


def thread(case: Case) -> QuerySet[Message]:
    return case.messages.select_related("author").prefetch_related("attachments")


def threads_for(doctor: User) -> QuerySet[Case]:
    """Cases with letters: those with unread ones first, then by the newest letter."""
    unread = Q(messages__from_clinic=False, messages__read_at__isnull=True)
    return (
        cases_for(doctor)
        .select_related("patient")
        .annotate(last_at=Max("messages__sent_at"), unread=Count("messages", filter=unread))
        .filter(last_at__isnull=False)
        .order_by("-unread", "-last_at")
    )


def readers_of(message: Message) -> QuerySet[User]:
    """Who gets the mail notice: the patient, or the doctors who know the case, else all."""
    people = User.objects.filter(is_active=True)
    if message.from_clinic:
        return people.filter(pk=message.case.patient_id)
    doctors = people.filter(clinic=message.case.clinic_id, role=Role.DERMATOLOGIST)
    wrote = Message.objects.filter(case=message.case_id, author=OuterRef("pk"))
    knowing = doctors.filter(Exists(wrote) | Q(reviews__visit__case=message.case_id)).distinct()
    return knowing if knowing.exists() else doctors
