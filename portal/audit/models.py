from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from portal.accounts.models import Clinic, Role


class Action(models.TextChoices):
    """What was done. A code is never given another meaning: what was written stays."""

    PHOTO_READ = "photo_read", _("photo looked at")
    HEATMAP_READ = "heatmap_read", _("photo's heatmap looked at")
    ATTACHMENT_READ = "attachment_read", _("picture in a message looked at")
    VISIT_READ = "visit_read", _("findings of a visit looked at")
    COURSE_READ = "course_read", _("course of a patient looked at")
    REPORT_READ = "report_read", _("report looked at")
    REPORT_SAVED = "report_saved", _("report saved as a file")
    MESSAGES_READ = "messages_read", _("messages read")

    PHOTO_ADDED = "photo_added", _("photo sent")
    PHOTO_REMOVED = "photo_removed", _("photo taken out or replaced")
    PHOTO_ANALYSED = "photo_analysed", _("photo read by the model")
    ANALYSIS_RETRIED = "analysis_retried", _("photo given to the model again")
    VISIT_OPENED = "visit_opened", _("visit opened")
    VISIT_SENT = "visit_sent", _("visit sent")
    VISIT_WITHDRAWN = "visit_withdrawn", _("visit withdrawn")
    MESSAGE_SENT = "message_sent", _("message sent")

    VISIT_ASSIGNED = "visit_assigned", _("visit assigned")
    VISIT_CLAIMED = "visit_claimed", _("visit taken to read")
    VISIT_RELEASED = "visit_released", _("visit given back")
    FINDING_CORRECTED = "finding_corrected", _("finding corrected")
    CORRECTION_UNDONE = "correction_undone", _("correction undone")
    CORRECTION_REDONE = "correction_redone", _("correction done again")
    RETAKE_ASKED = "retake_asked", _("new photo asked for")
    GRADE_OVERRIDDEN = "grade_overridden", _("grade overridden")
    READING_GIVEN = "reading_given", _("reading given")
    REPORT_SIGNED = "report_signed", _("report signed")
    CONSENSUS_RECORDED = "consensus_recorded", _("agreement of two doctors recorded")
    REPORT_ADDED_TO = "report_added_to", _("report added to")

    CONSENT_SIGNED = "consent_signed", _("consent signed")
    CONSENT_WITHDRAWN = "consent_withdrawn", _("consent withdrawn")
    SIGNATURES_EXPORTED = "signatures_exported", _("signatures exported")
    FORM_DRAFTED = "form_drafted", _("consent form drafted")
    FORM_PUBLISHED = "form_published", _("consent form published")

    ACCOUNT_MADE = "account_made", _("account made")
    ACCOUNT_OPENED = "account_opened", _("account opened again")
    ACCOUNT_CLOSED = "account_closed", _("account closed")
    ACCOUNT_CHANGED = "account_changed", _("account's data changed")
    SIGNED_IN = "signed_in", _("signed in to the account")
    SIGN_IN_REFUSED = "sign_in_refused", _("sign-in refused")
    SIGNED_OUT = "signed_out", _("signed out of the account")
    SECOND_STEP_ADDED = "second_step_added", _("second step added")
    SECOND_STEP_REMOVED = "second_step_removed", _("second step removed")
    PASSWORD_CHANGED = "password_changed", _("password changed")
    EMAIL_CHANGED = "email_changed", _("e-mail address changed")
    SIGN_IN_CHANGED = "sign_in_changed", _("way of signing in changed")
    SESSIONS_ENDED = "sessions_ended", _("sessions ended")
    DEVICE_ADDED = "device_added", _("device given access")
    DEVICE_REVOKED = "device_revoked", _("device signed out")
    INVITATION_MADE = "invitation_made", _("invitation made")
    INVITATION_REVOKED = "invitation_revoked", _("invitation called back")
    PATIENTS_MERGED = "patients_merged", _("patients' records merged")
    PATIENT_HANDED_OVER = "patient_handed_over", _("patient handed over")

    CLINIC_MADE = "clinic_made", _("clinic made")
    CLINIC_CHANGED = "clinic_changed", _("clinic's settings changed")
    TEMPLATE_KEPT = "template_kept", _("treatment's words kept")
    TEMPLATE_DROPPED = "template_dropped", _("treatment's words dropped")
    TRAINING_EXPORTED = "training_exported", _("photo exported for training")

    EXPORT_ASKED = "export_asked", _("copy of everything asked for")
    EXPORT_FETCHED = "export_fetched", _("copy of everything fetched")
    ERASURE_ASKED = "erasure_asked", _("erasure asked for")
    ERASURE_STOPPED = "erasure_stopped", _("erasure called off")
    ERASURE_REFUSED = "erasure_refused", _("erasure not carried out")
    ERASED = "erased", _("erased")
    SEALED = "sealed", _("sealed until the end of its retention")


READS = (
    Action.PHOTO_READ,
    Action.HEATMAP_READ,
    Action.ATTACHMENT_READ,
    Action.VISIT_READ,
    Action.COURSE_READ,
    Action.REPORT_READ,
    Action.REPORT_SAVED,
    Action.MESSAGES_READ,
)
SIGN_INS = (Action.SIGNED_IN, Action.SIGN_IN_REFUSED, Action.SIGNED_OUT)


class Channel(models.TextChoices):
    PAGE = "page", _("a page")
    API = "api", _("an app")
    INSIDE = "inside", _("the system itself")


class Why(models.TextChoices):
    """Where the action does not say it. The words somebody wrote stay where they are: the table
    holds no free text.
    """

    TREATING = "treating", _("reads or has read this visit")
    RECORDS = "records", _("looks into the clinic's records")
    DIFFERS = "differs", _("differs from what was counted; the report says why")
    TIMED_OUT = "timed_out", _("nobody worked on it any more")
    WRONG_PASSWORD = "wrong_password", _("the password was wrong")
    WRONG_CODE = "wrong_code", _("the code of the second step was wrong")
    UNUSED = "unused", _("the page was not used")
    CONSENT_WITHDRAWN = "consent_withdrawn", _("consent was withdrawn")
    ACCOUNT_CLOSED = "account_closed", _("the account was closed")
    ASKED_BY_PATIENT = "asked_by_patient", _("the patient asked for it")
    ASKED_IN_PERSON = "asked_in_person", _("the patient asked for it at the clinic")
    ASKED_BY_LETTER = "asked_by_letter", _("the patient asked for it by letter")
    RETENTION = "retention", _("its retention period ended")
    CHANGED = "changed", _("something changed since it was confirmed")
    RESTORED = "restored", _("a backup from before was restored")


class Chain(models.Model):
    """Where the log of a clinic stands: how many entries it has and the seal of the last one.

    Who writes an entry holds this row, so that entries of a clinic come one after the other. The
    database lets it count up and nothing else.
    """

    clinic = models.OneToOneField(
        Clinic,
        on_delete=models.DO_NOTHING,
        db_constraint=False,  # the log stays when its clinic goes
        related_name="+",
    )
    count = models.PositiveBigIntegerField(default=0)
    head = models.CharField(max_length=64, blank=True)

    def __str__(self) -> str:
        return str(self.clinic_id)


class Entry(models.Model):
    """Who did what to which thing, from where. Opaque ids only: no name, no address, no words.

    So nothing in it ever has to be erased, and the database refuses to change or delete a row.
    Ids are no foreign keys, for what they name may be erased.
    """

    chain = models.ForeignKey(Chain, on_delete=models.PROTECT, related_name="entries")
    number = models.PositiveBigIntegerField(_("number"))
    at = models.DateTimeField(_("when"))
    actor = models.UUIDField(_("who"), null=True)
    actor_role = models.CharField(_("as"), max_length=20, choices=Role, blank=True)
    action = models.CharField(_("what"), max_length=30, choices=Action)
    kind = models.CharField(_("kind of thing"), max_length=30)
    subject = models.CharField(_("which"), max_length=36)
    patient = models.UUIDField(_("whose data"), null=True)
    channel = models.CharField(_("by way of"), max_length=10, choices=Channel)
    address = models.CharField(
        _("from"),
        max_length=16,
        blank=True,
        help_text=_(
            "A keyed hash of the network address: tells one place from another, and no address"
            " can be found from it without the site's key."
        ),
    )
    why = models.CharField(_("why"), max_length=30, choices=Why, blank=True)
    sha256 = models.CharField(max_length=64)

    class Meta:
        verbose_name_plural = "entries"
        ordering = ["chain", "-number"]
        indexes = [
            models.Index(name="audit_by_actor", fields=["chain", "actor", "-number"]),
            models.Index(name="audit_by_patient", fields=["chain", "patient", "-number"]),
            models.Index(name="audit_by_subject", fields=["chain", "subject", "-number"]),
            models.Index(name="audit_by_time", fields=["chain", "at"]),
        ]
        constraints = [
            models.UniqueConstraint(name="audit_number_once", fields=["chain", "number"]),
            models.CheckConstraint(
                name="audit_role_is_known", condition=Q(actor_role__in=("", *Role.values))
            ),
            models.CheckConstraint(
                name="audit_actor_has_a_role",
                condition=Q(actor__isnull=True, actor_role="")
                | (Q(actor__isnull=False) & ~Q(actor_role="")),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.chain}: {self.number}"
