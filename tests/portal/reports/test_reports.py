from __future__ import annotations

import copy

import hypothesis.strategies as st
import pytest
from django.db import IntegrityError, transaction
from django.urls import reverse
from hypothesis import given, settings

from inference.results import LesionType, Region
from portal.reports.content import lesion_document, sha256_of
from portal.reports.models import Report
from portal.reports.selectors import ReportReading, is_intact
from portal.reports.services import UnsignedError, issue
from portal.reports.shapes import shapes
from portal.reports.tables import count_table
from portal.review.services import claim
from tests import factories

pytestmark = pytest.mark.django_db
numbers = st.floats(-50, 5000, allow_nan=False)


@pytest.fixture
def doctor(patient):
    return factories.doctor(patient.clinic)


@pytest.fixture
def report(patient, doctor):
    return factories.report(patient, by=doctor, assessment="Calm.", advice="Go on.")


def address(report: Report) -> str:
    return reverse("reports:report", args=[report.public_id])


def forge(report: Report, **changes) -> None:
    """What only somebody past the database's own guard could do."""
    forged = {**copy.deepcopy(report.content), **changes}
    pk, report.pk = report.pk, None
    Report.objects.filter(pk=pk).delete()
    report.content = forged
    report.save(force_insert=True)


def test_a_report_freezes_all_that_its_page_shows(report, patient, doctor):
    content = report.content

    assert content["schema"] == 2
    assert content["patient"]["name"] == str(patient)
    assert (content["doctor"], content["clinic"]) == (str(doctor), str(patient.clinic))
    assert (content["grade"], content["machine_grade"]) == ("III", "III")
    assert content["counts"]["papule"] == 3
    assert content["counts_by_region"]["chin"]["pustule"] == 1
    assert content["model"] == {"name": "test", "version": "1", "sha256": "0" * 64}
    [photo] = content["photos"]
    assert (photo["view"], photo["width"], len(photo["lesions"])) == ("front", 512, 4)


def test_the_seal_holds_after_the_database_gave_the_content_back(report):
    assert is_intact(Report.objects.get(pk=report.pk))


def test_the_database_refuses_to_change_a_report(report):
    for change in ({"content": {}}, {"sha256": "0" * 64}):
        with pytest.raises(IntegrityError, match="never changes"), transaction.atomic():
            Report.objects.filter(pk=report.pk).update(**change)
    assert is_intact(Report.objects.get(pk=report.pk))


def test_an_unsigned_review_has_no_report(patient, doctor):
    review = claim(visit=factories.sent_visit(patient), doctor=doctor)

    with pytest.raises(UnsignedError):
        issue(review=review)


def test_the_doctors_words_come_first_and_are_escaped(client, patient, doctor):
    words = "<script>alert(1)</script>"
    report = factories.report(patient, by=doctor, assessment=words, advice='"><b>x')
    client.force_login(patient)

    html = client.get(address(report)).content.decode()

    assert words not in html
    assert "<b>x" not in html
    assert html.index("&lt;script&gt;alert(1)&lt;/script&gt;") < html.index("How severe it is")
    assert " style=" not in html


def test_the_patient_reads_no_disagreement_with_the_machine(client, patient, doctor):
    report = factories.report(
        patient, by=doctor, grade="II", override_reason="The pustule is a crust."
    )
    client.force_login(patient)
    assert "crust" not in client.get(address(report)).content.decode()

    client.force_login(doctor)
    html = client.get(address(report)).content.decode()
    assert "The pustule is a crust." in html
    assert "The model's grade was grade III." in html


def test_the_page_is_drawn_from_the_frozen_content_alone(client, report, patient):
    report.visit.photos.first().analyses.get().lesions.all().delete()
    patient.full_name = "Renamed"
    patient.save()
    client.force_login(patient)

    response = client.get(address(report))

    assert response.context["reading"].table.totals[-1] == 4
    assert report.content["patient"]["name"] in response.content.decode()


def test_a_report_whose_seal_does_not_hold_is_not_shown(client, report, patient):
    forge(report, assessment="Forged.")
    client.force_login(patient)

    response = client.get(address(report))

    assert response.status_code == 500
    assert "This report cannot be shown" in response.content.decode()
    assert "Forged." not in response.content.decode()


def test_a_grade_without_acne_is_told_in_plain_words(client, patient, doctor):
    report = factories.report(patient, by=doctor, found=factories.result(candidates=[]))
    client.force_login(patient)

    html = client.get(address(report)).content.decode()

    assert "No active acne was found." in html
    assert "No spot was counted" in html


def test_places_are_told_from_the_most_to_the_least(report):
    [papules, _pustules] = ReportReading(report.content).found

    assert papules.places == "forehead 1, right cheek 1, left cheek 1"


@settings(deadline=None)
@given(
    st.lists(st.tuples(st.sampled_from(LesionType), st.sampled_from([None, *Region])), max_size=40)
)
def test_a_count_table_adds_up_in_both_directions(found):
    kinds = [kind.value for kind in LesionType]
    counts = {kind: sum(one.value == kind for one, _ in found) for kind in kinds}
    by_region = {
        region.value: {
            kind: sum(one.value == kind and at == region for one, at in found) for kind in kinds
        }
        for region in Region
    }

    table = count_table(counts, by_region)

    assert all(sum(row.cells) == row.total for row in table.rows)
    assert sum(table.totals[:-1]) == table.totals[-1] == len(found)
    assert (len(table.places) == 6) == any(at is None for _, at in found)


@settings(deadline=None)
@given(st.dictionaries(st.text(max_size=5), numbers | st.text(max_size=20), max_size=6))
def test_the_seal_does_not_depend_on_the_order_of_keys(content):
    assert sha256_of(content) == sha256_of(dict(reversed(content.items())))


@settings(deadline=None)
@given(numbers, numbers, st.floats(0, 1))
def test_no_negative_zero_is_frozen_which_a_database_would_not_keep(x, y, score):
    from portal.analysis.models import Lesion  # noqa: PLC0415

    lesion = Lesion(type="scar", score=score, x=x, y=y, width=1, height=1, polygon=[[x, y]] * 3)

    assert "-0.0," not in str([*lesion_document(lesion)["box"], ""])


def test_what_matters_most_is_drawn_last(report):
    drawn = shapes(report.content["photos"][0]["lesions"], "front")

    assert [one.type for one in drawn] == ["papule"] * 3 + ["pustule"]
    assert [one.key for one in drawn] == ["front-1", "front-2", "front-3", "front-4"]
