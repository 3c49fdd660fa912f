"""Each thing that must not be is brought about and found, and sound data has nothing to say."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.core.management import CommandError, call_command
from django.utils import timezone

from portal.analysis.models import Analysis
from portal.cases.models import Case, Photo, Visit, VisitStatus
from portal.consent.models import ConsentSignature, ConsentText
from portal.messages.models import Attachment
from portal.reports.models import Report
from portal.review.models import Review, ReviewStatus
from portal.upkeep.invariants import Scope, problems
from tests import factories
from tests.pictures import jpeg
from tests.portal.audit.test_log import with_triggers_off

pytestmark = pytest.mark.django_db
EXACT = Scope(timedelta(), reads_files=True)


@pytest.fixture
def report():
    clinic = factories.clinic()
    patient = factories.consenting_patient(clinic)
    factories.letter(patient, pictures=[jpeg()])
    return factories.report(patient, by=factories.doctor(clinic))


def found() -> list[str]:
    return list(problems(EXACT))


def test_sound_data_has_nothing_to_say(report):
    factories.photo(factories.visit(report.visit.case.patient))

    assert found() == []
    call_command("check_data", read_files=True, no_grace=True)


def test_a_file_that_a_row_names_and_that_is_gone(report):
    photo, read, picture = Photo.objects.get(), Analysis.objects.get(), Attachment.objects.get()
    for name in (photo.original.name, photo.display.name, read.heatmap.name, picture.file.name):
        default_storage.delete(name)

    assert sum("not there" in problem for problem in found()) == 4


@pytest.mark.parametrize("folder", ["originals", "display", "heatmaps", "letters", "uploads"])
def test_a_file_that_no_row_names(report, folder):
    name = default_storage.save(f"{folder}/left.jpg", ContentFile(b"a face"))

    assert found() == [f"file without row: {name} belongs to no row"]
    assert list(problems(Scope(timedelta(hours=1), reads_files=False))) == []


def test_an_original_that_is_not_what_was_sent(report):
    name = Photo.objects.get().original.name
    with default_storage.open(name) as file:
        sent = file.read()
    default_storage.delete(name)
    default_storage.save(name, ContentFile(bytes(reversed(sent))))

    [problem] = found()
    assert "is not what was sent" in problem


def early(_report) -> None:
    Photo.objects.update(uploaded_at=timezone.now() - timedelta(days=1))


def taken_back_before(_report) -> None:
    now = timezone.now()
    ConsentSignature.objects.update(
        signed_at=now - timedelta(days=2), withdrawn_at=now - timedelta(days=1)
    )


def of_another_clinic(_report) -> None:
    Visit.objects.update(clinic=factories.clinic())


def not_reported(_report) -> None:
    Visit.objects.update(status=VisitStatus.WITHDRAWN, reported_at=None)


def without_its_signature(_report) -> None:
    Review.objects.update(status=ReviewStatus.GIVEN, signed_at=None)


def without_a_report(_report) -> None:
    Report.objects.all().delete()


def another_text(_report) -> None:
    ConsentText.objects.update(body="You agree to everything.")


def one_language(_report) -> None:
    ConsentText.objects.filter(language="zh-hans").delete()


def never_read(_report) -> None:
    Analysis.objects.all().delete()


def forged(_report) -> None:
    with_triggers_off("UPDATE reports_report SET sha256 = 'forged'")


def out_of_the_log(_report) -> None:
    with_triggers_off("DELETE FROM audit_entry WHERE number = 2")


def nothing_to_show(_report) -> None:
    Photo.objects.update(display="", width=None, height=None)


BROKEN = [
    (early, "came without consent"),
    (taken_back_before, "came without consent"),
    (of_another_clinic, "is of another clinic"),
    (not_reported, "has a report and is not reported"),
    (without_its_signature, "has no signature"),
    (without_a_report, "is reported and has no report"),
    (without_a_report, "is signed and has no report"),
    (another_text, "is of another text"),
    (one_language, "without all its languages"),
    (never_read, "was never given to be read"),
    (forged, "is not what was signed"),
    (out_of_the_log, "entry 2 is missing"),
    (nothing_to_show, "has no picture to show"),
]


@pytest.mark.parametrize(("make", "said"), BROKEN, ids=lambda value: getattr(value, "__name__", ""))
def test_what_must_not_be_is_found(report, make, said):
    make(report)

    assert any(said in problem for problem in found())
    with pytest.raises(CommandError, match="Nothing was changed"):
        call_command("check_data")


def test_a_photo_that_a_report_rests_on_is_missed(report):
    Analysis.objects.all().delete()
    Photo.objects.all().delete()

    assert any("rests on photo" in problem for problem in found())


def test_no_problem_names_anybody(report):
    without_its_signature(report)
    early(report)
    said = " ".join(found())

    patient = Case.objects.get().patient
    assert said
    assert patient.full_name not in said
    assert patient.email not in said
