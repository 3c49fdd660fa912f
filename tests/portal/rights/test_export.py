"""The copy of everything: whole, in open formats, private, and gone in time."""

from __future__ import annotations

import io
import json
import os
import stat
from datetime import timedelta
from zipfile import ZipFile

import pytest
from django.core.management import CommandError, call_command
from django.urls import reverse
from django.utils import timezone
from fhir.resources.R4B.bundle import Bundle
from PIL import Image

from portal.audit.models import Action, Entry
from portal.cases.models import Photo
from portal.reports.models import Report
from portal.rights import exporting
from portal.rights.exporting import ask_for_export, make_waiting
from portal.rights.management.commands import export_patient
from portal.rights.models import Export, ExportStatus
from portal.trends.services import correct, match_waiting
from tests import factories
from tests.portal.accounts.test_closing import signed_in
from tests.portal.conftest import content, stored

pytestmark = pytest.mark.django_db


def made(patient) -> Export:
    export = ask_for_export(patient=patient, language="en")
    make_waiting()
    export.refresh_from_db()
    return export


@pytest.fixture
def archive(patient):
    with made(patient).file.open("rb") as file, ZipFile(io.BytesIO(file.read())) as opened:
        yield opened


def test_it_holds_every_picture_as_it_is_stored(archive, patient):
    data = json.loads(archive.read("data.json"))
    told = [photo for visit in data["visits"] for photo in visit["photos"]]

    assert len(told) == Photo.objects.count() == 3
    for photo in told:
        row = Photo.objects.get(public_id=photo["id"])
        assert archive.read(photo["original"]) == content(row.original)
        if row.display:
            assert archive.read(photo["picture"]) == content(row.display)
    [letter] = data["messages"]
    with Image.open(io.BytesIO(archive.read(letter["pictures"][0]))) as picture:
        assert picture.format == "JPEG"
    assert archive.testzip() is None


def test_it_holds_what_was_signed_told_found_and_looked_at(archive, patient):
    data = json.loads(archive.read("data.json"))

    assert data["account"]["name"] == "Ada Example"
    assert data["account"]["email"] == "ada@home.example"
    [consent] = data["consents"]
    assert consent["text"]["body"]
    reported = next(one for one in data["visits"] if one["report"])
    assert reported["report"]["content"] == Report.objects.get().content
    assert reported["readings"][0]["assessment"] == "Mild acne."
    assert reported["photos"][0]["analyses"][0]["result"]["schema"]
    assert {one["action"] for one in data["log"]} >= {"consent_signed", "report_signed"}


def test_it_holds_which_lesion_is_which_and_what_a_doctor_said_of_it(patient, doctor):
    second = factories.report(patient, by=doctor)
    match_waiting()
    matching = second.matchings_with_earlier.get()
    before = matching.matches.filter(after__isnull=True).first()
    after = matching.matches.filter(before__isnull=True).first()
    said = {"before": before.public_id, "after": after.public_id, "are_one": True}
    correct(matching=matching, doctor=doctor, **said)

    with made(patient).file.open("rb") as file, ZipFile(io.BytesIO(file.read())) as opened:
        data = json.loads(opened.read("data.json"))

    first, last = [one["report"] for one in data["visits"] if one["report"]]
    assert first["followed"] == []
    [followed] = last["followed"]
    assert followed["since_report"] == first["id"]
    assert len(followed["lesions"]) == 8
    assert followed["lesions"][0]["before"]["members"]
    [word] = followed["corrections"]
    assert (word["doctor"], word["are_one"]) == (str(doctor), True)
    assert word["before"] in [one["public_id"] for one in followed["lesions"]]


def test_reports_are_there_to_read_to_exchange_and_to_draw(archive):
    assert archive.read("reports/visit-1.pdf").startswith(b"%PDF")
    exchanged = Bundle.model_validate_json(archive.read("reports/visit-1.fhir.json"))
    assert exchanged.type == "collection"
    coco = json.loads(archive.read("lesions.coco.json"))
    [image] = coco["images"]
    assert image["file_name"] in archive.namelist()
    assert len(coco["annotations"]) == 4
    for lesion in coco["annotations"]:
        x, y, width, height = lesion["bbox"]
        assert 0 <= x < x + width <= image["width"]
        assert 0 <= y < y + height <= image["height"]
    assert "Everything that" in archive.read("README.txt").decode()


def test_nothing_of_anybody_else_is_in_it(clinic, doctor, patient):
    other = factories.consenting_patient(clinic, full_name="Bea Other", email="bea@home.example")
    factories.report(other, by=doctor)
    factories.letter(other, "It is Bea.")

    with made(patient).file.open("rb") as file, ZipFile(io.BytesIO(file.read())) as opened:
        told = b"".join(opened.read(name) for name in opened.namelist() if name.endswith("json"))

    assert b"Bea" not in told
    assert str(other.public_id).encode() not in told


def test_a_report_that_is_not_what_was_signed_is_told_and_not_drawn(patient):
    from tests.portal.audit.test_log import with_triggers_off  # noqa: PLC0415

    with_triggers_off("UPDATE reports_report SET sha256 = 'forged'")
    with made(patient).file.open("rb") as file, ZipFile(io.BytesIO(file.read())) as opened:
        data = json.loads(opened.read("data.json"))
        names = opened.namelist()

    assert "reports/visit-1.pdf" not in names
    assert not next(one for one in data["visits"] if one["report"])["report"]["is_what_was_signed"]


def test_asking_twice_is_asking_once(patient):
    assert ask_for_export(patient=patient, language="en") == ask_for_export(
        patient=patient, language="en"
    )
    assert Entry.objects.filter(action=Action.EXPORT_ASKED).count() == 1


def test_it_is_fetched_after_the_password_was_given_again_and_recorded(client, patient):
    export = made(patient)
    address = reverse("rights:download", args=[export.public_id])
    client.force_login(patient)
    assert client.get(address).url.startswith(reverse("account_reauthenticate"))

    answer = signed_in(patient).get(address)

    data = b"".join(answer.streaming_content)
    assert ZipFile(io.BytesIO(data)).testzip() is None
    assert answer["Cache-Control"] == "private, no-store"
    assert "attachment" in answer["Content-Disposition"]
    assert Entry.objects.filter(action=Action.EXPORT_FETCHED).get().actor == patient.public_id


def test_nobody_else_fetches_it(patient, clinic):
    export = made(patient)
    address = reverse("rights:download", args=[export.public_id])

    assert signed_in(factories.patient(clinic)).get(address).status_code == 404


def test_after_its_days_it_is_gone(patient, media, django_capture_on_commit_callbacks):
    export = made(patient)
    client = signed_in(patient)
    Export.objects.update(expires_at=timezone.now() - timedelta(seconds=1))

    assert client.get(reverse("rights:download", args=[export.public_id])).status_code == 404
    with django_capture_on_commit_callbacks(execute=True):
        make_waiting()

    assert not Export.objects.exists()
    assert not any(name.startswith("exports/") for name in stored(media))


def test_what_fails_is_tried_again_and_then_told_with_nothing_left_behind(
    patient, monkeypatch, media
):
    def broken(*_arguments):
        raise OSError

    before = stored(media)
    monkeypatch.setattr(exporting, "write_archive", broken)
    ask_for_export(patient=patient, language="en")
    for _ in range(exporting.MOST_ATTEMPTS):
        assert Export.objects.get().status == ExportStatus.WAITING
        Export.objects.update(due_at=timezone.now())
        make_waiting()

    assert Export.objects.get().status == ExportStatus.FAILED
    assert stored(media) == before
    page = signed_in(patient).get(reverse("rights:copies")).content.decode()
    assert "ask for it again" in page


def test_an_export_of_somebody_erased_meanwhile_leaves_no_file(patient, monkeypatch, media):
    export = ask_for_export(patient=patient, language="en")
    before = stored(media)

    def erased_meanwhile(_patient, target):
        Export.objects.all().delete()
        target.write(b"everything")

    monkeypatch.setattr(exporting, "write_archive", erased_meanwhile)
    make_waiting()

    assert not Export.objects.filter(pk=export.pk).exists()
    assert stored(media) == before


def test_the_command_reaches_sealed_records_and_is_recorded(patient, tmp_path):
    from tests.portal.rights.test_erasure import erased  # noqa: PLC0415

    erased(patient)
    target = tmp_path / "record.zip"
    call_command("export_patient", str(patient.public_id), str(target))

    with ZipFile(target) as opened:
        assert "reports/visit-1.pdf" in opened.namelist()
    assert Entry.objects.filter(action=Action.EXPORT_FETCHED, channel="inside").exists()


def test_the_command_writes_a_file_that_nobody_else_opens(patient, tmp_path):
    target = tmp_path / "record.zip"
    before = os.umask(0)
    try:
        call_command("export_patient", str(patient.public_id), str(target))
    finally:
        os.umask(before)

    assert stat.S_IMODE(target.stat().st_mode) == 0o600


@pytest.mark.parametrize(
    ("name", "said"),
    [("there.zip", "is there already"), ("nowhere/record.zip", "cannot be written")],
)
def test_what_the_command_cannot_write_is_not_recorded(patient, tmp_path, name, said):
    (tmp_path / "there.zip").write_text("something else")

    with pytest.raises(CommandError, match=said):
        call_command("export_patient", str(patient.public_id), str(tmp_path / name))

    assert not Entry.objects.filter(action=Action.EXPORT_FETCHED).exists()
    assert (tmp_path / "there.zip").read_text() == "something else"


def test_half_a_record_does_not_stay(patient, tmp_path, monkeypatch):
    def broken(_patient, target):
        target.write(b"half")
        raise MemoryError

    monkeypatch.setattr(export_patient, "write_archive", broken)
    with pytest.raises(MemoryError):
        call_command("export_patient", str(patient.public_id), str(tmp_path / "record.zip"))

    assert list(tmp_path.glob("*.zip")) == []
