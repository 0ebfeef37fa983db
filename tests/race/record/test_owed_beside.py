"""What a client saw of one lap may tell something of another one: then it is shown, though it adds nothing there."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

import pytest

from race.record.paper_race import ADA, BEN, CYD, LAP_S, Race, moment
from race.record.test_holes_of_a_lap import TRACK, at, car
from teamtactics.model.facts import LapFacts, LineSeen, MomentKind, Place, Sight, Vantage, union
from teamtactics.model.retold import Told
from teamtactics.race.record.owed import Owing
from teamtactics.race.record.record import Record

LINE_S = 3 * LAP_S


def shown(told: Sequence[LapFacts]) -> dict[int, Told]:
    """What stands in a collection to which *told* was brought: a part of each, and the lap of all."""
    record = Record()
    record.learn(told)
    found = {}
    for lap in record.laps:
        folded, parts = record.lap(lap), tuple(record.facts(lap))
        assert folded is not None
        has_document = lap >= 1 and record.is_complete(lap)
        found[lap] = Told(folded.record if has_document else None, folded.is_drivers and has_document, parts)
    return found


def tick(lap: int, from_s: float, until_s: float) -> LapFacts:
    """What Cyd watched of *lap*: the car on the track."""
    return LapFacts(lap, CYD, (Sight(from_s, until_s, Vantage.OUTSIDE, None, TRACK, TRACK),))


def owing(own: Sequence[LapFacts], told: Mapping[int, Told]) -> Owing:
    found = Owing()
    found.see(own)
    found.tell(told)
    return found


def driven(*lap_3: Sight, lap_4: Sequence[Sight]) -> list[LapFacts]:
    """What Ada's client saw of a race, of the laps around the third line these stretches alone and no line between."""
    told = {facts.lap: facts for facts in Race().seen_by(ADA, (0.0, Race().end_s))}
    told[3] = replace(told[3], sights=lap_3, line=None, official_s=None, is_timed=False)
    told[4] = replace(told[4], sights=tuple(lap_4))
    return list(told.values())


BEFORE_LINE = car(2 * LAP_S, LINE_S - 1.0, TRACK, TRACK, (50.0, 48.0), from_line=True)
KILLED_OVER_LINE = driven(BEFORE_LINE, lap_4=[car(LINE_S + 5.0, 4 * LAP_S, TRACK, TRACK, (None, 45.0))])
SOMEBODY_SAW_THE_LINE = LapFacts(3, BEN, line=LineSeen(moment(LINE_S), Vantage.OUTSIDE, ADA, "Ada Falk"))
AT_THE_LINE = tick(3, LINE_S - 0.05, LINE_S)
"""Five seconds behind it are too short for a stop for one who was on the track there, not for one in the lane."""


@pytest.mark.parametrize(
    ("own", "laps"),
    [([AT_THE_LINE], [3]), ([AT_THE_LINE, tick(4, LINE_S + 1.0, LINE_S + 1.5)], [3, 4]), ([tick(2, 100.0, 101.0)], [])],
)
def test_who_saw_the_car_on_the_track_at_the_line_shows_it_for_the_lap_behind(
    own: Sequence[LapFacts], laps: list[int]
) -> None:
    told = shown([*KILLED_OVER_LINE, SOMEBODY_SAW_THE_LINE])
    assert told[4].shown is not None
    assert told[4].shown.tally.fuel_added_l is None, "by what stands there it may have been in the lane"
    found = owing(own, told)
    debt = found.debt()
    assert [each.lap for each in debt.laps] == laps
    assert all(CYD in {part.member for part in each.parts} for each in debt.laps)
    assert found.debt() == debt, "until it is there it is asked for"
    brought = {each.lap: each.parts for each in debt.laps}
    record = Record()
    record.learn([*KILLED_OVER_LINE, SOMEBODY_SAW_THE_LINE, *(part for parts in brought.values() for part in parts)])
    folded = record.lap(4)
    assert folded is not None
    assert folded.record.tally.fuel_added_l == (0.0 if 3 in brought else None)


def killed_between(laps: int) -> list[LapFacts]:
    """Ada was killed before the line and back behind it; a long hole in the lap behind hides what was put in there."""
    last, first = LINE_S - 5.0, LINE_S + 7.1
    behind = (
        car(first, LINE_S + 10.0, TRACK, TRACK, (None, None)),
        car(4 * LAP_S - 2.0, 4 * LAP_S, TRACK, TRACK, (None, 45.0)),
    )
    before = (
        car(2 * LAP_S, 2 * LAP_S + 10.0, TRACK, TRACK, (50.0, None), from_line=True),
        car(2 * LAP_S + 13.0, last, TRACK, TRACK, (None, None)),
    )
    told = driven(*before, lap_4=behind)
    return [replace(facts, lap=facts.lap - laps) for facts in told if facts.lap >= laps]


FOUND_SOONER = tick(4, LINE_S + 6.9, LINE_S + 7.0)
"""From the last that was seen of lap 3 it is less than the 12 s of a stop."""


@pytest.mark.parametrize(
    ("own", "laps"), [([FOUND_SOONER], [4]), ([tick(3, 2 * LAP_S + 10.5, 2 * LAP_S + 12.5), FOUND_SOONER], [3, 4])]
)
def test_who_saw_the_car_first_behind_the_line_shows_it_for_the_lap_before(
    own: Sequence[LapFacts], laps: list[int]
) -> None:
    told = shown(killed_between(0))
    assert told[3].shown is not None
    assert told[3].shown.tally.fuel_added_l is None
    found = owing(own, told)
    debt = found.debt()
    assert [each.lap for each in debt.laps] == laps
    assert found.debt() == debt
    known = found.known.lap(3)
    assert known is not None
    assert known.record.tally.fuel_added_l == 0.0


def test_what_only_tells_of_the_out_lap_is_not_shown() -> None:
    """That has no document in which it could show."""
    told = shown(killed_between(3))
    found = owing([replace(FOUND_SOONER, lap=1)], told)
    known = found.known.lap(0)
    assert known is not None
    assert known.record.tally.fuel_added_l == 0.0
    assert not found.debt().laps


def test_a_lap_of_which_another_told_and_the_own_part_makes_no_sense_is_not_written() -> None:
    """Whoever reads that part knows what it says."""
    race = Race()
    told = shown(race.seen_by(CYD, (0.0, race.end_s)))
    told[3] = replace(told[3], shown=None, unusable=frozenset({ADA}))
    found = owing(race.seen_by(ADA, (0.0, race.end_s)), told)
    assert [each.lap for each in found.debt().laps] == [1, 2, 4, 5, 6]


def test_the_only_lap_that_was_seen_here_is_held_back_when_it_turns_out_to_be_unreadable() -> None:
    race = Race()
    found = Owing()
    found.see(race.seen_by(ADA, (2 * LAP_S + 1.0, 3 * LAP_S)))
    assert (found.is_held_back(3, ADA), len(found.known.facts(3))) == (False, 1)
    found.tell({3: Told(is_left_alone=True)})
    assert (found.is_held_back(3, ADA), found.known.facts(3)) == (True, [])
    found.tell({3: Told()})
    assert (found.is_held_back(3, ADA), len(found.known.facts(3))) == (False, 1)


def happened(member: int, *told: tuple[MomentKind, float]) -> list[LapFacts]:
    """Lap n lies between (n - 1) * 100 s and n * 100 s."""
    moments = [(int(at_s // 100) + 1, at(kind, at_s, Vantage.OUTSIDE)) for kind, at_s in told]
    return [LapFacts(lap, member, moments=(moment,)) for lap, moment in moments]


def glimpse(member: int, at_s: float, place: Place) -> LapFacts:
    sight = Sight(at_s, at_s + 0.1, Vantage.OUTSIDE, None, place, place)
    return LapFacts(int(at_s // 100) + 1, member, (sight,))


def test_before_lap_1_only_the_own_part_is_brought_and_only_once() -> None:
    watched = tick(0, LAP_S + 10.0, LAP_S + 11.0)
    told = shown(killed_between(2))
    told[0] = replace(told[0], parts=(*told[0].parts, watched))
    found = owing([watched, tick(1, 2 * LAP_S + 10.5, 2 * LAP_S + 12.5), replace(FOUND_SOONER, lap=2)], told)
    assert [each.lap for each in found.debt().laps] == [1, 2]
    (other, _) = told[0].parts
    found.tell({0: Told(parts=(replace(other, sights=()),))})
    assert {each.lap: each.parts for each in found.debt().laps}[0] == (watched,), "what others told is theirs"


@pytest.mark.parametrize(("rules", "begins"), [({}, [3]), ({"is_stall_first": True}, [4])])
def test_where_the_car_has_left_in_a_lap_of_which_nothing_is_known_the_lap_in_which_it_stood_is_shown(
    rules: dict[str, bool], begins: list[int]
) -> None:
    """Behind the line of a stall that lies before it; a stall of which nothing is known lies behind it."""
    entered = [*happened(ADA, (MomentKind.ENTER, 210.0)), glimpse(ADA, 410.0, TRACK)]
    found = Owing(**rules)
    found.tell(shown(entered))
    found.see(happened(CYD, (MomentKind.STOOD, 220.0)))
    assert (list(found.known.begins), 4 in found.known.laps) == (begins, False)
    assert [each.lap for each in found.debt().laps] == [3]


def test_a_second_exit_in_a_lap_is_shown_by_the_lap_in_which_it_shows() -> None:
    """All are of one mind about where the car stood; that it left, one saw."""
    stood = happened(ADA, (MomentKind.STOOD, 210.0), (MomentKind.EXIT, 220.0), (MomentKind.STOOD, 250.0))
    away = Sight(340.0, 395.0, Vantage.OUTSIDE, None, Place.AWAY, Place.AWAY)
    later = replace(away, from_s=400.0, until_s=420.0)
    told = shown([*stood, LapFacts(4, ADA, (away,)), LapFacts(5, ADA, (later,))])
    assert [lap for lap, each in told.items() if each.shown is not None] == [3, 4]
    found = owing([glimpse(CYD, 350.0, TRACK)], told)
    assert list(found.known.begins) == [3, 3]
    assert [each.lap for each in found.debt().laps] == [4]


def test_a_stop_before_the_line_is_shown_by_the_lap_in_which_the_car_stood() -> None:
    """Where it is behind its exit, in the next lap, all knew before."""
    told = shown(happened(ADA, (MomentKind.ENTER, 290.0), (MomentKind.EXIT, 310.0)))
    found = owing(happened(CYD, (MomentKind.STOOD, 295.0)), told)
    assert list(found.known.begins) == [4]
    assert [each.lap for each in found.debt().laps] == [3]


def test_a_lap_that_needs_nothing_of_those_beside_it_is_shown_alone() -> None:
    race = Race()
    told = race.seen_by(ADA, (0.0, 2 * LAP_S + 10.0), (2 * LAP_S + 15.0, race.end_s))
    watched = race.seen_by(CYD, (0.0, race.end_s))
    told, watched = (
        [replace(each, sights=tuple(replace(sight, from_line=False) for sight in each.sights)) for each in seen]
        for seen in (told, watched)
    )
    found = owing(watched, shown(told))
    assert [each.lap for each in found.debt().laps] == [3]


def test_that_the_driver_has_told_of_a_lap_is_shown() -> None:
    """Though he knew no more than who looked on, whose word it is then no longer."""
    watched = LapFacts(
        3,
        CYD,
        (Sight(2 * LAP_S, LINE_S, Vantage.OUTSIDE, ADA, TRACK, TRACK),),
        LineSeen(moment(LINE_S), Vantage.OUTSIDE, ADA, "Ada Falk", None, False),
    )
    driver = LapFacts(3, ADA, (car(2 * LAP_S + 10.0, 2 * LAP_S + 20.0, TRACK, TRACK, (None, None)),))
    told = shown([watched])
    assert not owing([watched], told).debt().laps
    assert [each.lap for each in owing([driver], told).debt().laps] == [3]


def in_garage(member: int, lap: int) -> LapFacts:
    at_s = (lap - 1) * 100.0 + 10.0
    return LapFacts(lap, member, moments=(at(MomentKind.PLACED, at_s, Vantage.OUTSIDE),))


@pytest.mark.parametrize(
    ("told", "own", "laps"),
    [
        ([3, 4, 5], [in_garage(CYD, 3), glimpse(CYD, 340.0, TRACK)], [3]),
        (
            [in_garage(ADA, 3), 4, 5],
            [glimpse(CYD, 150.0, TRACK), in_garage(CYD, 3), glimpse(CYD, 340.0, TRACK)],
            [2, 3],
        ),
        ([in_garage(ADA, 2), 3], [glimpse(CYD, at_s, TRACK) for at_s in (-50.0, 240.0)], [0]),
    ],
)
def test_in_which_lap_stint_1_began_is_shown_by_the_first_laps_of_which_anything_is_known(
    told: Sequence[LapFacts | int], own: Sequence[LapFacts], laps: list[int]
) -> None:
    public = [glimpse(ADA, each * 100.0 - 60.0, TRACK) if isinstance(each, int) else each for each in told]
    line = {each: LineSeen(moment(each * 100.0), Vantage.OUTSIDE, None, None, None, False) for each in range(8)}
    found = owing(own, shown([union(each, LapFacts(each.lap, ADA, line=line[each.lap])) for each in public]))
    assert [each.lap for each in found.debt().laps] == laps


def test_a_lap_that_others_have_told_in_parts_is_told_in_a_part_by_its_driver_too() -> None:
    """Who reads the parts alone finds there what each of them knows."""
    race = Race()
    parts = tuple(facts for facts in race.seen_by(CYD, (0.0, race.end_s)) if facts.lap == 3)
    found = owing(race.seen_by(ADA, (0.0, race.end_s)), {3: Told(parts=parts)})
    assert {each.lap: [part.member for part in each.parts] for each in found.debt().laps}[3] == [ADA]
    assert not {each.lap: each.parts for each in found.debt().laps}[2]


def test_a_lap_that_still_grows_here_waits_for_its_own_newest_tick() -> None:
    """And not for where others saw the next one begin."""
    race = Race()
    told = shown(race.seen_by(ADA, (0.0, race.end_s)))
    (lap,) = owing(race.seen_by(CYD, (0.0, 50.0)), {2: told[2]}).debt().laps
    assert lap.due_s == pytest.approx(50.0 + 20.0, abs=0.1)


def test_a_lap_under_way_is_waited_for_only_behind_the_one_before() -> None:
    race = Race()
    found = owing(race.seen_by(ADA, (0.0, 3 * LAP_S - 2.0), (4 * LAP_S + 10.0, 4 * LAP_S + 20.0)), {})
    assert {each.lap: each.due_s for each in found.debt().laps} == {1: None, 2: None, 3: None}


def test_a_lap_under_way_is_owed_to_nobody_though_it_is_asked_what_stands_there_of_it() -> None:
    found = owing(Race().seen_by(ADA, (0.0, LAP_S + 20.0)), {lap: Told() for lap in (1, 2, 3)})
    assert (found.is_held_back(2, ADA), found.known.lap(2)) == (True, None)
    assert [each.lap for each in found.debt().laps] == [1]
