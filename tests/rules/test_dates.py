"""A day is never written so that two countries read two days in it."""

from datetime import date

import pytest
from django.utils import translation
from django.utils.formats import date_format


@pytest.mark.parametrize(
    ("language", "written"), [("en", "5 Jun 2026"), ("zh-hans", "2026年6月5日")]
)
def test_a_short_date_reads_one_way(language: str, written: str) -> None:
    with translation.override(language):
        assert date_format(date(2026, 6, 5), "SHORT_DATE_FORMAT") == written
