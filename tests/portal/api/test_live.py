"""The API over the wire: a running server, real sockets, and connections that break."""

from __future__ import annotations

import hashlib
import socket
import time
from urllib.parse import urlsplit

import pytest
import requests

from portal.analysis.models import Analysis
from portal.cases.models import Photo, Upload
from tests import factories, pictures
from tests.portal.api.apps import bearer

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.slow]

SECONDS = 60


@pytest.fixture
def line():
    """Its connections end with the test: one that is kept open keeps one to the database."""
    with requests.Session() as session:
        yield session


# --- A photo over a line that breaks -------------------------------------------------------------


class Phone:
    """An app that sends a photo in pieces."""

    def __init__(self, address: str, person) -> None:
        self.address = address + "/api/v1/"
        self.headers = bearer(person)

    def get(self, path: str):
        return requests.get(self.address + path, headers=self.headers, timeout=SECONDS)

    def post(self, path: str, **what):
        return requests.post(self.address + path, headers=self.headers, timeout=SECONDS, **what)

    def announce(self, visit, data: bytes) -> str:
        announced = {
            "view": "front",
            "byte_size": len(data),
            "sha256": hashlib.sha256(data).hexdigest(),
        }
        made = self.post(f"visits/{visit.public_id}/uploads/", json=announced)
        assert made.status_code == 201
        return f"uploads/{made.json()['id']}/"

    def _piece(self, offset: int) -> dict[str, str]:
        kind = {"Content-Type": "application/octet-stream", "Upload-Offset": str(offset)}
        return {**self.headers, **kind}

    def send(self, upload: str, offset: int, part: bytes):
        return requests.patch(
            self.address + upload, data=part, headers=self._piece(offset), timeout=SECONDS
        )

    def send_the_rest(self, upload: str, data: bytes):
        """Ask how much is there and go on from it, as often as a broken piece still comes in."""
        for _try in range(10):
            there = self.get(upload).json()["received"]
            answer = self.send(upload, there, data[there:])
            if answer.status_code == 200:
                return answer
            assert answer.json()["code"] == "offset"
        raise AssertionError("the photo does not become whole")

    def break_off(self, upload: str, offset: int, part: bytes) -> None:
        """Promise the whole piece, send half of it and hang up."""
        site = urlsplit(self.address + upload)
        assert site.hostname
        assert site.port
        lines = [f"PATCH {site.path} HTTP/1.1", f"Host: {site.netloc}"]
        lines += [f"{name}: {value}" for name, value in self._piece(offset).items()]
        lines += [f"Content-Length: {len(part)}", "", ""]
        with socket.create_connection((site.hostname, site.port), timeout=SECONDS) as line:
            line.sendall("\r\n".join(lines).encode() + part[: len(part) // 2])

    def wait_for_the_reading(self, photo_id: str) -> dict:
        for _try in range(100):
            told = self.get(f"photos/{photo_id}/").json()
            if told["status"] not in ("queued", "running"):
                return told
            time.sleep(0.1)
        raise AssertionError("the reading is not told")


@pytest.fixture
def phone(live_server, patient):
    return Phone(live_server.url, patient)


def test_a_photo_goes_on_where_the_line_broke_and_its_progress_is_told(phone, patient):
    data, third = pictures.jpeg(), 4000
    upload = phone.announce(factories.visit(patient), data)

    assert phone.send(upload, 0, data[:third]).json()["received"] == third
    phone.break_off(upload, third, data[third:])
    told = phone.get(upload).json()
    assert third <= told["received"] < told["byte_size"] == len(data)
    assert told["photo"] is None
    wrong = phone.send(upload, 0, data[:third])
    assert (wrong.status_code, wrong.json()["code"]) == (409, "offset")
    whole = phone.send_the_rest(upload, data)

    photo = Photo.objects.get()
    assert whole.json()["photo"] == str(photo.public_id)
    assert photo.sha256 == hashlib.sha256(data).hexdigest()
    assert phone.get(f"photos/{photo.public_id}/").json()["status"] == "queued"
    factories.read(photo)
    told = phone.wait_for_the_reading(str(photo.public_id))
    assert told["status"] == "done"
    picture = requests.get(
        urlsplit(phone.address)._replace(path=told["image"]).geturl(),
        headers=phone.headers,
        timeout=SECONDS,
    )
    assert picture.headers["Content-Type"] == "image/jpeg"
    assert picture.headers["Cache-Control"] == "private, no-store"


def test_a_photo_sent_in_one_go_whose_line_broke_leaves_nothing(phone, patient, line, media):
    visit = factories.visit(patient)
    site = urlsplit(f"{phone.address}visits/{visit.public_id}/photos/")
    form = requests.Request(
        "POST",
        site.geturl(),
        headers=phone.headers,
        data={"view": "front"},
        files={"photo": ("x.jpg", pictures.jpeg())},
    ).prepare()
    assert isinstance(form.body, bytes)
    head = "".join(f"{name}: {value}\r\n" for name, value in form.headers.items())
    start = f"POST {site.path} HTTP/1.1\r\nHost: {site.netloc}\r\n{head}\r\n".encode()

    with socket.create_connection((site.hostname, site.port), timeout=SECONDS) as broken:
        broken.sendall(start + form.body[: len(form.body) // 2])
    whole = line.send(form, timeout=SECONDS)

    assert whole.status_code == 201
    assert Photo.objects.count() == 1
    assert Analysis.objects.count() == 1
    assert not Upload.objects.exists()
    assert len([path for path in media.rglob("*") if path.is_file()]) == 1
