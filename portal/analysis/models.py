from __future__ import annotations

import uuid

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _


class AnalysisStatus(models.TextChoices):
    QUEUED = "queued", _("waiting")
    RUNNING = "running", _("being read")
    DONE = "done", _("read")
    REJECTED = "rejected", _("refused for quality")
    UNREADABLE = "unreadable", _("cannot be opened")
    FAILED = "failed", _("no machine reading")
    CANCELLED = "cancelled", _("cancelled")


UNFINISHED = (AnalysisStatus.QUEUED, AnalysisStatus.RUNNING)
WITH_RESULT = (AnalysisStatus.DONE, AnalysisStatus.REJECTED)


class Analysis(models.Model):
    """One model version's findings on one photo, and the row that is its own queue entry.

    A worker owns a running row while its token stands here and its lease has not run out.
    """

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    photo = models.ForeignKey("cases.Photo", on_delete=models.PROTECT, related_name="analyses")
    status = models.CharField(
        _("status"), max_length=12, choices=AnalysisStatus, default=AnalysisStatus.QUEUED
    )
    token = models.UUIDField(null=True, blank=True)
    lease_until = models.DateTimeField(null=True, blank=True)
    attempts = models.PositiveSmallIntegerField(_("tries"), default=0)
    queued_at = models.DateTimeField(_("queued"), auto_now_add=True)
    started_at = models.DateTimeField(_("started"), null=True, blank=True)
    finished_at = models.DateTimeField(_("finished"), null=True, blank=True)
    result = models.JSONField(_("result"), null=True, blank=True)
    heatmap = models.FileField(max_length=200, blank=True)
    model_version = models.CharField(_("model version"), max_length=50, blank=True)
    model_sha256 = models.CharField(max_length=64, blank=True)
    problem = models.CharField(
        _("problem"),
        max_length=40,
        blank=True,
        help_text=_("Why a photo is unreadable, or the error id of a failure."),
    )

    class Meta:
        verbose_name_plural = "analyses"
        ordering = ["queued_at"]
        indexes = [
            models.Index(
                name="analysis_waiting",
                fields=["queued_at"],
                condition=Q(status=AnalysisStatus.QUEUED),
            ),
            models.Index(
                name="analysis_leases",
                fields=["lease_until"],
                condition=Q(status=AnalysisStatus.RUNNING),
            ),
        ]
        constraints = [
            models.UniqueConstraint(
                name="analysis_one_at_work_per_photo",
                fields=["photo"],
                condition=Q(status__in=UNFINISHED),
            ),
            models.CheckConstraint(
                name="analysis_status_is_known", condition=Q(status__in=AnalysisStatus.values)
            ),
            models.CheckConstraint(
                name="analysis_running_exactly_if_claimed",
                condition=Q(
                    status=AnalysisStatus.RUNNING, token__isnull=False, lease_until__isnull=False
                )
                | (
                    ~Q(status=AnalysisStatus.RUNNING)
                    & Q(token__isnull=True, lease_until__isnull=True)
                ),
            ),
            models.CheckConstraint(
                name="analysis_result_exactly_if_read",
                condition=Q(status__in=WITH_RESULT, result__isnull=False, finished_at__isnull=False)
                | (~Q(status__in=WITH_RESULT) & Q(result__isnull=True, heatmap="")),
            ),
            models.CheckConstraint(
                name="analysis_problem_stated",
                condition=~Q(status__in=(AnalysisStatus.UNREADABLE, AnalysisStatus.FAILED))
                | (~Q(problem="") & Q(finished_at__isnull=False)),
            ),
        ]

    def __str__(self) -> str:
        return str(self.public_id)


class LesionType(models.TextChoices):
    """The same values as ``inference.results.LesionType``; a test holds them together."""

    COMEDONE = "comedone", _("comedone")
    PAPULE = "papule", _("papule")
    PUSTULE = "pustule", _("pustule")
    NODULE = "nodule", _("nodule")
    CYST = "cyst", _("cyst")
    SCAR = "scar", _("scar")


class Region(models.TextChoices):
    """The same values as ``inference.results.Region``. Left and right are the patient's own."""

    FOREHEAD = "forehead", _("forehead")
    RIGHT_CHEEK = "right_cheek", _("right cheek")
    LEFT_CHEEK = "left_cheek", _("left cheek")
    NOSE = "nose", _("nose")
    CHIN = "chin", _("chin")


class Lesion(models.Model):
    """A finding at or above the working threshold. Box in pixels of the upright photo.

    The machine's rows never change; candidates below the threshold stay in the result's JSON.
    """

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    analysis = models.ForeignKey(Analysis, on_delete=models.CASCADE, related_name="lesions")
    type = models.CharField(_("type"), max_length=10, choices=LesionType)
    region = models.CharField(_("region"), max_length=12, choices=Region, blank=True)
    score = models.FloatField(_("score"))
    x = models.FloatField()
    y = models.FloatField()
    width = models.FloatField()
    height = models.FloatField()
    polygon = models.JSONField(null=True, blank=True)

    class Meta:
        ordering = ["-score"]
        constraints = [
            models.CheckConstraint(
                name="lesion_type_is_known", condition=Q(type__in=LesionType.values)
            ),
            models.CheckConstraint(
                name="lesion_region_is_known", condition=Q(region__in=["", *Region.values])
            ),
            models.CheckConstraint(
                name="lesion_score_is_a_probability", condition=Q(score__gte=0, score__lte=1)
            ),
            models.CheckConstraint(
                name="lesion_box_has_a_size", condition=Q(width__gt=0, height__gt=0)
            ),
        ]

    def __str__(self) -> str:
        return str(self.public_id)


class WorkerHeartbeat(models.Model):
    """The last sign of life of a worker, and the model it has loaded."""

    worker = models.CharField(max_length=200, unique=True)
    beat_at = models.DateTimeField()
    model_name = models.CharField(max_length=100)
    model_version = models.CharField(max_length=50)
    model_sha256 = models.CharField(max_length=64)

    def __str__(self) -> str:
        return self.worker
