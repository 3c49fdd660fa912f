"""The database refuses to change an addendum, as it does for the report it belongs to."""

from django.db import migrations

from portal.unchanging import refuse


class Migration(migrations.Migration):
    dependencies = [("reports", "0003_addenda")]
    operations = [
        refuse(
            "UPDATE",
            "reports_addendum",
            name="reports_addendum_never_changes",
            words="a signed report never changes",
        )
    ]
