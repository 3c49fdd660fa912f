"""What `curves --light` prints: on how many faces the light falls below the limits."""

import re

from inference.quality import tones

LINE = re.compile(
    r"melanin (\S+), (\S+) stops darker: of (\d+) refused (\d+), cautioned (\d+); light (\S+)"
)


def test_the_darker_the_picture_the_more_are_refused_on_fair_and_dark_skin(
    monkeypatch, capsys, portraits, tmp_path
):
    monkeypatch.setattr(tones, "_portraits", lambda _data: portraits.values())
    tones.report_light(tmp_path)
    rows = [LINE.match(line).groups() for line in capsys.readouterr().out.splitlines()]
    assert [row[:2] for row in rows] == [(m, s) for m in ("0", "3") for s in ("0", "2", "3", "4")]
    for skin in (rows[:4], rows[4:]):
        assert {row[2] for row in skin} == {"2"}
        refused = [int(row[3]) for row in skin]
        lowest = [float(row[5]) for row in skin]
        assert refused == sorted(refused)
        assert (refused[0], refused[-1]) == (0, 2)
        assert lowest == sorted(lowest, reverse=True)
