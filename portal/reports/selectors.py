from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from functools import cached_property
from typing import TYPE_CHECKING

from django.utils.translation import gettext as _

from portal.analysis import words as machine_words
from portal.analysis.models import AnalysisStatus
from portal.cases.models import Photo, View
from portal.cases.selectors import visits_for
from portal.reports import words
from portal.reports.content import sha256_of
from portal.reports.models import Report
from portal.reports.shapes import shapes
from portal.reports.tables import count_table
from portal.review.models import Diagnosis, Grade

if TYPE_CHECKING:
    from django.db.models import QuerySet
    from django.db.models.fields.files import FieldFile

    from portal.accounts.models import User
    from portal.analysis.words import Line
    from portal.reports.content import Json
    from portal.reports.shapes import Shape
    from portal.reports.tables import CountTable, TypeRow


def reports_for(user: User) -> QuerySet[Report]:
    return Report.objects.filter(visit__in=visits_for(user))


def is_intact(report: Report) -> bool:
    """Whether the content is still what was signed."""
    return sha256_of(report.content) == report.sha256


def pictures_of(report: Report) -> dict[str, FieldFile]:
    """The pictures that the report's photos are shown by, by the photo's id in its content."""
    named = [one["id"] for one in report.content["photos"]]
    photos = Photo.objects.filter(visit=report.visit_id, public_id__in=named).exclude(display="")
    return {str(photo.public_id): photo.display for photo in photos}


@dataclass(frozen=True)
class ReportPhoto:
    """A photo of the report with the findings that were frozen with it."""

    content: Json

    @property
    def view_label(self) -> str:
        return str(View(self.content["view"]).label)

    @property
    def is_read(self) -> bool:
        return bool(self.content["status"] == AnalysisStatus.DONE)

    @cached_property
    def shapes(self) -> list[Shape]:
        return shapes(self.content["lesions"], self.content["view"])


@dataclass(frozen=True)
class FoundRow:
    """A lesion type that was found, in the patient's words."""

    row: TypeRow
    place_labels: list[str]

    @property
    def type(self) -> str:
        return self.row.type

    @property
    def label(self) -> str:
        return self.row.label

    @property
    def total(self) -> int:
        return self.row.total

    @property
    def words(self) -> str:
        return str(words.TYPES[self.row.type])

    @property
    def places(self) -> str:
        """Where, and how many there, the most first."""
        there = [
            (n, place) for n, place in zip(self.row.cells, self.place_labels, strict=True) if n
        ]
        ordered = sorted(there, key=lambda one: -one[0])
        return _(", ").join(f"{place} {count}" for count, place in ordered)


@dataclass(frozen=True)
class ReportReading:
    """A report's frozen content, put into the reader's language; nothing else is looked at."""

    content: Json

    @property
    def signed_at(self) -> datetime:
        return datetime.fromisoformat(self.content["signed_at"])

    @property
    def sent_at(self) -> datetime:
        return datetime.fromisoformat(self.content["visit"]["sent_at"])

    @property
    def next_visit_on(self) -> date | None:
        day = self.content["next_visit_on"]
        return date.fromisoformat(day) if day else None

    @property
    def patient_born(self) -> date:
        return date.fromisoformat(self.content["patient"]["date_of_birth"])

    @property
    def is_acne(self) -> bool:
        """Anything else has no grade, and stays out of the trend."""
        return bool(self._diagnosis == Diagnosis.ACNE)

    @property
    def _diagnosis(self) -> str:
        return str(self.content.get("diagnosis", Diagnosis.ACNE))

    @property
    def diagnosis_label(self) -> str:
        """In the doctor's own words where the list has none."""
        return str(self.content.get("diagnosis_words") or Diagnosis(self._diagnosis).label)

    @property
    def grade_label(self) -> str:
        """The grade; of anything but acne, what it is."""
        return str(Grade(self.content["grade"]).label) if self.is_acne else self.diagnosis_label

    @property
    def grade_words(self) -> str:
        if not self.is_acne:
            return str(words.DIAGNOSES[self._diagnosis])
        return str(words.GRADES[self.content["grade"]])

    @property
    def second_doctor_words(self) -> str:
        """Who read it too, and how the two came together."""
        doctor = self.content.get("second_doctor", "")
        if not doctor:
            return ""
        if self.content["agreement"]:
            return _("Read by %(doctor)s too; the two agreed on it.") % {"doctor": doctor}
        return _("Read by %(doctor)s too, who came to the same.") % {"doctor": doctor}

    @property
    def counted_grade_label(self) -> str:
        """What the lesions gave as the doctor left them, where that is not the model's grade."""
        grade = self.content.get("counted_grade", "")
        return str(Grade(grade).label) if grade and grade != self.content["machine_grade"] else ""

    @property
    def machine_grade_label(self) -> str:
        grade = self.content["machine_grade"]
        return str(Grade(grade).label) if grade else ""

    @property
    def is_overridden(self) -> bool:
        return bool(self.content["override_reason"])

    @property
    def machine_reasons(self) -> list[Line]:
        return [machine_words.reason(one) for one in self.content["grading"]["reasons"]]

    @property
    def gaps(self) -> list[Line]:
        return [machine_words.reason(one) for one in self.content["grading"]["gaps"]]

    @property
    def table(self) -> CountTable:
        return count_table(self.content["counts"], self.content["counts_by_region"])

    @property
    def found(self) -> list[FoundRow]:
        table = self.table
        return [FoundRow(row, table.places) for row in table.found]

    @cached_property
    def photos(self) -> list[ReportPhoto]:
        return [ReportPhoto(one) for one in self.content["photos"]]

    @property
    def limits(self) -> str:
        return str(words.LIMITS_TEXTS[self.content["limits"]])
