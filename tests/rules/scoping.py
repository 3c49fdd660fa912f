"""A query for patients' data that is not narrowed to somebody's own fails loudly.

While a page or an API action is opened, each SELECT from a table of patients' data must be bound to
a clinic, a person or a row that was found so before: by a foreign key or a primary key. Only a
public id, which anybody may send, or a state is not enough.
"""

from __future__ import annotations

import re
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from django.apps import apps
from django.db import connection

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

PATIENTS_DATA = (
    "cases",
    "analysis",
    "review",
    "reports",
    "correspondence",
    "audit",
    "rights",
    "consent",
)
# Workers tell of themselves, not of anybody's photo.
OPEN_TO_ALL = {"analysis_workerheartbeat"}
TABLES = {
    model._meta.db_table
    for label in PATIENTS_DATA
    for model in apps.get_app_config(label).get_models()
} - OPEN_TO_ALL
# The address holds the public id signed: whoever has the link of the mail has the key.
BY_SIGNED_LINK = {"consent_erasurerequest"}
READ_FROM = re.compile(r'^SELECT .*? FROM "(\w+)"', re.DOTALL)
BOUND = re.compile(r'"(?!public_id)(?:\w+_id|id)" (?:=|IN)')
BOUND_BY_LINK = re.compile(r'"public_id" =')


class UnscopedQueryError(AssertionError):
    """Anybody's data would be read by this."""


@contextmanager
def scoped_queries() -> Iterator[None]:
    with connection.execute_wrapper(_guard):
        yield


def _guard(execute: Callable[..., Any], sql: str, params: Any, many: bool, context: Any) -> Any:
    if is_unscoped(sql):
        raise UnscopedQueryError(sql)
    return execute(sql, params, many, context)


def is_unscoped(sql: str) -> bool:
    read = READ_FROM.match(sql)
    if read is None or read[1] not in TABLES:
        return False
    _before, _where, condition = sql.partition(" WHERE ")
    is_by_link = read[1] in BY_SIGNED_LINK and BOUND_BY_LINK.search(condition)
    return not (BOUND.search(condition) or is_by_link)
