"""The corpus of hostile files, sent as a patient would: nothing happens, and nothing is left."""

from __future__ import annotations

import os
import signal
import tempfile
from pathlib import Path

import pytest
from django.core.files.base import ContentFile
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PIL import Image

from portal.cases import decoding, sandbox
from portal.cases.intake import PhotoRefused, check
from portal.cases.models import Photo
from portal.cases.sandbox import SANDBOX, Sandbox
from tests import factories
from tests.pictures import encoded, face, heic, jpeg
from tests.portal.cases.corpus import ANY, CORPUS, FINE, NAMES, SCRIPT
from tests.portal.conftest import stored

pytestmark = pytest.mark.django_db


def refusal(data: bytes) -> str:
    """Its code; empty if the file is taken."""
    try:
        check(ContentFile(data))
    except PhotoRefused as refused:
        return refused.code
    return ""


@pytest.mark.parametrize("name", CORPUS)
def test_each_hostile_file_is_taken_for_what_it_is(name):
    make, expected = CORPUS[name]

    found = refusal(make())

    assert expected in (found, ANY)
    assert refusal(jpeg()) == FINE, "and the next patient's photo is taken"


@pytest.fixture
def patient(client):
    person = factories.consenting_patient(factories.clinic())
    client.force_login(person)
    return person


def send(client, visit, data: bytes, name: str = "photo.jpg"):
    file = SimpleUploadedFile("photo.jpg", data, "image/jpeg")
    file._name = name  # type: ignore[attr-defined]  # as it stands in the request, uncleaned
    address = reverse("cases:upload", args=[visit.public_id])
    return client.post(address, {"view": "front", "photo": file})


def left_in_the_temporary_folder() -> set[str]:
    return {path.name for path in Path(tempfile.gettempdir()).glob("*upload*")}


def test_what_is_refused_leaves_no_row_no_file_and_no_trace(client, patient, media):
    visit = factories.visit(patient)
    before = left_in_the_temporary_folder()

    for make, expected in CORPUS.values():
        if expected not in (FINE, ANY):
            assert send(client, visit, make()).status_code in (413, 415, 422)

    assert not Photo.objects.exists()
    assert stored(media) == []
    assert left_in_the_temporary_folder() == before


@pytest.mark.parametrize("name", NAMES, ids=range(len(NAMES)))
def test_a_name_decides_nothing_and_is_kept_nowhere(client, patient, media, name):
    visit = factories.visit(patient)

    assert send(client, visit, jpeg(), name).status_code == 302

    photo = Photo.objects.get()
    assert name.strip() == "" or name not in str(vars(photo))
    assert all(path.startswith("originals/") and path.endswith(".jpg") for path in stored(media))


def test_nothing_hidden_in_a_photo_comes_back(client, patient):
    """What is shown is made from the pixels; a page behind them is not among it."""
    visit = factories.visit(patient)
    send(client, visit, jpeg() + SCRIPT)
    photo = Photo.objects.get()
    factories.read(photo)

    shown = client.get(reverse("cases:photo_image", args=[photo.public_id]))

    assert SCRIPT not in b"".join(shown.streaming_content)
    assert shown["Content-Type"] == "image/jpeg"
    assert shown["X-Content-Type-Options"] == "nosniff"


SEEDS = {
    "JPEG": jpeg(256),
    "PNG": encoded(face(256), "PNG"),
    "WEBP": encoded(face(256), "WEBP"),
    "HEIF": heic(face(256)),
}


@settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    kind=st.sampled_from(sorted(SEEDS)),
    place=st.floats(0, 1),
    put=st.binary(min_size=1, max_size=64),
    cut=st.integers(0, 64),
)
def test_a_photo_with_anything_overwritten_is_taken_or_refused(kind, place, put, cut):
    whole = SEEDS[kind]
    at = int(place * len(whole))

    refusal(whole[:at] + put + whole[at + cut :])  # any other exception fails


# --- The process apart ----------------------------------------------------------------------------


def box(**limits) -> Sandbox:
    """A sandbox of other limits."""

    class Other(Sandbox):
        def _running(self):
            usual = sandbox.limits
            sandbox.limits = lambda: decoding.Limits(**{**vars_of(usual()), **limits})
            try:
                return super()._running()
            finally:
                sandbox.limits = usual

    return Other()


def vars_of(limits: decoding.Limits) -> dict:
    return {name: getattr(limits, name) for name in limits.__dataclass_fields__}


def asked(box: Sandbox, data: bytes, kind: str = "JPEG") -> str:
    return box.verdict(ContentFile(data), kind)


@pytest.fixture
def closing():
    boxes: list[Sandbox] = []
    yield boxes.append
    for one in boxes:
        one.close()


def test_what_takes_too_much_memory_ends_alone(closing):
    small = box(memory_bytes=256 << 20)
    closing(small)
    plain = encoded(Image.new("RGB", (7_500, 7_500)), "PNG")

    assert asked(small, plain, "PNG") in ("truncated", decoding.KILLED)
    assert asked(small, jpeg()) == decoding.FINE


def test_what_takes_too_long_ends_alone(closing):
    hasty = box(seconds=0)
    closing(hasty)

    assert asked(hasty, encoded(face(1_500), "PNG"), "PNG") == decoding.KILLED


def test_a_helper_that_dies_is_replaced(closing):
    own = Sandbox()
    closing(own)
    assert asked(own, jpeg()) == decoding.FINE
    assert own._helper is not None

    os.kill(own._helper.process.pid, signal.SIGKILL)
    own._helper.process.wait()

    assert asked(own, jpeg()) == decoding.FINE


def test_the_helper_knows_nothing_of_the_site_and_ends_with_it(closing):
    own = Sandbox()
    asked(own, jpeg())
    assert own._helper is not None
    process = own._helper.process
    environment = Path(f"/proc/{process.pid}/environ").read_bytes()
    libraries = Path(f"/proc/{process.pid}/maps").read_text()

    own._helper.line.close()

    assert process.wait(timeout=20) == 0
    assert environment == b""
    assert "psycopg" not in libraries
    assert SANDBOX is not own
