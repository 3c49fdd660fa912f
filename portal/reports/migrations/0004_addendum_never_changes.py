"""The database refuses to change an addendum, as it does for the report it belongs to."""

from django.db import migrations

REFUSE = {
    "postgresql": [
        """
        CREATE TRIGGER reports_addendum_never_changes BEFORE UPDATE ON reports_addendum
        FOR EACH ROW EXECUTE FUNCTION reports_report_never_changes()
        """,
    ],
    "sqlite": [
        """
        CREATE TRIGGER reports_addendum_never_changes BEFORE UPDATE ON reports_addendum
        BEGIN SELECT RAISE(ABORT, 'a signed report never changes'); END
        """,
    ],
}
ALLOW = {
    "postgresql": ["DROP TRIGGER reports_addendum_never_changes ON reports_addendum"],
    "sqlite": ["DROP TRIGGER reports_addendum_never_changes"],
}


def run(statements):
    def forward(_apps, schema_editor):
        for statement in statements[schema_editor.connection.vendor]:
            schema_editor.execute(statement)

    return forward


class Migration(migrations.Migration):
    dependencies = [("reports", "0003_addenda")]
    operations = [migrations.RunPython(run(REFUSE), run(ALLOW))]
