"""Every background task goes through ``portal.tasking``; every message is sent on commit."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest
from django.conf import settings
from django.db import transaction
from kombu.exceptions import OperationalError

import portal
from portal import tasking
from portal.celery import app

PORTAL = Path(portal.__file__).parent
SOURCES = sorted(path for path in PORTAL.rglob("*.py") if "migrations" not in path.parts)
ONLY_IN_TASKING = {"shared_task", "delay", "apply_async", "send_task"}


def our_tasks() -> dict:
    app.loader.import_default_modules()
    return {name: task for name, task in app.tasks.items() if not name.startswith("celery.")}


def names_used(path: Path) -> set[str]:
    """Every name and attribute that the file's code speaks of."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    names = {node.id for node in ast.walk(tree) if isinstance(node, ast.Name)}
    attributes = {node.attr for node in ast.walk(tree) if isinstance(node, ast.Attribute)}
    imported = {
        alias.name
        for node in ast.walk(tree)
        if isinstance(node, ast.ImportFrom)
        for alias in node.names
    }
    return names | attributes | imported


def test_every_task_survives_a_lost_worker_and_ends_in_time():
    assert our_tasks()
    for name, task in our_tasks().items():
        assert task.acks_late, name
        assert task.reject_on_worker_lost, name
        assert 0 < task.soft_time_limit < task.time_limit, name


def test_every_task_lives_in_the_tasks_module_of_an_app():
    for name, task in our_tasks().items():
        assert name.startswith("portal."), name
        assert task.__module__.endswith(".tasks"), name


def test_every_scheduled_task_exists():
    scheduled = {entry["task"] for entry in settings.CELERY_BEAT_SCHEDULE.values()}

    assert scheduled <= our_tasks().keys()


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: str(path.relative_to(PORTAL)))
def test_only_tasking_declares_tasks_and_sends_messages(path):
    if path.name == "tasking.py":
        return
    names = names_used(path)

    assert not names & ONLY_IN_TASKING
    # A task may ring for itself: it runs outside a transaction. Others ring on commit.
    assert "ring" not in names or path.name == "tasks.py"


class Doorbell:
    name = "doorbell"

    def __init__(self, error: Exception | None = None) -> None:
        self.rings = 0
        self.error = error

    def apply_async(self, **_options) -> None:
        self.rings += 1
        if self.error:
            raise self.error


@pytest.mark.django_db(transaction=True)
def test_a_doorbell_rings_when_the_rows_can_be_seen_and_not_before():
    doorbell = Doorbell()

    with transaction.atomic():
        tasking.ring_on_commit(doorbell)
        assert doorbell.rings == 0

    assert doorbell.rings == 1


@pytest.mark.django_db(transaction=True)
def test_no_doorbell_rings_for_rows_that_were_rolled_back():
    doorbell = Doorbell()

    with transaction.atomic():
        tasking.ring_on_commit(doorbell)
        transaction.set_rollback(True)

    assert doorbell.rings == 0


@pytest.mark.parametrize("error", [OperationalError("gone"), ConnectionRefusedError()])
def test_a_broker_that_is_down_does_not_fail_who_wrote_the_row(error):
    doorbell = Doorbell(error)

    tasking.ring(doorbell)

    assert doorbell.rings == 1
