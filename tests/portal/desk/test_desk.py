from __future__ import annotations

from datetime import timedelta

import pytest
from django.core import mail
from django.urls import reverse
from django.utils import timezone

from inference.results import Model
from portal.accounts.models import Role, User
from portal.analysis.models import Analysis, AnalysisStatus, WorkerHeartbeat
from portal.analysis.services import record_beat
from portal.consent.models import ConsentForm, ConsentKind
from portal.desk import selectors
from tests import factories
from tests.portal.accounts.test_registration import link_in
from tests.portal.consent.versions import draft_version, next_version
from tests.portal.desk.test_people import confirm

pytestmark = pytest.mark.django_db


@pytest.fixture
def administrator(client):
    person = factories.administrator(factories.clinic())
    client.force_login(person)
    confirm(client)
    return person


@pytest.fixture
def clinic(administrator):
    return administrator.clinic


def page(client, name, *args):
    response = client.get(reverse(f"desk:{name}", args=args))
    assert response.status_code == 200
    return response.content.decode()


def words(**changes):
    """What the editor posts: both languages, with changes to the English words."""
    english = {"title": "Research", "summary": "Short.", "body": "Long.", "changes": "Clearer."}
    chinese = {"title": "研究", "summary": "简短。", "body": "全文。", "changes": "更清楚。"}
    return {
        **{f"en-{name}": text for name, text in {**english, **changes}.items()},
        **{f"zh-hans-{name}": text for name, text in chinese.items()},
    }


def test_a_dermatologist_is_added_by_mail_and_signs_in(client, clinic):
    client.post(
        reverse("desk:add_colleague"),
        {"role": "dermatologist", "full_name": "Dr. New", "email": "New@clinic.example"},
    )

    doctor = User.objects.get(email="new@clinic.example")
    assert (doctor.role, doctor.clinic) == (Role.DERMATOLOGIST, clinic)
    assert "no password chosen yet" in page(client, "people")
    assert mail.outbox[0].to == ["new@clinic.example"]
    assert clinic.name in mail.outbox[0].body

    client.logout()
    form = client.get(link_in(mail.outbox[0]), follow=True)
    password = {"password1": factories.PASSWORD, "password2": factories.PASSWORD}
    client.post(form.redirect_chain[-1][0], password)
    signed_in = client.post(
        reverse("account_login"), {"login": doctor.email, "password": factories.PASSWORD}
    )
    assert signed_in.url == reverse("home")


def test_an_address_in_use_is_not_added_twice(client, clinic):
    taken = factories.doctor(clinic)

    response = client.post(
        reverse("desk:add_colleague"),
        {"role": "dermatologist", "full_name": "Twice", "email": taken.email.upper()},
    )

    assert response.status_code == 422
    assert not mail.outbox


def test_accounts_of_another_clinic_are_neither_listed_nor_counted(client, clinic):
    stranger = factories.doctor(factories.clinic(), full_name="Stranger")
    factories.doctor(clinic, full_name="Colleague")

    listed = page(client, "people")

    assert "Colleague" in listed
    assert "Stranger" not in listed
    assert stranger.email not in listed
    assert dict(selectors.people_by_role(clinic))["dermatologist"] == 1


def test_people_are_found_by_name_or_address(client, clinic):
    for name in ("Ada", "Grace"):
        factories.patient(clinic, full_name=name)

    response = client.post(reverse("desk:people"), {"q": "ada"}, follow=True)
    found = response.content.decode()

    assert "Ada" in found
    assert "Grace" not in found
    assert "ada" not in response.redirect_chain[-1][0].lower()


def test_an_account_is_closed_and_opened_after_a_page_that_says_what_that_does(client, clinic):
    doctor = factories.doctor(clinic)
    activation = reverse("desk:activation", args=[doctor.public_id])

    assert "signed out at once" in client.get(activation).content.decode()
    for active in (False, True):
        client.post(activation, {"active": "yes" if active else "no"})
        doctor.refresh_from_db()
        assert doctor.is_active is active


def test_no_device_comes_back_with_a_reopened_account(client, clinic):
    doctor = factories.doctor(clinic)
    device = factories.device(doctor)

    for active in ("no", "yes"):
        client.post(reverse("desk:activation", args=[doctor.public_id]), {"active": active})

    device.refresh_from_db()
    assert device.revoked_at is not None


def test_nobody_locks_themselves_out(client, administrator):
    own = reverse("desk:activation", args=[administrator.public_id])

    assert client.post(own, {"active": "no"}).status_code == 404


def test_a_new_version_is_written_previewed_and_published(client, clinic):
    patient = factories.patient(clinic)
    factories.sign_consent(patient, ConsentKind.RESEARCH)

    saved = client.post(reverse("desk:form", args=["research"]), words())
    assert saved.url == reverse("desk:publish", args=["research"])
    assert selectors.form_state(clinic, ConsentKind.RESEARCH).to_sign_again == 0
    assert "1 patient has signed" in page(client, "publish", "research")
    client.post(saved.url)

    state = selectors.form_state(clinic, ConsentKind.RESEARCH)
    assert (state.current.version, state.draft) == (2, None)
    assert (state.signed, state.to_sign_again) == (0, 1)
    assert state.current.text_in("zh-hans").title == "研究"


def test_a_text_hashes_alike_whatever_line_ends_the_browser_sends(client, clinic):
    for body in ("One.\n\nTwo.", "One.\r\n\r\nTwo."):
        client.post(reverse("desk:form", args=["research"]), words(body=body))
        draft = ConsentForm.objects.get(clinic=clinic, published_at=None)
        assert draft.text_in("en").body == "One.\n\nTwo."


@pytest.mark.parametrize("missing", ["title", "summary", "body", "changes"])
def test_no_version_is_saved_without_all_its_words(client, clinic, missing):
    response = client.post(reverse("desk:form", args=["research"]), words(**{missing: " "}))

    assert response.status_code == 422
    assert not ConsentForm.objects.filter(clinic=clinic, published_at=None).exists()


def test_the_editor_goes_on_with_the_draft(client, clinic):
    draft_version(clinic, ConsentKind.RESEARCH, title="Half written")

    assert "Half written" in page(client, "form", "research")


def test_without_a_draft_there_is_nothing_to_publish(client, clinic):
    response = client.post(reverse("desk:publish", args=["research"]))

    assert response.url == reverse("desk:form", args=["research"])
    assert selectors.form_state(clinic, ConsentKind.RESEARCH).current.version == 1


def test_signatures_are_counted_per_version(client, clinic):
    patients = [factories.patient(clinic) for _ in range(3)]
    for patient in patients:
        factories.sign_consent(patient)
    next_version(clinic, ConsentKind.PHOTOGRAPHY)
    factories.sign_consent(patients[0])
    factories.sign_consent(factories.patient(factories.clinic()))

    state = selectors.form_state(clinic, ConsentKind.PHOTOGRAPHY)

    assert (state.signed, state.to_sign_again) == (1, 2)
    assert [form.signed for form in selectors.form_versions(clinic).filter(kind="photography")] == [
        1,
        3,
    ]
    assert "version 2" in page(client, "forms")


def test_a_failed_reading_is_run_again(client, clinic):
    photo = factories.photo(factories.visit(factories.consenting_patient(clinic)))
    failed = factories.failed(photo)
    shown = page(client, "analyses")
    assert failed.problem in shown
    assert f"<code>{str(failed.public_id)[:8]}</code>" in shown

    client.post(reverse("desk:retry", args=[failed.public_id]))

    assert Analysis.objects.get(photo=photo).status == AnalysisStatus.QUEUED
    assert failed.problem not in page(client, "analyses")


def test_the_desk_shows_no_picture_no_finding_and_no_patient_of_a_reading(client, clinic):
    patient = factories.consenting_patient(clinic, full_name="Ada Example")
    visit = factories.visit(patient)
    factories.read(factories.photo(visit))
    factories.failed(factories.photo(visit, "left"))

    shown = page(client, "analyses")

    assert "<img" not in shown
    assert "papule" not in shown
    assert "Ada Example" not in shown


@pytest.mark.parametrize(("age", "words"), [(0, "working"), (3600, "no sign of life")])
def test_the_desk_tells_whether_the_worker_lives(client, clinic, age, words):
    record_beat(worker="w", model=Model("centernet", "1", "0" * 64))
    WorkerHeartbeat.objects.update(beat_at=timezone.now() - timedelta(seconds=age))

    assert words in page(client, "home")


def test_the_desk_says_when_no_worker_ever_ran(client, clinic):
    assert "No worker has reported yet" in page(client, "analyses")
