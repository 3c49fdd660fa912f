from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal.accounts.age import age_on

BIRTHDAYS = st.dates(date(1900, 1, 1), date(2020, 12, 31))
AGES = st.integers(1, 100)


def birthday(born: date, age: int) -> date:
    """The first day of that age: 1 March for who was born on a 29 February and has none."""
    try:
        return born.replace(year=born.year + age)
    except ValueError:
        return date(born.year + age, 3, 1)


@given(BIRTHDAYS, AGES)
def test_one_is_a_year_older_on_the_birthday_and_not_the_day_before(born, age):
    day = birthday(born, age)

    assert age_on(day, born=born) == age
    assert age_on(day - timedelta(days=1), born=born) == age - 1


@given(BIRTHDAYS, st.integers(0, 40_000))
def test_age_never_falls_as_days_pass(born, days):
    day = born + timedelta(days=days)

    assert 0 <= age_on(day, born=born) <= age_on(day + timedelta(days=1), born=born)


@pytest.mark.parametrize(
    ("day", "age"),
    [
        (date(2026, 2, 28), 17),
        (date(2026, 3, 1), 18),
        (date(2028, 2, 28), 19),
        (date(2028, 2, 29), 20),
    ],
)
def test_who_was_born_on_a_29_february_comes_of_age_on_1_march(day, age):
    assert age_on(day, born=date(2008, 2, 29)) == age
