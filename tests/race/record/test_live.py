"""The record while the race goes on: who told last, what is seen whole, and the car before anybody has seen it."""

from __future__ import annotations

from typing import Any

import pytest

from race.record.paper_race import ADA, BEN, CYD
from teamtactics.model.facts import LapFacts, LineSeen, MomentKind, PitMoment, Place, Sight, Vantage
from teamtactics.model.records import LapTally, Moment
from teamtactics.race.eyes.continuity import TimeLine
from teamtactics.race.memory import Memory, SessionKey
from teamtactics.race.record.live import Live


def sight(member: int, until_s: float, vantage: Vantage = Vantage.CAR, *, from_s: float | None = None) -> Sight:
    begun_s = until_s - 10.0 if from_s is None else from_s
    return Sight(begun_s, until_s, vantage, member, Place.TRACK, Place.TRACK)


def test_who_told_last_is_who_saw_the_newest_tick_from_his_car() -> None:
    live = Live(ADA)
    live.learn([LapFacts(7, BEN, (sight(BEN, 645.0),))])
    live.learn([LapFacts(7, BEN, (sight(BEN, 640.0), sight(BEN, 650.0)))])
    assert live.last_told == (BEN, 650.0)
    live.learn([LapFacts(7, CYD, (sight(CYD, 650.0),))])
    assert live.last_told == (BEN, 650.0), "who was first stays"
    live.learn([LapFacts(7, CYD, (sight(CYD, 650.25),))])
    assert live.last_told == (CYD, 650.25)


@pytest.mark.parametrize("is_team", [True, False])
def test_alone_a_driver_has_driven_every_lap_and_in_a_team_somebody_else_may_have(is_team: bool) -> None:
    """Two and a half minutes that nobody saw: time to take over, to drive a lap and to hand back."""
    live = Live(ADA)
    live.know_team(is_team)
    live.learn([LapFacts(7, ADA, (sight(ADA, 650.0),)), LapFacts(8, ADA, (sight(ADA, 830.0, from_s=800.0),))])
    assert live.lap(7).customer_id == (None if is_team else ADA)


def test_a_lap_whose_begin_only_somebody_else_saw_is_not_seen_whole() -> None:
    live = Live(ADA)
    lines = [LineSeen(Moment(at_s, None), Vantage.CAR, ADA, "Ada Falk", 40.0, False) for at_s in (0.0, 90.0)]
    facts = LapFacts(7, ADA, (sight(ADA, 90.0, from_s=0.0),), lines[1], 90.0, True)
    live.learn([LapFacts(6, BEN, line=lines[0]), facts])
    assert not live.is_whole(facts)


def test_a_state_tells_the_lap_under_way_and_the_time_of_the_one_before() -> None:
    live, stop = Live(ADA), ((MomentKind.ENTER, 610.0), (MomentKind.STOOD, 620.0), (MomentKind.EXIT, 640.0))
    line = LineSeen(Moment(690.0, 50_690.0), Vantage.CAR, ADA, "Ada Falk", 40.0, False)
    moments = tuple(PitMoment(kind, Moment(at_s, None), Vantage.CAR) for kind, at_s in stop)
    enter = PitMoment(MomentKind.ENTER, Moment(755.0, 50_755.0), Vantage.CAR)
    live.learn([LapFacts(7, ADA, line=line, official_s=91.5, moments=moments)])
    live.see([LapFacts(8, ADA, (sight(ADA, 760.0, from_s=690.0),), moments=(enter,), tow_s=1.0, repair_s=2.0)])
    memory = Memory(SessionKey(2, 3, 1000, 2000, 9, 77, 5), TimeLine(30.0, 100), member=ADA, names={"101": "Ada Falk"})
    memory.counter.value, memory.fuel.level_l, memory.pits.is_on = 7, 33.0, True
    memory.in_car.value = (("dcABS", 3.0),)
    state = live.state(memory, 760.0)
    assert (state.session_time_s, state.customer_id, state.driver) == (760.0, ADA, "Ada Falk")
    assert (state.stint, state.stint_lap, state.lap_completed) == (2, 1, 7)
    assert (state.lap_last_lap_time_s, state.lap_start_s, state.fuel_at_lap_start_l) == (91.5, 690.0, 40.0)
    assert (state.fuel_level_l, state.on_pit_road, state.in_car) == (33.0, True, (("dcABS", 3.0),))
    assert (state.tally.pit_enter, state.tally.tow_s, state.tally.repair_s) == (enter.at, 1.0, 2.0)
    live.learn([LapFacts(8, ADA, moments=(PitMoment(MomentKind.TOWED, Moment(770.0, None), Vantage.CAR),))])
    live.learn([LapFacts(8, ADA, moments=(PitMoment(MomentKind.EXIT, Moment(775.0, None), Vantage.CAR),))])
    behind = live.state(memory, 780.0)
    assert (behind.stint, behind.stint_lap) == (3, 0), "no lap of the new stint is completed"


def is_whole(
    *moments: tuple[MomentKind, float], from_s: float = 0.0, until_s: float = 90.0, unseen_s: float = 0.0
) -> bool:
    """Whether a lap from 0 to 90 s counts as seen whole."""
    live = Live(ADA)
    lines = [LineSeen(Moment(at_s, None), Vantage.CAR, ADA, "Ada Falk", 40.0, False) for at_s in (0.0, 90.0)]
    stretch = Sight(
        from_s, until_s, Vantage.CAR, ADA, Place.TRACK, Place.TRACK, False, False, 40.0, 40.0, unseen_s, True,
    )  # fmt: skip
    told = tuple(PitMoment(kind, Moment(at_s, None), Vantage.CAR) for kind, at_s in moments)
    facts = LapFacts(7, ADA, (stretch,), lines[1], 90.0, True, moments=told)
    live.learn([LapFacts(6, ADA, line=lines[0]), facts])
    return live.is_whole(facts)


def test_a_lap_of_which_a_tenth_of_a_second_was_missed_is_not_seen_whole() -> None:
    """A watcher may have seen that piece: then his part says more than the document."""
    assert is_whole()
    assert is_whole(from_s=0.1), "two or three ticks are a step"
    assert not is_whole(from_s=0.125)
    assert not is_whole(until_s=89.875)
    assert not is_whole(unseen_s=0.125)


def test_a_lap_with_two_stops_is_not_told_by_its_document_alone() -> None:
    once = ((MomentKind.ENTER, 10.0), (MomentKind.STOOD, 20.0), (MomentKind.EXIT, 30.0))
    again = ((MomentKind.ENTER, 50.0), (MomentKind.STOOD, 60.0), (MomentKind.EXIT, 70.0))
    assert is_whole(*once[::2])
    assert not is_whole(*once, *again)


def test_of_a_car_that_nobody_has_seen_here_nothing_is_told_of_lap_1() -> None:
    live = Live(ADA)
    values: dict[str, Any] = {"repair_s": 20.0, "moments": ()}
    live.learn([LapFacts(1, BEN, (sight(BEN, 20.0),), **values)])
    state = live.state(Memory(SessionKey(2, 3, 1000, 2000, 9, 77, 5), TimeLine(30.0, 100), member=ADA), 30.0)
    assert (state.tally, state.lap_completed, state.stint, state.stint_lap) == (LapTally(), None, 1, 0)
    assert (state.lap_start_s, state.fuel_at_lap_start_l, state.customer_id) == (None, None, ADA)
