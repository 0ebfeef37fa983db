"""A record grows by a fact here and there, and is what it would be if all had been told at once."""

from __future__ import annotations

from dataclasses import replace

import pytest

from race.record.paper_race import ADA, BEN, LAP_S, Race, moment, stop
from race.record.test_holes_of_a_lap import BEGIN, TRACK, at, car
from teamtactics.model.facts import LapFacts, LineSeen, MomentKind, Sight, Vantage
from teamtactics.model.retold import Told
from teamtactics.race.record.record import Change, Record
from teamtactics.race.record.visits import PitState

UNDER_WAY = LapFacts(3, ADA, (car(180.0, 300.0, TRACK, TRACK, (50.0, 45.0), from_line=True),))
BEHIND = LapFacts(4, BEN, (Sight(700.0, 720.0, Vantage.OUTSIDE, ADA, TRACK, TRACK),))


def known(record: Record, lap: int) -> tuple[float | None, float | None]:
    folded = record.lap(lap)
    assert folded is not None
    return folded.record.tally.fuel_added_l, folded.record.measured_s


@pytest.mark.parametrize("lap", [4, 5])
def test_a_lap_that_was_the_last_is_over_when_one_behind_it_is_known(lap: int) -> None:
    record = Record()
    record.learn([UNDER_WAY])
    assert (known(record, 3)[0], record.is_complete(3)) == (0.0, False), "what was seen last is now"
    change = record.learn([replace(BEHIND, lap=lap)])
    assert (known(record, 3)[0], record.is_complete(3), change.laps) == (None, True, (3, lap))
    assert not record.is_complete(lap)


def test_the_first_two_laps_tell_of_one_another_like_all_others() -> None:
    record = Record()
    record.learn([UNDER_WAY])
    record.learn([replace(BEGIN, lap=3, line=replace(BEGIN.line, at=moment(400.0)) if BEGIN.line else None)])
    assert record.learn([LapFacts(4, ADA, line=line(500.0))]).laps == (4,)
    assert known(record, 4)[1] == 100.0
    other = Record()
    other.learn([LapFacts(4, ADA, line=line(500.0))])
    assert other.learn([LapFacts(3, ADA, line=line(400.0))]).laps == (3, 4)
    assert known(other, 4)[1] == 100.0


def line(at_s: float) -> LineSeen:
    return LineSeen(moment(at_s), Vantage.CAR, ADA, "Ada Falk", 30.0, False)


def test_of_what_was_never_told_nothing_is_known() -> None:
    record = Record()
    assert (list(record.window(3).lap), record.window(3).is_under_way) == ([], False)
    assert (record.lap(3), record.numbers(3), list(record.laps)) == (None, (1, 3), [])
    assert record.state_before(3) == PitState()
    assert record.state_after(3) is None


def test_that_nothing_stands_there_of_a_lap_does_not_end_it() -> None:
    record = Record()
    record.learn([UNDER_WAY])
    assert record.tell({3: Told()}) == Change()
    assert (record.is_complete(3), record.window(3).is_under_way) == (False, True)
    record.tell({3: Told(parts=(UNDER_WAY,))})
    assert (record.is_complete(3), record.window(3).is_under_way) == (True, False)


def test_what_is_told_of_a_lap_without_a_stop_changes_that_lap_and_no_number() -> None:
    record = Record()
    record.learn(Race().seen_by(ADA, (0.0, 5 * LAP_S)))
    part = replace(UNDER_WAY, lap=2, member=BEN, repair_s=20.0)
    assert record.tell({2: Told(parts=(part,))}) == Change((2,), ())
    stood = tuple(at(kind, 240.0 + n) for n, kind in enumerate((MomentKind.STOOD, MomentKind.EXIT)))
    change = record.tell({3: Told(parts=(LapFacts(3, BEN, moments=stood),))})
    assert change == Change((3,), (3, 4, 5))


def test_what_a_document_told_is_forgotten_with_it_and_told_again_with_another() -> None:
    record, facts = Record(), LapFacts(3, ADA, line=line(400.0))
    record.show({3: facts})
    assert record.show({3: facts}) == Change()
    assert record.show({3: None}).laps == (3,)
    assert (record.facts(3), list(record.laps)) == ([], [])
    assert record.show({3: None}) == Change()
    assert record.show({3: facts}).laps == (3,)
    assert record.facts(3) == [facts]


def test_what_is_known_before_a_lap_is_what_is_known_behind_the_one_before() -> None:
    race = Race(visits=(stop(2 * LAP_S + 70.0, stand_s=10.0),))
    record = Record()
    for facts in race.seen_by(ADA, (0.0, race.end_s)):
        record.learn([facts])
    assert record.state_before(4) == record.state_after(3) != record.state_after(4)
    assert record.state_before(4).stands_s is not None
    record.learn([LapFacts(4, BEN, repair_s=5.0)])
    assert [record.numbers(lap) for lap in range(1, 7)] == [race.stint(lap) for lap in range(1, 7)]
    assert record.state_before(0) == PitState()


@pytest.mark.parametrize(("lap", "first"), [(0, 1), (1, 1), (2, 2), (3, 3)])
def test_a_car_that_was_found_in_its_garage_before_the_first_line_is_in_lap_1_of_stint_1(lap: int, first: int) -> None:
    record = Record()
    record.learn([LapFacts(lap, ADA, moments=(at(MomentKind.PLACED, 10.0),))])
    assert (record.first, record.numbers(first)) == (first, (1, 1))
    record.learn([replace(UNDER_WAY, lap=-1)])
    assert record.first == 1, "it had been seen before, elsewhere"


def test_who_drove_is_named_by_whatever_names_him_and_that_is_told_once() -> None:
    record = Record()
    nameless = [LapFacts(lap, ADA, line=replace(line(lap * 100.0), name=None)) for lap in (3, 4)]
    record.learn(nameless)
    named = LapFacts(5, BEN, line=replace(line(500.0), vantage=Vantage.OUTSIDE))
    assert record.learn([named]).laps == (3, 4, 5)
    assert [folded.record.driver for lap in (3, 4, 5) if (folded := record.lap(lap))] == ["Ada Falk"] * 3
    assert record.learn([named]).laps == ()
    of_nobody = LapFacts(6, BEN, line=replace(line(600.0), vantage=Vantage.OUTSIDE, driver=None, name="Zoe"))
    record.learn([of_nobody])
    assert [folded.record.driver for lap in (3, 6) if (folded := record.lap(lap))] == ["Ada Falk", None]
