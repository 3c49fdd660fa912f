from __future__ import annotations

from http import HTTPStatus

import pytest
from django.db import IntegrityError, transaction
from django.urls import reverse

from portal.cases.forms import QuestionnaireForm
from portal.cases.models import Pregnancy, Questionnaire, Since
from portal.cases.selectors import QUESTIONS, answers_of, first_answers
from portal.cases.services import save_answers, submit
from portal.cases.transitions import WrongStateError
from portal.review.services import claim
from tests import factories

pytestmark = pytest.mark.django_db
TOLD = {"since": "years", "itching": "some", "allergies": "Penicillin", "pregnancy": "planned"}


@pytest.fixture
def browser(client, patient):
    client.force_login(patient)
    return client


def at(name: str, visit) -> str:
    return reverse(f"cases:{name}", args=[visit.public_id])


def test_answers_are_kept_and_changed_and_one_visit_has_one_set(visit):
    save_answers(visit=visit, answers={"since": Since.YEARS, "allergies": "Nickel"})
    save_answers(visit=visit, answers={"allergies": "none"})

    told = Questionnaire.objects.get(visit=visit)
    assert (told.since, told.allergies) == (Since.YEARS, "none")


def test_after_sending_nothing_is_changed(visit):
    factories.photo(visit)
    submit(visit=visit)

    with pytest.raises(WrongStateError):
        save_answers(visit=visit, answers=TOLD)


def test_the_database_knows_the_choices(visit):
    with pytest.raises(IntegrityError), transaction.atomic():
        save_answers(visit=visit, answers={"pregnancy": "maybe"})


def test_every_question_is_in_the_form_in_the_same_order():
    assert tuple(QuestionnaireForm().fields) == QUESTIONS


def test_what_is_typed_is_saved_at_once_also_half_and_half_wrong(browser, visit):
    response = browser.post(
        at("save_answers", visit), {"since": "eternity", "allergies": "Nickel", "pain": "strong"}
    )

    told = Questionnaire.objects.get(visit=visit)
    assert response.status_code == HTTPStatus.NO_CONTENT
    assert (told.since, told.allergies, told.pain) == ("", "Nickel", "strong")


def test_typing_into_a_visit_that_was_sent_is_told_so(browser, visit):
    factories.photo(visit)
    submit(visit=visit)

    response = browser.post(at("save_answers", visit), TOLD)

    assert response.status_code == HTTPStatus.CONFLICT
    assert "already sent" in response.text


def test_the_page_leads_from_the_questions_to_the_check(browser, visit):
    assert "How long have you had these spots?" in browser.get(at("questions", visit)).text

    checked = browser.post(at("questions", visit), TOLD, follow=True)

    assert checked.redirect_chain[-1][0] == at("check", visit)
    assert "Penicillin" in checked.text
    assert str(Pregnancy.PLANNED.label) in checked.text
    assert "not answered" in checked.text  # what hurts was left out


def test_a_wrong_choice_is_marked_and_nothing_is_lost(browser, visit):
    response = browser.post(at("questions", visit), {**TOLD, "since": "eternity"})

    assert response.status_code == HTTPStatus.UNPROCESSABLE_ENTITY
    assert "Penicillin" in response.text


def test_the_next_visit_starts_from_what_may_still_hold_but_never_from_pregnancy(patient, visit):
    save_answers(visit=visit, answers={**TOLD, "treatments_now": "Adapalene"})
    factories.photo(visit)
    submit(visit=visit)

    assert first_answers(factories.visit(patient)) == {
        "treatments_now": "Adapalene",
        "treatments_before": "",
        "allergies": "Penicillin",
    }


def test_an_unanswered_questionnaire_still_names_every_question(visit):
    answers = answers_of(visit)

    assert [answer.name for answer in answers] == list(QUESTIONS)
    assert {answer.words for answer in answers} == {""}


def test_the_doctor_reads_the_answers_beside_the_photos(client, patient, visit):
    save_answers(visit=visit, answers={**TOLD, "bothers_most": "<b>my chin</b>"})
    factories.read(factories.photo(visit))
    submit(visit=visit)
    doctor = factories.doctor(patient.clinic)
    claim(visit=visit, doctor=doctor)
    client.force_login(doctor)

    page = client.get(reverse("review:workstation", args=[visit.public_id])).text

    assert "Penicillin" in page
    assert str(Pregnancy.PLANNED.label) in page
    assert "&lt;b&gt;my chin" in page
    assert "not answered" in page


def test_a_visit_that_was_sent_shows_its_answers_and_no_form(browser, visit):
    save_answers(visit=visit, answers=TOLD)
    factories.photo(visit)
    submit(visit=visit)

    assert browser.get(at("questions", visit)).url == at("visit", visit)
    assert browser.get(at("check", visit)).url == at("visit", visit)
    assert "Penicillin" in browser.get(at("visit", visit)).text
