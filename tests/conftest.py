from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest
from django.db import connection
from django.test import Client

from tests import factories

if TYPE_CHECKING:
    from collections.abc import Iterator

    from django.db.backends.base.operations import BaseDatabaseOperations
    from pytest_django import DjangoDbBlocker

    from portal.accounts.models import User


@pytest.fixture(autouse=True)
def _whole_sign_in(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever has a second step has shown it where a test signs them in by force."""
    force_login = Client.force_login

    def with_second_step(self: Client, user: User, backend: str | None = None) -> None:
        force_login(self, user, backend)
        factories.show_second_step(self, user)

    monkeypatch.setattr(Client, "force_login", with_second_step)


@pytest.fixture(scope="session")
def django_db_setup(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Iterator[None]:
    """Between tests that really commit the database is emptied: also of rows whose triggers
    refuse to go, as those of the audit log do.
    """
    operations = type(connection.ops)
    flush = operations.execute_sql_flush

    def without_triggers(self: BaseDatabaseOperations, statements: list[str]) -> None:
        off, on = _switches()
        flush(self, [*off, *statements, *on])

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(operations, "execute_sql_flush", without_triggers)
        yield
    with django_db_blocker.unblock():
        _end_other_sessions()


def _end_other_sessions() -> None:
    """A page that a browser closed may have left its thread of the live server's behind, and
    PostgreSQL drops no database that somebody has open.
    """
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                " WHERE datname = current_database() AND pid <> pg_backend_pid()"
            )


def _switches() -> tuple[list[str], list[str]]:
    if connection.vendor == "postgresql":
        return ["SET session_replication_role = replica"], ["RESET session_replication_role"]
    with connection.cursor() as cursor:
        cursor.execute("SELECT name, sql FROM sqlite_master WHERE type = 'trigger'")
        triggers = cursor.fetchall()
    return [f"DROP TRIGGER {name}" for name, _sql in triggers], [sql for _name, sql in triggers]


@pytest.hookimpl(trylast=True)
def pytest_sessionfinish(session: pytest.Session, exitstatus: int) -> None:
    """In CI a skipped test is a failure: it would go on being skipped unseen."""
    reporter = session.config.pluginmanager.get_plugin("terminalreporter")
    assert reporter is not None
    if os.environ.get("CI") and exitstatus == pytest.ExitCode.OK and reporter.stats.get("skipped"):
        reporter.write_line("A test was skipped, and CI skips nothing.", red=True)
        session.exitstatus = pytest.ExitCode.TESTS_FAILED
