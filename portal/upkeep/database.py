"""The database as files, and back again: without programs that must be of the server's version.

PostgreSQL: each table by COPY, all at one moment; loaded into freshly migrated tables. SQLite: its
own backup of the whole file.
"""

from __future__ import annotations

import gzip
import sqlite3
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from django.apps import apps
from django.core.management import call_command
from django.core.management.color import no_style
from django.db import connection, transaction
from django.db.migrations.recorder import MigrationRecorder

if TYPE_CHECKING:
    from collections.abc import Iterator

# Signed in is nobody after a restore; which migrations ran is known by the manifest.
LEFT_OUT = frozenset({"django_session", "django_migrations"})


class NotEmptyError(Exception):
    """There is data where the backup should go. Nothing was written."""


class OtherVersionError(Exception):
    """The backup is of another version of the code, or of another kind of database."""


def migrations_run() -> list[str]:
    recorded = MigrationRecorder(connection).applied_migrations()
    return sorted(f"{app}.{name}" for app, name in recorded)


def dump(folder: Path) -> None:
    folder.mkdir()
    if connection.vendor == "sqlite":
        _dump_sqlite(folder / "cleargrade.sqlite3")
    else:
        _dump_tables(folder)


def _dump_sqlite(path: Path) -> None:
    connection.ensure_connection()
    with sqlite3.connect(path) as target:
        connection.connection.backup(target)
        target.execute("DELETE FROM django_session")
    target.close()


def _dump_tables(folder: Path) -> None:
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY")
        for table in _tables():
            columns = _columns(cursor, table)
            with gzip.open(folder / f"{table}.gz", "wb") as target:
                target.write(f"{columns}\n".encode())
                with cursor.copy(f"COPY {_quoted(table)} ({columns}) TO STDOUT") as rows:
                    for chunk in rows:
                        target.write(chunk)


@contextmanager
def loaded(folder: Path, *, migrations: list[str]) -> Iterator[None]:
    """Inside, the backup is the database; nobody else sees it before the block has ended well."""
    if connection.vendor == "sqlite":
        with _loaded_sqlite(folder / "cleargrade.sqlite3", migrations):
            yield
    else:
        with _loaded_tables(folder, migrations):
            yield


@contextmanager
def _loaded_sqlite(source: Path, migrations: list[str]) -> Iterator[None]:
    """Made ready beside the place, and put there at the end."""
    place = Path(str(connection.settings_dict["NAME"]))
    if not source.exists():
        raise OtherVersionError
    if place.exists() and _has_people():
        raise NotEmptyError
    connection.close()
    beside = place.with_name(f"{place.name}.restoring")
    beside.write_bytes(source.read_bytes())
    connection.settings_dict["NAME"] = str(beside)
    try:
        if migrations_run() != migrations or _migrations_of_code() != migrations:
            raise OtherVersionError
        yield
        with connection.cursor() as cursor:
            cursor.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        connection.close()
        for left in (f"{place.name}-wal", f"{place.name}-shm"):
            place.with_name(left).unlink(missing_ok=True)
        beside.replace(place)
    finally:
        connection.close()
        connection.settings_dict["NAME"] = str(place)
        for left in ("", "-wal", "-shm"):
            beside.with_name(f"{beside.name}{left}").unlink(missing_ok=True)


@contextmanager
def _loaded_tables(folder: Path, migrations: list[str]) -> Iterator[None]:
    if _migrations_of_code() != migrations or not any(folder.glob("*.gz")):
        raise OtherVersionError
    if _has_people():
        raise NotEmptyError
    call_command("migrate", verbosity=0)
    with transaction.atomic():
        _load_tables(folder)
        yield


def _load_tables(folder: Path) -> None:
    with connection.cursor() as cursor:
        for table in ("auth_permission", "django_content_type"):  # migrating made these rows
            cursor.execute(f"DELETE FROM {table}")  # noqa: S608 - one of the two above
        for table in _tables():
            with gzip.open(folder / f"{table}.gz", "rb") as source:
                columns = source.readline().decode().strip()
                with cursor.copy(f"COPY {_quoted(table)} ({columns}) FROM STDIN") as rows:
                    while chunk := source.read(1 << 20):
                        rows.write(chunk)
        for statement in connection.ops.sequence_reset_sql(no_style(), apps.get_models()):
            cursor.execute(statement)


def _tables() -> list[str]:
    there = connection.introspection.django_table_names(only_existing=True, include_views=False)
    return sorted(set(there) - LEFT_OUT)


def _columns(cursor: Any, table: str) -> str:
    described = connection.introspection.get_table_description(cursor, table)
    return ", ".join(_quoted(column.name) for column in described)


def _quoted(name: str) -> str:
    return connection.ops.quote_name(name)


def _has_people() -> bool:
    if "accounts_user" not in connection.introspection.table_names():
        return False
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1 FROM accounts_user LIMIT 1")
        return cursor.fetchone() is not None


def _migrations_of_code() -> list[str]:
    from django.db.migrations.loader import MigrationLoader  # noqa: PLC0415

    loader = MigrationLoader(None)
    return sorted(f"{app}.{name}" for app, name in loader.disk_migrations)
