from __future__ import annotations

import pytest

from tests import factories
from tests.pictures import jpeg


@pytest.fixture
def clinic():
    return factories.clinic()


@pytest.fixture
def doctor(clinic):
    return factories.doctor(clinic)


@pytest.fixture
def patient(clinic, doctor):
    """Something of everything: a report, a letter with a picture, an unsent visit, a device."""
    person = factories.consenting_patient(clinic, full_name="Ada Example", email="ada@home.example")
    factories.report(person, by=doctor)
    factories.letter(person, "It is Ada.", pictures=[jpeg()])
    unsent = factories.visit(person)
    factories.read(factories.photo(unsent))
    factories.photo(unsent, data=jpeg(300))
    factories.device(person)
    return person
