"""A query for patients' data that is not narrowed to somebody's own fails loudly.

While a page or an API action is opened, whatever is read from, changed in or taken out of a table
of people's data must be bound to a clinic, a person or a row that was found so before: by a foreign
key or a primary key that equals what was given, or is among rows that are bound themselves. Only a
public id, which anybody may send, a state, what is not so, or two columns compared is too little.
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
    "trends",
    "accounts",
    "api",
)
# Workers tell of themselves, not of anybody's photo; a clinic's name is on its own sign-up page.
OPEN_TO_ALL = {"analysis_workerheartbeat", "accounts_clinic"}
TABLES = {
    model._meta.db_table
    for label in PATIENTS_DATA
    for model in apps.get_app_config(label).get_models()
} - OPEN_TO_ALL
# What may be found by what only its owner holds: a device by its key's hash, a session by its
# cookie, a mail's link by the id that is signed in it. Whether an address is taken, and whose it is
# that signs in with it, is asked of all addresses.
BY_A_SECRET = {
    "accounts_user": re.compile(r'"email" ='),
    "accounts_invitation": re.compile(r'"public_id" ='),
    "api_devicetoken": re.compile(r'"sha256" ='),
    "accounts_opensession": re.compile(r'"session_key" ='),
    "consent_erasurerequest": re.compile(r'"public_id" ='),
}
STATEMENT = re.compile(
    r'(?:SELECT .*? FROM|UPDATE|DELETE FROM) (?:"(?P<table>\w+)"|\(#(?P<inner>\d+)\))', re.DOTALL
)
KEY = r'"(?!public_id)(?:\w+_id|id)"\)?'
BOUND = re.compile(rf"{KEY} (?:= %s|IN \(%s)")
AMONG = re.compile(rf"{KEY} IN \(#(\d+)\)")
# Whether a new random id is taken, as Django asks before it writes a row, tells nobody anything.
IS_TAKEN = re.compile(
    r'SELECT (?:%s|1) AS "a" FROM "\w+" WHERE '
    r'\(?"\w+"\."public_id" = %s(?: AND NOT \("\w+"\."id" = %s\))?\)? LIMIT 1'
)
NEGATED = re.compile(r"NOT \([^()]*(?:\([^()]*(?:\([^()]*\)[^()]*)*\)[^()]*)*\)")


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
    outer, inner = _apart(sql)
    statement = STATEMENT.match(outer)
    if statement is None or IS_TAKEN.fullmatch(sql):
        return False
    if statement["inner"]:
        return is_unscoped(inner[int(statement["inner"])])
    table = statement["table"]
    if table not in TABLES:
        return False
    secret = BY_A_SECRET.get(table)
    return not (_is_bound(outer, inner) or (secret and secret.search(outer)))


def _is_bound(outer: str, inner: list[str]) -> bool:
    condition = NEGATED.sub("", outer.partition(" WHERE ")[2])
    among = AMONG.finditer(condition)
    return bool(BOUND.search(condition)) or any(
        _is_bound(*_apart(inner[int(one[1])])) for one in among
    )


def _apart(sql: str) -> tuple[str, list[str]]:
    """The statement with ``(#0)``, ``(#1)``… for the selects within it, and those."""
    outer, inner, depth, start = "", [], 0, 0
    for place, sign in enumerate(sql):
        if depth:
            depth += (sign == "(") - (sign == ")")
            if not depth:
                inner.append(sql[start:place])
                outer += f"#{len(inner) - 1})"
        elif sign == "(" and sql.startswith("SELECT ", place + 1):
            depth, start = 1, place + 1
            outer += "("
        else:
            outer += sign
    return outer, inner
