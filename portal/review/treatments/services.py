from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.db import IntegrityError, transaction

from portal.audit.models import Action
from portal.audit.services import record
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
            record(Action.TEMPLATE_KEPT, kept, clinic_id=clinic.pk)
    except IntegrityError as error:
        raise NameTakenError(kept.name) from error
    return kept


@transaction.atomic
def drop_template(*, template: TreatmentTemplate) -> None:
    """What was signed with its words keeps them."""
    record(Action.TEMPLATE_DROPPED, template, clinic_id=template.clinic_id)
    template.delete()
