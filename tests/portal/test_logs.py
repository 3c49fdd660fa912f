"""What the log keeps of a whole way through the portal: ids, never a name, an address or words."""

from __future__ import annotations

import io
import logging
import logging.config
import os
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest
from celery import Celery
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


def test_a_task_that_fails_is_logged_by_its_kind_and_not_by_its_words(log):
    app = Celery(set_as_current=False)

    @app.task(bind=True, name="tests.fail", shared=False)  # type: ignore[untyped-decorator]
    def fail(task, words: str, *, again: bool) -> None:
        failed = ValueError(f"Failing row contains ({words})")
        if again:
            raise task.retry(exc=failed, max_retries=3)
        raise failed

    for again in (False, True):
        fail.apply(args=[NAME], kwargs={"again": again}, throw=False)

    said = log.getvalue()
    assert "tests.fail" in said
    assert "ValueError" in said
    assert NAME not in said


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


@pytest.mark.parametrize("name", ["join", "rights:erasure", "account_confirm_email"])
def test_a_path_is_kept_without_the_key_in_it(client, log, name):
    client.get(reverse(name, args=["a-key-that-opens-something"]))
    logging.getLogger("django.request").warning("Conflict: %s", reverse(name, args=["another"]))

    assert "Conflict: /" in log.getvalue()
    assert "a-key-that" not in log.getvalue()
    assert "another" not in log.getvalue()


def test_so_is_the_path_of_a_new_password(log):
    path = reverse("account_reset_password_from_key", args=["1a", "key-of-mine"])
    logging.getLogger("django.request").warning("Gone: %s", path)

    assert "Gone: /" in log.getvalue()
    assert "key-of-mine" not in log.getvalue()


@pytest.mark.parametrize(
    ("address", "starts"),
    [("consolemail://", False), ("", False), (None, False), ("smtp://mail.clinic.example", True)],
)
def test_production_does_not_write_mails_into_its_log(address, starts):
    environment = {
        **{key: value for key, value in os.environ.items() if key != "EMAIL_URL"},
        "SECRET_KEY": "x" * 50,
        "ALLOWED_HOSTS": "portal.clinic.example",
        **({} if address is None else {"EMAIL_URL": address}),
    }
    started = subprocess.run(
        [sys.executable, "-c", "import portal.settings.production"],
        env=environment, capture_output=True, check=False, text=True,
    )  # fmt: skip

    assert (started.returncode == 0) == starts, started.stderr
    assert starts or "EMAIL_URL" in started.stderr
