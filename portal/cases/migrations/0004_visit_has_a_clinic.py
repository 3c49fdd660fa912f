from __future__ import annotations

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    """On its own: PostgreSQL alters no table whose rows were changed in the same transaction."""

    dependencies = [("cases", "0003_visit_for_the_queue")]

    operations = [
        migrations.AlterField(
            model_name="visit",
            name="clinic",
            field=models.ForeignKey(
                db_index=False,
                help_text="The case's own, kept here too because the queue's indexes begin with it.",
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="accounts.clinic",
            ),
        ),
        migrations.AddIndex(
            model_name="visit",
            index=models.Index(
                fields=["clinic", "status", "-urgency", "submitted_at", "id"], name="visit_queue"
            ),
        ),
        migrations.AddIndex(
            model_name="visit",
            index=models.Index(
                fields=["clinic", "status", "submitted_at", "id"], name="visit_waiting"
            ),
        ),
    ]
