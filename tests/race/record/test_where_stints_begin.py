"""Where a stint begins, told by a few things that somebody saw; lap n lies between (n − 1) × 100 s and n × 100 s."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from race.record.paper_race import ADA, BEN, moment
from teamtactics.model.facts import LapFacts, LineSeen, MomentKind, PitMoment, Place, Sight, Vantage
from teamtactics.race.record.record import Record

CAR, OUTSIDE = Vantage.CAR, Vantage.OUTSIDE
TRACK, LANE, STALL, AWAY = Place.TRACK, Place.LANE, Place.STALL, Place.AWAY
ENTER, EXIT, STOOD, SERVED = MomentKind.ENTER, MomentKind.EXIT, MomentKind.STOOD, MomentKind.SERVED
TOWED, RESET, PUT, PLACED = MomentKind.TOWED, MomentKind.RESET, MomentKind.PUT, MomentKind.PLACED

Told = tuple[MomentKind, float]


def lap_at(at_s: float) -> int:
    return int(at_s // 100) + 1


def happened(*told: Told, vantage: Vantage = CAR, member: int = ADA) -> list[LapFacts]:
    return [LapFacts(lap_at(at_s), member, moments=(PitMoment(kind, moment(at_s), vantage),)) for kind, at_s in told]


def sight(
    from_s: float, until_s: float, first: Place, last: Place | None = None, *,
    levels: tuple[float, float] | None = None, vantage: Vantage = CAR, stood: bool = False,
) -> LapFacts:  # fmt: skip
    fuel = (None, None) if levels is None else levels
    made = Sight(from_s, until_s, vantage, ADA, first, first if last is None else last, stood, stood, *fuel)
    return LapFacts(lap_at(from_s), ADA if vantage is CAR else BEN, (made,))


def begins(*facts: LapFacts | Sequence[LapFacts], is_stall_first: bool = False) -> list[int]:
    record = Record(is_stall_first)
    for each in facts:
        record.learn([each] if isinstance(each, LapFacts) else each)
    return list(record.begins)


@pytest.mark.parametrize(
    ("told", "laps"),
    [
        (((ENTER, 210.0), (STOOD, 220.0), (EXIT, 240.0)), [3]),
        (((ENTER, 210.0), (SERVED, 220.0), (EXIT, 240.0)), [3]),
        (((ENTER, 210.0), (EXIT, 240.0)), []),  # a drive-through
        (((ENTER, 290.0), (STOOD, 295.0), (EXIT, 310.0)), [4]),  # the line lies between stall and exit
        (((ENTER, 290.0), (STOOD, 305.0), (EXIT, 310.0)), [4]),
        (((RESET, 220.0), (EXIT, 240.0)), [3]),
        (((PUT, 220.0), (EXIT, 240.0)), [3]),
        (((TOWED, 220.0), (EXIT, 240.0)), [3]),
        (((TOWED, 220.0), (STOOD, 225.0), (EXIT, 340.0)), [4]),
        (((ENTER, 210.0), (STOOD, 220.0)), []),  # it is still there
        (((ENTER, 210.0), (STOOD, 220.0), (ENTER, 310.0)), [3]),  # it has left, in the lap in which it stood
        (((ENTER, 210.0), (STOOD, 220.0), (STOOD, 320.0)), [3]),  # to come to the line it must leave the stall
        (((ENTER, 210.0), (STOOD, 220.0), (RESET, 320.0), (EXIT, 340.0)), [3, 4]),
        (((ENTER, 210.0), (STOOD, 220.0), (SERVED, 320.0)), []),
        (((ENTER, 210.0), (STOOD, 220.0), (SERVED, 420.0)), [3]),
        (((STOOD, 220.0), (EXIT, 240.0), (STOOD, 320.0), (EXIT, 340.0)), [3, 4]),
        (((STOOD, 220.0), (EXIT, 240.0), (STOOD, 260.0), (EXIT, 280.0)), [3, 3]),
        (((STOOD, 20.0), (EXIT, 40.0)), []),  # it leaves the garage
        (((EXIT, 10.0), (STOOD, 20.0), (EXIT, 40.0)), [1]),
        (((PLACED, 220.0), (EXIT, 240.0)), []),
        (((MomentKind.STOP, 220.0), (EXIT, 240.0)), []),  # that it stops somewhere tells nothing
    ],
)
def test_the_exit_of_a_visit_in_which_the_car_stood_begins_a_stint(told: Sequence[Told], laps: list[int]) -> None:
    assert begins(happened(*told)) == laps
    assert begins(*[[each] for each in reversed(happened(*told))]) == laps


def test_where_the_line_comes_before_the_exit_an_unseen_exit_was_behind_it() -> None:
    told = happened((ENTER, 210.0), (STOOD, 220.0), (ENTER, 310.0))
    assert begins(told, is_stall_first=True) == [4]
    behind = happened((ENTER, 210.0), (STOOD, 220.0), (SERVED, 310.0), (ENTER, 420.0))
    assert begins(behind, is_stall_first=True) == begins(behind) == [4], "it has crossed the line in the pits"
    same = happened((ENTER, 210.0), (STOOD, 220.0), (ENTER, 260.0))
    assert begins(same, is_stall_first=True) == [3]


def test_whoever_is_seen_on_the_track_has_left() -> None:
    told = happened((ENTER, 210.0), (STOOD, 220.0))
    assert begins(told, sight(250.0, 260.0, TRACK)) == [3]
    assert begins(told, sight(350.0, 360.0, TRACK)) == [3]
    assert begins(told, sight(350.0, 360.0, TRACK), is_stall_first=True) == [4]
    assert begins(told, sight(350.0, 360.0, LANE)) == [], "on pit road it may still be"
    assert begins(told, sight(450.0, 460.0, LANE)) == [3], "but not behind a second line"
    assert begins(told, sight(350.0, 360.0, STALL)) == [3], "that it has come to again"
    assert begins(told, sight(350.0, 360.0, AWAY)) == []
    assert begins(sight(350.0, 360.0, STALL), sight(370.0, 380.0, TRACK)) == [], "it drove through, for all one knows"


@pytest.mark.parametrize(
    ("vantage", "later_s", "has_left"),
    [(OUTSIDE, 2.5, False), (OUTSIDE, 2.75, True), (CAR, 0.0, False), (CAR, 0.25, True)],
)
def test_what_is_seen_from_outside_at_the_moment_it_stands_is_late(
    vantage: Vantage, later_s: float, has_left: bool
) -> None:
    seen = sight(220.0 + later_s, 220.0 + later_s, TRACK, vantage=vantage)
    assert begins(happened((ENTER, 210.0), (STOOD, 220.0)), seen) == ([3] if has_left else [])


def test_a_car_that_is_towed_still_shows_on_the_track() -> None:
    assert begins(happened((TOWED, 220.0)), sight(220.5, 225.0, TRACK)) == []
    assert begins(happened((TOWED, 220.0)), sight(320.0, 325.0, TRACK)) == [3]
    assert begins(happened((TOWED, 220.0), vantage=OUTSIDE, member=BEN), sight(225.0, 230.0, TRACK)) == [3]
    assert begins(happened((TOWED, 220.0), (EXIT, 260.0)), sight(220.5, 225.0, TRACK)) == [3]


LEFT = sight(210.0, 240.0, TRACK, levels=(30.0, 20.0))


@pytest.mark.parametrize(
    ("found", "told", "laps"),
    [
        (sight(260.0, 290.0, TRACK, levels=(40.0, 39.0)), (), [3]),
        (sight(260.0, 290.0, TRACK, levels=(20.5, 20.0)), (), [3]),
        (sight(260.0, 290.0, TRACK, levels=(20.25, 20.0)), (), []),
        (sight(360.0, 390.0, TRACK, levels=(40.0, 39.0)), (), [3]),
        (sight(360.0, 390.0, TRACK, levels=(40.0, 39.0)), ((RESET, 350.0), (EXIT, 355.0)), [4]),
        (sight(360.0, 390.0, TRACK, levels=(40.0, 39.0)), ((ENTER, 245.0), (EXIT, 255.0)), [3]),
        (sight(360.0, 390.0, TRACK, levels=(40.0, 39.0)), ((ENTER, 295.0), (EXIT, 305.0)), [4]),
        (sight(360.0, 390.0, TRACK, levels=(40.0, 39.0)), ((STOOD, 300.0), (EXIT, 305.0)), [4]),
        (sight(360.0, 390.0, TRACK, levels=(40.0, 39.0)), ((STOOD, 220.0), (EXIT, 230.0)), [3, 3]),
        (sight(360.0, 390.0, LANE, levels=(40.0, 39.0)), ((EXIT, 395.0),), [4]),
        (sight(360.0, 390.0, STALL, levels=(40.0, 39.0)), ((EXIT, 395.0),), [4]),
        (sight(360.0, 390.0, LANE, levels=(20.25, 19.0)), ((EXIT, 395.0),), []),
    ],
)
def test_a_tank_that_is_fuller_than_it_was_proves_a_stop(
    found: LapFacts, told: Sequence[Told], laps: list[int]
) -> None:
    assert begins(LEFT, found, happened(*told, vantage=OUTSIDE, member=BEN)) == laps


def test_a_tank_is_compared_with_what_was_seen_of_it_last() -> None:
    found = sight(360.0, 390.0, TRACK, levels=(40.0, 39.0))
    assert begins(found) == []
    assert begins(LEFT, sight(250.0, 255.0, TRACK, levels=(20.0, 39.9)), found) == []
    assert begins(LEFT, found, sight(395.0, 398.0, TRACK, levels=(38.0, 37.0))) == [3]
    assert begins(LEFT, sight(230.0, 250.0, TRACK, levels=(40.0, 39.0))) == [], "two saw it at one time"
    for put_s, laps in ((240.0, 1), (362.5, 1), (362.75, 2), (239.0, 2)):
        put = happened((PUT, put_s), vantage=OUTSIDE, member=BEN)
        assert len(begins(LEFT, found, put, happened((EXIT, 399.0)))) == laps, put_s


def test_an_exit_of_which_two_tell_begins_one_stint() -> None:
    told = happened((ENTER, 210.0), (STOOD, 220.0), (EXIT, 240.0))
    for apart_s, laps in ((2.5, [3]), (2.75, [3])):
        other = happened((ENTER, 210.0 + apart_s), (STOOD, 222.0), (EXIT, 240.0 + apart_s), vantage=OUTSIDE, member=BEN)
        assert begins(told, other) == laps
    line = happened((ENTER, 290.0), (STOOD, 295.0), (EXIT, 299.5))
    late = happened((EXIT, 300.5), vantage=OUTSIDE, member=BEN)
    assert begins(line, late) == [3], "one thing, told in two laps"


def test_who_gets_into_a_car_in_its_stall_knows_that_it_stands_there() -> None:
    """Once it was seen before; else it is in its garage."""
    before = sight(110.0, 190.0, TRACK, levels=(50.0, 49.0))
    placed = happened((PLACED, 220.0), (EXIT, 250.0))
    for place, stood, laps in ((STALL, True, [3]), (LANE, True, [3]), (STALL, False, [3]), (TRACK, True, [])):
        found = sight(220.0, 250.0, place, LANE, levels=(49.0, 48.0), stood=stood)
        expected = [] if not stood else laps
        assert begins(before, placed, found) == expected, (place, stood)
        assert begins(placed, found) == []
    watched = happened((PLACED, 220.0), vantage=OUTSIDE, member=BEN)
    assert begins(before, watched, sight(220.0, 250.0, STALL, LANE, stood=True), happened((EXIT, 250.0))) == []


def test_a_car_in_lap_2_has_been_on_the_track_and_one_whose_line_was_there_too() -> None:
    assert begins(happened((STOOD, 120.0), (EXIT, 140.0))) == [2]
    line = LapFacts(0, ADA, line=LineSeen(moment(0.0), CAR, ADA, None, None, False))
    assert begins(line, happened((STOOD, 20.0), (EXIT, 40.0))) == [1]
    in_pits = LapFacts(0, ADA, line=LineSeen(moment(0.0), CAR, ADA, None, None, True))
    assert begins(in_pits, happened((STOOD, 20.0), (EXIT, 40.0))) == []
    assert begins(sight(5.0, 10.0, TRACK), happened((STOOD, 20.0), (EXIT, 40.0))) == [1]


def test_stint_1_begins_with_lap_1_or_where_the_car_was_found_in_its_garage() -> None:
    record = Record()
    record.learn(happened((PLACED, 420.0), (EXIT, 430.0)))
    assert [record.numbers(lap) for lap in (5, 6)] == [(1, 1), (1, 2)]
    found = Record()
    found.learn(happened((PLACED, 420.0), (STOOD, 421.0), (EXIT, 430.0)))
    assert found.numbers(5) == (2, 1)
    unseen = Record()
    unseen.learn([sight(410.0, 420.0, TRACK)])
    assert unseen.numbers(5) == (1, 5)
    first = Record()
    first.learn(happened((PLACED, 20.0), (EXIT, 30.0)))
    assert first.numbers(2) == (1, 2)


def test_a_change_names_the_laps_that_are_different_and_those_whose_numbers_are() -> None:
    record = Record()
    record.learn([sight(110.0, 190.0, TRACK), sight(210.0, 290.0, TRACK), sight(310.0, 390.0, TRACK)])
    told = happened((ENTER, 205.0), (STOOD, 206.0), (EXIT, 209.0), vantage=OUTSIDE, member=BEN)
    change = record.learn(told)
    assert 3 in change.laps
    assert set(change.laps) <= {2, 3, 4}
    assert change.renumbered == (3, 4)
    assert record.learn(told) == type(change)()
    assert [record.is_complete(lap) for lap in (0, 1, 2, 3, 4, 5)] == [False, False, True, True, False, False]
    record.close([4])
    assert record.is_complete(4)
    assert [lap.lap_completed for lap in record.completed()] == [2, 3, 4]


def test_the_name_of_who_drove_may_stand_in_any_lap() -> None:
    nameless = LapFacts(2, ADA, line=LineSeen(moment(200.0), CAR, ADA, None, None, False))
    named = LapFacts(5, ADA, line=LineSeen(moment(500.0), CAR, ADA, "Ada Falk", None, False))
    record = Record()
    record.learn([nameless])
    assert 2 in record.learn([named]).laps
    folded = record.lap(2)
    assert folded is not None
    assert folded.record.driver == "Ada Falk"
    other = LapFacts(6, BEN, line=LineSeen(moment(600.0), CAR, BEN, "Ben Ruiz", None, False))
    assert 2 not in record.learn([other]).laps
    spelt = LapFacts(7, ADA, line=LineSeen(moment(700.0), CAR, ADA, "A. Falk", None, False))
    record.learn([spelt])
    folded = record.lap(2)
    assert folded is not None
    assert folded.record.driver == "Ada Falk", "of two spellings always the same"
