from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.db import IntegrityError, transaction

from portal.review.treatments.models import TreatmentTemplate

if TYPE_CHECKING:
    from portal.accounts.models import Clinic


class NameTakenError(Exception):
    """The clinic has a template of this name for this grade."""


def keep_template(
    *, clinic: Clinic, template: TreatmentTemplate | None, **written: Any
) -> TreatmentTemplate:
    """Write a new template, or this one anew."""
    kept = template or TreatmentTemplate(clinic=clinic)
    for name, value in written.items():
        setattr(kept, name, value)
    try:
        with transaction.atomic():
            kept.save()
    except IntegrityError as error:
        raise NameTakenError(kept.name) from error
    return kept


def drop_template(*, template: TreatmentTemplate) -> None:
    """What was signed with its words keeps them."""
    template.delete()
