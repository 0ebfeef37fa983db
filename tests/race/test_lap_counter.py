"""What the lap counter says of the line: of one that was seen, of one before the car was, where it only reads odd."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from race.driving import ADA, BEN, Car, session_info
from race.test_told_of_a_session import KEY
from teamtactics.model.events import LineCrossed, Remark
from teamtactics.model.facts import LineSeen, MomentKind, Place, Sight, Vantage
from teamtactics.model.frame import Frame
from teamtactics.model.records import Moment
from teamtactics.model.session import SessionInfo
from teamtactics.race.eyes.continuity import TimeLine
from teamtactics.race.eyes.crossing import count_laps, name_driver
from teamtactics.race.eyes.laps import PendingLap
from teamtactics.race.eyes.notes import LapOver, Noticed
from teamtactics.race.eyes.pits.visit import PitVisit
from teamtactics.race.eyes.telling import SightUnderWay, Telling
from teamtactics.race.memory import LapCounter, Memory

NOW_S = 512.0


def frame(at_s: float = NOW_S, **changes: Any) -> Frame:
    values = {"session_time": at_s, "lap_dist_pct": 0.5, "lap_dist": 1500.0, "speed": 50.0}
    return Frame(**{**Car().values, **values, **changes})


def driving(*, since_s: float = 10.0, from_line: bool = False, **counter: Any) -> Memory:
    """The eyes of a driver in lap 5 who has seen the car for so long."""
    eyes = Memory(KEY, TimeLine(NOW_S, 100), member=ADA, names={str(ADA): "Ada Falk"}, lap=Telling(5))
    eyes.counter = LapCounter(**{"value": 4, **counter})
    from_s = NOW_S - since_s
    eyes.under_way.sight = SightUnderWay(
        Vantage.CAR, from_s, ADA, Place.TRACK, from_s, Place.TRACK, from_line=from_line
    )
    return eyes


def counted(eyes: Memory, *laps: int | None, **shown: Any) -> list[Noticed]:
    """What is noticed while the counter shows these laps in one tick each."""
    out: list[Noticed] = []
    for each in laps:
        count_laps(eyes, frame(lap_completed=each, **shown), out)
    return out


def crossed(out: list[Noticed]) -> list[int]:
    return [each.lap_completed for each in out if isinstance(each, LineCrossed)]


@pytest.mark.parametrize(
    ("laps", "known"),
    [
        ([None, None, None], 4),
        ([7, 7], 4),
        ([7, 7, 7], 7),
        ([7, 9, 8], 4),  # none of them holds
        ([7, 8, 8], 4),
        ([7, 8, 8, 8], 8),
        ([7, 5, 7, 7], 5),  # each in a row of its own
        ([7, 5, 7, 7, 7], 7),
        ([2] * 119, 4),  # laps are not taken back, unless for two seconds
        ([2] * 120, 2),
        ([2] * 60 + [1] * 60, 4),
    ],
)
def test_a_counter_that_reads_something_else_is_believed_when_it_holds(laps: list[int | None], known: int) -> None:
    eyes = driving()
    counted(eyes, *laps)
    assert (eyes.counter.value, eyes.under_way.lap) == (known, known + 1)


def test_a_counter_that_flickers_for_some_time_behind_the_line_is_no_line_either() -> None:
    """SIMULATOR#flicker: at older race starts, and it is back after about one second."""
    eyes = driving(crossing_s=NOW_S - 2.0)
    assert counted(eyes, *[5] * 60) == []
    assert (eyes.counter.value, eyes.under_way.lap) == (4, 5)


@pytest.mark.parametrize(("since_s", "over"), [(2.0, []), (2.0625, [5]), (10.0, [5])])
def test_what_was_driven_before_a_counter_leapt_is_the_lap_it_was(since_s: float, over: list[int]) -> None:
    """Unless it was only just caught sight of: then the counter may be late."""
    out = counted(driving(since_s=since_s), 7, 7, 7)
    assert [each.telling.lap for each in out if isinstance(each, LapOver)] == over
    assert sum(isinstance(each, Remark) for each in out) == 1
    assert crossed(out) == []


@pytest.mark.parametrize(
    ("since_s", "shown", "lines"),
    [
        (2.0, {}, []),
        (2.0625, {}, [5]),  # the counter follows the line within two seconds
        (1.0, {"lap_dist_pct": 0.875}, []),
        (1.0, {"lap_dist_pct": 0.9}, [5]),
        (1.0, {"lap_dist_pct": None}, [5]),
        (1.0, {"lap_dist": None}, [5]),
        (1.0, {"lap_dist": 45.0}, []),  # so far it has come since it was seen, but for the slack
        (1.0, {"lap_dist": 44.0}, [5]),  # it was behind the line sooner than it was seen
        (1.0, {"lap_dist": 0.0, "speed": None}, []),
    ],
)
def test_a_counter_may_confirm_a_line_that_was_crossed_before_the_car_was_seen(
    since_s: float, shown: dict[str, Any], lines: list[int]
) -> None:
    """SIMULATOR#line: what is watched belongs to the next lap then, and when the line was crossed nobody saw."""
    eyes = driving(since_s=since_s)
    assert crossed(counted(eyes, 5, **shown)) == lines
    assert (eyes.counter.value, eyes.under_way.lap) == (5, 6)
    assert (eyes.counter.crossing_s is None) is (not lines)
    assert (eyes.pending[0].telling.line is None) is (not lines)


def test_behind_a_line_that_was_seen_the_counter_confirms_the_next_one() -> None:
    assert crossed(counted(driving(since_s=1.0, from_line=True), 5)) == [5]


def waiting(lap: int, *, line: LineSeen | None = None, **shown: Any) -> PendingLap:
    """A lap that ended ten seconds ago and has no time yet."""
    values = {"lap_completed": lap, "lap_last_lap_time": 60.0, "lap_current_lap_time": 70.0, **shown}
    return PendingLap(Telling(lap, line=line), frame(NOW_S - 1.0, **values))


@pytest.mark.parametrize(
    ("current_s", "times"),
    [
        (1.0, [(True, 61.0)]),  # its time was shown where the lap clock began anew
        (30.0, []),  # that clock still counts the lap before
        (0.0, []),  # nobody set it
        (None, []),
    ],
)
def test_a_lap_whose_line_nobody_saw_has_the_time_that_was_shown_by_then(
    current_s: float | None, times: list[tuple[bool, float | None]]
) -> None:
    eyes = driving(since_s=1.0)
    eyes.pits.visit = PitVisit(MomentKind.ENTER)
    out = counted(eyes, 5, lap_current_lap_time=current_s, lap_last_lap_time=61.0)
    over = [each.telling for each in out if isinstance(each, LapOver)]
    assert [(telling.is_timed, telling.official_s) for telling in over] == times
    assert len(eyes.pending) == 1 - len(times)
    assert eyes.pits.visit.has_crossed_line, "a visit in which the car is as well"


def test_a_step_that_is_taken_back_leaves_the_lap_before_it_waiting() -> None:
    """SIMULATOR#flicker: within ten seconds it falls by one."""
    eyes = driving(value=5, crossing_s=NOW_S - 1.0)
    eyes.lap, eyes.pending = Telling(6), (waiting(4), waiting(5))
    eyes.pits.visit = PitVisit(MomentKind.ENTER, has_crossed_line=True)
    assert counted(eyes, 4, 4) == []
    assert eyes.counter.value == 5
    assert counted(eyes, 4) == []
    assert (eyes.counter.value, eyes.counter.crossing_s, eyes.under_way.lap) == (4, None, 5)
    assert [pending.telling.lap for pending in eyes.pending] == [4]
    assert not eyes.pits.visit.has_crossed_line


@pytest.mark.parametrize(
    ("pending", "since_line_s"), [(False, 1.0), (True, None), (True, 10.0625)], ids=["told", "unseen", "long ago"]
)
def test_a_line_that_cannot_be_taken_back_is_none_only_when_the_counter_goes_on_saying_so(
    pending: bool, since_line_s: float | None
) -> None:
    eyes = driving(value=5, crossing_s=None if since_line_s is None else NOW_S - since_line_s)
    eyes.lap, eyes.pending = Telling(6), (waiting(5),) if pending else ()
    counted(eyes, *[4] * 119)
    assert (eyes.counter.value, len(eyes.pending)) == (5, int(pending))
    assert any(isinstance(each, Remark) for each in counted(eyes, 4))
    assert eyes.counter.value == 4


@pytest.mark.parametrize(
    ("jump_ticks", "is_proved", "told"), [(2, True, [MomentKind.JUMPED]), (2, False, []), (0, True, [])]
)
def test_a_car_that_was_put_behind_the_line_has_not_driven_over_it(
    jump_ticks: int, is_proved: bool, told: list[MomentKind]
) -> None:
    eyes = driving()
    eyes.position.jump_ticks, eyes.position.is_proved = jump_ticks, is_proved
    counted(eyes, 5)
    assert [moment.kind for moment in eyes.pending[0].telling.moments] == told


@pytest.mark.parametrize(
    ("known", "name", "settles_s"),
    [
        (4, "Ada Falk", 0.0),
        (-1, "Ada Falk", NOW_S + 10.0),  # the formation or out lap: that step may be taken back
        (4, None, NOW_S + 10.0),  # the text has not named him yet
    ],
)
def test_a_line_waits_until_it_cannot_be_taken_back_and_its_driver_has_a_name(
    known: int, name: str | None, settles_s: float
) -> None:
    eyes = driving(value=known)
    eyes.lap = Telling(known + 1, sight=eyes.under_way.sight)
    eyes.names = {} if name is None else {str(ADA): name}
    eyes.pits.visit = PitVisit(MomentKind.ENTER)
    assert crossed(counted(eyes, known + 1)) == [known + 1]
    (pending,) = eyes.pending
    assert pending.telling.line is not None
    assert (pending.settles_s, pending.telling.line.name) == (settles_s, name)
    assert eyes.pits.visit.has_crossed_line


def test_where_the_line_is_crossed_the_place_of_that_tick_counts() -> None:
    eyes = driving()
    eyes.under_way.sights = (Sight(400.0, 410.0, Vantage.CAR, ADA, Place.TRACK, Place.LANE),)
    counted(eyes, 5, on_pit_road=False)
    line = eyes.pending[0].telling.line
    assert line is not None
    assert line.on_pit_road is False


@pytest.mark.parametrize(("shown_s", "official_s"), [(61.0, 61.0), (60.0, None)])
def test_a_lap_that_waits_takes_its_time_at_the_next_line_at_the_latest(
    shown_s: float, official_s: float | None
) -> None:
    eyes = driving()
    eyes.pending = (waiting(4),)
    out = counted(eyes, 5, lap_last_lap_time=shown_s, lap_current_lap_time=1.0, car_last_lap_time=None)
    (over,) = [each.telling for each in out if isinstance(each, LapOver)]
    assert (over.lap, over.official_s) == (4, official_s)
    assert [pending.telling.lap for pending in eyes.pending] == [5]


def seen_line(vantage: Vantage = Vantage.OUTSIDE, **changes: Any) -> LineSeen:
    return LineSeen(Moment(NOW_S - 6.0, None), vantage, **changes)


BEN_DRIVES = session_info(me=ADA, in_car=BEN)


@pytest.mark.parametrize(
    ("line", "settles_s", "info", "named"),
    [
        (seen_line(), NOW_S, BEN_DRIVES, (BEN, "Ben Ruiz")),
        (seen_line(), NOW_S + 0.25, BEN_DRIVES, (None, None)),  # the text may still name the one before
        (seen_line(), 0.0, BEN_DRIVES, (None, None)),  # whoever is in it now was not in it then
        (seen_line(), NOW_S, replace(BEN_DRIVES, own=None), (None, None)),
        (seen_line(driver=303, name="Cyd Lund"), NOW_S, BEN_DRIVES, (303, "Cyd Lund")),
        (seen_line(Vantage.CAR), NOW_S, BEN_DRIVES, (None, None)),  # at this PC sits somebody else
        (None, NOW_S, BEN_DRIVES, None),
    ],
)
def test_the_text_names_who_drove_over_a_line_that_was_seen_from_outside(
    line: LineSeen | None, settles_s: float, info: SessionInfo, named: tuple[int | None, str | None] | None
) -> None:
    eyes, pending = driving(), waiting(4, line=line)
    pending.settles_s, eyes.pending = settles_s, (pending,)
    name_driver(eyes, frame(), info)
    found = pending.telling.line
    assert (None if found is None else (found.driver, found.name)) == named
