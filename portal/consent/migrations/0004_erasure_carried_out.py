"""A request for erasure outlives the account, and knows what it was confirmed for."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models
from django.db.models import F, OuterRef, Subquery


def tell_whose(apps, _schema_editor):
    """Of requests from before: nothing was confirmed, so they ask again when they are due."""
    requests = apps.get_model("consent", "ErasureRequest").objects
    people = apps.get_model("accounts", "User").objects.filter(pk=OuterRef("patient"))
    requests.update(
        clinic=Subquery(people.values("clinic")),
        subject=Subquery(people.values("public_id")),
        due_at=F("requested_at"),
    )


STATUSES = [
    ("asked", "asked for"),
    ("changed", "stopped: something changed since it was confirmed"),
    ("shredding", "files are being destroyed"),
    ("done", "carried out"),
]


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0005_second_readings"),
        ("consent", "0003_mail_when_closed"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.AddField(
            "erasurerequest",
            "clinic",
            models.ForeignKey(
                null=True,
                on_delete=django.db.models.deletion.CASCADE,
                related_name="erasures",
                to="accounts.clinic",
            ),
        ),
        migrations.AddField(
            "erasurerequest",
            "subject",
            models.UUIDField(null=True, editable=False, verbose_name="whose data"),
        ),
        migrations.AddField(
            "erasurerequest",
            "status",
            models.CharField(
                choices=STATUSES, default="asked", max_length=10, verbose_name="status"
            ),
        ),
        migrations.AddField(
            "erasurerequest",
            "digest",
            models.CharField(default="", max_length=64),
            preserve_default=False,
        ),
        migrations.AddField(
            "erasurerequest",
            "due_at",
            models.DateTimeField(null=True, verbose_name="to be carried out on"),
        ),
        migrations.AddField(
            "erasurerequest",
            "outcome",
            models.JSONField(
                blank=True,
                default=list,
                help_text="What became of each category, told to the patient.",
            ),
        ),
        migrations.AddField(
            "erasurerequest",
            "files",
            models.JSONField(
                blank=True, default=list, help_text="Names of files still to be destroyed."
            ),
        ),
        migrations.AddField(
            "erasurerequest",
            "mail_to",
            models.EmailField(
                blank=True,
                default="",
                help_text="Only until the patient is told that it is done.",
                max_length=254,
            ),
            preserve_default=False,
        ),
        migrations.AddField(
            "erasurerequest",
            "mail_language",
            models.CharField(blank=True, default="", max_length=10),
            preserve_default=False,
        ),
        migrations.AddField(
            "erasurerequest",
            "finished_at",
            models.DateTimeField(blank=True, null=True, verbose_name="carried out"),
        ),
        migrations.AlterField(
            "erasurerequest",
            "patient",
            models.OneToOneField(
                null=True,
                on_delete=django.db.models.deletion.SET_NULL,
                related_name="erasure_request",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
        migrations.RunPython(tell_whose, migrations.RunPython.noop),
    ]
