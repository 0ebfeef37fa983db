"""Stops as several clients saw them: what was put in, what was asked for, and where the stint begins."""

from __future__ import annotations

from dataclasses import replace

import pytest

from race.record.paper_race import (
    ADA,
    BEN,
    BURN_L_S,
    CYD,
    LAP_S,
    RATE_L_S,
    REQUEST,
    Race,
    Visit,
    drive_through,
    moment,
    stop,
    without,
)
from teamtactics.model.facts import Filling, LapFacts, LineSeen, MomentKind, PitMoment, Place, Sight, Vantage
from teamtactics.model.records import LapRecord
from teamtactics.race.record.record import Record

IN_LAP = 2 * LAP_S
"""When the lap begins in which the stops of these tests are made: lap 3."""

FILLED_L = 16.0 * RATE_L_S


def record_of(*tellings: list[LapFacts], is_stall_first: bool = False) -> Record:
    record = Record(is_stall_first)
    for telling in tellings:
        record.learn(telling)
    return record


def lap(record: Record, number: int) -> LapRecord:
    folded = record.lap(number)
    assert folded is not None
    return folded.record


def stints(record: Record) -> list[tuple[int | None, int | None]]:
    return [(each.stint, each.stint_lap) for each in record.completed()]


CHANGED = [(1, 1), (1, 2), (2, 1), (2, 2), (2, 3), (2, 4)]
"""The numbers of a race with one stop, in lap 3."""


@pytest.mark.parametrize("left_s", [1.0, 9.0, 27.0], ids=["fills after it", "is cut in two by it", "fills before it"])
def test_a_driver_change_with_filling(left_s: float) -> None:
    """SIMULATOR#change: in two of three real stops fuel flows after the seat is taken, in one it is cut in two."""
    race = Race(visits=(stop(IN_LAP + 20.0, fills=((4.0, 20.0),), changes=((left_s, left_s + 1.2, BEN),)),))
    record = record_of(race.seen_by(ADA, (0.0, race.end_s)), race.seen_by(BEN, (0.0, race.end_s)))
    shared = lap(record, 3)
    assert shared.tally.fuel_added_l == pytest.approx(FILLED_L)
    assert shared.fuel_used_l == pytest.approx((LAP_S - 30.0) * BURN_L_S)
    assert shared.pit_sv_flags == REQUEST
    assert (shared.customer_id, shared.driver) == (BEN, "Ben Ruiz")
    assert shared.gap_s == 0.0
    assert stints(record) == CHANGED


def test_who_hands_over_is_heard_of_two_stints_later() -> None:
    """His half of the lap comes in as if it had come at once, whoever drives by then."""
    race = Race(visits=(stop(IN_LAP + 20.0, fills=((4.0, 20.0),), changes=((9.0, 10.2, BEN),)),))
    ada, ben = race.seen_by(ADA, (0.0, race.end_s)), race.seen_by(BEN, (0.0, race.end_s))
    record = record_of(ben)
    half = lap(record, 3)
    assert (half.fuel_used_l, half.tally.fuel_added_l, half.pit_sv_flags, half.tally.stop_moving) == (None,) * 4
    assert half.tally.pit_enter is not None, "seen from outside"
    record.learn(ada)
    assert lap(record, 3) == lap(record_of(ada, ben), 3)
    assert lap(record, 3).tally.fuel_added_l == pytest.approx(FILLED_L)


def test_three_parts_in_one_lap() -> None:
    """Ada stops and gets out, Ben gets in and out again, Cyd drives off."""
    changes = ((3.0, 4.5, BEN), (11.0, 12.5, CYD))
    race = Race(visits=(stop(IN_LAP + 20.0, fills=((1.0, 17.0),), changes=changes),))
    record = record_of(*(race.seen_by(member, (0.0, race.end_s)) for member in (CYD, ADA, BEN)))
    shared = lap(record, 3)
    assert shared.tally.fuel_added_l == pytest.approx(FILLED_L)
    assert shared.fuel_used_l == pytest.approx((LAP_S - 30.0) * BURN_L_S)
    assert (shared.customer_id, shared.gap_s) == (CYD, 0.0)
    assert stints(record) == CHANGED


def test_killed_from_before_the_entry_until_after_the_exit_and_watched() -> None:
    """The watcher's word, hours later, renumbers every lap behind the stop."""
    race = Race(visits=(stop(IN_LAP + 20.0, fills=(), stand_s=10.0),))
    record = record_of(race.seen_by(ADA, (0.0, IN_LAP + 15.0), (IN_LAP + 60.0, race.end_s)))
    assert stints(record) == [(1, n) for n in range(1, 7)]
    change = record.learn(race.seen_by(CYD, (0.0, race.end_s)))
    assert stints(record) == CHANGED
    assert change.renumbered == (3, 4, 5, 6)
    stopped = lap(record, 3)
    assert stopped.tally.pit_enter is not None
    assert stopped.tally.pit_exit is not None
    assert (stopped.tally.fuel_added_l, stopped.pit_sv_flags) == (None, None), "from outside no fuel is seen"
    assert stopped.gap_s == 0.0, "somebody looked"


def test_killed_across_the_stop_and_seen_by_nobody() -> None:
    """The tank proves it: a stint began; when, and how much came in, nobody knows."""
    race = Race(visits=(stop(IN_LAP + 20.0, fills=((4.0, 20.0),)),))
    record = record_of(race.seen_by(ADA, (0.0, IN_LAP + 15.0), (IN_LAP + 80.0, race.end_s)))
    assert stints(record) == CHANGED
    stopped = lap(record, 3)
    assert stopped.tally.fuel_added_l is None
    assert stopped.fuel_used_l is None
    assert stopped.tally.pit_exit is None
    assert stopped.gap_s == pytest.approx(65.0, abs=0.1)


def test_killed_across_a_stop_without_fuel_and_seen_by_nobody() -> None:
    """Nothing proves it: no stint began, and nothing is said of fuel."""
    race = Race(visits=(stop(IN_LAP + 20.0),))
    record = record_of(race.seen_by(ADA, (0.0, IN_LAP + 15.0), (IN_LAP + 80.0, race.end_s)))
    assert stints(record) == [(1, n) for n in range(1, 7)]
    assert lap(record, 3).tally.fuel_added_l is None


def test_killed_in_the_stall_while_fuel_flows() -> None:
    """It is back while the car still stands: the levels say what came in."""
    race = Race(visits=(stop(IN_LAP + 20.0, fills=((4.0, 20.0),)),))
    stands_s = IN_LAP + 28.0
    record = record_of(race.seen_by(ADA, (0.0, stands_s + 10.0), (stands_s + 15.0, race.end_s)))
    stopped = lap(record, 3)
    assert stopped.tally.fuel_added_l == pytest.approx(FILLED_L)
    assert stopped.fuel_used_l == pytest.approx((LAP_S - 30.0) * BURN_L_S)
    assert stopped.gap_s == pytest.approx(5.0, abs=0.1)
    assert stints(record) == CHANGED


def test_killed_in_the_stall_and_back_on_the_track() -> None:
    """The exit is certain, though nobody saw it; what came in is not."""
    race = Race(visits=(stop(IN_LAP + 20.0, fills=((4.0, 20.0),)),))
    record = record_of(race.seen_by(ADA, (0.0, IN_LAP + 38.0), (IN_LAP + 80.0, race.end_s)))
    stopped = lap(record, 3)
    assert stints(record) == CHANGED
    assert (stopped.tally.fuel_added_l, stopped.tally.start_moving, stopped.tally.pit_exit) == (None, None, None)
    assert stopped.pit_sv_flags == REQUEST


def test_an_exit_that_somebody_saw_takes_the_place_of_one_that_was_inferred() -> None:
    """Killed in the stall before the line, back behind it: in which of the two laps he left, only the watcher knows."""
    race = Race(visits=(stop(IN_LAP + 30.0, stand_s=20.0),))
    ada = race.seen_by(ADA, (0.0, IN_LAP + 50.0), (IN_LAP + LAP_S + 10.0, race.end_s))
    assert stints(record_of(ada, is_stall_first=True))[2:4] == [(1, 3), (2, 1)], "the line lies in the pit lane"
    assert stints(record_of(ada))[2:4] == [(2, 1), (2, 2)]
    for is_stall_first in (True, False):
        record = record_of(ada, race.seen_by(CYD, (0.0, race.end_s)), is_stall_first=is_stall_first)
        assert stints(record) == CHANGED


def test_the_line_between_stall_and_exit() -> None:
    """The lap is completed in the stint that ends: the next one begins with the exit."""
    race = Race(visits=(stop(IN_LAP + 47.0, stand_s=30.0),))
    assert race.visits[0].exit_s > 3 * LAP_S
    record = record_of(race.seen_by(ADA, (0.0, race.end_s)))
    assert stints(record) == [(1, 1), (1, 2), (1, 3), (2, 1), (2, 2), (2, 3)]
    in_lap, out_lap = lap(record, 3).tally, lap(record, 4).tally
    assert (in_lap.pit_exit, out_lap.pit_enter, out_lap.stop_moving) == (None, None, None)
    assert None not in (in_lap.pit_enter, in_lap.stop_moving, in_lap.start_moving, out_lap.pit_exit)


def test_a_drive_through_begins_nothing() -> None:
    race = Race(visits=(drive_through(IN_LAP + 20.0),))
    record = record_of(race.seen_by(ADA, (0.0, race.end_s)), race.seen_by(CYD, (0.0, race.end_s)))
    assert stints(record) == [(1, n) for n in range(1, 7)]
    assert lap(record, 3).tally.fuel_added_l == 0.0


def test_a_hole_on_the_track_too_short_for_a_stop() -> None:
    """Nothing was put in, and the lap's fuel is known."""
    race = Race()
    record = record_of(race.seen_by(ADA, (0.0, IN_LAP + 20.0), (IN_LAP + 28.0, race.end_s)))
    assert lap(record, 3).tally.fuel_added_l == 0.0
    assert lap(record, 3).fuel_used_l == pytest.approx(LAP_S * BURN_L_S)
    assert lap(record, 3).gap_s == pytest.approx(8.0, abs=0.1)


def test_a_long_hole_on_the_track() -> None:
    """A stop may have been made in it, unless somebody saw that the car was on the track."""
    race = Race()
    short = race.seen_by(ADA, (0.0, IN_LAP + 20.0), (IN_LAP + 60.0, race.end_s))
    assert lap(record_of(short), 3).tally.fuel_added_l == 0.0, "no more is burned in it than a splash brings"
    ada = race.seen_by(ADA, (0.0, IN_LAP + 10.0), (IN_LAP + 80.0, race.end_s))
    assert lap(record_of(ada), 3).tally.fuel_added_l is None
    assert lap(record_of(ada), 3).fuel_used_l is None
    watched = record_of(ada, race.seen_by(CYD, (IN_LAP + 5.0, IN_LAP + 85.0)))
    assert lap(watched, 3).tally.fuel_added_l == 0.0
    assert lap(watched, 3).fuel_used_l == pytest.approx(LAP_S * BURN_L_S)
    assert lap(watched, 3).gap_s == 0.0


def test_killed_over_the_line() -> None:
    """A watcher saw it: both laps have their time, and of the fuel at the line nobody knows."""
    race = Race()
    ada = race.seen_by(ADA, (0.0, 3 * LAP_S - 2.0), (3 * LAP_S + 2.0, race.end_s))
    alone = lap(record_of(ada), 3)
    assert not alone.was_line_seen
    assert (alone.customer_id, alone.measured_s, alone.fuel_level_l) == (ADA, None, None)
    record = record_of(ada, race.seen_by(CYD, (0.0, race.end_s)))
    for number in (3, 4):
        assert lap(record, number).measured_s == pytest.approx(LAP_S, abs=0.05)
        assert lap(record, number).fuel_used_l is None
        assert lap(record, number).tally.fuel_added_l == 0.0
        assert record.lap(number).is_drivers  # type: ignore[union-attr]
    assert lap(record, 3).driver == "Ada Falk"
    assert lap(record, 5).fuel_used_l == pytest.approx(LAP_S * BURN_L_S)


def test_two_computers_of_one_driver() -> None:
    """Each of his clients was killed for a while, one of them while fuel flowed: together they saw everything once."""
    race = Race(visits=(stop(IN_LAP + 20.0, fills=((4.0, 20.0),)),))
    stands_s = IN_LAP + 28.0
    one = race.seen_by(ADA, (0.0, IN_LAP + 5.0), (IN_LAP + 10.0, stands_s + 12.0))
    other = race.seen_by(ADA, (0.0, IN_LAP + 11.0), (stands_s + 6.0, race.end_s))
    record = record_of(one, other)
    assert lap(record, 3).tally.fuel_added_l == pytest.approx(FILLED_L)
    assert lap(record, 3).fuel_used_l == pytest.approx((LAP_S - 30.0) * BURN_L_S)
    assert lap(record, 3).gap_s == 0.0
    assert stints(record) == CHANGED


def test_a_watcher_alone() -> None:
    """Nobody of the drivers had a client: what can be seen from outside is there, and a stint is counted."""
    race = Race(visits=(stop(IN_LAP + 20.0, fills=((4.0, 20.0),)),))
    record = record_of(race.seen_by(CYD, (0.0, race.end_s)))
    assert stints(record) == CHANGED
    stopped, flying = lap(record, 3), lap(record, 5)
    assert (stopped.fuel_level_l, stopped.tally.fuel_added_l, stopped.tally.stop_moving) == (None, None, None)
    assert (stopped.customer_id, stopped.measured_s) == (ADA, LAP_S)
    assert flying.tally.fuel_added_l == 0.0, "it was on the track all the time"
    assert (flying.tally.tow_s, flying.pit_sv_flags) == (None, None)
    assert not any(record.lap(number).is_drivers for number in record.laps)  # type: ignore[union-attr]


def test_who_joins_in_mid_lap_does_not_know_how_it_began() -> None:
    race = Race()
    record = record_of(race.seen_by(ADA, (IN_LAP + 40.0, race.end_s)))
    joined = lap(record, 3)
    assert (joined.measured_s, joined.fuel_used_l, joined.tally.fuel_added_l) == (None, None, None)
    assert joined.fuel_level_l is not None
    assert stints(record) == [(1, 3), (1, 4), (1, 5), (1, 6)], "the stint's laps are counted though nobody saw them"


def test_leaving_the_garage_begins_nothing() -> None:
    """Before the first lap the car stands in its stall and drives out."""
    garage = LapFacts(
        0,
        ADA,
        sights=(Sight(-5.0, 0.0, Vantage.CAR, ADA, Place.STALL, Place.TRACK, True, False, 60.0, 60.0),),
        moments=tuple(
            PitMoment(kind, moment(at_s), Vantage.CAR)
            for kind, at_s in ((MomentKind.STOOD, -5.0), (MomentKind.START, -4.0), (MomentKind.EXIT, -2.0))
        ),
    )
    race = Race()
    assert stints(record_of([garage], race.seen_by(ADA, (0.0, race.end_s))))[0] == (1, 1)


def test_a_stop_that_somebody_began_is_one() -> None:
    """The first client of the team runs only since the car stands in its stall, in the third lap."""
    race = Race(visits=(stop(IN_LAP + 20.0),))
    record = record_of(race.seen_by(ADA, (IN_LAP + 40.0, race.end_s)))
    assert stints(record) == [(2, 1), (2, 2), (2, 3), (2, 4)]


def put(kind: MomentKind, vantage: Vantage, at_s: float) -> PitMoment:
    return PitMoment(kind, moment(at_s), vantage)


def placed(race: Race, kind: MomentKind, put_s: float, tank_l: float) -> list[LapFacts]:
    """What Ada saw of a race in which her car was put into its stall at *put_s*; then its tank has *tank_l* more."""
    seen = without(race.seen_by(ADA, (0.0, put_s), (put_s, race.end_s)), MomentKind.ENTER, MomentKind.STOP)
    return [
        replace(
            facts,
            sights=tuple(_fuller(sight, tank_l) if sight.from_s >= put_s else sight for sight in facts.sights),
            line=facts.line
            and replace(
                facts.line,
                fuel_level_l=(facts.line.fuel_level_l or 0.0)
                + (tank_l if facts.line.at.session_time_s > put_s else 0.0),
            ),
            moments=(*facts.moments, put(kind, Vantage.CAR, put_s))
            if facts.lap == race.lap_at(put_s)
            else facts.moments,
        )
        for facts in seen
    ]


def _fuller(sight: Sight, tank_l: float) -> Sight:
    assert sight.fuel_first_l is not None
    assert sight.fuel_last_l is not None
    return replace(sight, fuel_first_l=sight.fuel_first_l + tank_l, fuel_last_l=sight.fuel_last_l + tank_l)


def test_a_reset_is_no_refuelling() -> None:
    """The tank is changed, the lap's beginning counts no more, and the exit begins a stint."""
    race = Race(visits=(Visit(IN_LAP + 30.0, IN_LAP + 46.0, IN_LAP + 30.0, IN_LAP + 40.0),))
    record = record_of(placed(race, MomentKind.RESET, IN_LAP + 30.0, 13.0))
    reset = lap(record, 3)
    assert (reset.measured_s, reset.fuel_used_l, reset.tally.fuel_added_l) == (None, None, 0.0)
    assert (reset.tally.pit_enter, reset.tally.stop_moving) == (None, None)
    assert None not in (reset.tally.start_moving, reset.tally.pit_exit)
    assert stints(record) == CHANGED
    assert lap(record, 4).fuel_used_l == pytest.approx(LAP_S * BURN_L_S)


@pytest.mark.parametrize("shown_s", [IN_LAP + 29.96, IN_LAP + 30.5])
def test_a_tow_keeps_the_lap_and_what_is_filled_then_counts(shown_s: float) -> None:
    """
    The car is carried to its stall with what it has in its tank, and served there.

    Who gets in while it is towed tells of the tow some ticks later than the others see the car there.
    """
    race = Race(
        visits=(Visit(IN_LAP + 30.0, IN_LAP + 56.0, IN_LAP + 30.0, IN_LAP + 50.0, ((IN_LAP + 35, IN_LAP + 45),)),)
    )
    seen = placed(race, MomentKind.TOWED, IN_LAP + 30.0, 0.0)
    watched = [
        replace(facts, moments=(*facts.moments, put(MomentKind.PUT, Vantage.OUTSIDE, shown_s)))
        if facts.lap == 3
        else facts
        for facts in without(race.seen_by(CYD, (0.0, race.end_s)), MomentKind.ENTER)
    ]
    for record in (record_of(seen), record_of(watched, seen)):
        towed = lap(record, 3)
        assert towed.measured_s == pytest.approx(LAP_S)
        assert towed.tally.fuel_added_l == pytest.approx(10 * RATE_L_S)
        assert towed.fuel_used_l == pytest.approx((LAP_S - 20.0) * BURN_L_S)
        assert towed.tally.pit_enter is None
        assert stints(record) == CHANGED
    alone = lap(record_of(watched), 3)
    assert alone.measured_s is None, "who looks from outside cannot tell a tow from a reset"


def test_what_was_requested_for_a_stop_that_nobody_saw_begin_is_not_known() -> None:
    """The client looks again while the car stands; what stands at the line was not asked for then."""
    race = Race(visits=(stop(IN_LAP + 20.0, fills=((4.0, 20.0),)),))
    looks = race.seen_by(ADA, (0.0, IN_LAP + 27.9), (IN_LAP + 31.0, race.end_s))
    watches = race.seen_by(CYD, (0.0, race.end_s))
    for record in (record_of(looks), record_of(looks, watches)):
        assert lap(record, 3).tally.stop_moving is None
        assert lap(record, 3).pit_sv_flags is None
    assert lap(record_of(race.seen_by(ADA, (0.0, race.end_s)), watches), 3).pit_sv_flags == REQUEST


def test_a_request_for_a_later_stop_in_the_lap_counts_though_nobody_saw_the_first_begin() -> None:
    race = Race(visits=(stop(IN_LAP + 10.0, stand_s=10.0), stop(IN_LAP + 50.0, stand_s=10.0)))
    assert (
        lap(record_of(race.seen_by(ADA, (0.0, IN_LAP + 17.9), (IN_LAP + 20.0, race.end_s))), 3).pit_sv_flags == REQUEST
    )
    assert lap(record_of(race.seen_by(ADA, (0.0, IN_LAP + 57.9), (IN_LAP + 60.0, race.end_s))), 3).pit_sv_flags is None


@pytest.mark.parametrize("kind", [MomentKind.RESET, MomentKind.TOWED])
def test_a_car_that_was_put_into_its_stall_made_no_stop_whoever_finds_it_there(kind: MomentKind) -> None:
    """The flags are those of the line, also with a team-mate whose client began to look while it stood."""
    race = Race(visits=(Visit(IN_LAP + 30.0, IN_LAP + 46.0, IN_LAP + 30.0, IN_LAP + 40.0),))
    finds = without(race.seen_by(CYD, (IN_LAP + 35.0, race.end_s)), MomentKind.ENTER)
    found = put(MomentKind.PLACED, Vantage.OUTSIDE, IN_LAP + 35.0)
    finds = [replace(each, moments=(found, *each.moments)) if each.lap == 3 else each for each in finds]
    assert lap(record_of(placed(race, kind, IN_LAP + 30.0, 0.0), finds), 3).pit_sv_flags == 0


@pytest.mark.parametrize(("stops", "level_l", "added_l"), [(True, 80.0, None), (False, 52.0, 0.0)])
def test_what_came_in_before_a_tow_is_unknown_where_the_car_was_seen_to_stop(
    stops: bool, level_l: float, added_l: float | None
) -> None:
    """Ada's client died in the lap before the tow; Ben is in the car since it was put into its stall."""
    race = Race(visits=(stop(IN_LAP + 5.0, stand_s=20.0, fills=((4.0, 20.0),)),) if stops else ())
    seen = (race.seen_by(ADA, (0.0, IN_LAP + 2.0)), race.seen_by(CYD, (0.0, IN_LAP + 50.0)))
    span, place = (IN_LAP + 50.1, IN_LAP + 90.0), (Place.STALL, Place.TRACK)
    in_stall = Sight(*span, Vantage.CAR, BEN, *place, True, False, level_l, level_l - 1.0)
    ben = [LapFacts(3, BEN, (in_stall,), moments=(put(MomentKind.TOWED, Vantage.CAR, IN_LAP + 50.1),))]
    assert lap(record_of(*seen, ben), 3).tally.fuel_added_l == added_l


@pytest.mark.parametrize("away_s", [2.0, 15.0], ids=["before it is filled", "until it is filled"])
def test_who_drove_on_unseen_before_a_tow_has_burned_something(away_s: float) -> None:
    """The level when it is found in its stall does not tell how much was put in."""
    put_s = IN_LAP + 30.0
    race = Race(visits=(Visit(put_s, put_s + 26.0, put_s, put_s + 20.0, ((put_s + 5, put_s + 15),)),))
    kills = ((0.0, put_s - 20.0), (put_s + away_s, race.end_s))
    seen = without(race.seen_by(ADA, *kills), MomentKind.ENTER, MomentKind.STOP)
    watched = [
        replace(each, moments=(*each.moments, put(MomentKind.TOWED, Vantage.OUTSIDE, put_s))) if each.lap == 3 else each
        for each in without(race.seen_by(CYD, (0.0, race.end_s)), MomentKind.ENTER)
    ]
    towed = lap(record_of(seen, watched), 3)
    assert towed.tally.fuel_added_l == (pytest.approx(10 * RATE_L_S) if away_s < 3.0 else None)
    assert towed.measured_s == pytest.approx(LAP_S)


def test_two_halves_of_one_filling_are_one() -> None:
    """Two clients of one driver saw ten seconds each, of which they share four."""
    sight = Sight(100.0, 150.0, Vantage.CAR, ADA, Place.LANE, Place.LANE, fuel_first_l=10.0, fuel_last_l=50.0)
    facts = LapFacts(
        5, ADA, sights=(sight,), fillings=(Filling(110.0, 120.0, 10, 35, 25), Filling(116.0, 126.0, 25, 50, 25))
    )
    record = Record()
    record.learn([facts])
    assert lap(record, 5).tally.fuel_added_l is None, "how the lap began nobody knows"
    record.learn([replace(facts, sights=(replace(sight, from_line=True),))])
    assert lap(record, 5).tally.fuel_added_l == 40.0


def test_a_lap_of_which_the_drivers_client_saw_the_first_tick_alone_is_told_by_the_others() -> None:
    """That tick is the line's: what it shows belongs to the lap before."""
    race = Race()
    line_s = 3 * LAP_S
    tick = Sight(line_s, line_s, Vantage.CAR, ADA, Place.TRACK, Place.TRACK, False, False, 50.0, 50.0, from_line=True)
    record = record_of(
        race.seen_by(ADA, (0.0, line_s)), race.seen_by(CYD, (0.0, race.end_s)), [LapFacts(4, ADA, (tick,))]
    )
    drivers = {number: folded.is_drivers for number in (3, 4) if (folded := record.lap(number)) is not None}
    assert drivers == {3: True, 4: False}


def test_who_starts_his_client_behind_the_line_on_the_way_out_counts_no_second_stop() -> None:
    """First seen in the pit lane he takes it that the car has stood; where it did, others saw, in the lap before."""
    race = Race(visits=(stop(2 * LAP_S + 50.0, stand_s=29.0, changes=((9.0, 10.2, BEN),)),))
    joined_s = 3 * LAP_S + 1.0
    ben, *rest = race.seen_by(BEN, (joined_s, race.end_s))
    found = [PitMoment(kind, moment(joined_s), Vantage.CAR) for kind in (MomentKind.PLACED, MomentKind.STOOD)]
    late = [replace(ben, moments=(*found, *ben.moments)), *rest]
    for witnesses in ([CYD], [ADA], [ADA, CYD]):
        record = Record()
        record.learn(late)
        for member in witnesses:
            record.learn(race.seen_by(member, (0.0, race.end_s)))
        assert [record.numbers(lap) for lap in range(1, 7)] == [race.stint(lap) for lap in range(1, 7)]
    alone = Record()
    alone.learn(late)
    assert alone.numbers(4) == (2, 1), "without a witness it has stood"


def test_a_fuller_car_found_in_the_lane_is_there_for_no_stop_where_the_one_that_filled_it_was_seen() -> None:
    """Ada is back in a drive-through; that she had stopped a lap before, somebody saw."""
    race = Race(visits=(stop(IN_LAP + 20.0, fills=((4.0, 20.0),)), drive_through(IN_LAP + LAP_S - 13.0 + 20.0)))
    found_s = race.visits[1].enter_s + 5.0
    back = race.seen_by(ADA, (0.0, 30.0), (found_s, race.end_s))
    watched = race.seen_by(CYD, (0.0, race.end_s))
    assert stints(record_of(back, watched)) == CHANGED
    assert stints(record_of(watched, back)) == CHANGED


def test_what_two_saw_of_a_line_is_told_of_both() -> None:
    """Who has just begun to look does not know yet how the time of day runs."""
    race = Race()
    told = race.seen_by(CYD, (0.0, race.end_s))
    new = [
        replace(each, line=each.line and replace(each.line, at=replace(each.line.at, time_of_day_s=None)))
        for each in race.seen_by(BEN, (3 * LAP_S - 2.0, race.end_s))
    ]
    assert lap(record_of(told, new), 3).time_of_day_s == lap(record_of(told), 3).time_of_day_s is not None


def test_a_stop_seen_from_outside_has_no_litres_though_a_lap_before_it_seems_to_be_seen_after_it() -> None:
    """Who comes back while the car is not in the world takes what he sees for the lap he knew last."""

    def outside(from_s: float, until_s: float, first: Place, last: Place) -> Sight:
        return Sight(from_s, until_s, Vantage.OUTSIDE, None, first, last, False, False)

    before = LapFacts(1, ADA, (outside(219.0, 219.0, Place.AWAY, Place.AWAY),))
    entry = LapFacts(
        2,
        BEN,
        (outside(38.0, 53.0, Place.TRACK, Place.STALL),),
        moments=(
            PitMoment(MomentKind.ENTER, moment(46.6), Vantage.OUTSIDE),
            PitMoment(MomentKind.STOOD, moment(52.2), Vantage.OUTSIDE),
        ),
    )
    line = LapFacts(
        2, CYD, (outside(57.0, 74.2, Place.STALL, Place.LANE),), line=LineSeen(moment(74.2), Vantage.OUTSIDE)
    )
    known = lap(record_of([before], [entry], [line]), 2)
    assert known.tally.pit_enter == moment(46.6)
    assert known.tally.fuel_added_l is None
