from __future__ import annotations

import hashlib
import uuid

from django.conf import settings
from django.db import models
from django.db.models import Exists, OuterRef, Q
from django.utils.translation import gettext_lazy as _


class ConsentKind(models.TextChoices):
    """The paper's two separate forms. Without the first no photo is taken; the second is free."""

    PHOTOGRAPHY = "photography", _("taking and processing pictures")
    RESEARCH = "research", _("use in research")


class Language(models.TextChoices):
    ENGLISH = "en", _("English")
    CHINESE = "zh-hans", _("Simplified Chinese")


class ConsentFormQuerySet(models.QuerySet["ConsentForm"]):
    def published(self) -> ConsentFormQuerySet:
        return self.filter(published_at__isnull=False)

    def current(self) -> ConsentFormQuerySet:
        """The published form with the highest version of each kind and clinic."""
        newer = ConsentForm.objects.published().filter(
            clinic=OuterRef("clinic"), kind=OuterRef("kind"), version__gt=OuterRef("version")
        )
        return self.published().filter(~Exists(newer))


class ConsentForm(models.Model):
    """One version of a clinic's form. Once published its text never changes."""

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    clinic = models.ForeignKey(
        "accounts.Clinic", on_delete=models.PROTECT, related_name="consent_forms"
    )
    kind = models.CharField(_("kind"), max_length=20, choices=ConsentKind)
    version = models.PositiveIntegerField(_("version"))
    published_at = models.DateTimeField(_("published"), null=True, blank=True)
    asks_again = models.BooleanField(
        _("to be signed again"),
        default=True,
        help_text=_("Not so for a correction that changes nothing a patient agreed to."),
    )

    objects = ConsentFormQuerySet.as_manager()

    class Meta:
        ordering = ["kind", "-version"]
        constraints = [
            models.UniqueConstraint(
                name="consent_form_version_once", fields=["clinic", "kind", "version"]
            ),
            models.CheckConstraint(
                name="consent_form_kind_is_known", condition=Q(kind__in=ConsentKind.values)
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} v{self.version}"

    def text_in(self, language: str) -> ConsentText:
        return next(text for text in self.texts.all() if text.language == language)


class ConsentText(models.Model):
    """The words of a form in one language: what a patient reads, and what the hash covers."""

    form = models.ForeignKey(ConsentForm, on_delete=models.CASCADE, related_name="texts")
    language = models.CharField(_("language"), max_length=10, choices=Language)
    title = models.CharField(_("title"), max_length=200)
    summary = models.TextField(_("in plain words"))
    body = models.TextField(_("full text"))
    changes = models.TextField(
        _("what changed"),
        blank=True,
        help_text=_("Told to whoever signed the version before. Not part of what is signed."),
    )

    class Meta:
        constraints = [
            models.UniqueConstraint(name="consent_text_once", fields=["form", "language"]),
            models.CheckConstraint(
                name="consent_text_language_is_known", condition=Q(language__in=Language.values)
            ),
        ]

    def __str__(self) -> str:
        return self.title

    @property
    def sha256(self) -> str:
        exact_text = f"{self.title}\n\n{self.summary}\n\n{self.body}"
        return hashlib.sha256(exact_text.encode()).hexdigest()


class SignatureQuerySet(models.QuerySet["ConsentSignature"]):
    def in_force(self) -> SignatureQuerySet:
        return self.filter(withdrawn_at__isnull=True)

    def standing(self) -> SignatureQuerySet:
        """In force, and under a version after which only corrections were published."""
        asking = ConsentForm.objects.published().filter(
            asks_again=True,
            clinic=OuterRef("form__clinic"),
            kind=OuterRef("form__kind"),
            version__gt=OuterRef("form__version"),
        )
        return self.in_force().filter(~Exists(asking))


class ConsentSignature(models.Model):
    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    form = models.ForeignKey(ConsentForm, on_delete=models.PROTECT, related_name="signatures")
    patient = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="consent_signatures"
    )
    language = models.CharField(_("language"), max_length=10, choices=Language)
    text_sha256 = models.CharField(max_length=64)
    signed_name = models.CharField(_("signed as"), max_length=200)
    drawing = models.TextField(
        _("signature drawn by hand"),
        blank=True,
        help_text=_("An SVG path of straight lines, 600 by 200."),
    )
    signed_at = models.DateTimeField(_("signed"))
    withdrawn_at = models.DateTimeField(_("withdrawn"), null=True, blank=True)

    objects = SignatureQuerySet.as_manager()

    class Meta:
        ordering = ["-signed_at"]
        constraints = [
            models.UniqueConstraint(
                name="consent_signed_once_at_a_time",
                fields=["form", "patient"],
                condition=Q(withdrawn_at__isnull=True),
            ),
            models.CheckConstraint(
                name="consent_withdrawn_after_signing",
                condition=Q(withdrawn_at__isnull=True) | Q(withdrawn_at__gte=models.F("signed_at")),
            ),
        ]

    def __str__(self) -> str:
        return str(self.public_id)


class ErasureStatus(models.TextChoices):
    ASKED = "asked", _("asked for")
    CHANGED = "changed", _("stopped: something changed since it was confirmed")
    SHREDDING = "shredding", _("files are being destroyed")
    DONE = "done", _("carried out")


class ErasureRequest(models.Model):
    """A patient closed their account: access has ended, the erasure is carried out when it is due.

    ``digest`` stands for all there was when it was confirmed; if that is not what is there when it
    is due, nothing is erased. The row outlives the account, with nothing but opaque ids.
    """

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    patient = models.OneToOneField(
        settings.AUTH_USER_MODEL,
        null=True,
        on_delete=models.SET_NULL,
        related_name="erasure_request",
    )
    clinic = models.ForeignKey("accounts.Clinic", on_delete=models.CASCADE, related_name="erasures")
    subject = models.UUIDField(_("whose data"), editable=False)
    status = models.CharField(
        _("status"), max_length=10, choices=ErasureStatus, default=ErasureStatus.ASKED
    )
    digest = models.CharField(max_length=64)
    due_at = models.DateTimeField(_("to be carried out on"))
    outcome = models.JSONField(
        default=list, blank=True, help_text=_("What became of each category, told to the patient.")
    )
    files = models.JSONField(
        default=list, blank=True, help_text=_("Names of files still to be destroyed.")
    )
    mail_to = models.EmailField(
        blank=True, help_text=_("Only until the patient is told that it is done.")
    )
    mail_language = models.CharField(max_length=10, blank=True)
    finished_at = models.DateTimeField(_("carried out"), null=True, blank=True)
    requested_at = models.DateTimeField(_("erasure asked for"), auto_now_add=True)
    notice_due = models.BooleanField(_("mail notice still to be sent"), default=True)

    class Meta:
        ordering = ["requested_at"]
        constraints = [
            models.CheckConstraint(
                name="erasure_status_is_known", condition=Q(status__in=ErasureStatus.values)
            ),
            models.CheckConstraint(
                name="erasure_done_has_its_time",
                condition=Q(status=ErasureStatus.DONE, finished_at__isnull=False)
                | (~Q(status=ErasureStatus.DONE) & Q(finished_at__isnull=True)),
            ),
        ]
        indexes = [
            models.Index(
                name="erasure_due",
                fields=["due_at"],
                condition=~Q(status=ErasureStatus.DONE),
            ),
            models.Index(
                name="erasure_notice_due", fields=["requested_at"], condition=Q(notice_due=True)
            ),
        ]

    def __str__(self) -> str:
        return str(self.public_id)
