"""An app on a phone, for tests: it knows the API and nothing else."""

from __future__ import annotations

from django.core.files.uploadedfile import SimpleUploadedFile

from portal.api import tokens
from tests import pictures

V1 = "/api/v1/"


def bearer(person) -> dict[str, str]:
    _device, key = tokens.issue(user=person, name="A phone")
    return {"Authorization": f"Bearer {key}"}


class App:
    """An app on a phone: JSON in, JSON out, and a token that it sends along."""

    def __init__(self, client, person=None) -> None:
        self.client = client
        self.headers = bearer(person) if person else {}

    def get(self, path):
        return self.client.get(V1 + path, headers=self.headers)

    def send(self, method, path, data=None, **headers):
        how = {"content_type": "application/json", "headers": {**self.headers, **headers}}
        return getattr(self.client, method)(V1 + path, data, **how)

    def post(self, path, data=None):
        return self.send("post", path, data or {})

    def form(self, path, **data):
        return self.client.post(V1 + path, data, headers=self.headers)


def jpeg(data: bytes | None = None) -> SimpleUploadedFile:
    return SimpleUploadedFile("x.jpg", data or pictures.jpeg())
