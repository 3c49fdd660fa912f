from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.utils.translation import gettext as _

from portal.accounts.selectors import clinic_of
from portal.cases.models import Pregnancy
from portal.review.treatments.models import TreatmentTemplate

if TYPE_CHECKING:
    from django.db.models import QuerySet

    from portal.accounts.models import User
    from portal.cases.models import Questionnaire, Visit

NOT_PREGNANT = (Pregnancy.NOT_APPLICABLE, Pregnancy.NO)


@dataclass(frozen=True)
class Offer:
    """A template of the clinic, and what the patient told that speaks against it."""

    template: TreatmentTemplate
    unsuitable: list[str]


def templates_of(doctor: User) -> QuerySet[TreatmentTemplate]:
    return TreatmentTemplate.objects.filter(clinic=clinic_of(doctor))


def offers(visit: Visit, told: Questionnaire | None) -> list[Offer]:
    """Every template of the clinic; the page shows those for the grade that is chosen."""
    templates = TreatmentTemplate.objects.filter(clinic=visit.clinic_id)
    return [Offer(one, objections(one, told)) for one in templates]


def objections(template: TreatmentTemplate, told: Questionnaire | None) -> list[str]:
    """Why the template does not suit this patient; no answer about pregnancy is a reason too."""
    found: list[str] = []
    pregnancy = told.pregnancy if told else ""
    if template.not_if_pregnant and pregnancy not in NOT_PREGNANT:
        answer = Pregnancy(pregnancy).label if pregnancy else _("not answered")
        found.append(_("pregnancy: %(answer)s") % {"answer": answer})
    written = {
        _("allergy: %(word)s"): told.allergies if told else "",
        _("present treatment: %(word)s"): told.treatments_now if told else "",
    }
    for line, text in written.items():
        met = [word for word in template.unsuitable_words if word.casefold() in text.casefold()]
        found += [line % {"word": word} for word in met]
    return found
