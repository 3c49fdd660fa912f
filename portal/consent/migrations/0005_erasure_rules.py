"""In a migration of its own: PostgreSQL alters no table whose rows the same one has changed."""

import django.db.models.deletion
from django.db import migrations, models
from django.db.models import Q


class Migration(migrations.Migration):
    dependencies = [("consent", "0004_erasure_carried_out")]

    operations = [
        migrations.AlterField(
            "erasurerequest",
            "clinic",
            models.ForeignKey(
                on_delete=django.db.models.deletion.CASCADE,
                related_name="erasures",
                to="accounts.clinic",
            ),
        ),
        migrations.AlterField(
            "erasurerequest",
            "subject",
            models.UUIDField(editable=False, verbose_name="whose data"),
        ),
        migrations.AlterField(
            "erasurerequest",
            "due_at",
            models.DateTimeField(verbose_name="to be carried out on"),
        ),
        migrations.AddIndex(
            "erasurerequest",
            models.Index(condition=~Q(status="done"), fields=["due_at"], name="erasure_due"),
        ),
        migrations.AddConstraint(
            "erasurerequest",
            models.CheckConstraint(
                condition=Q(status__in=["asked", "changed", "shredding", "done"]),
                name="erasure_status_is_known",
            ),
        ),
        migrations.AddConstraint(
            "erasurerequest",
            models.CheckConstraint(
                condition=Q(finished_at__isnull=False, status="done")
                | (~Q(status="done") & Q(finished_at__isnull=True)),
                name="erasure_done_has_its_time",
            ),
        ),
    ]
