"""The report on paper: sealed content only, in the reader's language, for the same readers."""

from __future__ import annotations

import re
import zlib
from base64 import a85decode

import pytest
from django.urls import reverse
from django.utils import translation

from portal.reports import pdf
from portal.reports.models import Report
from portal.reports.selectors import ReportReading, pictures_of
from tests import factories

pytestmark = pytest.mark.django_db


@pytest.fixture
def report(patient):
    doctor = factories.doctor(patient.clinic)
    return factories.report(
        patient, by=doctor, assessment="Calm & <b>clear</b>.", advice="继续用药。"
    )


def address(report: Report) -> str:
    return reverse("reports:pdf", args=[report.public_id])


def paper(report: Report, **options) -> bytes:
    reading = ReportReading(report.content)
    return pdf.render(reading, seal=report.sha256, **{"pictures": {}, **options})


def drawing(document: bytes) -> bytes:
    """All page and picture streams, unpacked as far as they are text."""
    streams = re.findall(rb"stream\r?\n(.*?)endstream", document, re.DOTALL)
    return b"".join(_unpacked(stream.strip()) for stream in streams)


def _unpacked(stream: bytes) -> bytes:
    try:
        return zlib.decompress(a85decode(stream, adobe=not stream.startswith(b"<~")))
    except (ValueError, zlib.error):
        return b""


def words_set(monkeypatch, report: Report) -> str:
    """What is set on the page, before the font turns it into glyphs."""
    said: list[str] = []
    plain = pdf._text

    def overheard(words: str, **look):
        said.append(words)
        return plain(words, **look)

    monkeypatch.setattr(pdf, "_text", overheard)
    paper(report)
    return "\n".join(said)


def test_the_patient_saves_the_report_as_a_pdf_that_nobody_keeps(client, patient, report):
    client.force_login(patient)

    response = client.get(address(report))

    assert response["Content-Type"] == "application/pdf"
    assert response.content.startswith(b"%PDF-")
    assert response["Content-Disposition"] == 'attachment; filename="report-1.pdf"'
    assert "no-store" in response["Cache-Control"]


def test_the_font_is_embedded_with_the_few_signs_that_are_used(report):
    document = paper(report)

    assert b"/FontFile2" in document
    assert b"NotoSansSC" in document
    assert len(document) < 300_000


def test_it_says_what_was_signed_the_doctors_words_first(monkeypatch, report):
    said = words_set(monkeypatch, report)

    for words in ("Calm & <b>clear</b>.", "继续用药。", str(report.content["doctor"]), "Grade III"):
        assert words in said
    assert report.sha256 in said
    assert said.index("Calm") < said.index("How severe it is") < said.index("What was counted")


def test_it_speaks_the_readers_language(monkeypatch, report):
    with translation.override("zh-hans"):
        said = words_set(monkeypatch, report)

    assert "建议" in said
    assert "丘疹" in said


def test_the_photos_are_in_it_with_what_was_counted_unless_that_is_hidden(client, patient, report):
    assert list(pictures_of(report)) == [report.content["photos"][0]["id"]]
    client.force_login(patient)
    shown = client.get(address(report)).content
    client.cookies["findings"] = "hidden"
    hidden = client.get(address(report)).content

    assert b"/Subtype /Image" in shown
    assert b"/Subtype /Image" in hidden
    boxes = [drawing(document).count(b" re S") for document in (shown, hidden)]
    assert boxes[0] - boxes[1] == 2 * len(report.content["photos"][0]["lesions"])


def test_a_report_in_which_nothing_was_counted_is_a_pdf_too(monkeypatch, patient):
    doctor = factories.doctor(patient.clinic)
    report = factories.report(patient, by=doctor, found=factories.result(candidates=[]))

    assert "No spot was counted on your photos." in words_set(monkeypatch, report)


def test_a_very_long_text_flows_over_pages(patient):
    long = "Zinc paste at night. " * 600
    report = factories.report(patient, by=factories.doctor(patient.clinic), assessment=long)

    assert paper(report).count(b"/Type /Page\n") > 1


def test_a_forged_report_is_not_put_on_paper(client, patient, report):
    forged, pk = {**report.content, "assessment": "Forged."}, report.pk
    report.pk = None
    Report.objects.filter(pk=pk).delete()
    report.content = forged
    report.save(force_insert=True)
    client.force_login(patient)

    response = client.get(address(report))

    assert response.status_code == 500
    assert "This report cannot be shown" in response.text


def test_the_page_keeps_hidden_what_somebody_does_not_want_to_see(client, patient, report):
    client.force_login(patient)
    path = reverse("reports:report", args=[report.public_id])
    assert 'data-show="findings" checked' in client.get(path).text

    client.cookies["findings"] = "hidden"

    assert 'data-show="findings">' in client.get(path).text
