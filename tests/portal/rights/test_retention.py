from __future__ import annotations

from datetime import timedelta
from importlib import import_module
from io import StringIO

import pytest
from django.apps import apps
from django.core.management import CommandError, call_command
from django.utils import timezone

from portal.accounts.models import User
from portal.audit.models import Entry, Why
from portal.cases.models import Case, Photo, Visit
from portal.cases.services import submit
from portal.demonstration.clock import set_back
from portal.reports.models import Report
from portal.rights import retention
from portal.rights.retention import end_retention, ended
from portal.rights.shredding import shred_visits
from portal.upkeep.invariants import Scope, problems
from tests import factories
from tests.portal.conftest import stored
from tests.portal.rights.test_erasure import erased

pytestmark = pytest.mark.django_db
YEAR = timedelta(days=365.25)


def run(**options) -> str:
    said = StringIO()
    call_command("end_retention", stdout=said, **options)
    return said.getvalue()


def test_nothing_ends_before_its_day(patient):
    erased(patient)

    assert run() == "Nothing has come to its end.\n"
    assert Report.objects.exists()


def test_a_sealed_record_goes_with_all_that_is_left_when_its_period_ends(
    patient, media, django_capture_on_commit_callbacks
):
    erased(patient)
    Case.objects.update(sealed_until=timezone.localdate())

    with django_capture_on_commit_callbacks(execute=True):
        end_retention()

    assert stored(media) == []
    for model in (Case, Visit, Photo, Report):
        assert not model.objects.exists()
    assert not User.objects.filter(pk=patient.pk).exists()
    assert Entry.objects.filter(patient=patient.public_id, why=Why.RETENTION).exists()
    assert list(problems(Scope(timedelta(), reads_files=True))) == []


def test_of_two_sealed_reports_the_older_goes_first_each_on_the_day_that_was_its_own(
    clinic, doctor
):
    with set_back(14 * YEAR):
        person = factories.consenting_patient(clinic, date_of_birth=factories.date(1970, 1, 1))
        old = factories.report(person, by=doctor)
    factories.report(person, by=doctor)
    erased(person)
    today = timezone.localdate()

    clinic.keep_reports_years = 1
    clinic.save()

    assert ended().lines == [], "the patient was told another day"
    later = ended(today + 2 * YEAR)
    assert (later.cases, [visit.pk for visit in later.reports]) == ([], [old.visit_id])
    assert ended(today + 16 * YEAR).cases


def test_what_was_sealed_before_keeps_the_day_that_was_told(patient):
    erased(patient)
    case = Case.objects.get()
    Visit.objects.update(sealed_until=None)
    migration = import_module("portal.cases.migrations.0007_sealed_visits")

    migration.keep_until_the_day_told(apps, None)

    assert [one.sealed_until for one in Visit.objects.all()] == [case.sealed_until]
    assert case.sealed_until


def test_old_reports_of_an_open_account_stay(clinic, doctor):
    with set_back(20 * YEAR):
        person = factories.consenting_patient(clinic, date_of_birth=factories.date(1970, 1, 1))
        factories.report(person, by=doctor)

    end_retention()

    assert Report.objects.exists()


def test_visits_without_a_report_go_when_nobody_touched_them_for_long(
    clinic, media, django_capture_on_commit_callbacks
):
    def begin(days):
        with set_back(timedelta(days=days)):
            visit = factories.visit(factories.consenting_patient(clinic))
            factories.photo(visit)
            return visit

    old, touched, fresh = begin(200), begin(200), begin(5)
    touched.photos.update(uploaded_at=timezone.now() - timedelta(days=3))

    with django_capture_on_commit_callbacks(execute=True):
        end_retention()

    assert set(Visit.objects.all()) == {touched, fresh}
    assert len(stored(media)) == 2
    assert old.public_id


def test_a_draft_that_is_sent_after_it_was_found_is_not_let_go(clinic, monkeypatch):
    with set_back(timedelta(days=200)):
        visit = factories.visit(factories.consenting_patient(clinic))
        factories.read(factories.photo(visit))
    found = ended()
    assert found.unreported == [visit]
    submit(visit=visit)
    monkeypatch.setattr(retention, "ended", lambda: found)

    gone = end_retention()

    assert gone.lines == []
    assert Visit.objects.get() == visit
    assert Photo.objects.exists()


def test_a_photo_that_comes_after_it_was_found_keeps_a_draft(clinic, monkeypatch):
    with set_back(timedelta(days=200)):
        visit = factories.visit(factories.consenting_patient(clinic))
    found = ended()
    assert found.unreported == [visit]
    factories.photo(visit)
    monkeypatch.setattr(retention, "ended", lambda: found)

    assert end_retention().lines == []
    assert Photo.objects.exists()


def test_what_cannot_be_let_go_keeps_nothing_else_back(clinic, monkeypatch, caplog):
    with set_back(timedelta(days=200)):
        stuck, other = (factories.visit(factories.consenting_patient(clinic)) for _ in range(2))

    def shred(visits):
        if visits.filter(pk=stuck.pk).exists():
            raise OSError("Ada")
        return shred_visits(visits)

    monkeypatch.setattr(retention, "shred_visits", shred)

    with pytest.raises(CommandError, match="1 could not be let go"):
        call_command("end_retention", stdout=StringIO())

    assert list(Visit.objects.all()) == [stuck]
    assert other.public_id
    assert f"{stuck.public_id} could not be let go" in caplog.messages


def test_a_sent_visit_that_waits_is_never_too_old(clinic):
    with set_back(timedelta(days=400)):
        factories.sent_visit(factories.consenting_patient(clinic))

    assert ended().lines == []


def test_a_dry_run_says_what_would_go_by_number_and_changes_nothing(patient, media):
    erased(patient)
    Case.objects.update(sealed_until=timezone.localdate())
    before = stored(media)

    said = run(dry_run=True)

    assert str(Case.objects.get().public_id) in said
    assert "Ada" not in said
    assert stored(media) == before
