"""Whether to trust the model: how it compares with what the clinic's doctors signed, over time."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from datetime import date, timedelta
from typing import TYPE_CHECKING

from django.utils import timezone

from portal.accounts.selectors import clinic_of
from portal.analysis.models import LesionType
from portal.review.agreement.models import Agreement
from portal.review.models import Grade

if TYPE_CHECKING:
    from collections.abc import Sequence

    from portal.accounts.models import User

MONTHS = 12
FEWEST = 5  # visits, below which a number would mislead
GRADES = list(Grade.values)


@dataclass(frozen=True)
class TypeAgreement:
    """Precision: how many of the model's were right. Recall: how many of the doctor's it found."""

    type: str
    both: int
    machine: int
    doctor: int

    @property
    def label(self) -> str:
        return str(LesionType(self.type).label)

    @property
    def precision(self) -> float | None:
        return 100 * self.both / self.machine if self.machine else None

    @property
    def recall(self) -> float | None:
        return 100 * self.both / self.doctor if self.doctor else None


@dataclass(frozen=True)
class Period:
    """A month of signed visits."""

    month: date
    rows: Sequence[Agreement]

    @property
    def visits(self) -> int:
        return len(self.rows)

    @property
    def corrected(self) -> int:
        return sum(one.is_corrected for one in self.rows)

    @property
    def kappa(self) -> float | None:
        pairs = [(one.machine_grade, one.grade) for one in self.rows if one.machine_grade]
        return kappa(pairs) if len(pairs) >= FEWEST else None

    @property
    def certainty(self) -> float | None:
        stated = [one.certainty for one in self.rows if one.certainty is not None]
        return 100 * sum(stated) / len(stated) if stated else None

    @property
    def refused(self) -> float | None:
        return self._share("refused")

    @property
    def cautioned(self) -> float | None:
        return self._share("cautioned")

    def _share(self, name: str) -> float | None:
        photos = sum(one.photos for one in self.rows)
        return 100 * sum(getattr(one, name) for one in self.rows) / photos if photos else None

    @property
    def types(self) -> list[TypeAgreement]:
        return [TypeAgreement(kind, *self._sums(kind)) for kind in LesionType.values]

    def _sums(self, kind: str) -> tuple[int, int, int]:
        rows = [one.types[kind] for one in self.rows if one.is_corrected]
        both, machine, doctor = (sum(row[place] for row in rows) for place in range(3))
        return both, machine, doctor


def months(doctor: User) -> list[Period]:
    """The last twelve months with a signed visit, the newest first; one query."""
    since = timezone.now() - timedelta(days=31 * MONTHS)
    rows = Agreement.objects.filter(clinic=clinic_of(doctor), signed_at__gte=since)
    by_month: dict[date, list[Agreement]] = defaultdict(list)
    for one in rows:
        by_month[timezone.localdate(one.signed_at).replace(day=1)].append(one)
    return [Period(month, by_month[month]) for month in sorted(by_month, reverse=True)]


def together(periods: Sequence[Period]) -> Period:
    rows = [one for period in periods for one in period.rows]
    return Period(periods[-1].month if periods else timezone.localdate(), rows)


def kappa(pairs: Sequence[tuple[str, str]]) -> float | None:
    """Cohen's, weighted by the square of the distance; none where all are of one grade."""
    places = [(GRADES.index(one), GRADES.index(other)) for one, other in pairs]
    number = len(places)
    seen = sum((one - other) ** 2 for one, other in places) / number
    by_chance = sum((one - other) ** 2 for one, _ in places for _, other in places) / number**2
    return 1 - seen / by_chance if by_chance else None
