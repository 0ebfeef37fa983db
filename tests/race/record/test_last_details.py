"""Small things that decide: where a lap ends that nobody saw end, what is one thing told twice, who is waited for."""

from __future__ import annotations

from dataclasses import replace

import pytest

from race.record.paper_cloud import Client, Cloud, until_quiet
from race.record.paper_race import ADA, BEN, CYD, LAP_S, Race, moment, stop
from race.record.test_holes_of_a_lap import (
    BEGIN,
    LANE,
    LEFT_S,
    STALL,
    TRACK,
    at,
    car,
    lap_with_hole,
)
from race.record.test_where_stints_begin import EXIT, PLACED, STOOD, begins, happened, sight
from teamtactics.model.facts import LapFacts, LineSeen, MomentKind, Place, Sight, Vantage
from teamtactics.model.records import LapRecord, Moment
from teamtactics.model.retold import Told
from teamtactics.race.record.bounds import without as without_spans
from teamtactics.race.record.fold import fold
from teamtactics.race.record.live import Live
from teamtactics.race.record.owed import owed
from teamtactics.race.record.record import Record

TICK_S = 1.0 / 60.0


def folded(lap: list[LapFacts], before: tuple[LapFacts, ...] = (), after: tuple[LapFacts, ...] = ()) -> LapRecord:
    made = fold(lap, before, after)
    assert made is not None
    return made.record


@pytest.mark.parametrize(
    ("on_pit_road", "last", "ends_s", "added_l"),
    [
        (False, None, 0.0, 0.0),  # on the track at the line: ten seconds are too short for a stop
        (True, None, 0.0, None),
        (None, None, 0.0, None),  # of who does not say so
        (False, LANE, 0.0, None),  # OnPitRoad has holes in the lane: who saw where it was knows better
        (False, LANE, 0.0625, None),
        (True, TRACK, 0.0, 0.0),
        (False, Place.AWAY, 0.0, 0.0),  # out of the world it crosses no line
    ],
)
def test_where_the_car_was_at_a_line_that_its_driver_did_not_see(
    on_pit_road: bool | None, last: Place | None, ends_s: float, added_l: float | None
) -> None:
    """Who watched tells of the line; of the ten seconds before it nobody knows the tank."""
    mine = LapFacts(3, ADA, (car(180.0, 570.0, TRACK, TRACK, (50.0, None), from_line=True),))
    line = LineSeen(moment(580.0), Vantage.OUTSIDE, ADA, None, None, on_pit_road)
    seen = () if last is None else (Sight(580.0 - ends_s, 580.0 - ends_s, Vantage.OUTSIDE, ADA, last, last),)
    assert folded([mine, LapFacts(3, BEN, seen, line)], (BEGIN,)).tally.fuel_added_l == added_l


@pytest.mark.parametrize(
    ("times", "line_s"),
    [
        ((None, None), 400.0),  # nobody knows: the hole belongs to the lap before
        ((150.0, None), 330.0),
        ((100.0, None), 300.0),  # not before it was seen last
        ((300.0, None), 400.0),  # nor behind where it was found
        ((None, 170.0), 390.0),
        ((None, 100.0), 400.0),
        ((None, 300.0), 300.0),
        ((150.0, 170.0), 390.0),  # what the next line tells comes first
    ],
)
def test_a_hole_over_a_line_that_nobody_saw_is_counted_once(
    times: tuple[float | None, float | None], line_s: float
) -> None:
    """Lap 3 is seen from 180 to 300 s, lap 4 from 400 to its line at 560; an official time says where the line lay."""
    lap = LapFacts(3, ADA, (car(180.0, 300.0, TRACK, TRACK, (50.0, 45.0), from_line=True),), official_s=times[0])
    line = LineSeen(moment(560.0), Vantage.CAR, ADA, "Ada Falk", 30.0, False)
    behind = LapFacts(4, ADA, (car(400.0, 560.0, TRACK, TRACK, (40.0, 30.0)),), line, official_s=times[1])
    gaps = (folded([lap], (BEGIN,), (behind,)).gap_s, folded([behind], (lap,)).gap_s)
    assert gaps == tuple(pytest.approx(max(0.0, each - TICK_S)) for each in (line_s - 300.0, 400.0 - line_s))


def test_an_official_time_alone_says_where_no_line_was() -> None:
    lap = LapFacts(3, ADA, (car(180.0, 300.0, TRACK, TRACK, (50.0, 45.0), from_line=True),))
    behind = LapFacts(4, ADA, (car(400.0, 500.0, TRACK, TRACK, (40.0, 35.0)),), official_s=170.0)
    assert folded([lap], (BEGIN,), (behind,)).gap_s == pytest.approx(100.0 - TICK_S)


def test_a_tank_that_rose_by_noise_alone_got_nothing() -> None:
    for rise_l, added_l in ((0.001, 0.0), (0.0015, None)):
        assert lap_with_hole(10.0, (LANE, TRACK), (0.0, rise_l)).tally.fuel_added_l == added_l


def test_a_car_that_is_put_into_its_stall_twice_was_just_put_there() -> None:
    """Reset, and reset again as the driver did not like where he stood: the tank is another, and nothing came in."""
    twice = (at(MomentKind.RESET, LEFT_S + 1.0), at(MomentKind.RESET, LEFT_S + 9.5))
    assert lap_with_hole(10.0, (TRACK, STALL), (20.0, 40.0), *twice).tally.fuel_added_l == 0.0
    assert lap_with_hole(10.0, (TRACK, STALL), (20.0, 40.0), twice[0]).tally.fuel_added_l is None


@pytest.mark.parametrize(("apart_s", "exit_s"), [(2.5, 240.0), (2.75, 242.75)])
def test_two_who_look_from_outside_see_one_exit_within_two_and_a_half_seconds(apart_s: float, exit_s: float) -> None:
    told = [
        LapFacts(3, member, moments=(at(MomentKind.EXIT, at_s, Vantage.OUTSIDE),))
        for member, at_s in ((BEN, 240.0), (CYD, 240.0 + apart_s))
    ]
    assert folded(told).tally.pit_exit == moment(exit_s)


def test_what_one_driver_tells_from_two_computers_happened_once() -> None:
    """Who sits in the car may see two stops within two seconds, but not two at one time."""
    exits = [at(MomentKind.EXIT, at_s) for at_s in (240.0, 240.5)]
    (first,) = (folded([LapFacts(3, each, moments=(exits[0],)) for each in (ADA, BEN)]).tally.pit_exit,)
    assert first == moment(240.0)
    record = Record()
    record.learn([LapFacts(3, each, moments=(exits[0],)) for each in (ADA, BEN)])
    assert [each.at for each in record.window(3).of_kind(MomentKind.EXIT)] == [moment(240.0)]
    record.learn([LapFacts(3, BEN, moments=(exits[1],))])
    assert len(record.window(3).of_kind(MomentKind.EXIT)) == 2


def test_a_tank_that_is_fuller_than_where_the_last_stint_began_proves_another_stop() -> None:
    """The driver's simulator died in the tick of the exit: what came in since came in at a later stop."""
    stood = happened((STOOD, 220.0), (EXIT, 240.0))
    seen = sight(210.0, 240.0, TRACK, LANE, levels=(30.0, 20.0))
    for found_s in (260.0, 360.0):
        found = sight(found_s, found_s + 30.0, TRACK, levels=(40.0, 39.0))
        assert begins(stood, seen, found) == [3, 3]
    later = happened((STOOD, 220.0), (EXIT, 240.25))
    assert begins(later, seen, sight(360.0, 390.0, TRACK, levels=(40.0, 39.0))) == [3]


def test_who_got_in_on_the_move_did_not_find_the_car_standing() -> None:
    """He was blind for a moment, then it stood in its stall; what he found when he got in was no standing car."""
    before = sight(110.0, 190.0, TRACK, levels=(50.0, 49.0))
    rolling, standing = sight(220.0, 230.0, LANE), sight(240.0, 250.0, STALL, LANE, stood=True)
    assert begins(before, happened((PLACED, 220.0), (EXIT, 260.0)), rolling, standing) == []
    assert begins(before, happened((PLACED, 240.0), (EXIT, 260.0)), rolling, standing) == [3]


@pytest.mark.parametrize(("stall_pct", "stint"), [(None, 2), (0.25, 2), (0.5, 2), (0.5625, 1)])
def test_a_stall_in_the_second_half_of_the_lap_lies_before_the_line(stall_pct: float | None, stint: int) -> None:
    """Of a car that stood in lap 3 and drives in again in lap 4 nobody saw the exit: before the line, or behind it."""
    live = Live(ADA)
    live.know_stall(stall_pct)
    live.learn(happened((MomentKind.ENTER, 210.0), (STOOD, 220.0), (MomentKind.ENTER, 310.0)))
    assert live.lap(3).stint == stint


def test_of_who_told_last_a_lap_document_tells_as_well() -> None:
    """The client of an older version writes no parts."""
    race = Race(3)
    (facts,) = (each for each in race.seen_by(BEN, (0.0, race.end_s)) if each.lap == 3)
    own = Race(3, first_driver=BEN).seen_by(BEN, (0.0, 3 * LAP_S))
    record = Record()
    record.learn(own)
    made = record.lap(3)
    assert made is not None
    live = Live(ADA)
    live.tell({3: Told(parts=(facts,))})
    assert live.last_told is None, "he watched"
    live.tell({3: Told(shown=made.record, is_drivers=True)})
    assert live.last_told == (BEN, 3 * LAP_S)
    mine = Live(BEN)
    mine.tell({3: Told(shown=made.record, is_drivers=True), 4: Told()})
    assert mine.last_told is None


def test_a_watcher_who_does_not_know_who_drives_lets_the_driver_go_first_too() -> None:
    race = Race()
    watched = [
        replace(
            facts,
            sights=tuple(replace(each, driver=None) for each in facts.sights),
            line=facts.line and replace(facts.line, driver=None, name=None),
        )
        for facts in race.seen_by(CYD, (0.0, race.end_s))
    ]
    found = {each.lap: each for each in owed(watched, {}).laps}
    assert found[3].folded.record.customer_id is None
    assert found[3].due_s == pytest.approx(3 * LAP_S + 20.0, abs=0.1)


def test_whoever_drove_and_was_killed_over_the_line_does_not_wait_for_himself() -> None:
    """A watcher saw the line; whose client sat in the car as far as it goes has nobody to wait for."""
    race = Race()
    ada = race.seen_by(ADA, (0.0, 3 * LAP_S - 2.0), (3 * LAP_S + 2.0, race.end_s))
    lines = [replace(facts, sights=(), moments=()) for facts in race.seen_by(CYD, (0.0, race.end_s)) if facts.lap == 3]
    found = {each.lap: each for each in owed(ada, {3: Told(parts=tuple(lines))}).laps}
    assert found[3].due_s is None
    other = [replace(each, line=each.line and replace(each.line, driver=BEN)) for each in lines]
    found = {each.lap: each for each in owed(ada, {3: Told(parts=tuple(other))}).laps}
    assert found[3].due_s == pytest.approx(3 * LAP_S + 20.0, abs=0.1), "somebody else drove over it, for all one knows"


@pytest.mark.parametrize("end_s", [3 * LAP_S + 5.0, 4 * LAP_S, 6 * LAP_S])
def test_a_line_that_nobody_saw_may_still_be_told_for_six_seconds(end_s: float) -> None:
    """Whether the lap behind it is still driven, or over since long: that the car was found there is what counts."""
    race = Race()
    found = {
        each.lap: each for each in owed(race.seen_by(ADA, (0.0, 3 * LAP_S - 2.0), (3 * LAP_S + 2.0, end_s)), {}).laps
    }
    assert found[3].due_s == 3 * LAP_S + 2.0 + 6.0


@pytest.mark.parametrize("lap", [2, 6])
def test_from_a_garage_the_stints_are_counted_alike_by_all_from_lap_2_on(lap: int) -> None:
    """The client is started in practice, when the car has been out before; its document does not say where it was."""
    race = Race(6, (stop(lap * LAP_S - 60.0, stand_s=10.0),))
    seen = race.seen_by(ADA, ((lap - 1) * LAP_S, race.end_s))
    placed = replace(at(MomentKind.PLACED, (lap - 1) * LAP_S), at=Moment((lap - 1) * LAP_S, None))
    found = [
        replace(facts, moments=(placed,), requests=()) if facts.lap == lap else facts
        for facts in seen
        if facts.lap >= lap
    ]
    client, cloud = Client(), Cloud()
    client.see(found)
    until_quiet(cloud, [client, Client()])
    assert f"part {lap} {ADA}" in cloud.documents
    assert (cloud.laps()[lap]["Stint"], cloud.laps()[lap]["StintLap"]) == (1, 1)


def test_a_stop_that_the_collection_lacks_is_shown_by_its_lap_alone() -> None:
    """Of the laps behind it all are of one mind again: the car is out of the pits, and is not towed."""
    race = Race(6, (stop(2 * LAP_S + 20.0, stand_s=10.0),))
    told = {member: race.seen_by(member, (0.0, race.end_s)) for member in (ADA, CYD)}
    client, cloud, late = Client(), Cloud(), Client()
    client.see(replace(facts, sights=(), moments=(), requests=()) for facts in told[ADA])
    client.come_online(cloud)
    late.see(replace(facts, sights=(), moments=facts.moments if facts.lap == 3 else ()) for facts in told[CYD])
    assert [each.lap for each in late.debt(cloud).laps] == [3]
    assert [each.lap for each in late.debt(cloud).numbers] == [4, 5, 6]


@pytest.mark.parametrize(
    ("line", "from_line", "used_l"),
    [
        (LineSeen(moment(180.0), Vantage.CAR, ADA, "Ada Falk", 50.0, False), 49.0, 20.0),  # who drove over it
        (LineSeen(moment(180.5), Vantage.OUTSIDE, ADA, None, None, False), 49.0, 19.0),  # who took over in its tick
        (LineSeen(moment(180.5), Vantage.OUTSIDE, ADA, None, None, False), None, None),
        (LineSeen(moment(180.0), Vantage.CAR, ADA, "Ada Falk", 50.0, False), None, 20.0),
        (None, 49.0, 19.0),
        (None, None, None),
    ],
)
def test_what_was_in_the_tank_where_the_lap_began_knows_who_sat_in_the_car(
    line: LineSeen | None, from_line: float | None, used_l: float | None
) -> None:
    before = () if line is None else (LapFacts(2, ADA if line.vantage is Vantage.CAR else BEN, line=line),)
    begun = car(180.0, 580.0, TRACK, TRACK, (from_line or 50.0, 30.0), from_line=from_line is not None)
    end = LineSeen(moment(580.0), Vantage.CAR, ADA, "Ada Falk", 30.0, False)
    watched = Sight(180.0, 580.0, Vantage.OUTSIDE, ADA, TRACK, TRACK, from_line=True)
    told = [LapFacts(3, ADA, (begun,), end), LapFacts(3, BEN, (watched,))]
    assert folded(told[: 1 if used_l is None and line is None else 2], before).fuel_used_l == used_l


def measured(*told: tuple[int, Vantage, float, float], clock: int | None = None) -> float | None:
    """The lap from line to line as members tell it who saw both, one of whom may have had his clock set in it."""
    lines = [
        [LineSeen(moment(at_s), vantage, ADA, None, None, False) for at_s in (start_s, end_s)]
        for _, vantage, start_s, end_s in told
    ]
    was_set = (at(MomentKind.CLOCK, 200.0),)
    laps = [
        LapFacts(3, each[0], line=seen[1], moments=was_set if each[0] == clock else ())
        for each, seen in zip(told, lines, strict=True)
    ]
    return folded(
        laps, tuple(LapFacts(2, each[0], line=seen[0]) for each, seen in zip(told, lines, strict=True))
    ).measured_s


def test_who_had_his_clock_set_in_a_lap_cannot_measure_it_and_others_can() -> None:
    mine, watched = (ADA, Vantage.CAR, 180.0, 270.0), (BEN, Vantage.OUTSIDE, 180.5, 271.0)
    assert measured(mine, watched) == 90.0
    assert measured(mine, watched, clock=ADA) == 90.5
    assert measured(mine, watched, clock=BEN) == 90.0
    assert measured(mine, clock=ADA) is None
    assert measured((ADA, Vantage.CAR, 180.0, 180.5)) == 0.5
    assert measured((ADA, Vantage.CAR, 180.0, 179.5)) is None, "a lap ends behind its begin"


def test_what_is_left_of_a_time_when_others_are_taken_out_of_it() -> None:
    span = [(100.0, 110.0)]
    for covered, left in (
        ((100.0, 110.0), []),
        ((90.0, 120.0), []),
        ((100.0, 104.0), [(104.0, 110.0)]),
        ((106.0, 110.0), [(100.0, 106.0)]),
        ((104.0, 106.0), [(100.0, 104.0), (106.0, 110.0)]),
        ((90.0, 100.0), span),
        ((110.0, 120.0), span),
        ((80.0, 90.0), span),
        ((120.0, 130.0), span),
    ):
        assert without_spans(span, [covered]) == left, covered
    assert without_spans(span, [(100.0, 102.0), (108.0, 110.0)]) == [(102.0, 108.0)]
    assert without_spans([*span, (120.0, 130.0)], [(105.0, 125.0)]) == [(100.0, 105.0), (125.0, 130.0)]


@pytest.mark.parametrize(
    ("begin_s", "end_s", "from_s", "gap_s"),
    [
        (0.0, 90.0, 0.1, 0.0),  # two or three ticks are a step
        (0.0, 90.0, 0.125, 0.125 - TICK_S),
        (80.0, 70.0, 60.0, 0.0),  # the clock was set back behind its begin: nothing can be counted
        (80.0, 80.0, 60.0, 0.0),
    ],
)
def test_of_a_gap_the_ticks_between_two_steps_are_none(
    begin_s: float, end_s: float, from_s: float, gap_s: float
) -> None:
    lines = [LineSeen(moment(at_s), Vantage.CAR, ADA, "Ada Falk", 30.0, False) for at_s in (begin_s, end_s)]
    seen = replace(car(from_s, 90.0, TRACK, TRACK, (50.0, 30.0)), unseen_s=0.0 if from_s < 1.0 else 1.5)
    told = folded([LapFacts(3, ADA, (seen,), lines[1])], (LapFacts(2, ADA, line=lines[0]),))
    assert told.gap_s == pytest.approx(gap_s)


def test_a_watcher_measures_with_his_own_begin() -> None:
    """How late each of them sees the car is his own."""
    begun = {BEN: 180.5, CYD: 180.625}
    told = [
        LapFacts(
            3, member, (Sight(at_s, 570.0, Vantage.OUTSIDE, ADA, TRACK, TRACK, from_line=True),),
            None if member == BEN else LineSeen(moment(271.0), Vantage.OUTSIDE, ADA, None, None, False),
        )
        for member, at_s in begun.items()
    ]  # fmt: skip
    assert folded(told).measured_s == 90.375


def test_the_begin_of_a_lap_that_nobody_saw_is_its_official_time_before_its_end() -> None:
    line = LineSeen(moment(580.0), Vantage.CAR, ADA, "Ada Falk", 30.0, False)
    mine = LapFacts(3, ADA, (car(200.0, 580.0, TRACK, TRACK, (50.0, 30.0)),), line, official_s=400.0)
    assert folded([mine]).gap_s == pytest.approx(20.0 - TICK_S)
    assert folded([replace(mine, official_s=None)]).gap_s == 0.0, "from the first tick that somebody saw"


def test_a_lap_under_way_goes_as_far_as_somebody_saw_it() -> None:
    halves = (
        car(180.0, 200.0, TRACK, TRACK, (50.0, 49.0), from_line=True),
        car(230.0, 300.0, TRACK, TRACK, (48.0, 45.0)),
    )
    lap = LapFacts(3, ADA, halves)
    assert folded([lap], (BEGIN,)).gap_s == pytest.approx(30.0 - TICK_S)
    behind = LapFacts(4, ADA, (replace(halves[1], from_s=400.0, until_s=420.0), replace(halves[1], from_s=450.0)))
    assert folded([lap], (BEGIN,), (behind,)).gap_s == pytest.approx(130.0 - 2 * TICK_S)
