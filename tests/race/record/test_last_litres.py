"""What came into the tank at the ends of what somebody saw: stretches that touch, laps that nobody saw begin or end."""

from __future__ import annotations

from dataclasses import replace

import pytest

from race.record.paper_race import ADA, BEN, moment
from race.record.test_holes_of_a_lap import BEGIN, LANE, LEFT_S, STALL, TRACK, at, car, filled, lap_with_hole, outside
from teamtactics.model.facts import Filling, LapFacts, LineSeen, MomentKind, Request, Vantage
from teamtactics.race.record.fold import fold
from teamtactics.race.record.record import Record

END = LineSeen(moment(580.0), Vantage.CAR, ADA, "Ada Falk", 30.0, False)
SEEN_END = LineSeen(moment(580.0), Vantage.OUTSIDE, ADA, None, None, False)


def added_l(*lap: LapFacts, before: tuple[LapFacts, ...] = (BEGIN,), after: tuple[LapFacts, ...] = ()) -> float | None:
    folded = fold(lap, before, after)
    assert folded is not None
    return folded.record.tally.fuel_added_l


def test_one_filling_of_which_three_saw_a_part() -> None:
    parts = (
        Filling(200.0, 210.0, 10.0, 30.0, 20.0),
        Filling(205.0, 220.0, 20.0, 50.0, 30.0),
        Filling(215.0, 230.0, 45.0, 60.0, 15.0),
    )
    assert filled(*parts) == 50.0
    touching = Filling(210.0, 220.0, 25.0, 45.0, 20.0)
    assert filled(parts[0], touching) == 35.0, "it is one filling, of which the levels tell"
    assert filled(parts[0], replace(touching, from_s=210.5)) == 40.0


@pytest.mark.parametrize(("hole_s", "litres"), [(0.0, 0.0), (0.25, None)])
def test_between_two_stretches_that_touch_nobody_missed_anything(hole_s: float, litres: float | None) -> None:
    assert lap_with_hole(hole_s, (TRACK, TRACK), (45.0, 46.0)).tally.fuel_added_l == litres


def test_between_the_last_stretch_and_the_line_in_its_tick_nobody_missed_anything() -> None:
    whole = car(180.0, 580.0, TRACK, TRACK, (50.0, 29.0), from_line=True)
    assert added_l(LapFacts(3, ADA, (whole,), END)) == 0.0
    assert added_l(LapFacts(3, ADA, (replace(whole, until_s=579.5),), END)) is None, "it rose by a litre"


def test_who_was_killed_in_the_tick_in_which_the_lap_began_stood_where_he_stood() -> None:
    """In the stall, on the line: what came in until he was back is known by the levels."""
    begun = car(180.0, 180.0, STALL, STALL, (50.0, 50.0), stood=(True, True))
    back = car(230.0, 580.0, STALL, TRACK, (70.0, 30.0), stood=(True, False))
    assert added_l(LapFacts(3, ADA, (begun, back), END)) == 20.0


def test_a_hole_before_a_line_that_somebody_saw_ends_there() -> None:
    mine = LapFacts(3, ADA, (car(180.0, 570.0, TRACK, TRACK, (50.0, None), from_line=True),))
    behind = LapFacts(4, ADA, (car(600.0, 700.0, TRACK, TRACK, (None, 20.0)),))
    assert added_l(mine, LapFacts(3, BEN, line=SEEN_END), after=(behind,)) == 0.0
    assert added_l(mine, after=(behind,)) is None


def test_of_a_lap_that_is_over_the_last_minutes_count_also_while_nothing_is_known_behind_it() -> None:
    record = Record()
    record.learn([BEGIN, LapFacts(3, ADA, (car(180.0, 300.0, TRACK, TRACK, (50.0, 45.0), from_line=True),))])
    under_way = record.lap(3)
    assert under_way is not None
    assert under_way.record.tally.fuel_added_l == 0.0, "what was seen last is now"
    record.learn([LapFacts(3, BEN, line=SEEN_END)])
    over = record.lap(3)
    assert over is not None
    assert over.record.tally.fuel_added_l is None


def test_what_is_told_of_the_lap_before_out_of_this_one_is_no_end_of_it() -> None:
    """Who came back while the car was out of the world did not know yet that the lap was another."""
    mine = (car(240.0, 260.0, TRACK, TRACK, (44.0, 43.0)), car(400.0, 580.0, TRACK, TRACK, (40.0, 30.0)))
    wrong = LapFacts(2, ADA, (car(380.0, 395.0, TRACK, TRACK, (41.0, 40.5)),))
    assert added_l(LapFacts(3, ADA, mine, END), before=(wrong,)) is None


def test_what_came_in_over_a_line_that_nobody_saw_came_in_in_nobody_knows_which_lap() -> None:
    before = LapFacts(2, ADA, (car(100.0, 170.0, TRACK, STALL, (50.0, 20.0), stood=(False, True)),))
    mine = car(190.0, 580.0, STALL, TRACK, (40.0, 30.0), stood=(True, False))
    assert added_l(LapFacts(3, ADA, (mine,), END), before=(before,)) is None


def test_behind_a_line_that_nobody_saw_the_hole_ends_where_the_car_is_found_first() -> None:
    mine = LapFacts(3, ADA, (car(180.0, LEFT_S, TRACK, TRACK, (50.0, 45.0), from_line=True),))
    found = (car(205.0, 210.0, TRACK, TRACK, (44.9, 44.8)), car(500.0, 600.0, TRACK, TRACK, (40.0, 30.0)))
    assert added_l(mine, after=(LapFacts(4, ADA, found),)) == 0.0


def test_a_tank_within_the_noise_is_the_same_tank() -> None:
    for rise_l, litres in ((0.001, 0.0), (0.0015, None)):
        assert lap_with_hole(300.0, (TRACK, STALL), (0.0, rise_l), stood=(True, False)).tally.fuel_added_l == litres


def test_what_happens_behind_a_reset_does_not_tell_how_it_came_about() -> None:
    towed, put = at(MomentKind.TOWED, 290.0), at(MomentKind.RESET, 300.0)
    for kind in (MomentKind.EXIT, MomentKind.ENTER):
        behind = lap_with_hole(0.05, (TRACK, LANE), (45.0, 45.0), towed, put, at(kind, 300.5))
        assert behind.measured_s == 400.0, "it was in its stall by that tow"
        assert lap_with_hole(0.05, (TRACK, LANE), (45.0, 45.0), towed, at(kind, 300.0), put).measured_s is None


def test_each_piece_that_nobody_watched_is_as_harmless_as_its_own_two_ends() -> None:
    """Eleven seconds on the track hide no stop, although the car was in the lane while somebody watched."""
    watched = (outside(211.0, 260.0, TRACK, LANE), outside(260.0, 300.0, LANE, TRACK))
    both = replace(watched[0], sights=watched[0].sights + watched[1].sights)
    assert lap_with_hole(100.0, (TRACK, TRACK), (None, None), others=(both,)).tally.fuel_added_l == 0.0
    parted = replace(both, sights=(watched[0].sights[0], replace(watched[1].sights[0], from_s=264.0)))
    assert lap_with_hole(100.0, (TRACK, TRACK), (None, None), others=(parted,)).tally.fuel_added_l is None


def test_a_visit_that_ended_in_the_tick_of_the_stop_was_another_one() -> None:
    line = replace(END, pit_sv_flags=7)
    whole = car(180.0, 580.0, TRACK, TRACK, (50.0, 30.0), from_line=True)
    for exit_s, flags in ((300.0, 31), (300.5, None)):
        moments = (at(MomentKind.STOP, 300.0), at(MomentKind.EXIT, exit_s), at(MomentKind.STOOD, 320.0))
        lap = LapFacts(3, ADA, (whole,), line, moments=moments, requests=(Request(300.0, 31, True),))
        folded = fold([lap], [BEGIN])
        assert folded is not None
        assert folded.record.pit_sv_flags == flags


@pytest.mark.parametrize(("end_l", "used_l"), [(50.0, 0.0), (49.5, 0.5), (50.25, None)])
def test_a_car_may_burn_nothing_and_never_less(end_l: float, used_l: float | None) -> None:
    line = replace(END, fuel_level_l=end_l)
    folded = fold([LapFacts(3, ADA, (car(180.0, 580.0, TRACK, TRACK, (50.0, end_l), from_line=True),), line)], [BEGIN])
    assert folded is not None
    assert folded.record.fuel_used_l == used_l


def test_what_a_watcher_alone_saw_stand_has_made_a_stop() -> None:
    """Nobody saw it from the car, and who sat in it had told what is asked for."""
    halves = (
        car(180.0, 290.0, TRACK, LANE, (50.0, 45.0), from_line=True),
        car(320.0, 580.0, LANE, TRACK, (44.0, 30.0)),
    )
    mine = LapFacts(3, ADA, halves, replace(END, pit_sv_flags=7), requests=(Request(300.0, 31),))
    watched = replace(outside(285.0, 325.0, LANE, LANE), moments=(at(MomentKind.STOOD, 300.0, Vantage.OUTSIDE),))
    folded = fold([mine, watched], [BEGIN])
    assert folded is not None
    assert (folded.record.pit_sv_flags, folded.record.tally.pit_sv_flags) == (31, 31)
