"""What the log keeps of a whole way through the portal: ids, never a name, an address or words."""

from __future__ import annotations

import io
import logging
import logging.config
from typing import TYPE_CHECKING

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from portal.cases import notices
from portal.cases.models import NoticeKind, Photo, Visit
from portal.errors import LineFormatter
from portal.review.models import Review
from portal.rights import exporting
from tests import factories
from tests.pictures import jpeg

if TYPE_CHECKING:
    from collections.abc import Iterator

pytestmark = pytest.mark.django_db

NAME, EMAIL, BORN = "Quintessa Marchbanks", "quintessa@home.example", "1987-03-14"
WORDS = "My cheeks burn since Easter."
ASSESSMENT = "Papules, and she squeezes them."
FILE = "IMG_quintessa_mirror.jpg"


@pytest.fixture
def log() -> Iterator[io.StringIO]:
    """Everything that any logger says, in the site's own form."""
    kept = io.StringIO()
    handler = logging.StreamHandler(kept)
    handler.setFormatter(LineFormatter("%(levelname)s %(name)s %(message)s"))
    root = logging.getLogger()
    level = root.level
    root.addHandler(handler)
    root.setLevel(logging.DEBUG)
    yield kept
    root.removeHandler(handler)
    root.setLevel(level)


def test_a_whole_way_with_all_that_goes_wrong_on_it_leaves_no_personal_word(
    client, log, monkeypatch
):
    clinic = factories.clinic(open_registration=True)
    doctor = factories.doctor(clinic, full_name="Dr. Ottoline Vane", email="vane@home.example")
    client.raise_request_exception = False

    register(client)
    patient = clinic.people.get(email=EMAIL)
    factories.sign_consent(patient)
    client.force_login(patient)
    send_photos(client, patient)
    break_things(client, patient, monkeypatch)
    sign(client, doctor)

    said = log.getvalue()
    assert "error" in said  # something was logged at all
    for word in (NAME, "Quintessa", EMAIL, BORN, WORDS, ASSESSMENT, FILE, "Ottoline", "vane@"):
        assert word.lower() not in said.lower(), word


def register(client) -> None:
    entered = {
        "full_name": NAME,
        "date_of_birth": BORN,
        "email": EMAIL,
        "password1": factories.PASSWORD,
    }
    client.post(reverse("account_signup"), {**entered, "date_of_birth": "14 March"})
    client.post(reverse("account_signup"), entered)
    client.post(reverse("account_login"), {"login": EMAIL, "password": "wrong"})
    client.post(reverse("account_reset_password"), {"email": EMAIL})


def send_photos(client, patient) -> None:
    visit = factories.visit(patient)
    address = reverse("cases:upload", args=[visit.public_id])
    for data in (b"no picture", jpeg()):
        client.post(address, {"view": "front", "photo": SimpleUploadedFile(FILE, data)})
    told = reverse("cases:save_answers", args=[visit.public_id])
    client.post(told, {"bothers_most": WORDS})
    factories.read(Photo.objects.get())
    client.post(reverse("cases:submit", args=[visit.public_id]))
    client.post(reverse("messages:mine"), {"text": WORDS, "key": "no uuid"})
    factories.letter(patient, WORDS)


def break_things(client, patient, monkeypatch) -> None:
    """A page, a mail and an export fail with an exception that quotes the patient."""

    def broken(*_arguments, **_options):
        raise OSError(f"{NAME} <{EMAIL}> {BORN}: {WORDS}")

    with monkeypatch.context() as failing:
        failing.setattr("portal.cases.views.own_visits", broken)
        assert client.get(reverse("cases:home")).status_code == 500
        failing.setattr(notices, "send_mail", broken)
        notices.notify(visit=Visit.objects.get(), kind=NoticeKind.REPORT_READY)
        notices.send_waiting()
        failing.setattr(exporting, "write_archive", broken)
        exporting.ask_for_export(patient=patient, language="en")
        exporting.make_waiting()


def sign(client, doctor) -> None:
    visit = Visit.objects.get()
    client.force_login(doctor)
    client.post(reverse("review:claim", args=[visit.public_id]))
    client.get(reverse("review:workstation", args=[visit.public_id]))
    decided = {"grade": "IV", "assessment": ASSESSMENT, "diagnosis": "acne"}
    client.post(reverse("review:sign", args=[visit.public_id]), decided)
    client.post(
        reverse("review:sign", args=[visit.public_id]), {**decided, "override_reason": WORDS}
    )
    assert Review.objects.get().assessment == ASSESSMENT
