"""After a visit was sent: what to expect, what to do if it is urgent, and the mail."""

from __future__ import annotations

import smtplib
from datetime import timedelta

import pytest
from django.core import mail
from django.urls import reverse
from django.utils import timezone

from portal.cases import notices
from portal.cases.models import Notice, NoticeKind, View, Visit, VisitStatus
from portal.cases.selectors import FEWEST, usual_wait, wait_of
from portal.cases.services import submit
from portal.cases.templatetags.visits import in_words
from portal.review.services import claim
from tests import factories

pytestmark = pytest.mark.django_db
URGENT = "Call the night nurse."


@pytest.fixture
def browser(client, patient):
    client.force_login(patient)
    return client


def urgent(patient) -> None:
    patient.clinic.urgent_advice_en = URGENT
    patient.clinic.save()


def page(visit) -> str:
    return reverse("cases:visit", args=[visit.public_id])


# --- How long it takes --------------------------------------------------------------------------


def test_a_patient_learns_how_many_are_ahead_in_the_doctors_order(patient):
    clinic = patient.clinic
    mine = factories.sent_visit(patient)
    for _ in range(2):
        factories.sent_visit(factories.consenting_patient(clinic))  # as urgent, sent later
    worse = factories.sent_visit(factories.consenting_patient(clinic))
    Visit.objects.filter(pk=worse.pk).update(urgency=5)
    elsewhere = factories.sent_visit(factories.consenting_patient(factories.clinic()))
    Visit.objects.filter(pk=elsewhere.pk).update(urgency=5)

    assert wait_of(mine).ahead == 1


def test_the_usual_time_is_told_once_enough_visits_say_so(patient):
    assert usual_wait(patient.clinic.pk) is None
    now = timezone.now()
    for hours in range(1, FEWEST + 1):
        visit = factories.visit(factories.consenting_patient(patient.clinic))
        Visit.objects.filter(pk=visit.pk).update(
            status=VisitStatus.REPORTED,
            submitted_at=now - timedelta(hours=hours),
            reported_at=now,
        )

    assert usual_wait(patient.clinic.pk) == timedelta(hours=3)


@pytest.mark.parametrize(
    ("time", "words"),
    [
        (timedelta(minutes=5), "about 1 hour"),
        (timedelta(hours=47), "about 47 hours"),
        (timedelta(hours=60), "about 2 days"),
    ],
)
def test_a_time_is_told_in_round_words(time, words):
    assert in_words(time) == words


def test_the_page_after_sending_says_what_to_expect(browser, patient):
    visit = factories.sent_visit(patient)

    html = browser.get(page(visit)).text

    assert "No visit is ahead of yours." in html
    assert "promises an answer within 3 days" in html


# --- If it is urgent ----------------------------------------------------------------------------


def test_every_page_after_sending_says_what_to_do_if_it_is_urgent(browser, patient):
    urgent(patient)
    assert URGENT not in browser.get(reverse("cases:home")).text

    report = factories.report(patient, by=factories.doctor(patient.clinic))
    paths = (
        reverse("cases:home"),
        page(report.visit),
        reverse("reports:report", args=[report.public_id]),
        reverse("trends:mine"),
    )
    for path in paths:
        assert URGENT in browser.get(path).text, path


# --- Findings before the signature --------------------------------------------------------------


def test_findings_show_before_the_signature_only_where_the_clinic_says_so(browser, patient):
    visit = factories.sent_visit(patient)
    assert "What the program found" not in browser.get(page(visit)).text

    patient.clinic.show_findings_before_signature = True
    patient.clinic.save()
    html = browser.get(page(visit)).text

    assert "This is a reading aid, not a diagnosis." in html
    assert html.count('data-lesion="') == 4
    assert html.index("not a diagnosis") < html.index("data-lesion")


def test_no_findings_show_in_a_draft_or_of_a_visit_that_is_signed(browser, patient):
    patient.clinic.show_findings_before_signature = True
    patient.clinic.save()
    draft = factories.visit(patient)
    factories.read(factories.photo(draft))
    assert "What the program found" not in browser.get(page(draft)).text

    submit(visit=draft)
    factories.doctor(patient.clinic)
    report = factories.report(
        factories.consenting_patient(patient.clinic), by=factories.doctor(patient.clinic)
    )
    browser.force_login(report.visit.case.patient)
    assert "What the program found" not in browser.get(page(report.visit)).text


def test_a_visit_of_which_no_face_was_read_shows_no_findings(browser, patient):
    patient.clinic.show_findings_before_signature = True
    patient.clinic.save()
    visit = factories.visit(patient)
    factories.failed(factories.photo(visit))
    submit(visit=visit)

    assert "What the program found" not in browser.get(page(visit)).text


# --- The views that the clinic asks for ---------------------------------------------------------


def test_chest_and_back_are_asked_for_where_the_clinic_wants_them(browser, patient, visit):
    assert 'id="view-chest"' not in browser.get(page(visit)).text

    patient.clinic.views_asked = ["front", "chest", "back"]
    patient.clinic.save()
    html = browser.get(page(visit)).text

    assert 'id="view-chest"' in html
    assert 'id="view-back"' in html
    assert 'id="view-left"' not in html


def test_a_visit_with_the_front_alone_may_be_sent_whatever_else_is_asked(patient, visit):
    patient.clinic.views_asked = [view.value for view in View]
    patient.clinic.save()
    factories.photo(visit)

    submit(visit=visit)

    assert visit.status == VisitStatus.SUBMITTED


# --- The mail -----------------------------------------------------------------------------------


def test_a_report_brings_one_mail_that_says_nothing_of_health(patient):
    report = factories.report(patient, by=factories.doctor(patient.clinic), advice="Adapalene.")

    for _ in range(2):
        notices.send_waiting()

    [sent] = mail.outbox
    assert sent.to == [patient.email]
    assert "http" in sent.body
    for word in ("acne", "Adapalene", "grade", "papule", "Mild", str(report.public_id)):
        assert word not in sent.subject + sent.body


def test_a_mail_is_written_in_the_patients_language(patient):
    patient.language = "zh-hans"
    patient.save()
    factories.report(patient, by=factories.doctor(patient.clinic))

    notices.send_waiting()

    assert "报告" in mail.outbox[0].body


def test_the_worker_is_woken_for_the_mail_once_the_report_is_there(
    patient, django_capture_on_commit_callbacks
):
    claimed = claim(visit=factories.sent_visit(patient), doctor=factories.doctor(patient.clinic))

    with django_capture_on_commit_callbacks() as callbacks:
        notices.notify(visit=claimed.visit, kind=NoticeKind.REPORT_READY)

    assert len(callbacks) == 1
    assert mail.outbox == []


def test_a_mail_that_fails_is_tried_again_later_and_not_for_ever(patient, monkeypatch, caplog):
    factories.report(patient, by=factories.doctor(patient.clinic))

    def refuse(*_args, **_options):
        raise smtplib.SMTPServerDisconnected

    with monkeypatch.context() as broken:
        broken.setattr(notices, "send_mail", refuse)
        notices.send_waiting()
    notice = Notice.objects.get()
    assert (notice.attempts, notice.sent_at) == (1, None)
    assert patient.email not in caplog.text

    notices.send_waiting()
    assert mail.outbox == []  # not due yet

    Notice.objects.update(due_at=timezone.now())
    notices.send_waiting()
    assert len(mail.outbox) == 1

    Notice.objects.update(sent_at=None, attempts=notices.MOST_ATTEMPTS, due_at=timezone.now())
    notices.send_waiting()
    assert len(mail.outbox) == 1


def test_who_closed_their_account_gets_no_mail(patient):
    factories.report(patient, by=factories.doctor(patient.clinic))
    patient.is_active = False
    patient.save()

    notices.send_waiting()

    assert mail.outbox == []
    assert Notice.objects.get().sent_at
