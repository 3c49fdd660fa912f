"""Every page that one reaches by a plain address: readable, whole and silent on every screen."""

from __future__ import annotations

import pytest

from portal.demonstration.people import (
    ADMINISTRATOR,
    AWAITING,
    DOCTOR,
    IMPROVING,
    NEWCOMER,
    REFUSED,
    Person,
)
from tests.browser.conftest import DESK

pytestmark = [pytest.mark.browser, pytest.mark.slow]

PAGES: list[tuple[Person | None, tuple[str, ...]]] = [
    (None, ("/", "/accounts/login/", "/accounts/signup/", "/accounts/password/reset/")),
    (NEWCOMER, ("/visits/", "/consent/", "/consent/research/")),
    (IMPROVING, ("/visits/", "/trends/", "/accounts/email/", "/accounts/password/change/")),
    (IMPROVING, ("/audit/mine/", "/account/copy/", "/account/close/")),
    (REFUSED, ("/visits/",)),
    (AWAITING, ("/visits/", "/trends/")),
    (DOCTOR, ("/review/",)),
    (ADMINISTRATOR, ("/desk/", "/desk/people/", "/desk/forms/", "/desk/analyses/")),
    (ADMINISTRATOR, ("/desk/settings/", "/desk/settings/pictures/", "/desk/figures/")),
    (ADMINISTRATOR, ("/desk/forms/photography/signatures/", "/account/sessions/", "/audit/")),
]


@pytest.mark.parametrize(("person", "paths"), PAGES, ids=lambda value: getattr(value, "email", ""))
def test_a_page_is_accessible_and_fits_every_screen(visiting, person, paths):
    with visiting(DESK) as visitor:
        if person:
            visitor.sign_in(person)
        for path in paths:
            visitor.open(path)
            visitor.check_page()
