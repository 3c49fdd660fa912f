"""The table of limits: complete, tunable by name, readable without any library."""

import json
import re
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from inference.quality import limits
from inference.quality.limits import (
    CRITERIA,
    DEFAULT_LIMITS,
    LEVEL_PITCH,
    MEASURES,
    SILENCED_BY,
    limits_for,
    problems,
    to_json,
)
from inference.quality.messages import CAUTIONS, MESSAGES, REASONS

VALUES = st.one_of(st.none(), st.booleans(), st.floats(), st.integers(), st.text(max_size=5))


def test_every_code_has_a_limit_and_every_limit_a_measure():
    assert {one.code for one in CRITERIA} == set(MESSAGES)
    assert {one.measure for one in CRITERIA} == set(MEASURES)


def test_the_card_shows_the_table_in_force():
    card = Path(limits.__file__).with_name("QUALITY_CARD.md").read_text(encoding="utf-8")
    section = card.partition("## Limits")[2].partition("\n## ")[0]
    rows = re.findall(
        r"^\| `(\w+)` \| (\S+) \| ([^|]+) \| ([^|]+) \| ([^|]+) \| [^|]+ \|$", section, re.MULTILINE
    )
    codes = {name: {one.code for one in CRITERIA if one.name == name} for name in DEFAULT_LIMITS}
    shown = {
        name: (float(at), unit, said, set(code.split(", "))) for name, at, unit, said, code in rows
    }
    assert shown == {
        one.name: (
            one.default,
            MEASURES[one.measure].unit,
            MEASURES[one.measure].meaning,
            codes[one.name],
        )
        for one in CRITERIA
    }


def test_refusals_have_reasons_and_cautions_have_cautions():
    for one in CRITERIA:
        assert one.code in (REASONS if one.consequence == "refuse" else CAUTIONS)


def test_every_caution_starts_before_the_refusal_on_the_same_side():
    for name, limit in DEFAULT_LIMITS.items():
        refusal = DEFAULT_LIMITS.get(name.replace("caution_", "refuse_"))
        if name.startswith("caution_") and refusal is not None:
            assert limit > refusal if name.endswith("below") else limit < refusal


def test_only_known_codes_silence_known_codes():
    assert set(SILENCED_BY) <= set(MESSAGES)
    assert set().union(*SILENCED_BY.values()) <= set(MESSAGES)


@pytest.mark.parametrize(
    ("entry", "sentence"),
    [
        ({"sharpnes": 1.0}, "Unknown quality limit: sharpnes."),
        ({"refuse_hue_above": "far"}, "The quality limit refuse_hue_above must be a number."),
        ({"refuse_hue_above": True}, "The quality limit refuse_hue_above must be a number."),
        ({"refuse_hue_above": float("nan")}, "must be a number"),
        ({"refuse_brightness_below": 20}, "must lie between 0 and 1"),
        ({"refuse_faces_below": 0}, "must lie between 1 and 4"),
    ],
)
def test_a_wrong_entry_is_named(entry, sentence):
    with pytest.raises(ValueError, match=sentence):
        limits_for(entry)


def test_all_wrong_entries_are_named_at_once():
    assert [one.code for one in problems({"a": 1, "refuse_hue_above": None})] == [
        "unknown",
        "not_a_number",
    ]


@given(st.dictionaries(st.one_of(st.sampled_from(list(DEFAULT_LIMITS)), st.text()), VALUES))
def test_limits_that_have_no_problem_can_be_used(entries):
    if problems(entries):
        with pytest.raises(ValueError, match="quality limit"):
            limits_for(entries)
    else:
        assert limits_for(entries) == {**DEFAULT_LIMITS, **entries}


def test_the_table_travels_as_json_with_the_limits_in_force():
    table = to_json({"refuse_hue_above": 100})
    assert json.loads(json.dumps(table)) == table
    rows = {row["name"]: row["limit"] for row in table["criteria"]}
    assert rows == {**DEFAULT_LIMITS, "refuse_hue_above": 100}
    assert table["order"][0] == "too_dark"
    assert table["level_pitch"] == LEVEL_PITCH


def test_the_table_needs_the_standard_library_only():
    code = (
        "import sys; import inference.quality.limits, inference.quality.verdict;"
        "known = set(sys.stdlib_module_names) | {'inference', '__main__'};"
        "print(sorted({n.partition('.')[0] for n in sys.modules} - known))"
    )
    finished = subprocess.run(
        [sys.executable, "-S", "-c", code], capture_output=True, text=True, check=True
    )
    assert finished.stdout.strip() == "[]"
