"""Files without a row: what a process left that was killed between writing a file and committing.

Nobody can open them, and they may show a face, so they do not stay.
"""

from __future__ import annotations

import logging
from datetime import timedelta
from itertools import islice
from typing import TYPE_CHECKING, get_args

from django.apps import apps
from django.core.files.storage import default_storage
from django.db.models import FileField
from django.utils import timezone

from portal.cases.files import Folder

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from datetime import datetime

    from django.db.models import Model

logger = logging.getLogger(__name__)
LEFT_ALONE = timedelta(days=1)  # far longer than any transaction
AT_ONCE = 500


def sweep_files() -> int:
    """Remove the files that no row names and that are older than a day; returns how many."""
    before = timezone.now() - LEFT_ALONE
    removed = 0
    files = stored()
    while names := list(islice(files, AT_ONCE)):
        for name in set(names) - named(names):
            removed += _remove_if_older(name, before)
    if removed:
        logger.warning("%d files without a row were removed", removed)
    return removed


def stored() -> Iterator[str]:
    for folder in get_args(Folder):
        try:
            _folders, files = default_storage.listdir(folder)
        except FileNotFoundError:
            continue  # nothing was ever stored there
        yield from (f"{folder}/{file}" for file in files)


def file_fields() -> list[tuple[type[Model], str]]:
    return [
        (model, field.attname)
        for model in apps.get_models()
        for field in model._meta.concrete_fields  # noqa: SLF001 - Django's own way to a field
        if isinstance(field, FileField)
    ]


def named(names: Iterable[str]) -> set[str]:
    """Those of the names that a row of whatever model holds."""
    found: set[str] = set()
    for model, field in file_fields():
        rows = model._base_manager.filter(**{f"{field}__in": names})  # noqa: SLF001
        found.update(rows.values_list(field, flat=True))
    return found


def _remove_if_older(name: str, before: datetime) -> bool:
    try:
        if default_storage.get_modified_time(name) > before:
            return False
    except FileNotFoundError:
        return False  # removed meanwhile, as the pieces of an upload are
    default_storage.delete(name)
    return True
