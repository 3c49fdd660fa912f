"""From a doctor's corrections back to the model: what is exported, and that it trains."""

from __future__ import annotations

import dataclasses
import json

import pytest
from django.core.management import CommandError, call_command
from PIL import Image

from inference.results import Heatmap, LesionType
from inference.training.train import clinic_config, train
from portal.cases.models import View
from portal.cases.services import submit
from portal.consent.models import ConsentKind
from portal.consent.services import withdraw
from portal.review.corrections.models import Kind
from portal.review.corrections.services import record
from portal.review.services import claim, sign
from portal.review.training import export, opaque
from tests import factories

pytestmark = pytest.mark.django_db


@pytest.fixture
def clinic(db):
    return factories.clinic()


@pytest.fixture
def doctor(clinic):
    return factories.doctor(clinic)


@pytest.fixture
def volunteer(clinic):
    person = factories.consenting_patient(clinic)
    factories.sign_consent(person, ConsentKind.RESEARCH)
    return person


def correct(person, doctor, visit=None, **decision):
    """The pustule was none, and a cyst was missed."""
    visit = visit or factories.sent_visit(person)
    review = claim(visit=visit, doctor=doctor)
    photo = visit.photos.get()
    pustule = photo.analyses.get().lesions.get(type="pustule")
    drawn = {"photo": photo.public_id, "type": "cyst", "polygon": [[30, 30], [60, 30], [45, 60]]}
    record(review=review, key=pustule.public_id, kind=Kind.REJECT, target=pustule.public_id)
    record(review=review, key=photo.public_id, kind=Kind.ADD, **drawn)
    written = {"grade": "IV", "assessment": "A cyst.", "override_reason": "Seen so."}
    return sign(review=review, **{**written, **decision})


def exported(clinic, folder) -> dict:
    export(clinic=clinic, folder=folder)
    return json.loads((folder / "cases.json").read_text())


def test_boxes_and_outlines_leave_with_who_and_when_and_no_name(
    clinic, doctor, volunteer, tmp_path
):
    report = correct(volunteer, doctor)

    document = exported(clinic, tmp_path / "out")

    names = {one["id"]: one["name"] for one in document["categories"]}
    assert list(names.values()) == list(LesionType)
    found = [names[one["category_id"]] for one in document["annotations"]]
    assert sorted(found) == ["cyst", "papule", "papule", "papule"]
    (cyst,) = [one for one in document["annotations"] if names[one["category_id"]] == "cyst"]
    assert cyst["segmentation"] == [[30, 30, 60, 30, 45, 60]]
    assert cyst["bbox"] == [30, 30, 30, 30]
    assert cyst["read_by"] == opaque(doctor)
    assert cyst["read_at"] == report.review.given_at.isoformat()
    (image,) = document["images"]
    assert (tmp_path / "out" / "cases" / image["file_name"]).stat().st_size > 0
    text = json.dumps(document)
    for person in (doctor, volunteer):
        assert person.full_name not in text
        assert str(person.public_id) not in text


def test_a_picture_shows_what_the_model_looks_at(clinic, doctor, volunteer, tmp_path):
    seen = Heatmap(factories.result().heatmap.png, (20, 10, 150, 200))
    visit = factories.visit(volunteer)
    factories.read(factories.photo(visit, View.FRONT), factories.result(heatmap=seen))
    submit(visit=visit)
    correct(volunteer, doctor, visit=visit)

    document = exported(clinic, tmp_path / "out")

    (image,) = document["images"]
    assert (image["width"], image["height"]) == (150, 200)
    with Image.open(tmp_path / "out" / "cases" / image["file_name"]) as picture:
        assert picture.size == (150, 200)
    found = sorted(one["bbox"] for one in document["annotations"])
    assert found == [[10, 20, 30, 30], [80, 90, 20, 20], [120, 130, 20, 20]], "one lies outside"


def test_only_corrected_consented_acne_is_exported(clinic, doctor, volunteer, tmp_path):
    correct(factories.consenting_patient(clinic), doctor)  # agreed to no research
    factories.report(volunteer, by=doctor)  # nobody went through the findings
    correct(volunteer, doctor, diagnosis="rosacea")
    elsewhere = factories.clinic()
    abroad = factories.consenting_patient(elsewhere)
    factories.sign_consent(abroad, ConsentKind.RESEARCH)
    correct(abroad, factories.doctor(elsewhere))

    assert exported(clinic, tmp_path / "out")["images"] == []


def test_a_withdrawn_consent_counts_at_once(clinic, doctor, volunteer, tmp_path):
    correct(volunteer, doctor)
    signature = volunteer.consent_signatures.in_force().get(form__kind=ConsentKind.RESEARCH)
    withdraw(signature=signature)

    assert exported(clinic, tmp_path / "out")["images"] == []


def test_an_export_never_mixes_with_what_is_there(clinic, tmp_path):
    (tmp_path / "mine.txt").write_text("Mine.")

    with pytest.raises(CommandError, match="Name a new folder"):
        call_command("export_training", clinic.slug, str(tmp_path))
    with pytest.raises(CommandError, match="no clinic"):
        call_command("export_training", "nowhere", str(tmp_path / "new"))


@pytest.mark.slow
def test_the_model_trains_on_an_export(clinic, doctor, volunteer, tmp_path):
    correct(volunteer, doctor)
    folder = tmp_path / "out"
    call_command("export_training", clinic.slug, str(folder))
    usual = clinic_config(folder)  # what `--data` takes
    small = {"steps": 2, "batch": 1, "crop": 128, "workers": 0}
    steps: list[int] = []

    weights = train(
        dataclasses.replace(usual, output=tmp_path / "run", **small),
        lambda step, _losses: steps.append(step),
    )

    assert steps == [1, 2]
    assert weights.exists()
