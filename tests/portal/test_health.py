from __future__ import annotations

from datetime import timedelta
from http import HTTPStatus

import pytest
from django.db import DatabaseError, connection
from django.utils import timezone

from portal.analysis.models import WorkerHeartbeat
from portal.analysis.services import record_beat
from tests import factories

pytestmark = pytest.mark.django_db


@pytest.fixture
def worker() -> None:
    record_beat(worker="here", model=factories.result().model)


def test_the_site_is_healthy_while_it_reaches_its_database(client):
    answer = client.get("/healthz")

    assert answer.status_code == HTTPStatus.OK
    assert answer.json() == {"ok": True, "database": {"ok": True}}


@pytest.mark.usefixtures("worker")
def test_the_site_is_ready_while_a_worker_with_its_model_beats(client):
    answer = client.get("/readyz")

    assert answer.status_code == HTTPStatus.OK
    assert answer.json()["worker"]["model"] == {"name": "test", "version": "1", "sha256": "0" * 64}


def test_the_site_is_not_ready_before_a_worker_has_started(client):
    assert client.get("/readyz").status_code == HTTPStatus.SERVICE_UNAVAILABLE


@pytest.mark.usefixtures("worker")
def test_the_site_is_not_ready_once_the_worker_falls_silent(client):
    WorkerHeartbeat.objects.update(beat_at=timezone.now() - timedelta(seconds=61))
    answer = client.get("/readyz")

    assert answer.status_code == HTTPStatus.SERVICE_UNAVAILABLE
    assert "61 seconds" in answer.json()["worker"]["problem"]


@pytest.mark.parametrize("path", ["/healthz", "/readyz"])
def test_a_database_out_of_reach_is_told_without_an_error_page(client, monkeypatch, path):
    def refuse():
        raise DatabaseError("password=secret")

    monkeypatch.setattr(connection, "cursor", refuse)
    answer = client.get(path)

    assert answer.status_code == HTTPStatus.SERVICE_UNAVAILABLE
    assert answer.json()["database"] == {"ok": False, "problem": "unreachable"}
    assert "secret" not in answer.text
