"""Every number that stands on a session's page."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta, timezone

import pytest

from reports.sample_races import BEGAN, COLLECTION, INFO, PaperRace, known, race_day, state_after
from teamtactics.model.parcel import Document, Value
from teamtactics.reports.known_laps import KnownSession, Mark
from teamtactics.reports.page import marks, weather
from teamtactics.reports.page.drivers import DrivingTime, driving_time, shares
from teamtactics.reports.page.head import Card
from teamtactics.reports.page.phrases import laps_named, ranges, share, span, title
from teamtactics.reports.page.tables import Table
from teamtactics.reports.page.wall_clock import WallClock
from teamtactics.reports.page.whole import View, view
from teamtactics.reports.summary import lap_kinds

MADE = BEGAN + timedelta(hours=4)


def lap(number: int, **fields: Value) -> Document:
    """A lap of 100 s by Ada, who has begun when the clock showed 0, with other *fields* where they are given."""
    return {
        "LapCompleted": number,
        "LapLastLapTime": 100.0,
        "LapTimeMeasured": 100.0,
        "CustomerID": 1,
        "Driver": "Ada",
        "Stint": 1,
        "StintLap": number,
        "FuelLevel": 60.0 - 2.5 * number,
        "FuelUsed": 2.5,
        "SessionTime": number * 100.0,
        "Utc": BEGAN + timedelta(seconds=number * 100),
        "Source": "driver",
        "Gap": 0.0,
        **fields,
    }


BEN: dict[str, Value] = {"CustomerID": 2, "Driver": "Ben"}
CHANGE = [
    lap(1),
    lap(2, PitEnterTime=180.0, StopMovingTime=190.0, OnPitRoad=True, PitSvFlags=0x11),
    lap(3, StartMovingTime=230.0, PitExitTime=240.0, FuelAdded=30.0, Stint=2, StintLap=1, **BEN),
    lap(4, Stint=2, StintLap=2, **BEN),
    lap(5, Stint=2, StintLap=3, **BEN),
]
"""Ada drives two laps, the stall lies on the line, Ben drives three."""


def seen(laps: Sequence[Document], state: Document | None = None, **more: object) -> View:
    return view(COLLECTION, known(laps, state, **more), MADE, UTC)  # type: ignore[arg-type]


def card(page: View, label: str) -> Card:
    return next(each for each in page.cards if each.label == label)


def rows(table: Table) -> list[list[str]]:
    return [[", ".join(who.name for who in row.drivers), *(cell.text for cell in row.cells)] for row in table.rows]


def test_who_drives_since_his_car_left_the_stall() -> None:
    page = seen(CHANGE)
    assert card(page, "In the car").value == "Ben"
    assert card(page, "In the car").details == ["since 13:04:10", "for 0:04:30"]
    assert card(seen(CHANGE[:2]), "In the car").details == ["since 13:00:20", "for 0:03:20", "on pit road"]


def test_who_has_got_in_drives_though_he_has_completed_no_lap() -> None:
    state = {
        **lap(2),
        "SessionTime": 215.0,
        "Utc": BEGAN + timedelta(seconds=215),
        **BEN,
        "StopMovingTime": 190.0,
        "Stint": 1,
        "StintLap": 2,
    }
    page = seen(CHANGE[:2], state)
    assert (card(page, "In the car").value, card(page, "In the car").details[0]) == ("Ben", "since 13:03:30")
    moved = {**state, "SessionTime": 260.0, "Utc": BEGAN + timedelta(seconds=260)}
    moved |= {"StartMovingTime": 230.0, "OnPitRoad": True}
    assert card(seen(CHANGE[:2], moved), "In the car").details == ["since 13:04:10", "for 0:00:30", "on pit road"]


def test_the_state_tells_more_than_the_last_lap_unless_that_is_later() -> None:
    newer = state_after(CHANGE, 40.0, FuelLevel=46.5)
    assert card(seen(CHANGE, newer), "Fuel").value == "46.5\u00a0L"
    older = {**newer, "LapCompleted": 4, "SessionTime": 470.0}
    assert card(seen(CHANGE, older), "Fuel").value == "47.5\u00a0L"
    same_lap_but_earlier = {**newer, "SessionTime": 499.0}
    assert card(seen(CHANGE, same_lap_but_earlier), "Fuel").value == "47.5\u00a0L"
    assert card(seen([], newer), "Fuel").value == "46.5\u00a0L", "before the first lap there is nothing else"


def test_stint_lap_and_how_far_the_session_is() -> None:
    page = seen(CHANGE, state_after(CHANGE, 40.0))
    assert card(page, "Stint").value == "2"
    assert card(page, "Stint").details == ["3 laps in it", "lap 5 done", "0:09:00 of 6:00:00 session time"]
    counted = seen(CHANGE[:1], info={**INFO, "SessionLaps": 60, "SessionTime": None})
    assert card(counted, "Stint").details == ["1 lap in it", "lap 1 done of 60", "0:01:40 session time"]


def test_laps_to_empty_are_those_at_the_mean_of_this_stints_clean_laps() -> None:
    laps = [
        *CHANGE[:3],
        lap(4, Stint=2, StintLap=2, FuelUsed=2.4, **BEN),
        lap(5, Stint=2, StintLap=3, FuelUsed=2.6, **BEN),
    ]
    page = seen(laps, state_after(laps, 50.0, FuelLevel=26.25, FuelAtLapStart=27.5))
    assert card(page, "Laps to empty").value == "10.5", "26.25 L at 2.5; the out lap and stint 1 do not count"
    assert card(page, "Laps to empty").details == [
        "2.50\u00a0L a lap, mean of the last 2 clean laps",
        "enough to the end of lap 16",
    ]
    filled = seen(laps, state_after(laps, 50.0, FuelLevel=80.0, FuelAtLapStart=2.0, FuelAdded=78.0))
    assert card(filled, "Laps to empty").details[1] == "enough to the end of lap 37", "what was filled counts"


def test_without_a_clean_lap_nobody_knows_how_long_the_fuel_lasts() -> None:
    page = seen(CHANGE[:3])
    assert (card(page, "Laps to empty").value, card(page, "Fuel").value) == ("–", "52.5\u00a0L")
    assert "no clean lap" in card(page, "Laps to empty").details[0]


def test_the_last_stop_with_all_that_is_known_of_it() -> None:
    assert card(seen(CHANGE), "Last stop") == Card(
        "Last stop",
        "13:03:20",
        ["lap 2", "40.0 s standing", "60.0 s on pit road", "30.0\u00a0L added", "asked for: LF fuel", "Ada → Ben"],
    )
    assert card(seen(CHANGE[:1]), "Last stop").details == ["none yet"]


def test_a_stop_under_way_is_the_last_one() -> None:
    state = state_after(CHANGE, 60.0, PitEnterTime=545.0, StopMovingTime=555.0, FuelAdded=12.0, PitSvFlags=0x10)
    page = seen(CHANGE, state)
    assert card(page, "Last stop").value == "13:09:25"
    assert card(page, "Last stop").details == ["lap 6", "12.0\u00a0L added", "asked for: fuel"]
    assert rows(page.stops)[-1][:3] == ["Ben", "6–", "13:09:25"]


def test_stops_with_drivers_times_litres_and_what_was_asked_for() -> None:
    through = [lap(6, PitEnterTime=580.0, PitExitTime=600.0, PitSvFlags=0x10, **BEN)]
    towed = [lap(7, PlayerCarTowTime=30.0, PitRepairLeft=90.0, PitOptRepairLeft=9.0, StartMovingTime=690.0, **BEN)]
    page = seen([*CHANGE, *through, *towed])
    assert [heading.text for heading in page.stops.headings] == [
        *("Lap", "At", "Pit road s", "Standing s", "Added L", "Repair s", "Tow s", "Asked for")
    ]
    assert rows(page.stops) == [
        ["Ada, Ben", "2–3", "13:03:20", "60.0", "40.0", "30.00", "–", "–", "LF fuel"],
        ["Ben", "6", "13:10:00", "20.0", "–", "–", "–", "–", "drive-through"],
        ["Ben", "7–", "13:11:50", "–", "–", "–", "90", "30", "towed"],
    ]
    assert "Tow s" not in [heading.text for heading in seen(CHANGE).stops.headings], "nobody was towed"


def test_stints_with_times_of_day_mean_and_best_of_clean_laps() -> None:
    laps = [*CHANGE[:4], lap(5, Stint=2, StintLap=3, LapLastLapTime=99.0, LapTimeMeasured=99.0, TrackTemp=30.0, **BEN)]
    assert rows(seen(laps).stints) == [
        ["Ada", "1", "1–2", "13:00:20", "13:03:40", "1:40.0000", "1:40.0000", "1 of 2", "2.50", "–"],
        ["Ben", "2", "3–5", "13:04:20", "13:08:40", "1:39.5000", "1:39.0000", "2 of 3", "2.50", "30.0"],
    ]


def test_laps_and_driving_time_with_their_share_of_the_whole() -> None:
    """Ada has driven from 0 to 190 s, Ben from 230 to 500 s; the 40 s between are nobody's."""
    time = driving_time(CHANGE)
    assert (time.by_driver, time.unknown_laps) == ({1: 190.0, 2: 270.0}, 0)
    ada, ben = shares(CHANGE, lap_kinds(CHANGE), time)
    assert (ada.name, ada.laps, ada.laps_share, ada.driving_s) == ("Ada", 2, 0.4, 190.0)
    assert (ben.name, ben.laps, ben.laps_share, ben.driving_s, ben.clean_laps) == ("Ben", 3, 0.6, 270.0, 2)
    assert ada.time_share == pytest.approx(190 / 460)
    assert rows(seen(CHANGE).drivers)[1][:5] == ["Ben", "3", "60.0 %", "0:04:30", "58.7 %"]


def test_a_stop_without_a_change_is_driving_time() -> None:
    laps = [lap(1), lap(2, StopMovingTime=150.0, StartMovingTime=190.0), lap(3)]
    assert driving_time(laps).by_driver == {1: 300.0}


def test_a_change_before_the_line_counts_for_who_drove_until_then() -> None:
    laps = [lap(1), lap(2, StopMovingTime=160.0, StartMovingTime=190.0, **BEN), lap(3, **BEN)]
    assert driving_time(laps).by_driver == {1: 160.0, 2: 110.0}


def test_a_lap_behind_a_missing_one_counts_as_long_as_it_took_and_one_of_unknown_length_not() -> None:
    unseen = {"LapLastLapTime": None, "LapTimeMeasured": None}
    laps = [lap(1), lap(4), lap(9, **unseen), lap(10, SessionTime=None)]
    assert driving_time(laps) == DrivingTime({1: 300.0}, 1)
    assert seen(laps).without_time == "1 lap that nobody saw begin"


def test_a_driver_of_whom_only_the_number_is_known_is_named_by_it() -> None:
    assert rows(seen([lap(1, Driver=None)]).drivers)[0][0] == "member 1"
    assert rows(seen([lap(1, Driver=None, CustomerID=None)]).drivers)[0][0] == "–"


def test_missing_laps_are_said_also_those_before_the_first_known_one() -> None:
    def missing(*numbers: int) -> str | None:
        return marks.missing_text(marks.missing([lap(number) for number in numbers]))

    assert missing(1, 2, 3) is None
    assert missing(1, 3) == "lap 2 is missing: nobody has told of it."
    assert missing(5, 6, 9, 11) == "laps 1–4, 7–8, 10 are missing: nobody has told of them."


def test_signs_are_explained_when_they_are_used_and_not_otherwise() -> None:
    laps = [lap(1), lap(2, Source="teammate"), lap(3, Gap=2.0), lap(4), lap(5), lap(6)]
    here, there = frozenset({Mark.ONLY_HERE}), frozenset({Mark.ONLY_THERE, Mark.AMENDED})
    found = marks.signs(laps, {4: there, 5: here, 6: here})
    assert {lap: "".join(sign.letter for sign in each) for lap, each in found.by_lap.items()} == {
        2: "T",
        3: "G",
        4: "CA",
        5: "H",
        6: "H",
    }
    assert [(line.sign.letter, line.laps) for line in found.legend] == [
        *(("T", "lap 2"), ("G", "lap 3"), ("H", "laps 5–6"), ("C", "lap 4"), ("A", "lap 4"))
    ]
    assert (marks.signs([lap(1)], {}).legend, found.sentences) == ([], [])


def test_what_holds_of_every_lap_is_said_once() -> None:
    found = marks.signs([lap(1), lap(2)], dict.fromkeys((1, 2), frozenset({Mark.ONLY_HERE})))
    assert (found.by_lap, found.legend) == ({}, [])
    assert found.sentences == [
        "All of this is on this PC only: the team's collection has not confirmed a lap of it yet."
    ]


def test_times_of_day_are_exact_at_lines_and_reckoned_between_them() -> None:
    clock = WallClock([lap(1), lap(2, Utc=BEGAN + timedelta(seconds=203))], timezone(timedelta(hours=-3, minutes=-30)))
    assert (clock.text(100.0), clock.text(100.5), clock.text(250.0)) == ("09:32:00", "09:32:03", "09:34:33")
    assert clock.zone_at(BEGAN) == "UTC-3:30"
    assert clock.text(None) == WallClock([], UTC).text(5.0) == "–"
    assert WallClock([lap(1)], UTC).text(1e300) == "–"


def test_over_midnight_the_day_is_said_too() -> None:
    assert WallClock([lap(1), lap(500)], UTC).text(100.0) == "Sat 13:02:00"
    assert WallClock([lap(1), lap(500)], UTC).text(50_000.0) == "Sun 02:53:40"


def test_what_is_set_in_the_car_is_said_for_who_gets_in() -> None:
    settings = {"dcBrakeBias": 54.5, "dcABS": 3.0, "dcTractionControlToggle": False, "dcX": None}
    page = seen(CHANGE, state_after(CHANGE, 40.0, InCar=settings))
    assert page.in_car is not None
    assert page.in_car.replace("\u00a0", " ") == "brake bias 54.5 · traction control switch off · ABS 3 · dcX –"
    assert page.in_car.count(" ") == 2 * 3, "a line breaks between them only"
    assert seen(CHANGE).in_car is None
    assert seen(CHANGE, state_after(CHANGE, InCar={})).in_car is None


def test_how_old_it_is() -> None:
    state = state_after(CHANGE, 40.0)
    page = view(COLLECTION, known(CHANGE, state, told_utc=BEGAN), BEGAN + timedelta(seconds=552), UTC)
    assert page.age == [
        "as of 13:09:20, 0:00:12 old",
        "last lap 13:08:40",
        "newest word of the team's collection 13:00:20",
        "page made Sat 28 Nov 2026, 13:09:32 (UTC)",
    ]


def test_a_race_of_last_year_is_so_many_days_old() -> None:
    page = view(COLLECTION, known(CHANGE, state_after(CHANGE, 40.0)), BEGAN + timedelta(days=3), UTC)
    assert page.age[0] == "as of 13:09:20, 2 days old"


def test_the_weather_now_and_how_it_changed() -> None:
    laps = [
        lap(1, TrackTemp=31.0, AirTemp=22.0, TrackWetness=1, WeatherDeclaredWet=False),
        lap(2, TrackTemp=28.5, AirTemp=21.0, TrackWetness=1, WeatherDeclaredWet=False),
        lap(3, TrackTemp=None),
        lap(4, TrackTemp=29.0, AirTemp=None, TrackWetness=3, WeatherDeclaredWet=True),
    ]
    assert weather.now(laps) == ("29.0\u00a0°C", "very lightly wet, declared wet, track 28.5–31.0\u00a0°C so far")
    changes = weather.changes(laps, WallClock(laps, UTC))
    assert [(each.lap, each.at, each.text) for each in changes] == [
        ("1", "13:02:00", "dry"),
        ("4", "13:07:00", "very lightly wet, declared wet"),
    ]
    assert weather.changes(laps[:2], WallClock(laps, UTC)) == []
    assert weather.now([lap(1)]) is None


@pytest.mark.parametrize(
    ("info", "said"),
    [
        (INFO, "FBP Racing ORANGE: Race at Monza Full"),
        ({**INFO, "SessionType": "Open Qualify"}, "FBP Racing ORANGE: Open Qualify (Race) at Monza Full"),
        ({**INFO, "SessionType": "Practice", "EventType": "Practice"}, "FBP Racing ORANGE: Practice at Monza Full"),
        ({}, "FBP Racing ORANGE: Session"),
        ({"Track": 7, "TeamName": None, "EventType": "Time Trial"}, "FBP Racing ORANGE: Time Trial"),
    ],
)
def test_a_session_is_called_as_people_call_it(info: Document, said: str) -> None:
    assert title(info, COLLECTION) == said


def test_how_things_are_written() -> None:
    assert [span(seconds) for seconds in (None, 0.0, 59.6, 3599.0, 90_000.0)] == [
        *("–", "0:00:00", "0:01:00", "0:59:59", "25:00:00")
    ]
    assert (share(None), share(0.3333)) == ("–", "33.3 %")
    assert laps_named(ranges([9, 1, 2, 3, 2])) == "laps 1–3, 9"


def test_every_lap_of_a_stint_stands_in_its_table() -> None:
    page = seen(
        [*CHANGE, lap(6, LapLastLapTime=None, PlayerCarTowTime=30.0, PitRepairLeft=8.0, Gap=2.0, Stint=2, **BEN)]
    )
    first, second = page.laps
    assert (first.name, [who.name for who in second.drivers]) == ("Stint 1", ["Ben"])
    assert (second.laps[0].notes, second.laps[0].is_pits) == ("out lap, 60.0 s on pit road, 40.0 s standing", True)
    assert second.laps[0].cells == ("1", "13:05:20", "1:40.0000", "52.50", "2.50", "30.00", "–")
    assert second.laps[-1].cells[2] == "(1:40.0000)"
    assert second.laps[-1].notes == "30 s tow, 8 s repair, 2 s not seen"
    assert [row.is_best for row in second.laps] == [False, True, True, False]


def test_a_race_day_has_all_its_parts() -> None:
    page = view(COLLECTION, race_day(), MADE, UTC)
    assert page.whole == [
        "100 of 102 laps; 2 back-filled without fuel (90, 91); the simulator showed no results to compare with.",
        "Laps 57, 58 are missing: a recording (.ibt) of the driver's PC can fill what it saw.",
    ]
    assert page.subtitle == ["Porsche 911 RSR", "Sat 28 Nov 2026"]
    assert [line.sign.letter for line in page.signs.legend] == ["T", "G", "H", "C", "A"]
    assert len(page.stints.rows) == 4
    assert sum(len(stint.laps) for stint in page.laps) == 100


def test_a_page_of_nothing_has_no_cards_and_no_charts() -> None:
    page = view("T@1#2#3", KnownSession([], {}, None, {}, None), datetime(2026, 1, 1, tzinfo=UTC), UTC)
    assert (page.cards, page.charts, page.laps, page.title) == ([], [], [], "T: Session")


def test_the_one_in_the_car_of_the_sample_is_the_one_who_drives() -> None:
    race = PaperRace().drive(40)
    assert card(seen(race.laps, state_after(race.laps)), "In the car").value == race.driver[1]
