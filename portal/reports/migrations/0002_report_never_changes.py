"""The database refuses to change a report, whoever asks. Deleting one is left to erasure."""

from django.db import migrations

REFUSE = {
    "postgresql": [
        """
        CREATE FUNCTION reports_report_never_changes() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN RAISE EXCEPTION 'a signed report never changes'
            USING ERRCODE = 'integrity_constraint_violation'; END $$
        """,
        """
        CREATE TRIGGER reports_report_never_changes BEFORE UPDATE ON reports_report
        FOR EACH ROW EXECUTE FUNCTION reports_report_never_changes()
        """,
    ],
    "sqlite": [
        """
        CREATE TRIGGER reports_report_never_changes BEFORE UPDATE ON reports_report
        BEGIN SELECT RAISE(ABORT, 'a signed report never changes'); END
        """,
    ],
}
ALLOW = {
    "postgresql": [
        "DROP TRIGGER reports_report_never_changes ON reports_report",
        "DROP FUNCTION reports_report_never_changes",
    ],
    "sqlite": ["DROP TRIGGER reports_report_never_changes"],
}


def run(statements):
    def forward(_apps, schema_editor):
        for statement in statements[schema_editor.connection.vendor]:
            schema_editor.execute(statement)

    return forward


class Migration(migrations.Migration):
    dependencies = [("reports", "0001_initial")]
    operations = [migrations.RunPython(run(REFUSE), run(ALLOW))]
