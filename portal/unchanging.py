"""Rows that the database itself keeps as they are, whoever asks: triggers, for migrations."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import migrations

if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    Step = Callable[[Any, Any], None]

POSTGRESQL_FUNCTION = """
CREATE FUNCTION {function}() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN RAISE EXCEPTION '{words}' USING ERRCODE = 'integrity_constraint_violation'; END $$
"""


def refuse(
    event: str, table: str, *, name: str, words: str, when: str = ""
) -> migrations.RunPython:
    """Refuse this event (UPDATE or DELETE) on the rows of a table, or where ``when`` holds.

    ``name``: of the trigger and, on PostgreSQL, of its function. Where DELETE is refused, emptying
    the table is refused too.
    """
    before = f"CREATE TRIGGER {name} BEFORE {event} ON {table}"
    condition = f"WHEN ({when})" if when else ""
    make = {
        "sqlite": [
            f"{before} {condition} BEGIN SELECT RAISE(ABORT, '{words}'); END",
        ],
        "postgresql": [
            POSTGRESQL_FUNCTION.format(function=name, words=words),
            f"{before} FOR EACH ROW {condition} EXECUTE FUNCTION {name}()",
        ],
    }
    drop = {
        "sqlite": [f"DROP TRIGGER {name}"],
        "postgresql": [f"DROP TRIGGER {name} ON {table}", f"DROP FUNCTION {name}"],
    }
    if event == "DELETE":
        make["postgresql"].append(
            f"CREATE TRIGGER {name}_at_once BEFORE TRUNCATE ON {table} "
            f"FOR EACH STATEMENT EXECUTE FUNCTION {name}()"
        )
        drop["postgresql"].insert(0, f"DROP TRIGGER {name}_at_once ON {table}")
    return migrations.RunPython(_run(make), _run(drop))


def _run(statements: dict[str, list[str]]) -> Step:
    def run(_apps: Any, schema_editor: Any) -> None:
        for statement in statements[schema_editor.connection.vendor]:
            schema_editor.execute(statement)

    return run
