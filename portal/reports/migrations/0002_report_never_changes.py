"""The database refuses to change a report, whoever asks. Deleting one is left to erasure."""

from django.db import migrations

from portal.unchanging import refuse


class Migration(migrations.Migration):
    dependencies = [("reports", "0001_initial")]
    operations = [
        refuse(
            "UPDATE",
            "reports_report",
            name="reports_report_never_changes",
            words="a signed report never changes",
        )
    ]
