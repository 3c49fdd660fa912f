from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from django.core.cache import cache
from django.test import Client
from django.urls import reverse

from tests import factories
from tests.rules.scoping import scoped_queries

if TYPE_CHECKING:
    from pathlib import Path

    from django.db.models.fields.files import FieldFile


@pytest.fixture(autouse=True)
def media(settings, tmp_path) -> Path:
    """A storage of this test's own, so that what is left in it can be counted."""
    settings.STORAGES = {
        **settings.STORAGES,
        "default": {
            "BACKEND": "django.core.files.storage.FileSystemStorage",
            "OPTIONS": {"location": tmp_path / "media", "base_url": None},
        },
    }
    folder: Path = tmp_path / "media"
    return folder


@pytest.fixture(autouse=True)
def ledger(settings, tmp_path) -> Path:
    """Who was erased in this test."""
    settings.ERASURE_LEDGER = tmp_path / "kept" / "erased.jsonl"
    return tmp_path / "kept" / "erased.jsonl"


@pytest.fixture(autouse=True)
def _fresh_rate_limits():
    """Each test counts its own tries; limits are per person or sender, and time."""
    cache.clear()


@pytest.fixture(autouse=True)
def _guarded_queries(monkeypatch):
    """Whatever page or API action a test opens, its queries are somebody's own; the operator's site
    is about everybody.
    """
    send = Client.request

    def request(client: Client, **environ: Any) -> Any:
        if environ.get("PATH_INFO", "").startswith(reverse("admin:index")):
            return send(client, **environ)
        with scoped_queries():
            return send(client, **environ)

    monkeypatch.setattr(Client, "request", request)


@pytest.fixture
def patient(db):
    return factories.consenting_patient(factories.clinic())


@pytest.fixture
def visit(patient):
    return factories.visit(patient)


def stored(media: Path) -> list[str]:
    """Every file in the storage, by its path."""
    return sorted(str(path.relative_to(media)) for path in media.rglob("*") if path.is_file())


def content(field: FieldFile) -> bytes:
    with field.open("rb") as file:
        return bytes(file.read())
