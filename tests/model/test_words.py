"""Times read as the simulator's own screens write them, and in-car settings as drivers call them."""

from __future__ import annotations

import pytest

from teamtactics.model import words
from teamtactics.model.records import OtherSetting, PutBack
from teamtactics.model.words import clock, lap_time


def test_times_are_written_without_rounding_into_sixty() -> None:
    assert [lap_time(s) for s in (15.2033, 59.99996, 60.0, 102.34564, 3723.5, None)] == [
        "15.2033",
        "1:00.0000",
        "1:00.0000",
        "1:42.3456",
        "62:03.5000",
        "–",
    ]
    assert lap_time(None, "no time") == "no time"
    assert [clock(s) for s in (0.0, 59.96, 3599.99, 90000.25, -5.0, None)] == [
        "0:00:00.0",
        "0:01:00.0",
        "1:00:00.0",
        "25:00:00.2",
        "-0:00:05.0",
        "–",
    ]


@pytest.mark.parametrize(
    ("setting", "text"),
    [
        (OtherSetting("dcBrakeBias", 54.5, 52.0), "brake bias 54.5, yours 52.0"),
        (OtherSetting("dcBrakeBias", 54.25, 52.5), "brake bias 54.25, yours 52.50"),
        (OtherSetting("dcBrakeBias", 54.499999, 3e9), "brake bias 54.5, yours 3000000000.0"),
        (OtherSetting("dcTractionControl", 4.0, 6), "traction control 4, yours 6"),
        (OtherSetting("dcTractionControlToggle", True, False), "traction control switch on, yours off"),
        (OtherSetting("dcBrakeMisc", 3, 1), "dcBrakeMisc 3, yours 1"),
    ],
)
def test_a_setting_is_said_in_a_racers_words_and_equally_exact(setting: OtherSetting, text: str) -> None:
    assert words.put_back_text(PutBack(120.0, "Ben", 118.0, (setting,))) == text


def test_settings_that_were_told_long_before_say_so() -> None:
    setting = (OtherSetting("dcABS", 4.0, 6.0),)
    assert words.put_back_text(PutBack(1000.0, None, 900.0, setting)) == "ABS 4, yours 6"
    assert words.put_back_text(PutBack(1000.0, None, 100.0, setting)).endswith(" (as told 15 min before you got in)")


def test_the_name_of_who_drove_before_is_one_line_or_left_out() -> None:
    assert words.put_back_title(PutBack(1.0, " Ben\n Ruiz", 0.0, ())) == "Put back what Ben Ruiz had"
    assert words.put_back_title(PutBack(1.0, None, 0.0, ())) == "Put back what the driver before had"


def test_the_balance_of_the_car_comes_first_and_what_nobody_knows_last() -> None:
    names = ["dcABS", "dcBrakeMisc", "dcTractionControl", "dcA", "dcBrakeBias"]
    assert words.in_order(names) == ["dcBrakeBias", "dcTractionControl", "dcABS", "dcA", "dcBrakeMisc"]


@pytest.mark.parametrize(
    ("seconds", "text"),
    [(0.0, "0 s"), (119.0, "119 s"), (120.0, "2 min"), (7199.0, "120 min"), (7200.0, "2 h"), (400_000.0, "5 d")],
)
def test_how_long_it_takes_is_said_roughly(seconds: float, text: str) -> None:
    assert words.duration(seconds) == text
