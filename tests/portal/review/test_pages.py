from __future__ import annotations

import json
import re
from datetime import date, timedelta
from uuid import uuid4

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from inference.results import Finding, LesionType, Quality
from portal.cases.models import View, Visit, VisitStatus
from portal.cases.services import submit
from portal.reports.models import Report
from portal.review import services
from portal.review.corrections.models import Kind
from portal.review.corrections.services import record
from portal.review.models import Review
from tests import factories
from tests.portal.review.conftest import run_out

pytestmark = pytest.mark.django_db
WRITTEN = {"grade": "III", "assessment": "Pustules on the chin."}


@pytest.fixture
def browser(client, doctor):
    client.force_login(doctor)
    return client


@pytest.fixture
def mine(sent, doctor) -> Visit:
    services.claim(visit=sent, doctor=doctor)
    return sent


def page(name: str, visit: Visit) -> str:
    return reverse(f"review:{name}", args=[visit.public_id])


def test_the_second_doctor_reads_who_has_the_visit(browser, sent, colleague):
    services.claim(visit=sent, doctor=colleague)

    for response in (browser.post(page("claim", sent)), browser.get(page("workstation", sent))):
        assert response.status_code == 409
        assert f"{colleague} is reading this visit" in response.content.decode()


def test_claiming_opens_the_workstation(browser, sent):
    assert browser.get(page("workstation", sent)).status_code == 200
    assert not Review.objects.exists()

    response = browser.post(page("claim", sent), follow=True)

    assert response.redirect_chain[-1][0] == page("workstation", sent)
    assert "Your decision" in response.content.decode()


def test_the_page_carries_the_findings_in_pixels_of_the_photo_and_no_style(browser, mine):
    response = browser.get(page("workstation", mine))

    html = response.content.decode()
    carried = json.loads(re.findall(r'<script id="station-data"[^>]*>(.*?)</script>', html)[0])
    [photo] = carried["photos"]
    assert (photo["width"], photo["height"]) == (512, 512)
    boxes = sorted(one["box"] for one in carried["state"]["lesions"])
    assert boxes == [[place, place, 20, 20] for place in (100, 140, 180, 220)]
    assert " style=" not in html


def test_the_workstation_tells_grade_reasons_model_and_limits(browser, mine):
    html = browser.get(page("workstation", mine)).content.decode()

    assert "The worst lesions decide: 1 pustule (chin 1)." in html
    assert "Without them the grade would be II." in html
    assert "0" * 12 in html
    assert "its types on real faces are hardly better than chance" in html
    assert "your signature is what counts" in html


def test_cautions_and_missing_readings_are_said_beside_the_photo(browser, patient, doctor):
    visit = factories.visit(patient)
    cautious = Quality(accepted=True, cautions=(Finding("uneven_light", 0.4, 0.3, "Uneven."),))
    factories.read(factories.photo(visit), factories.result(quality=cautious))
    factories.photo(visit, View.LEFT)
    factories.failed(visit.photos.get(view=View.LEFT))
    right = factories.photo(visit, View.RIGHT)
    submit(visit=visit)
    factories.read(right, factories.result(View.RIGHT, accepted=False))
    services.claim(visit=visit, doctor=doctor)

    html = browser.get(page("workstation", visit)).content.decode()

    assert "The light is uneven; lesions in the shadow may be missed." in html
    assert "measured 0.4, limit 0.3" in html
    assert "No machine reading: the model failed on this photo." in html
    assert "No machine reading: the photo was refused for its quality." in html
    assert "This view could not be read: left side." in html


def test_the_workstation_takes_few_queries_however_many_findings_and_steps_there_are(
    browser, patient, doctor
):
    def queries_of_a_look(found: int, steps: int) -> int:
        papules = [factories.found_lesion(LesionType.PAPULE, 5 * i) for i in range(found)]
        visit = factories.visit(patient)
        for view in (View.FRONT, View.LEFT, View.RIGHT):
            reading = factories.result(view, candidates=papules)
            factories.read(factories.photo(visit, view), reading)
        submit(visit=visit)
        review = services.claim(visit=visit, doctor=doctor)
        for _ in range(steps):
            record(review=review, key=uuid4(), kind=Kind.ACCEPT_ALL)
        with CaptureQueriesContext(connection) as queries:
            assert browser.get(page("workstation", visit)).status_code == 200
        services.sign(review=review, grade="II", assessment="Papules.")
        # savepoints are there only because the test itself is a transaction
        return sum("SAVEPOINT" not in query["sql"] for query in queries)

    queries_of_a_look(1, 0)  # afterwards there is a last visit too
    few, many = queries_of_a_look(1, 1), queries_of_a_look(60, 40)

    assert few == many
    assert many <= 18


def test_last_visits_grade_and_counts_stand_beside(browser, patient, doctor):
    factories.report(patient, by=doctor)
    visit = factories.sent_visit(patient)
    services.claim(visit=visit, doctor=doctor)

    response = browser.get(page("workstation", visit))

    assert "Signed last time" in response.content.decode()
    assert dict(response.context["station"].counts_before) == {"papule": 3, "pustule": 1}


def test_what_is_typed_is_there_after_a_reload(browser, mine):
    response = browser.post(
        page("draft", mine), {"grade": "II", "assessment": "Half a sen", "next_visit_on": "2026-1"}
    )

    assert response.status_code == 204
    form = browser.get(page("workstation", mine)).context["form"]
    assert (form["grade"].value(), form["assessment"].value()) == ("II", "Half a sen")
    assert form["next_visit_on"].value() is None


def test_a_draft_of_a_lost_claim_is_refused_in_words(browser, mine, doctor, colleague):
    run_out(Review.objects.get())
    services.claim(visit=mine, doctor=colleague)

    response = browser.post(page("draft", mine), WRITTEN)

    assert response.status_code == 409
    assert "do not hold this visit any more" in response.content.decode()


def test_signing_sends_the_report_and_goes_back_to_the_queue(browser, mine):
    tomorrow = timezone.localdate() + timedelta(days=1)
    response = browser.post(
        page("sign", mine), {**WRITTEN, "advice": "Gel.", "next_visit_on": tomorrow.isoformat()}
    )

    assert response["Location"] == reverse("review:queue")
    content = Report.objects.get(visit=mine).content
    assert (content["grade"], content["advice"]) == ("III", "Gel.")
    assert date.fromisoformat(content["next_visit_on"]) == tomorrow


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"grade": ""}, "Choose a grade."),
        ({"assessment": "  "}, "Write your assessment"),
        ({"grade": "II"}, "Your grade differs from what the lesions give"),
        ({"next_visit_on": "2020-01-01"}, "The next visit lies in the past."),
    ],
)
def test_an_incomplete_decision_is_not_signed_and_says_what_is_missing(
    browser, mine, wrong, message
):
    response = browser.post(page("sign", mine), {**WRITTEN, **wrong})

    assert response.status_code == 422
    assert message in response.content.decode()
    assert not Report.objects.exists()


def test_what_was_not_signed_yet_is_kept(browser, mine):
    browser.post(page("sign", mine), {**WRITTEN, "grade": "II", "advice": "Gel."})

    kept = browser.get(page("workstation", mine)).context["form"]
    assert [kept[name].value() for name in ("grade", "assessment", "advice")] == [
        "II",
        WRITTEN["assessment"],
        "Gel.",
    ]


def test_a_claim_that_ran_out_while_writing_is_taken_again_if_it_is_free(browser, mine):
    services.release(review=Review.objects.get())

    browser.post(page("sign", mine), WRITTEN)

    assert Report.objects.filter(visit=mine).exists()


def test_what_was_written_is_shown_if_a_colleague_was_faster(browser, mine, doctor, colleague):
    services.release(review=Review.objects.get())
    services.claim(visit=mine, doctor=colleague)

    response = browser.post(page("sign", mine), {**WRITTEN, "assessment": "<i>Mine</i>"})

    assert response.status_code == 409
    assert "&lt;i&gt;Mine&lt;/i&gt;" in response.content.decode()
    assert not Report.objects.exists()


def test_a_signed_visit_opens_as_its_report(browser, patient, doctor):
    report = factories.report(patient, by=doctor)

    response = browser.get(page("workstation", report.visit))

    assert response["Location"] == reverse("reports:report", args=[report.public_id])


def test_giving_back_puts_the_visit_into_the_queue_again(browser, mine):
    assert browser.post(page("release", mine))["Location"] == reverse("review:queue")

    mine.refresh_from_db()
    assert mine.status == VisitStatus.AWAITING_REVIEW
