from django.db import migrations, models

import portal.analysis.standard


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0003_invitations"),
    ]

    operations = [
        migrations.AlterField(
            model_name="clinic",
            name="quality_limits",
            field=models.JSONField(
                blank=True,
                default=dict,
                help_text="Overrides of the picture check's default limits, by name.",
                validators=[portal.analysis.standard.validate_quality_limits],
                verbose_name="quality limits",
            ),
        ),
    ]
