from __future__ import annotations

import uuid
from typing import ClassVar

from allauth.account.models import EmailAddress
from django.conf import settings
from django.contrib.auth.models import AbstractBaseUser, BaseUserManager, PermissionsMixin
from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from portal.analysis.standard import validate_quality_limits

LONGEST_ADVICE = 1000
LEGAL_MINIMUM_AGE = 18  # the paper's inclusion criterion; a clinic may ask for more, never less
VIEWS = ("front", "left", "right", "chest", "back")  # ``cases.models.View``; a test compares them

URGENT_ADVICE_EN = (
    "Do not wait for an answer here if your skin suddenly gets much worse, is very painful, or if "
    "you have a fever or swelling around the eyes: call the clinic or an emergency service at once."
)
URGENT_ADVICE_ZH = (
    "如果皮肤突然明显加重、疼痛剧烈，或出现发热、眼周肿胀，请不要等待这里的答复，"
    "请立即致电诊所或急救电话。"
)


def usual_views() -> list[str]:
    return ["front", "left", "right"]


def validate_views(views: object) -> None:
    """Known views, each once, and the front, without which a face has no grade."""
    if not isinstance(views, list) or not all(view in VIEWS for view in views):
        raise ValidationError(_("Choose among the views that can be asked for."))
    if len(set(views)) != len(views):
        raise ValidationError(_("Each view can be asked for once."))
    if "front" not in views:
        raise ValidationError(_("The front is always asked for."))


class ResponseRule(models.TextChoices):
    """When a treatment has worked, as a clinic defines it; since the first visit."""

    TWO_GRADES = "two_grades", _("two grades better")
    ONE_GRADE = "one_grade", _("one grade better")
    HALF = "half", _("half as many active spots")
    CLEAR = "clear", _("no active acne any more")


class Clinic(models.Model):
    name = models.CharField(_("name"), max_length=200)
    slug = models.SlugField(unique=True)
    minimum_age = models.PositiveSmallIntegerField(
        _("minimum age"),
        default=LEGAL_MINIMUM_AGE,
        validators=[MinValueValidator(LEGAL_MINIMUM_AGE), MaxValueValidator(100)],
    )
    open_registration = models.BooleanField(_("patients may register themselves"), default=False)
    quality_limits = models.JSONField(
        _("quality limits"),
        default=dict,
        blank=True,
        validators=[validate_quality_limits],
        help_text=_("Overrides of the picture check's default limits, by name."),
    )
    is_demonstration = models.BooleanField(
        _("demonstration"),
        default=False,
        help_text=_("People and pictures are synthetic, and every page says so."),
    )
    promised_days = models.PositiveSmallIntegerField(
        _("days until an answer, as promised to patients"),
        default=3,
        validators=[MinValueValidator(1), MaxValueValidator(60)],
    )
    views_asked = models.JSONField(
        _("views asked for"), default=usual_views, validators=[validate_views]
    )
    show_findings_before_signature = models.BooleanField(
        _("patients see the machine's findings before a doctor signed"), default=False
    )
    second_reading_percent = models.PositiveSmallIntegerField(
        _("share of visits that two doctors read, in percent"),
        default=0,
        validators=[MaxValueValidator(100)],
    )
    second_reading_below = models.PositiveSmallIntegerField(
        _("two doctors read where the model is less certain than, in percent"),
        default=0,
        validators=[MaxValueValidator(100)],
        help_text=_("0: never for this reason."),
    )
    response_rule = models.CharField(
        _("treatment has worked when, since the first visit, there is"),
        max_length=10,
        choices=ResponseRule,
        default=ResponseRule.TWO_GRADES,
    )
    sign_with_password = models.BooleanField(
        _("doctors show who they are again before they sign"), default=False
    )
    keep_reports_years = models.PositiveSmallIntegerField(
        _("years that signed reports are kept"),
        default=15,
        validators=[MinValueValidator(1), MaxValueValidator(100)],
        help_text=_("As the law where the clinic is wants medical records kept."),
    )
    keep_messages = models.BooleanField(
        _("messages are part of the medical record, and kept as long as the reports"), default=True
    )
    keep_unreported_days = models.PositiveSmallIntegerField(
        _("days that visits without a report are kept after they were last touched"),
        default=90,
        validators=[MinValueValidator(1), MaxValueValidator(3660)],
    )
    urgent_advice_en = models.TextField(
        _("what to do when it is urgent, in English"),
        default=URGENT_ADVICE_EN,
        max_length=LONGEST_ADVICE,
    )
    urgent_advice_zh = models.TextField(
        _("what to do when it is urgent, in Chinese"),
        default=URGENT_ADVICE_ZH,
        max_length=LONGEST_ADVICE,
    )

    class Meta:
        verbose_name = _("clinic")
        verbose_name_plural = _("clinics")
        ordering = ["name"]
        constraints = [
            models.CheckConstraint(
                name="clinic_age_not_below_the_legal_minimum",
                condition=Q(minimum_age__gte=LEGAL_MINIMUM_AGE),
            ),
            models.CheckConstraint(
                name="clinic_second_readings_in_percent",
                condition=Q(second_reading_percent__lte=100, second_reading_below__lte=100),
            ),
            models.CheckConstraint(
                name="clinic_keeps_visits_for_a_while",
                condition=Q(keep_unreported_days__gte=1),
            ),
            models.CheckConstraint(
                name="clinic_response_rule_is_known",
                condition=Q(response_rule__in=ResponseRule.values),
            ),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def urgent_advice(self) -> str:
        """In the language of whoever reads the page."""
        is_chinese = (get_language() or "").startswith("zh")
        return self.urgent_advice_zh if is_chinese else self.urgent_advice_en


class Role(models.TextChoices):
    PATIENT = "patient", _("patient")
    DERMATOLOGIST = "dermatologist", _("dermatologist")
    ADMINISTRATOR = "administrator", _("clinic administrator")
    OPERATOR = "operator", _("operator")


COLLEAGUES = (Role.DERMATOLOGIST, Role.ADMINISTRATOR)
STAFF = (Role.DERMATOLOGIST, Role.ADMINISTRATOR, Role.OPERATOR)


class UserManager(BaseUserManager["User"]):
    use_in_migrations = True

    def get_by_natural_key(self, username: str | None) -> User:
        return self.get(email__iexact=username)

    def create_superuser(self, *, email: str, password: str) -> User:
        """An operator; called by Django's own command of that name. Whoever runs it on the server
        vouches for the address: nobody could sign in to set up mail by a link that comes by mail.
        """
        user = self.model(
            email=self.normalize_email(email).lower(),
            role=Role.OPERATOR,
            is_staff=True,
            is_superuser=True,
        )
        user.set_password(password)
        user.save(using=self._db)
        EmailAddress.objects.create(user=user, email=user.email, primary=True, verified=True)
        return user


class User(AbstractBaseUser, PermissionsMixin):
    """Everyone signs in by e-mail and belongs to one clinic; only an operator has none."""

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    email = models.EmailField(_("e-mail address"), unique=True)
    full_name = models.CharField(_("name"), max_length=200, blank=True)
    role = models.CharField(_("role"), max_length=20, choices=Role, default=Role.PATIENT)
    clinic = models.ForeignKey(
        Clinic,
        verbose_name=_("clinic"),
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="people",
    )
    date_of_birth = models.DateField(_("date of birth"), null=True, blank=True)
    language = models.CharField(
        _("language of mails"),
        max_length=10,
        choices=settings.LANGUAGES,
        default=settings.LANGUAGE_CODE,
    )
    is_active = models.BooleanField(_("active"), default=True)
    is_staff = models.BooleanField(_("may open the operator's site"), default=False)
    date_joined = models.DateTimeField(_("joined"), auto_now_add=True)
    erased_at = models.DateTimeField(
        _("erased"),
        null=True,
        blank=True,
        help_text=_("Only a number is left, because sealed records hang on it."),
    )

    objects: ClassVar[UserManager] = UserManager()

    USERNAME_FIELD = "email"
    REQUIRED_FIELDS: ClassVar[list[str]] = []

    class Meta:
        verbose_name = _("user")
        verbose_name_plural = _("users")
        constraints = [
            models.CheckConstraint(
                name="user_has_a_clinic_unless_operator",
                condition=Q(role=Role.OPERATOR, clinic__isnull=True)
                | (~Q(role=Role.OPERATOR) & Q(clinic__isnull=False)),
            ),
            models.CheckConstraint(
                name="user_superuser_exactly_if_operator",
                condition=Q(role=Role.OPERATOR, is_superuser=True)
                | (~Q(role=Role.OPERATOR) & Q(is_superuser=False)),
            ),
            models.CheckConstraint(
                name="patient_has_a_date_of_birth",
                condition=~Q(role=Role.PATIENT)
                | Q(date_of_birth__isnull=False)
                | Q(erased_at__isnull=False),
            ),
            models.CheckConstraint(
                name="erased_user_is_nobody",
                condition=Q(erased_at__isnull=True)
                | Q(full_name="", date_of_birth__isnull=True, is_active=False),
            ),
            models.CheckConstraint(name="user_role_is_known", condition=Q(role__in=Role.values)),
        ]

    def __str__(self) -> str:
        return self.full_name or self.email


class InvitationQuerySet(models.QuerySet["Invitation"]):
    def usable(self) -> InvitationQuerySet:
        return self.filter(
            Q(single_use=False) | Q(uses=0), revoked_at__isnull=True, expires_at__gt=timezone.now()
        )


class Invitation(models.Model):
    """A clinic's open door: whoever holds its link may register there as a patient."""

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    clinic = models.ForeignKey(Clinic, on_delete=models.PROTECT, related_name="invitations")
    invited_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="invitations"
    )
    note = models.CharField(_("note for yourselves"), max_length=80, blank=True)
    single_use = models.BooleanField(_("for one person"), default=True)
    created_at = models.DateTimeField(_("made"), auto_now_add=True)
    expires_at = models.DateTimeField(_("ends"))
    revoked_at = models.DateTimeField(_("called back"), null=True, blank=True)
    uses = models.PositiveIntegerField(_("people registered with it"), default=0)

    objects = InvitationQuerySet.as_manager()

    class Meta:
        ordering = ["-created_at"]
        constraints = [
            models.CheckConstraint(
                name="invitation_for_one_is_used_once",
                condition=Q(single_use=False) | Q(uses__lte=1),
            ),
        ]

    def __str__(self) -> str:
        return str(self.public_id)

    @property
    def is_usable(self) -> bool:
        is_spent = self.single_use and self.uses > 0
        return not is_spent and self.revoked_at is None and self.expires_at > timezone.now()


class OpenSession(models.Model):
    """Somebody is signed in on some browser. No address: where from is no business of this list."""

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="open_sessions"
    )
    session_key = models.CharField(max_length=40, unique=True, editable=False)
    browser = models.CharField(_("browser"), max_length=80, blank=True)
    started_at = models.DateTimeField(_("signed in"), auto_now_add=True)
    last_used_at = models.DateTimeField(_("last used"))

    class Meta:
        ordering = ["-last_used_at"]

    def __str__(self) -> str:
        return str(self.public_id)
