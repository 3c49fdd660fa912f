"""What is signed: a diagnosis first, words that are offered, and who signs."""

from __future__ import annotations

import pytest
from django.urls import reverse

from portal.cases.models import Case, Pregnancy, Questionnaire
from portal.reports.models import Report
from portal.reports.pdf import render as render_pdf
from portal.reports.selectors import ReportReading
from portal.review import services
from portal.review.corrections.models import Kind
from portal.review.corrections.services import record
from portal.review.models import Diagnosis, Grade, Review, TreatmentTemplate
from portal.review.treatments.models import GRADES
from portal.review.treatments.selectors import offers
from portal.review.treatments.services import keep_template
from portal.trends.selectors import course
from tests import factories

pytestmark = pytest.mark.django_db
WRITTEN = {"diagnosis": "acne", "grade": "III", "assessment": "Pustules on the chin."}


@pytest.fixture
def browser(client, doctor):
    client.force_login(doctor)
    return client


@pytest.fixture
def review(sent, doctor) -> Review:
    return services.claim(visit=sent, doctor=doctor)


def page(name: str, visit) -> str:
    return reverse(f"review:{name}", args=[visit.public_id])


# --- First: what is it --------------------------------------------------------------------------


@pytest.mark.parametrize("diagnosis", [one for one in Diagnosis if one != Diagnosis.ACNE])
def test_anything_but_acne_has_no_grade_and_no_course(review, diagnosis):
    report = services.sign(
        review=review, grade="III", diagnosis=diagnosis, assessment="Not acne vulgaris."
    )

    assert report is not None
    assert (report.content["grade"], report.content["diagnosis"]) == ("", diagnosis)
    assert not course(Case.objects.get()).visits
    reading = ReportReading(report.content)
    assert reading.grade_label == Diagnosis(diagnosis).label
    assert render_pdf(reading, seal=report.sha256, pictures={}, with_findings=True)


def test_a_report_of_something_else_says_what_and_prints_no_grade(browser, review):
    browser.post(
        page("sign", review.visit),
        {**WRITTEN, "diagnosis": "other", "diagnosis_words": "A contact eczema", "then": "queue"},
    )
    report = Report.objects.get()

    html = browser.get(reverse("reports:report", args=[report.public_id])).content.decode()

    assert "A contact eczema" in html
    assert "This is not acne." in html
    assert "grade-scale" not in html


def test_something_else_has_to_be_named(browser, review):
    response = browser.post(page("sign", review.visit), {**WRITTEN, "diagnosis": "other"})

    assert response.status_code == 422
    assert "Say in a few words what it is." in response.content.decode()


def test_no_diagnosis_is_kept_as_half_a_word(browser, review):
    response = browser.post(page("draft", review.visit), {"diagnosis": "flu", "advice": "Rest."})

    assert response.status_code == 204
    review.refresh_from_db()
    assert (review.diagnosis, review.advice) == (Diagnosis.ACNE, "Rest.")


# --- The grade of the lesions as they were corrected --------------------------------------------


def test_the_grade_starts_as_what_the_corrected_lesions_give(browser, review):
    pustule = review.visit.photos.get().analyses.get().lesions.get(type="pustule")
    record(review=review, key=pustule.public_id, kind=Kind.REJECT, target=pustule.public_id)

    assert browser.get(page("workstation", review.visit)).context["form"]["grade"].value() == "II"
    report = services.sign(review=review, grade="II", assessment="Papules.")

    assert report is not None
    assert report.content["counts"]["pustule"] == 0
    assert (report.content["machine_grade"], report.content["grade"]) == ("III", "II")
    assert report.content["override_reason"] == ""
    (photo,) = report.content["photos"]
    assert {lesion["type"] for lesion in photo["lesions"]} == {"papule"}


def test_a_grade_other_than_the_corrected_lesions_give_needs_a_reason(review):
    with pytest.raises(services.OverrideUnexplainedError):
        services.sign(review=review, grade="II", assessment="Papules.")


def test_what_a_doctor_drew_is_printed(review, browser):
    photo = review.visit.photos.get()
    record(
        review=review,
        key=photo.public_id,
        kind=Kind.ADD,
        photo=photo.public_id,
        type="nodule",
        box=(300.0, 300.0, 30.0, 30.0),
    )
    report = services.sign(
        review=review, grade="IV", assessment="A nodule.", override_reason="It is deep."
    )

    assert report is not None
    assert browser.get(reverse("reports:report", args=[report.public_id])).status_code == 200
    (frozen,) = report.content["photos"]
    assert "nodule" in {lesion["type"] for lesion in frozen["lesions"]}


# --- Treatments ---------------------------------------------------------------------------------


@pytest.fixture
def gel(patient) -> TreatmentTemplate:
    return keep_template(
        clinic=patient.clinic,
        template=None,
        name="Gel",
        grade="III",
        words="A gel, once a day.",
        not_if_pregnant=True,
        not_with="penicillin, isotretinoin",
    )


def test_templates_are_offered_and_never_filled_in(browser, review, gel):
    response = browser.get(page("workstation", review.visit))

    assert response.context["form"]["advice"].value() == ""
    assert 'data-insert="A gel, once a day."' in response.content.decode()


@pytest.mark.parametrize(
    ("told", "reasons"),
    [
        ({"pregnancy": Pregnancy.NO}, []),
        ({"pregnancy": Pregnancy.PLANNED}, ["pregnancy: planning a pregnancy"]),
        ({"pregnancy": ""}, ["pregnancy: not answered"]),
        ({"pregnancy": Pregnancy.NO, "allergies": "PENICILLIN"}, ["allergy: penicillin"]),
        (
            {"pregnancy": Pregnancy.NO, "treatments_now": "Isotretinoin 20 mg"},
            ["present treatment: isotretinoin"],
        ),
    ],
)
def test_a_template_says_what_speaks_against_it(sent, gel, told, reasons):
    answers = Questionnaire(visit=sent, **told)

    (offer,) = offers(sent, answers)

    assert offer.unsuitable == reasons


def test_what_may_speak_against_a_treatment_stands_beside_the_templates(browser, review):
    answers = {"pregnancy": Pregnancy.PLANNED, "allergies": "Penicillin <rash>"}
    Questionnaire.objects.create(visit=review.visit, **answers)

    html = browser.get(page("workstation", review.visit)).content.decode()

    beside = html.partition("data-offers")[2].partition("Treatment templates")[0]
    for told in ("planning a pregnancy", "Penicillin &lt;rash&gt;", "not answered"):
        assert told in beside


def test_templates_are_the_clinics_own(browser, patient, gel):
    elsewhere = factories.clinic()
    keep_template(clinic=elsewhere, template=None, name="Theirs", words="Theirs.")

    html = browser.get(reverse("review:templates")).content.decode()
    assert "Gel" in html
    assert "Theirs" not in html
    same = {"name": "Gel", "grade": "III", "words": "Another gel."}
    assert browser.post(reverse("review:add_template"), same).status_code == 422
    browser.post(reverse("review:template", args=[gel.public_id]), {**same, "name": "New gel"})
    gel.refresh_from_db()
    assert (gel.name, gel.words, gel.not_if_pregnant) == ("New gel", "Another gel.", False)


def test_templates_know_the_same_grades_as_reviews():
    assert set(GRADES) == set(Grade.values)


# --- Signing ------------------------------------------------------------------------------------


def test_the_next_visit_is_taken_after_signing(browser, review, patient):
    following = factories.sent_visit(factories.consenting_patient(patient.clinic))
    assert browser.get(reverse("review:following")).json()["pictures"]

    response = browser.post(page("sign", review.visit), WRITTEN)

    assert response["Location"] == page("workstation", following)
    assert following.reviews.get().doctor == review.doctor


def test_who_signs_shows_who_they_are_where_the_clinic_wants_it(browser, review, patient):
    factories.set_rules(patient.clinic, sign_with_password=True)

    asked = browser.post(page("sign", review.visit), WRITTEN)
    assert asked["Location"].startswith(reverse("account_reauthenticate"))
    assert not Report.objects.exists()

    signed = browser.post(asked["Location"], {"password": factories.PASSWORD})
    assert signed["Location"] == reverse("review:queue")
    assert Report.objects.get().content["assessment"] == WRITTEN["assessment"]
