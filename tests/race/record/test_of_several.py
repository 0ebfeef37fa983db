"""What several members tell of one lap, and of its two lines: whose word counts, and where nobody's does."""

from __future__ import annotations

from dataclasses import replace

import pytest

from race.record.paper_race import ADA, BEN, CYD, moment
from race.record.test_holes_of_a_lap import BEGIN, LANE, LEFT_S, STALL, TRACK, at, car, filled, lap_with_hole, outside
from teamtactics.model.facts import Filling, LapFacts, LineSeen, MomentKind, PitMoment, Place, Sight, Vantage
from teamtactics.model.records import LapRecord
from teamtactics.race.record.fold import FoldedLap, fold
from teamtactics.race.record.record import Record

TICK_S = 1.0 / 60.0
END_S = 580.0
LINE = LineSeen(moment(END_S), Vantage.CAR, ADA, "Ada Falk", 30.0, False)
WATCHED = LineSeen(moment(END_S), Vantage.OUTSIDE, ADA, "Ada Falk", None, False)


def of(*lap: LapFacts, before: tuple[LapFacts, ...] = (), after: tuple[LapFacts, ...] = ()) -> FoldedLap:
    folded = fold(lap, before, after)
    assert folded is not None
    return folded


def record(*lap: LapFacts, before: tuple[LapFacts, ...] = (), after: tuple[LapFacts, ...] = ()) -> LapRecord:
    return of(*lap, before=before, after=after).record


@pytest.mark.parametrize(
    ("seen", "moments", "behind", "shown"),
    [
        (True, (), (), True),
        (False, (), (), False),
        (None, (), (), None),
        (True, (at(MomentKind.EXIT, END_S - 0.5),), (), False),
        (True, (at(MomentKind.EXIT, END_S),), (), False),
        (True, (), (at(MomentKind.EXIT, END_S - 0.5),), False),  # it was told when the line had been crossed
        (True, (), (at(MomentKind.EXIT, END_S + 0.5),), True),
        (True, (at(MomentKind.EXIT, 500.0), at(MomentKind.ENTER, 570.0)), (), True),
        (True, (at(MomentKind.ENTER, 570.0),), (), True),
        (True, (at(MomentKind.EXIT, 570.0), at(MomentKind.CLOCK, 575.0)), (), False),  # a clock moves no car
        (False, (at(MomentKind.ENTER, 570.0),), (), False),
    ],
)
def test_the_car_was_on_pit_road_at_the_line_unless_it_had_left(
    seen: bool | None, moments: tuple[PitMoment, ...], behind: tuple[PitMoment, ...], shown: bool | None
) -> None:
    lap = LapFacts(3, ADA, line=replace(LINE, on_pit_road=seen), moments=moments)
    assert record(lap, after=(LapFacts(4, ADA, moments=behind),)).on_pit_road is shown


def test_whose_client_saw_the_line_from_the_car_drove_it_though_no_text_has_named_him_yet() -> None:
    nameless = replace(LINE, driver=None, name=None)
    assert record(LapFacts(3, ADA, line=nameless)).customer_id == ADA
    assert of(LapFacts(3, ADA, line=nameless)).is_drivers
    assert record(LapFacts(3, BEN, line=replace(nameless, vantage=Vantage.OUTSIDE))).customer_id is None


def test_nobody_is_given_the_name_of_another() -> None:
    nameless = LapFacts(3, ADA, line=replace(LINE, name=None))
    wrong = LapFacts(3, BEN, line=replace(WATCHED, driver=BEN, name="Ben Ruiz"))
    assert (record(nameless, wrong).customer_id, record(nameless, wrong).driver) == (ADA, None)
    assert record(nameless, LapFacts(3, BEN, line=WATCHED)).driver == "Ada Falk"
    of_nobody = LapFacts(3, BEN, line=replace(WATCHED, driver=None))
    assert (record(of_nobody).customer_id, record(of_nobody).driver) == (None, None), "a name without an id"


def seat(from_s: float, until_s: float, driver: int) -> Sight:
    return Sight(from_s, until_s, Vantage.OUTSIDE, driver, TRACK, TRACK)


def test_over_a_line_that_nobody_saw_whoever_was_seen_before_and_behind_it_has_driven() -> None:
    before, behind = LapFacts(3, BEN, (seat(500.0, 570.0, ADA),)), LapFacts(4, BEN, (seat(590.0, 600.0, ADA),))
    assert record(before, after=(behind,)).customer_id == ADA
    assert record(before).customer_id is None
    blind = replace(before, sights=(), moments=(at(MomentKind.ENTER, 570.0, Vantage.OUTSIDE),))
    assert record(blind, after=(behind,)).customer_id is None
    other = replace(behind, sights=(seat(590.0, 600.0, CYD),))
    assert record(before, after=(other,)).customer_id is None


@pytest.mark.parametrize(("gone_s", "driver"), [(199.0, ADA), (201.0, None)])
def test_in_the_time_of_the_shortest_lap_known_somebody_else_may_have_driven_one(
    gone_s: float, driver: int | None
) -> None:
    lap = LapFacts(3, ADA, (seat(180.0, 300.0, ADA),), official_s=400.0)
    behind = LapFacts(4, ADA, (seat(300.0 + gone_s, 600.0, ADA),), official_s=500.0)
    assert record(lap, before=(LapFacts(2, ADA, official_s=200.0),), after=(behind,)).customer_id == driver


def test_of_those_who_did_not_drive_over_the_line_anybody_may_know_the_time() -> None:
    """The driver's client alone can say that there was none."""
    none = LapFacts(3, BEN, line=WATCHED, is_timed=True)
    timed = LapFacts(3, CYD, official_s=91.5, is_timed=True)
    assert record(none, timed).official_s == 91.5
    assert record(replace(none, line=None), timed).official_s == 91.5
    assert record(replace(none, member=ADA, line=LINE), timed).official_s is None
    assert record(replace(none, member=ADA, line=LINE, is_timed=False), timed).official_s == 91.5


@pytest.mark.parametrize(
    ("moments", "start_s"),
    [
        (((MomentKind.START, 300.0), (MomentKind.STOOD, 310.0), (MomentKind.EXIT, 320.0)), None),
        (((MomentKind.START, 300.0), (MomentKind.STOOD, 300.0), (MomentKind.EXIT, 320.0)), 300.0),
        (((MomentKind.START, 300.0), (MomentKind.STOOD, 320.0), (MomentKind.EXIT, 320.0)), 300.0),
        (((MomentKind.START, 300.0), (MomentKind.STOOD, 320.0)), 300.0),  # that visit has not ended
        (((MomentKind.START, 300.0), (MomentKind.SERVED, 310.0), (MomentKind.EXIT, 320.0)), 300.0),
    ],
)
def test_a_start_is_that_of_the_last_visit_that_ended_in_the_lap(
    moments: tuple[tuple[MomentKind, float], ...], start_s: float | None
) -> None:
    told = LapFacts(3, ADA, moments=tuple(at(kind, at_s) for kind, at_s in moments))
    assert record(told).tally.start_moving == (None if start_s is None else moment(start_s))


def test_when_a_lap_was_over() -> None:
    """At its line; else when the car was found behind it, or seen last before it; else when something happened last."""
    seen = LapFacts(
        3, ADA, (seat(500.0, 570.0, ADA),), moments=(at(MomentKind.ENTER, 510.0), at(MomentKind.EXIT, 520.0))
    )
    behind = LapFacts(4, ADA, (seat(590.0, 600.0, ADA),))
    assert record(replace(seen, line=LINE), after=(behind,)).session_time_s == END_S
    assert record(seen, after=(behind,)).session_time_s == 590.0
    assert record(seen).session_time_s == 570.0
    assert record(replace(seen, sights=())).session_time_s == 520.0
    assert record(LapFacts(3, ADA, repair_s=1.0)).session_time_s == 0.0


def test_who_crosses_the_line_does_not_stand_there() -> None:
    """In the lane at the line, found standing with more in the tank: how much it burned on the way nobody knows."""
    begin = LapFacts(2, ADA, line=LineSeen(moment(180.0), Vantage.CAR, ADA, "Ada Falk", 20.0, True))
    found = LapFacts(3, ADA, (car(230.0, END_S, STALL, TRACK, (40.0, 30.0), stood=(True, False)),), LINE)
    assert record(found, before=(begin,)).tally.fuel_added_l is None


@pytest.mark.parametrize(("until_s", "litres"), [(0.1, None), (0.09, 0.0)])
def test_where_the_car_was_last_seen_a_step_before_the_line_it_was_on_the_line(
    until_s: float, litres: float | None
) -> None:
    """Its flag says that it was on the track; who saw it in the lane a tenth of a second before knows better."""
    line = LineSeen(moment(0.2), Vantage.OUTSIDE, ADA, None, None, False)
    before = LapFacts(2, BEN, (Sight(-5.0, until_s, Vantage.OUTSIDE, ADA, TRACK, LANE),), line)
    lap = LapFacts(3, ADA, (car(5.2, END_S, TRACK, TRACK, (None, 30.0)),), LINE)
    assert record(lap, before=(before,)).tally.fuel_added_l == litres


HALVES = (car(180.0, 200.0, TRACK, TRACK, (50.0, 49.0)), car(230.0, 300.0, TRACK, TRACK, (48.0, 45.0)))


def test_a_lap_of_which_nobody_saw_an_end_is_missed_between_what_was_seen() -> None:
    assert record(LapFacts(3, ADA, HALVES)).gap_s == pytest.approx(30.0 - TICK_S)


@pytest.mark.parametrize(
    ("times", "line_s"),
    [((None, 1000.0), 300.0), ((None, 160.0), 400.0), ((150.0, None), 400.0), ((None, None), 400.0)],
)
def test_a_line_in_a_hole_lies_behind_all_that_was_seen_of_the_lap(
    times: tuple[float | None, float | None], line_s: float
) -> None:
    """A time from a begin that nobody saw says nothing; the next lap's from its end does, whoever knows it."""
    lap = LapFacts(3, ADA, HALVES, official_s=times[0])
    line = replace(LINE, at=moment(560.0))
    behind = LapFacts(4, ADA, (car(400.0, 560.0, TRACK, TRACK, (40.0, 30.0)),), line)
    other = LapFacts(4, BEN, official_s=times[1])
    gaps = (record(lap, after=(behind, other)).gap_s, record(behind, other, before=(lap,)).gap_s)
    apart = (line_s - 300.0, 400.0 - line_s)
    assert gaps == (
        pytest.approx(30.0 - TICK_S + max(0.0, apart[0] - TICK_S)), pytest.approx(max(0.0, apart[1] - TICK_S)),
    )  # fmt: skip


def test_what_a_tank_tells_of_a_hole_is_what_anybody_saw_of_its_ends() -> None:
    """Ben looked on until a second before the line: that is too short for a stop, whatever Ada's client missed."""
    mine = LapFacts(3, ADA, (car(180.0, 480.0, TRACK, TRACK, (50.0, None), from_line=True),))
    behind = LapFacts(4, ADA, (car(END_S, 600.0, TRACK, TRACK, (None, None)),))
    watched = LapFacts(3, BEN, (Sight(400.0, END_S - 1.0, Vantage.OUTSIDE, ADA, TRACK, Place.TRACK),))
    assert record(mine, before=(BEGIN,), after=(behind,)).tally.fuel_added_l is None
    assert record(mine, watched, before=(BEGIN,), after=(behind,)).tally.fuel_added_l == 0.0


LAST = LapFacts(3, ADA, (car(180.0, 470.0, TRACK, TRACK, (50.0, 45.0), from_line=True),))


@pytest.mark.parametrize(
    ("watched_s", "found", "litres"),
    [
        (525.0, ((528.0, 44.0),), 0.0),  # his tank has not risen in a minute: no matter who found him sooner
        (479.0, ((540.0, 46.0),), 0.0),  # nine seconds are no stop: no matter what the tank says later
        (525.0, ((540.0, 46.0),), None),
        (None, ((510.0, 45.2), (515.0, 44.5)), None),  # it had risen, when it was found
        (None, ((510.0, 45.0), (515.0, 44.5)), 0.0),
    ],
)
def test_a_hole_over_a_line_ends_where_the_car_is_found_first_and_where_its_tank_is(
    watched_s: float | None, found: tuple[tuple[float, float], ...], litres: float | None
) -> None:
    sights = tuple(car(from_s, from_s + 2.0, TRACK, TRACK, (level_l, level_l)) for from_s, level_l in found)
    watched = () if watched_s is None else (Sight(watched_s, watched_s + 1.0, Vantage.OUTSIDE, ADA, TRACK, TRACK),)
    told = record(LAST, before=(BEGIN,), after=(LapFacts(4, ADA, sights), LapFacts(4, BEN, watched)))
    assert told.tally.fuel_added_l == litres


def test_a_hole_over_a_line_begins_where_the_car_was_seen_last() -> None:
    sights = (car(20.0, 30.0, TRACK, TRACK, (50.0, None)), car(100.0, 170.0, TRACK, TRACK, (None, None)))
    lap = LapFacts(3, ADA, (car(178.0, END_S, TRACK, TRACK, (None, 30.0)),), LINE)
    assert record(lap, before=(LapFacts(2, ADA, sights),)).tally.fuel_added_l == 0.0


def test_what_one_computer_saw_within_what_another_saw_ends_nothing() -> None:
    whole = (
        car(180.0, 300.0, TRACK, TRACK, (50.0, None), from_line=True),
        car(305.0, END_S, TRACK, TRACK, (None, 30.0)),
    )
    part = replace(whole[0], from_s=200.0, until_s=210.0, fuel_first_l=None, from_line=False)
    told = record(LapFacts(3, ADA, whole, LINE), LapFacts(3, CYD, (part,)), before=(BEGIN,))
    assert told.tally.fuel_added_l == 0.0


def test_of_a_lap_under_way_of_which_nobody_told_from_the_car_nothing_is_known_of_its_tank() -> None:
    known = Record()
    known.learn([LapFacts(3, BEN, (seat(200.0, 300.0, ADA),))])
    folded = known.lap(3)
    assert folded is not None
    assert folded.record.tally.fuel_added_l is None


def test_who_looked_on_until_the_tick_in_which_the_driver_was_gone_does_not_know_better() -> None:
    """What he sees is a second old."""
    for first, last, litres in ((TRACK, LANE, 0.0), (TRACK, TRACK, 0.0)):
        before = outside(190.0, LEFT_S, first, last)
        assert lap_with_hole(10.0, (TRACK, TRACK), (None, None), others=(before,)).tally.fuel_added_l == litres
        behind = outside(LEFT_S + 10.0, 220.0, last, first)
        assert lap_with_hole(10.0, (TRACK, TRACK), (None, None), others=(behind,)).tally.fuel_added_l == litres
    left = outside(150.0, LEFT_S + 5.0, STALL, TRACK)
    assert lap_with_hole(10.0, (TRACK, TRACK), (None, None), others=(left,)).tally.fuel_added_l == 0.0, "long before"


def test_where_nobody_knows_the_tank_of_a_car_that_stood_nobody_knows_what_came_in() -> None:
    assert lap_with_hole(30.0, (STALL, STALL), (None, None), stood=(True, True)).tally.fuel_added_l is None


def test_who_saw_all_of_a_filling_has_counted_it() -> None:
    """The levels at its ends say less: between its rises the tank may fall."""
    assert filled(Filling(200.0, 205.0, 10.0, 20.0, 10.0), Filling(200.0, 230.0, 10.0, 30.0, 25.0)) == 25.0
    assert filled(Filling(200.0, 230.0, 10.0, 30.0, 15.0), Filling(215.0, 230.0, 20.0, 30.0, 10.0)) == 15.0


@pytest.mark.parametrize(("kinds", "first"), [((MomentKind.PLACED,), 3), ((MomentKind.PLACED, MomentKind.STOOD), 1)])
def test_whoever_was_placed_and_stood_there_made_a_stop(kinds: tuple[MomentKind, ...], first: int) -> None:
    known = Record()
    known.learn([LapFacts(3, ADA, moments=tuple(at(kind, 210.0) for kind in kinds))])
    assert known.first == first
