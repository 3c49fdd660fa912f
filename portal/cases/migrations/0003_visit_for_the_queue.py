from __future__ import annotations

from typing import TYPE_CHECKING

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models
from django.db.models import OuterRef, Subquery

if TYPE_CHECKING:
    from django.apps.registry import Apps
    from django.db.backends.base.schema import BaseDatabaseSchemaEditor


def fill(apps: Apps, _editor: BaseDatabaseSchemaEditor) -> None:
    case = apps.get_model("cases", "Case")
    its_case = case.objects.filter(pk=OuterRef("case"))
    visit = apps.get_model("cases", "Visit")
    visit.objects.update(clinic=Subquery(its_case.values("clinic")[:1]))


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0004_quality_limits_validated"),
        ("cases", "0002_patients_side"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.RemoveIndex(model_name="visit", name="visit_queue"),
        migrations.AddField(
            model_name="visit",
            name="assigned_to",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.SET_NULL,
                related_name="assigned_visits",
                to=settings.AUTH_USER_MODEL,
                verbose_name="assigned to",
            ),
        ),
        migrations.AddField(
            model_name="visit",
            name="cautions",
            field=models.JSONField(
                blank=True,
                default=list,
                help_text="Codes of what is not perfect about its photos, for the doctors' queue.",
            ),
        ),
        migrations.AddField(
            model_name="visit",
            name="clinic",
            field=models.ForeignKey(
                db_index=False,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="accounts.clinic",
            ),
        ),
        migrations.RunPython(fill, migrations.RunPython.noop),
    ]
