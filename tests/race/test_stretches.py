"""Stretches that are watched from outside, and what a line has of the tick it was crossed in."""

from __future__ import annotations

from typing import Any

import pytest

from race.driving import ADA, BEN
from race.test_begins_anew import LANE, TRACK
from race.test_found import frame, left
from teamtactics.model.facts import LineSeen, Place, Sight, Vantage
from teamtactics.model.records import Moment
from teamtactics.race.eyes.sights import line_seen, look_from_outside, tell_away

NOW_S = 620.0
BACK = (Sight(590.0, 600.0, Vantage.CAR, ADA), Sight(510.0, 520.0, Vantage.CAR, ADA))
"""Two stretches between which the clock was set back."""


def test_a_stretch_that_is_watched_from_outside_goes_on_until_it_is_ended() -> None:
    eyes = left(TRACK)
    for at_s, place, driver in ((600.0, Place.TRACK, None), (601.0, Place.TRACK, BEN), (602.0, Place.STALL, 303)):
        eyes.outside.driver = driver
        look_from_outside(eyes, place, at_s)
    assert eyes.under_way.sight is not None
    told = Sight(600.0, 602.0, Vantage.OUTSIDE, BEN, Place.TRACK, Place.STALL)
    assert eyes.under_way.sight.told() == told, "whoever the text names first, in time, was in it"
    look_from_outside(eyes, Place.STALL, 601.0)
    assert eyes.under_way.sight.until_s == 602.0
    assert eyes.place is Place.STALL
    look_from_outside(eyes, Place.AWAY, 603.0)
    assert eyes.place is Place.STALL, "there it was seen last"


@pytest.mark.parametrize(("at_s", "from_s"), [(519.0, 520.0), (521.0, 521.0)])
def test_a_stretch_begins_behind_the_one_before_it_and_not_behind_one_before_the_clock_was_set_back(
    at_s: float, from_s: float
) -> None:
    eyes = left(TRACK)
    eyes.under_way.sights = BACK
    look_from_outside(eyes, Place.TRACK, at_s)
    assert eyes.under_way.sight is not None
    assert eyes.under_way.sight.from_s == from_s
    away = left(TRACK)
    away.under_way.sights, away.outside.away_from_s = BACK, at_s
    tell_away(away, 530.0)
    assert away.under_way.sights[2:] == (Sight(from_s, 530.0, Vantage.OUTSIDE, None, Place.AWAY, Place.AWAY),)
    assert away.under_way.is_news


@pytest.mark.parametrize(
    ("on_pit_road", "place", "told"),
    [
        (True, Place.LANE, True),
        (False, Place.LANE, True),  # a hole of the flag
        (False, Place.STALL, True),
        (True, Place.TRACK, True),
        (False, Place.TRACK, False),
        (None, Place.LANE, None),  # this build does not tell it
    ],
)
def test_a_line_in_the_pit_lane_is_crossed_on_pit_road(
    on_pit_road: bool | None, place: Place, told: bool | None
) -> None:
    line = line_seen(left(LANE), frame(NOW_S, **{**LANE, "on_pit_road": on_pit_road}), place)
    assert line.on_pit_road is told


def test_a_line_has_what_was_true_in_its_tick() -> None:
    levels: dict[str, Any] = {
        "fuel_level": 38.5, "track_temp": 31.0, "pit_sv_flags": 15, "session_state": 4, "session_flags": 8,
        "air_temp": 21.0, "track_wetness": 3, "weather_declared_wet": True, "player_tire_compound": 2,
        "player_car_team_incident_count": 7,
    }  # fmt: skip
    eyes = left(TRACK, names={str(ADA): "Ada Falk"})
    assert line_seen(eyes, frame(NOW_S, **TRACK, **levels), Place.TRACK) == LineSeen(
        Moment(NOW_S, 50_000.0), Vantage.CAR, ADA, "Ada Falk", 38.5, False, 31.0, 15, 4, 8, values=(
            ("air_temp", 21.0), ("player_car_team_incident_count", 7), ("player_tire_compound", 2),
            ("track_wetness", 3), ("weather_declared_wet", True),
        ),
    )  # fmt: skip


def test_that_a_stretch_has_ended_is_news() -> None:
    eyes = left(TRACK)
    look_from_outside(eyes, Place.TRACK, 600.0)
    eyes.under_way.is_news = False
    eyes.under_way.end_sight()
    assert (eyes.under_way.is_news, len(eyes.under_way.sights), eyes.under_way.sight) == (True, 1, None)
    eyes.under_way.is_news = False
    eyes.under_way.end_sight()
    assert (eyes.under_way.is_news, len(eyes.under_way.sights)) == (False, 1), "once"
