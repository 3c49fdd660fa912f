"""A backup is made of the running portal and put into an empty one, by the commands themselves."""

from __future__ import annotations

import fcntl
import json
import os
import shutil
import subprocess
import sys
from datetime import timedelta
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

import pytest
from django.conf import settings as site
from django.core.management import CommandError, call_command
from django.db import connection
from django.utils import timezone

from portal.cases.models import Case, Photo
from portal.consent.models import ErasureRequest
from portal.consent.services import close_account
from portal.demonstration.clock import set_back
from portal.desk.services import merge_patients
from portal.rights import ledger
from portal.rights.services import carry_out_due, stop
from portal.upkeep import backup
from portal.upkeep.backup import ledger_beside
from tests import factories
from tests.pictures import jpeg
from tests.portal.conftest import stored

ROOT = Path(__file__).resolve().parents[3]
pytestmark = pytest.mark.django_db(transaction=True)


class Elsewhere:
    """An empty portal beside the one of this test, known by what it is told to run."""

    def __init__(self, var: Path, address: str, book: Path) -> None:
        self.var = var
        self.environment = {
            **os.environ,
            "DJANGO_SETTINGS_MODULE": "portal.settings.dev",
            "CLEARGRADE_VAR": str(var),
            "DATABASE_URL": address,
            "BROKER_URL": "filesystem://",
            "ERASURE_LEDGER": str(book),
        }

    def run(self, *command: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "manage.py", *command],
            cwd=ROOT,
            env=self.environment,
            capture_output=True,
            text=True,
            check=False,
        )

    def ask(self, question: str) -> str:
        """What an expression over the models says there."""
        program = "from portal.cases.models import *; from portal.accounts.models import *\n"
        program += "from portal.api.models import DeviceToken\n"
        program += "from portal.consent.models import ErasureRequest\n"
        program += "from portal.rights.services import carry_out_due\n"
        program += f"print({question})"
        answered = self.run("shell", "--no-imports", "-v0", "-c", program)
        assert answered.returncode == 0, answered.stderr
        return answered.stdout.strip()


@pytest.fixture
def elsewhere(tmp_path):
    book = site.ERASURE_LEDGER
    var = tmp_path / "elsewhere"
    var.mkdir()
    if connection.vendor == "sqlite":
        yield Elsewhere(var, f"sqlite:///{var}/cleargrade.sqlite3", book)
        return
    with connection.cursor() as cursor:
        cursor.execute("CREATE DATABASE restored")
    parts = urlsplit(os.environ["DATABASE_URL"])
    yield Elsewhere(var, urlunsplit(parts._replace(path="/restored")), book)
    with connection.cursor() as cursor:
        cursor.execute("DROP DATABASE restored WITH (FORCE)")


@pytest.fixture
def people():
    """One who stays and one who is erased after the backup; both with a report and a letter."""
    clinic = factories.clinic()
    doctor = factories.doctor(clinic)
    both = [
        factories.consenting_patient(clinic, full_name=name, email=f"{name.lower()}@home.example")
        for name in ("Stays", "Goes")
    ]
    for person in both:
        factories.report(person, by=doctor)
        factories.letter(person, pictures=[jpeg()])
    return both


def erase(person) -> None:
    close_account(patient=person)
    ErasureRequest.objects.update(due_at=timezone.now())
    carry_out_due()


def test_what_was_backed_up_is_served_again_but_for_who_was_erased_since(
    people, tmp_path, elsewhere, media
):
    stays, goes = people
    factories.device(stays)
    made = backup.back_up(tmp_path / "backups")
    erase(goes)
    assert list(ledger.entered()) == [goes.public_id]

    restored = elsewhere.run("restore", str(made))

    assert restored.returncode == 0, restored.stdout + restored.stderr
    assert "1 people were erased again" in restored.stdout
    assert "It can be served" in restored.stdout
    counts = {
        "User.objects.filter(full_name='Stays').count()": 1,
        "User.objects.filter(full_name='Goes').count()": 0,
        "User.objects.filter(email='goes@home.example').count()": 0,
        "Case.objects.exclude(sealed_until=None).count()": 1,
        "Photo.objects.count()": 2,
        # It may have been revoked since.
        "DeviceToken.objects.in_force().count()": 0,
    }
    assert elsewhere.ask(f"[{', '.join(counts)}]") == str(list(counts.values()))
    kept = sorted(
        str(path.relative_to(elsewhere.var / "media"))
        for path in (elsewhere.var / "media").rglob("*")
        if path.is_file()
    )
    assert kept == stored(media)


def test_a_double_of_who_was_erased_since_does_not_come_back(people, tmp_path, elsewhere):
    kept, double = people
    made = backup.back_up(tmp_path / "backups")
    merge_patients(kept=kept, double=double)
    erase(kept)
    assert set(ledger.entered()) == {kept.public_id, double.public_id}

    restored = elsewhere.run("restore", str(made))

    assert restored.returncode == 0, restored.stdout + restored.stderr
    assert "2 people were erased again" in restored.stdout
    assert elsewhere.ask("User.objects.filter(full_name__in=['Stays', 'Goes']).count()") == "0"


def test_an_erasure_that_was_stopped_since_is_not_carried_out_before_the_patient_knows(
    people, tmp_path, elsewhere
):
    _stays, goes = people
    request = close_account(patient=goes)
    ErasureRequest.objects.update(due_at=timezone.now(), notice_due=False)
    made = backup.back_up(tmp_path / "backups")
    stop(request=request)

    restored = elsewhere.run("restore", str(made))

    assert restored.returncode == 0, restored.stdout + restored.stderr
    assert "1 erasures that were asked for wait anew" in restored.stdout
    asked = "list(ErasureRequest.objects.values_list('status', 'notice_due'))"
    assert elsewhere.ask(f"carry_out_due(), {asked}") == "None [('asked', True)]"
    assert elsewhere.ask("User.objects.filter(full_name='Goes').count()") == "1"


def test_what_was_decided_then_is_kept_though_the_backups_rules_were_others(
    people, tmp_path, elsewhere
):
    _stays, goes = people
    made = backup.back_up(tmp_path / "backups")
    type(goes.clinic).objects.update(keep_messages=False, keep_reports_years=2)
    goes.clinic.refresh_from_db()
    erase(goes)
    until = Case.objects.get(patient=goes).sealed_until

    restored = elsewhere.run("restore", str(made))

    assert restored.returncode == 0, restored.stdout + restored.stderr
    sealed = "Case.objects.exclude(sealed_until=None).get()"
    asked = f"({sealed}.sealed_until.isoformat(), {sealed}.messages.count())"
    assert elsewhere.ask(asked) == str((until.isoformat(), 0))


def test_nothing_is_restored_where_nobody_can_say_who_was_erased_since(people, tmp_path):
    made = backup.back_up(tmp_path / "backups")
    site.ERASURE_LEDGER.unlink()

    with pytest.raises(CommandError, match="There is no ledger of erasures"):
        call_command("restore", made)
    with pytest.raises(CommandError, match="There is data already"):
        call_command("restore", made, no_ledger=True)


def test_a_ledger_that_lost_lines_is_refused(people, tmp_path):
    erase(people[1])
    made = backup.back_up(tmp_path / "backups")
    site.ERASURE_LEDGER.write_text("")

    with pytest.raises(CommandError, match="lacks people"):
        call_command("restore", made)


def test_a_ledger_that_lost_people_since_the_backup_is_refused(people, tmp_path):
    """Which the copy knows from a later one."""
    stays, goes = people
    made = backup.back_up(tmp_path / "backups")
    erase(goes)
    with set_back(timedelta(seconds=-5)):
        backup.back_up(tmp_path / "backups")
    site.ERASURE_LEDGER.unlink()
    erase(stays)

    with pytest.raises(CommandError, match="lacks people"):
        call_command("restore", made)


def test_lines_that_repeat_somebody_hide_nobody_who_was_lost(people, tmp_path):
    for person in people:
        erase(person)
    made = backup.back_up(tmp_path / "backups")
    ledger_beside(made).unlink()
    [line, _lost] = site.ERASURE_LEDGER.read_text().splitlines()
    site.ERASURE_LEDGER.write_text(f"{line}\n{line}\n")

    with pytest.raises(CommandError, match="lacks people"):
        call_command("restore", made)


def test_without_the_ledger_nobody_comes_back_whom_its_copy_knows(people, tmp_path, elsewhere):
    stays, goes = people
    made = backup.back_up(tmp_path / "backups")
    erase(goes)
    with set_back(timedelta(seconds=-5)):
        backup.back_up(tmp_path / "backups")
    erase(stays)
    site.ERASURE_LEDGER.unlink()

    restored = elsewhere.run("restore", "--no-ledger", str(made))

    assert restored.returncode == 0, restored.stdout + restored.stderr
    assert "lacked 1 people" in restored.stdout
    assert "is not in the ledger comes back" in restored.stdout
    assert elsewhere.ask("list(User.objects.exclude(full_name='').filter(role='patient'))") == (
        "[<User: Stays>]"
    )
    assert list(ledger.entered()) == [goes.public_id]


def test_what_even_the_copy_lacks_is_said(people, tmp_path, elsewhere):
    erase(people[1])
    made = backup.back_up(tmp_path / "backups")
    ledger_beside(made).unlink()
    site.ERASURE_LEDGER.unlink()

    restored = elsewhere.run("restore", "--no-ledger", str(made))

    assert restored.returncode == 0, restored.stdout + restored.stderr
    assert "1 people fewer are known" in restored.stdout
    assert not site.ERASURE_LEDGER.exists(), "an empty one would pass for whole"


def test_the_ledger_is_copied_beside_the_backups_and_the_copy_never_loses_a_line(people, tmp_path):
    stays, goes = people
    erase(goes)
    made = backup.back_up(tmp_path / "backups")
    site.ERASURE_LEDGER.unlink()
    erase(stays)
    with set_back(timedelta(seconds=-5)):
        backup.back_up(tmp_path / "backups")

    copy = (tmp_path / "backups" / backup.LEDGER).read_text()
    assert [json.loads(line)["subject"] for line in copy.splitlines()] == [
        str(goes.public_id),
        str(stays.public_id),
    ]
    assert not list(made.rglob("*.jsonl"))


def test_a_backup_goes_nowhere_where_there_is_data(people, tmp_path):
    made = backup.back_up(tmp_path / "backups")
    before = Photo.objects.count()

    with pytest.raises(CommandError, match="There is data already"):
        call_command("restore", made)

    assert Photo.objects.count() == before


def test_a_backup_whose_files_are_others_leaves_nothing(people, tmp_path, elsewhere):
    made = backup.back_up(tmp_path / "backups")
    original = made / "files" / Photo.objects.first().original.name
    original.write_bytes(jpeg(333))

    refused = elsewhere.run("restore", str(made))

    assert refused.returncode == 1
    assert "is not sound" in refused.stderr
    assert not any(path.is_file() for path in (elsewhere.var / "media").rglob("*"))


def test_a_damaged_backup_is_refused_before_anything_is_written(people, tmp_path):
    made = backup.back_up(tmp_path / "backups")
    part = next((made / "database").iterdir())
    part.write_bytes(part.read_bytes() + b"tampered!")

    with pytest.raises(CommandError, match="is damaged"):
        call_command("restore", made)


def test_files_that_the_last_backup_has_are_linked_and_not_copied(people, tmp_path):
    first = backup.back_up(tmp_path / "backups")
    with set_back(timedelta(seconds=-5)):
        second = backup.back_up(tmp_path / "backups")

    name = Photo.objects.first().original.name
    assert (first / "files" / name).samefile(second / "files" / name)


def test_backups_go_when_they_were_kept_long_enough(people, tmp_path):
    with set_back(timedelta(days=site.BACKUP_DAYS + 1)):
        old = backup.back_up(tmp_path / "backups")
    with set_back(timedelta(days=site.BACKUP_DAYS - 1)):
        recent = backup.back_up(tmp_path / "backups")
    backup.back_up(tmp_path / "backups")

    assert not old.exists()
    assert recent.exists()


def test_a_backup_that_is_broken_off_is_none(people, tmp_path, monkeypatch):
    with monkeypatch.context() as broken:
        broken.setattr(backup.default_storage, "open", lambda *_arguments: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            backup.back_up(tmp_path / "backups")

    assert names_in(tmp_path / "backups") == [backup.LOCK]


def names_in(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


@pytest.fixture
def killed(tmp_path) -> Path:
    """What a run leaves that had no chance to tidy up."""
    left = tmp_path / "backups" / f"2025-01-01T00-00-00Z{backup.UNFINISHED}"
    (left / "database").mkdir(parents=True)
    (left / "database" / "accounts_user.gz").write_bytes(b"everybody")
    return left


def test_what_a_killed_run_left_goes_with_the_next(people, killed, tmp_path):
    other = killed.with_name(f"notes{backup.UNFINISHED}")
    other.mkdir()

    made = backup.back_up(tmp_path / "backups")

    assert names_in(tmp_path / "backups") == sorted(
        [made.name, backup.LEDGER, backup.LOCK, other.name]
    )


def test_two_at_once_are_refused_and_the_first_is_left_alone(people, killed, tmp_path):
    folder = tmp_path / "backups"
    with (folder / backup.LOCK).open("a") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        with pytest.raises(CommandError, match="Another backup is being written"):
            call_command("backup", folder)

    assert names_in(folder) == sorted([killed.name, backup.LOCK])
    call_command("backup", folder)
    assert not killed.exists()


def test_the_manifest_names_nobody(people, tmp_path):
    manifest = (backup.back_up(tmp_path / "backups") / "manifest.json").read_text()

    assert json.loads(manifest)["audit"]
    assert "Stays" not in manifest
    shutil.rmtree(tmp_path / "backups")
