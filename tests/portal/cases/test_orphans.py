"""What a killed process left in the storage goes; whatever a row names stays."""

from __future__ import annotations

import os
import time
from datetime import timedelta

import pytest
from django.apps import apps
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.db.models import FileField

from portal.cases import files
from portal.cases.models import View
from portal.cases.orphans import LEFT_ALONE, sweep_files
from portal.cases.resumable import append, begin_upload
from portal.rights.exporting import ask_for_export, make_waiting
from tests import factories
from tests.pictures import jpeg
from tests.portal.conftest import stored

pytestmark = pytest.mark.django_db
OLD = (LEFT_ALONE + timedelta(minutes=1)).total_seconds()


class KilledError(Exception):
    """The machine stopped: nothing that tidies up is run any more."""


def age(media, *, of=None) -> None:
    """Let every file, or the one named, be older than the sweep leaves alone."""
    then = time.time() - OLD
    for name in [of] if of else stored(media):
        os.utime(media / name, (then, then))


@pytest.fixture
def everything(patient, visit):
    """A row of every kind that names a file."""
    factories.read(factories.photo(visit))
    upload = begin_upload(visit=visit, view=View.LEFT, byte_size=9, sha256="0" * 64)
    append(upload=upload, offset=0, data=b"a piece")
    factories.letter(patient, pictures=[jpeg()])
    ask_for_export(patient=patient, language="en")
    make_waiting()


def test_a_file_written_just_before_the_process_was_killed_is_removed_a_day_later(
    visit, media, monkeypatch
):
    def killed(*_arguments, **_fields):
        raise KilledError

    with monkeypatch.context() as broken:
        broken.setattr("portal.analysis.services.queue_analysis", killed)
        broken.setattr(files.NewFiles, "remove", lambda _files: None)
        with pytest.raises(KilledError):
            factories.photo(visit)
    [left] = stored(media)

    assert sweep_files() == 0
    assert stored(media) == [left]
    age(media)
    assert sweep_files() == 1
    assert stored(media) == []


def test_every_file_that_a_row_names_stays_however_old(everything, media):
    kept = stored(media)
    orphan = default_storage.save("originals/nobodys.jpg", ContentFile(b"x"))
    age(media)

    assert sweep_files() == 1
    assert stored(media) == kept
    assert orphan not in kept


def test_the_sweep_knows_every_model_with_a_file(everything):
    """A new model with files has to be met by the fixture above."""
    with_files = {
        model
        for model in apps.get_models()
        for field in model._meta.concrete_fields
        if isinstance(field, FileField)
    }

    assert [model for model in with_files if not model._base_manager.exists()] == []


def test_more_files_than_are_looked_at_at_once_are_swept(everything, media, monkeypatch):
    monkeypatch.setattr("portal.cases.orphans.AT_ONCE", 2)
    kept = stored(media)
    for number in range(5):
        default_storage.save(f"display/{number}.jpg", ContentFile(b"x"))
    age(media)

    assert sweep_files() == 5
    assert stored(media) == kept


def test_nothing_stored_is_nothing_to_do():
    assert sweep_files() == 0
