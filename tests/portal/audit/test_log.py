"""The log keeps what it was told: the database refuses changes, the chain shows them."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
from django.core.management import CommandError, call_command
from django.db import DatabaseError, connection, transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from portal.audit.models import Action, Chain, Entry, Why
from portal.audit.origin import remember_request
from portal.audit.services import record, seal
from portal.audit.verification import heads, problems
from tests import factories

pytestmark = pytest.mark.django_db

TAMPERING = (
    "UPDATE audit_entry SET action = 'photo_read'",
    "UPDATE audit_entry SET at = at",
    "DELETE FROM audit_entry",
    "DELETE FROM audit_entry WHERE number > 1",
    "DELETE FROM audit_chain",
    "UPDATE audit_chain SET count = count - 1",
    "UPDATE audit_chain SET head = ''",
    "UPDATE audit_chain SET clinic_id = clinic_id + 1, count = count + 1",
)


@pytest.fixture
def clinic():
    return factories.clinic()


@pytest.fixture
def patient(clinic):
    return factories.consenting_patient(clinic)


def run(sql: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(sql)


def with_triggers_off(sql: str) -> None:
    """As somebody could who owns the database."""
    if connection.vendor == "postgresql":
        run("SET session_replication_role = replica")
        run(sql)
        run("RESET session_replication_role")
        return
    with connection.cursor() as cursor:
        cursor.execute("SELECT name, sql FROM sqlite_master WHERE type = 'trigger'")
        triggers = cursor.fetchall()
    for name, _sql in triggers:
        run(f"DROP TRIGGER {name}")
    run(sql)
    for _name, created in triggers:
        run(created)


@pytest.mark.parametrize("sql", TAMPERING)
def test_the_database_refuses_whoever_would_change_the_log(patient, sql):
    before = list(Entry.objects.values_list())

    with (
        pytest.raises(DatabaseError, match="what was recorded never changes"),
        transaction.atomic(),
    ):
        run(sql)

    assert list(Entry.objects.values_list()) == before


def test_postgresql_refuses_to_empty_the_log_at_once(patient):
    if connection.vendor != "postgresql":
        pytest.skip("SQLite knows no TRUNCATE")
    run("SET CONSTRAINTS ALL IMMEDIATE")  # nothing else is left to refuse it
    with pytest.raises(DatabaseError, match="never changes"), transaction.atomic():
        run("TRUNCATE audit_entry")


def test_an_entry_that_fails_takes_what_was_done_with_it(clinic, monkeypatch):
    def broken(*_arguments, **_options):
        raise DatabaseError

    monkeypatch.setattr(Entry.objects, "bulk_create", broken)
    with pytest.raises(DatabaseError):
        factories.doctor(clinic)

    assert not clinic.people.exists()


def test_the_log_of_each_clinic_is_a_chain_of_its_own(patient):
    other = factories.clinic()

    for chain in Chain.objects.all():
        entries = list(Entry.objects.filter(chain=chain).order_by("number"))
        assert [entry.number for entry in entries] == list(range(1, chain.count + 1))
        assert entries[-1].sha256 == chain.head
    assert set(heads()) == {patient.clinic_id, other.pk}
    assert list(problems()) == []


CHANGES = [
    ("UPDATE audit_entry SET action = 'report_read' WHERE number = 3", "entry 3 is not what"),
    ("UPDATE audit_entry SET why = 'records' WHERE number = 1", "entry 1 is not what"),
    ("DELETE FROM audit_entry WHERE number = 2", "entry 2 is missing"),
    ("DELETE FROM audit_entry WHERE number > 3", "are missing at the end"),
    ("DELETE FROM audit_entry", "are missing at the end"),
    ("UPDATE audit_chain SET head = ''", "not the one that the log ends with"),
    ("UPDATE audit_chain SET count = count - 1", "entries that nobody counted"),
]


@pytest.mark.parametrize(("sql", "said"), CHANGES)
def test_what_the_owner_of_the_database_changes_is_found(patient, sql, said):
    Entry.objects.get(number=5)
    with_triggers_off(sql)

    found = list(problems())

    assert any(said in problem for problem in found), found
    with pytest.raises(CommandError):
        call_command("verify_audit")


def test_a_log_that_was_removed_whole_is_missed(clinic):
    with_triggers_off("DELETE FROM audit_entry")
    with_triggers_off("DELETE FROM audit_chain")

    assert list(problems()) == [f"clinic {clinic.pk} has no log"]


def test_a_log_rewritten_with_all_its_seals_is_found_by_a_head_kept_elsewhere(patient, tmp_path):
    kept = tmp_path / "heads.json"
    call_command("verify_audit", keep=kept)
    chain = Chain.objects.get(clinic=patient.clinic)
    with_triggers_off("DELETE FROM audit_entry WHERE number > 2")
    last = Entry.objects.get(chain=chain, number=2)
    with_triggers_off(f"UPDATE audit_chain SET count = 2, head = '{last.sha256}'")  # noqa: S608

    call_command("verify_audit")
    with pytest.raises(CommandError):
        call_command("verify_audit", against=kept)


def test_a_log_that_only_grew_agrees_with_a_head_kept_before(patient, tmp_path):
    kept = tmp_path / "heads.json"
    call_command("verify_audit", keep=kept)
    factories.letter(patient)

    call_command("verify_audit", against=kept)


CODES = st.sampled_from([*Action.values, ""])
TEXTS = st.text(alphabet="abc,\"'[]", max_size=6)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(first=st.tuples(CODES, TEXTS, TEXTS), second=st.tuples(CODES, TEXTS, TEXTS))
def test_no_two_entries_share_a_seal_by_moving_letters_between_columns(first, second):
    def sealed(columns):
        action, kind, subject = columns
        chain = Chain(clinic_id=1)
        at = factories.timezone.now().replace(2026, 1, 1, 0, 0, 0, 0)
        entry = Entry(chain=chain, number=1, at=at, action=action, kind=kind, subject=subject)
        return seal(entry, before="")

    assert (sealed(first) == sealed(second)) == (first == second)


@pytest.mark.django_db(transaction=True)
def test_of_many_writers_at_once_each_gets_a_number_and_the_chain_holds():
    if connection.vendor == "sqlite":
        pytest.skip("SQLite's tests run in memory, in one connection")
    clinic = factories.clinic()
    before = Chain.objects.get(clinic=clinic).count
    writers, entries = 6, 8
    gate = Barrier(writers)

    def write(_number):
        try:
            gate.wait()
            for _ in range(entries):
                record(Action.CLINIC_CHANGED, clinic, clinic_id=clinic.pk)
        finally:
            connection.close()

    with ThreadPoolExecutor(writers) as pool:
        list(pool.map(write, range(writers)))

    assert Chain.objects.get(clinic=clinic).count == before + writers * entries
    assert list(problems()) == []


def test_an_address_is_kept_as_a_hash_that_differs_between_clinics(rf):
    here, there = factories.clinic(), factories.clinic()

    def two(_request):
        for clinic in (here, there):
            record(Action.CLINIC_CHANGED, clinic, clinic_id=clinic.pk)

    remember_request(two)(rf.get("/desk/", REMOTE_ADDR="203.0.113.9"))

    first, second = (_last(one) for one in (here, there))
    assert len(first.address) == 16
    assert first.address != second.address
    assert "203.0" not in f"{first.address}{first.subject}"
    assert int(first.address, 16)
    assert first.channel == "page"


def _last(clinic) -> Entry:
    return Entry.objects.filter(chain__clinic=clinic).latest("number")


def test_why_is_a_code(patient):
    assert all(len(code) <= 30 for code in (*Why.values, *Action.values))
