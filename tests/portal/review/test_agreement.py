from __future__ import annotations

from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from portal.review.agreement.selectors import FEWEST, kappa, months, together
from portal.review.corrections.models import Kind
from portal.review.corrections.services import record
from portal.review.models import Agreement, Review
from portal.review.services import claim, sign
from portal.review.statistics.selectors import own_statistics
from tests import factories

pytestmark = pytest.mark.django_db


def test_types_are_compared_at_what_the_doctor_left_standing(sent, doctor):
    review = claim(visit=sent, doctor=doctor)
    photo = sent.photos.get()
    lesions = photo.analyses.get().lesions
    pustule, papule = lesions.get(type="pustule"), lesions.filter(type="papule").first()
    record(
        review=review,
        key=pustule.public_id,
        kind=Kind.RETYPE,
        target=pustule.public_id,
        type="nodule",
    )
    record(review=review, key=papule.public_id, kind=Kind.REJECT, target=papule.public_id)
    sign(review=review, grade="IV", assessment="A nodule.", override_reason="It is deep.")

    types = {one.type: one for one in together(months(doctor)).types}

    assert (types["papule"].both, types["papule"].machine, types["papule"].doctor) == (2, 3, 2)
    assert (types["pustule"].precision, types["pustule"].recall) == (0, None)
    assert (types["nodule"].precision, types["nodule"].recall) == (None, 0)


def test_what_nobody_went_through_is_not_called_agreement(sent, doctor, client):
    sign(review=claim(visit=sent, doctor=doctor), grade="III", assessment="Pustules.")

    (month,) = months(doctor)

    assert (month.visits, month.corrected, month.kappa) == (1, 0, None)
    assert all(one.machine == 0 for one in month.types)
    client.force_login(doctor)
    assert client.get(reverse("review:agreement")).status_code == 200


def test_what_is_not_acne_and_another_clinics_visits_are_left_out(sent, doctor):
    review = claim(visit=sent, doctor=doctor)
    sign(review=review, grade="", diagnosis="rosacea", assessment="Rosacea.")
    elsewhere = factories.clinic()
    factories.report(factories.consenting_patient(elsewhere), by=factories.doctor(elsewhere))

    assert months(doctor) == []
    assert Agreement.objects.count() == 1


def test_kappa_is_one_for_the_same_and_less_for_what_lies_further_apart():
    same = [("I", "I"), ("II", "II"), ("IV", "IV")]
    near, far = [*same, ("I", "II")], [*same, ("I", "IV")]

    assert kappa(same) == 1
    assert 1 > kappa(near) > kappa(far)
    assert kappa([("II", "II")] * FEWEST) is None
    # Worked by hand: half of the pairs one apart, as by chance.
    assert kappa([("I", "I"), ("I", "II"), ("II", "I"), ("II", "II")]) == 0


def test_a_doctor_sees_their_own_day(sent, doctor, colleague, client):
    review = claim(visit=sent, doctor=doctor)
    Review.objects.update(claimed_at=timezone.now() - timedelta(minutes=2))
    sign(review=review, grade="III", assessment="Pustules.")
    late = factories.sent_visit(factories.consenting_patient(doctor.clinic))
    type(late).objects.filter(pk=late.pk).update(submitted_at=timezone.now() - timedelta(days=9))

    own = own_statistics(doctor)

    assert (own.today.read, own.waiting, own.late) == (1, 1, 1)
    assert own.today.per_case.total_seconds() == pytest.approx(120, abs=30)
    assert own_statistics(colleague).today.read == 0
    client.force_login(doctor)
    html = client.get(reverse("review:statistics")).content.decode()
    assert str(sent.case.patient) in html
