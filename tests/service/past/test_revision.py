"""Which laps are told anew when other rules look at the same ticks."""

from __future__ import annotations

from dataclasses import replace

import pytest

from race.record.paper_race import ADA, LAP_S, Race, stop
from teamtactics.model.facts import LapFacts, union
from teamtactics.service.past.revision import Difference, Stretches, differences, needed, revise, with_revised

RACE = Race(visits=(stop(2 * LAP_S + 20.0, fills=((4.0, 20.0),)),))
SEEN = tuple(RACE.seen_by(ADA, (0.0, RACE.end_s)))


def whole_tape(without: tuple[float, float] = (0.0, 0.0)) -> Stretches:
    """Sixty ticks a second from the begin of the race to its end, but for those *without*."""
    on_tape, is_next = Stretches(), False
    for number in range(int((RACE.end_s + 1.0) * 60)):
        at_s = number / 60
        if without[0] < at_s < without[1]:
            is_next = False
            continue
        on_tape.add(at_s, is_next=is_next)
        is_next = True
    return on_tape


def litre_more(facts: LapFacts) -> LapFacts:
    line = facts.line
    assert line is not None and line.fuel_level_l is not None
    return replace(facts, line=replace(line, fuel_level_l=line.fuel_level_l + 1.0))


def test_the_same_is_not_told_again() -> None:
    """Also if another clock stamped the lines."""
    stamped = [each if each.line is None else replace(each, line=replace(each.line, utc_s=1.0)) for each in SEEN]
    assert revise(stamped, SEEN, whole_tape()).facts == []


def test_what_comes_out_differently_takes_the_place_of_what_was_told() -> None:
    lap = next(each for each in SEEN if each.lap == 2)
    wrong = [litre_more(each) if each is lap else each for each in SEEN]
    revision = revise(wrong, SEEN, whole_tape())
    assert revision.facts == [replace(lap, edition=1)]
    assert not revision.left
    assert union(litre_more(lap), revision.facts[0]) == revision.facts[0]
    known = {each.lap: each for each in with_revised(wrong, revision.facts)}
    assert known == {**{each.lap: each for each in SEEN}, 2: replace(lap, edition=1)}


def test_corrected_again_it_takes_the_place_of_the_correction() -> None:
    lap = next(each for each in SEEN if each.lap == 2)
    corrected = [replace(litre_more(each), edition=4) if each is lap else each for each in SEEN]
    assert revise(corrected, SEEN, whole_tape()).facts == [replace(lap, edition=5)]


def test_a_lap_that_is_new_is_told() -> None:
    assert [each.lap for each in revise([each for each in SEEN if each.lap != 2], SEEN, whole_tape()).facts] == [2]


@pytest.mark.parametrize("hole_s", [(2.2 * LAP_S, 2.2 * LAP_S + 0.5), (0.0, 2.0 * LAP_S + 1.0)])
def test_a_lap_of_which_the_tape_lacks_something_stays(hole_s: tuple[float, float]) -> None:
    lap = next(each for each in SEEN if each.lap == 3)
    wrong = [litre_more(each) if each is lap else each for each in SEEN]
    revision = revise(wrong, SEEN, whole_tape(without=hole_s))
    assert revision.facts == []
    assert list(revision.left) == [3]


def test_a_lap_that_these_rules_do_not_see_stays_and_is_said() -> None:
    revision = revise(SEEN, [each for each in SEEN if each.lap != 2], whole_tape())
    assert revision.facts == []
    assert list(revision.left) == [2]


def test_the_lap_in_which_the_tape_ends_goes_on_elsewhere() -> None:
    last = max(each.lap for each in SEEN)
    under_way = [replace(each, line=None) if each.lap == last else each for each in SEEN]
    revision = revise(SEEN, under_way, whole_tape())
    assert revision.facts == []
    assert not revision.left


def test_only_what_changes_a_document_is_written() -> None:
    wrong = [litre_more(each) if each.line is not None else each for each in SEEN]
    revision = revise(wrong, SEEN, whole_tape())
    found = [Difference(4, "FuelUsed", 3.0, 2.0)]
    assert {each.lap for each in needed(revision, found)} == {3, 4, 5} & {each.lap for each in revision.facts}


def test_laps_differ_by_field_and_not_by_clock_or_rounding() -> None:
    was = [{"LapCompleted": 1, "FuelLevel": 10.0, "Utc": None, "Stint": 1}]
    now = [
        {"LapCompleted": 1, "FuelLevel": 10.0 + 1e-9, "Utc": "later", "Stint": 2},
        {"LapCompleted": 2, "FuelLevel": 8.0},
    ]
    assert differences(was, now) == [
        Difference(1, "Stint", 1, 2),
        Difference(2, "LapCompleted", None, 2),
        Difference(2, "FuelLevel", None, 8.0),
    ]


def test_time_that_is_there_twice_counts_once() -> None:
    twice = Stretches()
    for at_s, is_next in ((1.0, False), (3.0, True), (2.0, False), (4.0, True), (9.0, False)):
        twice.add(at_s, is_next=is_next)
    assert twice.covered_s(0.0, 10.0) == 3.0
    assert twice.covered_s(1.5, 2.5) == 1.0
