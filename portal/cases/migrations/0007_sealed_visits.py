from django.db import migrations, models
from django.db.models import OuterRef, Subquery


def keep_until_the_day_told(apps, _schema_editor) -> None:
    """Of cases sealed before, the day that the patient was told: that of the whole case."""
    Case = apps.get_model("cases", "Case")  # noqa: N806
    Visit = apps.get_model("cases", "Visit")  # noqa: N806
    told = Case.objects.filter(pk=OuterRef("case")).values("sealed_until")
    Visit.objects.exclude(case__sealed_until=None).update(sealed_until=Subquery(told))


class Migration(migrations.Migration):
    dependencies = [
        ("cases", "0006_sealed_cases"),
    ]

    operations = [
        migrations.AddField(
            model_name="visit",
            name="sealed_until",
            field=models.DateField(
                blank=True,
                help_text="The report's own day, as the clinic's rule was when the case was sealed.",
                null=True,
                verbose_name="sealed, and kept until",
            ),
        ),
        migrations.RunPython(keep_until_the_day_told, migrations.RunPython.noop, elidable=True),
    ]
