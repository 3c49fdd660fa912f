"""The report as FHIR, checked by a library that knows the standard."""

from __future__ import annotations

import pytest
from django.urls import reverse
from fhir.resources.R4B.bundle import Bundle

from portal.cases.services import submit
from portal.reports.services import add as add_to
from portal.review.services import claim, sign
from tests import factories

pytestmark = pytest.mark.django_db


@pytest.fixture
def doctor(patient):
    return factories.doctor(patient.clinic)


def fetched(client, doctor, report) -> Bundle:
    client.force_login(doctor)
    response = client.get(reverse("reports:fhir", args=[report.public_id]))
    assert response["Content-Type"] == "application/fhir+json"
    return Bundle.model_validate_json(response.content)


def of_type(bundle: Bundle, name: str) -> list:
    found = [entry.resource for entry in bundle.entry or []]
    return [one for one in found if one.__class__.__name__ == name]


def test_a_report_is_a_valid_bundle_whose_references_lead_somewhere(client, patient, doctor):
    report = factories.report(patient, by=doctor, advice="Gel.", referral="The eye clinic.")

    bundle = fetched(client, doctor, report)

    (diagnostic,) = of_type(bundle, "DiagnosticReport")
    assert diagnostic.status == "final"
    assert diagnostic.issued == report.signed_at
    assert diagnostic.conclusion == "Mild acne.\n\nGel.\n\nThe eye clinic."
    known = {entry.fullUrl for entry in bundle.entry}
    links = [*diagnostic.result, diagnostic.subject, *(one.link for one in diagnostic.media)]
    assert {one.reference for one in links} <= known
    observations = of_type(bundle, "Observation")
    assert len(diagnostic.result) == len(observations) == 9


def test_what_was_added_after_the_signature_goes_with_the_report(client, patient, doctor):
    report = factories.report(patient, by=doctor)
    added = add_to(report=report, doctor=doctor, words="Use less gel.")

    (diagnostic,) = of_type(fetched(client, doctor, report), "DiagnosticReport")

    assert diagnostic.status == "appended"
    assert diagnostic.issued == added.written_at
    assert diagnostic.conclusion.startswith("Mild acne.\n\nAddendum, ")
    assert diagnostic.conclusion.endswith(": Use less gel.")


def test_counts_and_grades_are_those_that_were_signed(client, patient, doctor):
    bundle = fetched(client, doctor, factories.report(patient, by=doctor))

    found = {one.code.coding[0].code: one for one in of_type(bundle, "Observation")}
    assert found["china-2019"].valueCodeableConcept.coding[0].code == "III"
    assert found["count-papule"].valueInteger == 3
    regions = {one.code.coding[0].code: one.valueInteger for one in found["count-papule"].component}
    assert regions["forehead"] == 1
    assert found["gags-face"].valueInteger > 0
    (photo,) = of_type(bundle, "Media")
    address = str(photo.content.url)
    picture = client.get(address.removeprefix("http://testserver"))
    assert b"".join(picture.streaming_content).startswith(b"\xff\xd8")  # a JPEG


def test_what_is_not_acne_has_neither_grade_nor_counts(client, patient, doctor):
    review = claim(visit=factories.sent_visit(patient), doctor=doctor)
    report = sign(review=review, grade="", diagnosis="rosacea", assessment="Rosacea.")

    bundle = fetched(client, doctor, report)

    assert of_type(bundle, "Observation") == []
    (diagnostic,) = of_type(bundle, "DiagnosticReport")
    assert diagnostic.conclusionCode[0].coding[0].code == "rosacea"


def test_a_face_that_nothing_was_read_of_has_the_doctors_grade_alone(client, patient, doctor):
    visit = factories.visit(patient)
    factories.photo(visit)
    factories.failed(visit.photos.get())
    submit(visit=visit)
    review = claim(visit=visit, doctor=doctor)
    report = sign(review=review, grade="II", assessment="By eye.")

    codes = {
        one.code.coding[0].code for one in of_type(fetched(client, doctor, report), "Observation")
    }
    assert "china-2019" in codes
    assert "gags-face" not in codes
