"""Which tick follows which, and where the car is: at the borders of what a clock and a distance can tell."""

from __future__ import annotations

from typing import Any

import pytest

from race.driving import TICK_S, TRACK_M, Car
from teamtactics.model.frame import Frame
from teamtactics.race.eyes.continuity import Position, Step, TimeLine, is_fuller, is_glitch


def tick(number: int, at_s: float, **changes: Any) -> Frame:
    return Frame(**{**Car().values, "tick": number, "session_time": at_s, "session_tick": None, **changes})


def line(at_s: float = 512.0, **changes: Any) -> TimeLine:
    return TimeLine(at_s, 100, **changes)


@pytest.mark.parametrize(
    ("dt_s", "is_resumed", "step"),
    [
        (2.0, False, Step.NEXT),
        (2.25, False, Step.LOST),
        (0.0625, True, Step.NEXT),
        (0.125, True, Step.LOST),
        (1.0, True, Step.LOST),
    ],
)
def test_what_is_a_step_and_what_a_lost_connection(dt_s: float, is_resumed: bool, step: Step) -> None:
    """Behind a checkpoint nobody has looked: what is no step of two or three ticks is a hole."""
    clock = line(is_resumed=is_resumed)
    assert clock.step(tick(101, 512.0 + dt_s)) is step
    assert (clock.time_s, clock.tick, clock.elapsed_s, clock.set_s) == (512.0 + dt_s, 101, dt_s, 0.0)
    assert clock.step(tick(102, 513.0 + dt_s)) is Step.NEXT, "only the first step behind it"


def test_a_tick_that_was_shown_before_is_no_other_and_one_of_the_same_time_is_a_pause() -> None:
    clock = line(session_tick=7, set_s=3.0)
    assert clock.step(tick(100, 512.0, session_tick=7)) is Step.REPEATED
    assert clock.step(tick(100, 511.0, session_tick=7)) is Step.REPEATED
    assert clock.step(tick(101, 512.0, session_tick=8)) is Step.PAUSED
    assert (clock.tick, clock.session_tick, clock.set_s) == (101, 8, 0.0)


def fallen(clock: TimeLine, *times_s: float, **changes: Any) -> list[Step]:
    return [clock.step(tick(101 + number, at_s, **changes)) for number, at_s in enumerate(times_s)]


ANEW = {"lap_completed": 0, "car_lap_completed": -1}


def test_a_clock_that_fell_counts_when_it_holds() -> None:
    assert fallen(line(), 5.0, 5.25, 5.5, **ANEW) == [Step.REPEATED, Step.REPEATED, Step.RESTARTED]


def test_torn_ticks_of_earlier_times_are_no_clock() -> None:
    """One time alone, or times that do not rise, are rubbish; so is 0, and what lies before it."""
    clock = line()
    assert set(fallen(clock, 5.0, 5.0, 5.0, 4.0, 3.0, **ANEW)) == {Step.REPEATED}
    assert set(fallen(clock, -3.0, -2.0, -1.0, -0.5, 0.0, **ANEW)) == {Step.REPEATED}
    assert fallen(clock, -1.0, 0.0, 0.25, 0.5, 0.75, **ANEW)[2:] == [Step.REPEATED, Step.REPEATED, Step.RESTARTED]
    assert clock.time_s == 512.0, "whoever restarts begins another line"


def test_between_torn_ticks_the_clock_that_goes_on_ends_the_doubt() -> None:
    clock = line()
    assert fallen(clock, 5.0, 5.25, **ANEW) == [Step.REPEATED] * 2
    assert clock.step(tick(110, 512.5)) is Step.NEXT
    assert fallen(clock, 6.0, 6.25, **ANEW) == [Step.REPEATED] * 2


@pytest.mark.parametrize(
    ("before_s", "at_s", "changes", "step"),
    [
        (50.0, 40.0, ANEW, Step.SET_BACK),  # by less than a restart falls
        (50.0, 39.0, ANEW, Step.RESTARTED),
        (512.0, 60.0, ANEW, Step.SET_BACK),  # not near 0
        (512.0, 59.0, ANEW, Step.RESTARTED),
        (512.0, 5.0, {"lap_completed": 3, "car_lap_completed": 3}, Step.SET_BACK),  # the laps go on
        (512.0, 5.0, {"lap_completed": 1, "car_lap_completed": None}, Step.SET_BACK),
        (512.0, 5.0, {"lap_completed": None, "car_lap_completed": 1}, Step.SET_BACK),
        (512.0, 5.0, {"lap_completed": 0, "car_lap_completed": 3}, Step.SET_BACK),  # who watches reads 0
        (512.0, 5.0, {"lap_completed": None, "car_lap_completed": None}, Step.RESTARTED),
        (512.0, 5.0, {"lap_completed": 3, "session_tick": 10}, Step.RESTARTED),  # the ticks are back at 0
        (512.0, 5.0, {"lap_completed": 3, "session_tick": 30_000}, Step.SET_BACK),
    ],
)
def test_a_clock_near_0_begins_a_session_with_the_laps_or_the_ticks(
    before_s: float, at_s: float, changes: dict[str, Any], step: Step
) -> None:
    clock = line(before_s, session_tick=30_000)
    assert fallen(clock, at_s - 0.5, at_s - 0.25, at_s, **changes)[-1] is step


def test_a_clock_that_was_set_back_measures_by_the_ticks_how_much_time_has_passed() -> None:
    clock = line(session_tick=30_000)
    for number in (1, 2, 3):
        step = clock.step(tick(100 + number, 508.0 + number / 64, session_tick=30_000 + 30 * number))
    assert step is Step.SET_BACK
    assert clock.elapsed_s == pytest.approx(1.5)
    assert clock.set_s == pytest.approx(508.0 + 3 / 64 - 512.0 - 1.5)
    assert (clock.time_s, clock.tick, clock.session_tick) == (508.0 + 3 / 64, 103, 30_090)
    blind = line()
    assert fallen(blind, 508.0, 508.25, 508.5)[-1] is Step.SET_BACK
    assert blind.elapsed_s == pytest.approx(3 * TICK_S), "without ticks of the session: so long it was held"


def test_a_clock_that_was_set_back_while_the_connection_was_lost_lost_it_all_the_same() -> None:
    clock = line(session_tick=30_000)
    for number in (1, 2, 3):
        step = clock.step(tick(100 + number, 508.0 + number / 64, session_tick=30_000 + 121 + number))
    assert step is Step.LOST
    resumed = line(session_tick=30_000, is_resumed=True)
    for number in (1, 2, 3):
        step = resumed.step(tick(100 + number, 508.0 + number / 64, session_tick=30_000 + 20 + number))
    assert step is Step.LOST


@pytest.mark.parametrize(
    ("dt_s", "ticks", "elapsed_s"),
    [
        (2.0, 60, 1.0),  # set forward by a second
        (11.5, 60, 11.5),  # joined again
        (11.0, 60, 1.0),
        (1.0, 57, 1.0),  # ticks are no clock to the hundredth
        (1.0, 120, 2.0),  # set back by less than had passed
        (1.0, 0, 1.0),
        (1.0, -5, 1.0),
        (1.0, 1, TICK_S),
        (1.115, 60, 1.115),  # it slews by 0.17 s in ten, which is no setting
        (10.25, 600, 10.25),
        (10.375, 600, 10.0),
        (60.75, 3600, 60.75),
        (60.875, 3600, 60.0),  # 0.883 s was the smallest that was set
    ],
)
def test_where_the_clock_was_set_the_ticks_tell_what_has_passed(dt_s: float, ticks: int, elapsed_s: float) -> None:
    clock = line(session_tick=30_000)
    clock.step(tick(101, 512.0 + dt_s, session_tick=30_000 + ticks))
    assert clock.elapsed_s == pytest.approx(elapsed_s)
    assert clock.set_s == pytest.approx(dt_s - elapsed_s)


def test_a_border_of_a_set_clock_is_a_tenth_of_a_second() -> None:
    clock = line(session_tick=30_000)
    clock.step(tick(101, 512.0 + 30 * TICK_S + 0.1 + 0.01, session_tick=30_030))
    assert clock.elapsed_s == pytest.approx(0.5)


@pytest.mark.parametrize("changes", [{"lap": 1}, {"speed": 0.1}, {"lap_dist_pct": 0.5}])
def test_only_a_tick_in_which_all_is_0_is_that_of_a_spawn(changes: dict[str, Any]) -> None:
    rubbish = {"lap": 0, "speed": 0.0, "lap_dist_pct": 0.0}
    assert is_glitch(tick(1, 1.0, **rubbish))
    assert not is_glitch(tick(1, 1.0, **{**rubbish, **changes}))


@pytest.mark.parametrize(
    ("level_l", "than_l", "fuller"),
    [(1.03, 1.0, True), (0.02, 0.0, False), (1.0, 1.03, False), (None, 1.0, False), (1.0, None, False)],
)
def test_a_fuller_tank(level_l: float | None, than_l: float | None, fuller: bool) -> None:
    assert is_fuller(level_l, than_l) is fuller


def at(dist_m: float | None, speed_m_s: float | None = 0.0, **changes: Any) -> Frame:
    pct = None if dist_m is None else dist_m / TRACK_M
    return tick(1, 1.0, **{"lap_dist": dist_m, "lap_dist_pct": pct, "speed": speed_m_s, **changes})


def moved(from_m: float, to_m: float, dt_s: float, *speeds: float | None, length_m: float = 0.0) -> tuple[bool, bool]:
    position = Position(length_m=length_m)
    position.advance(at(from_m, speeds[0]), dt_s)
    return position.advance(at(to_m, speeds[-1]), dt_s)


@pytest.mark.parametrize(
    ("from_m", "to_m", "speeds", "is_put"),
    [
        (1000.0, 1005.0, (0.0, 0.0), False),
        (1000.0, 1005.5, (0.0, 0.0), True),
        (1000.0, 995.0, (0.0, 0.0), False),
        (1000.0, 994.5, (0.0, 0.0), True),
        (1000.0, 1030.0, (50.0, 0.0), False),  # braked
        (1000.0, 1030.0, (0.0, 50.0), False),
        (1000.0, 1030.5, (50.0, 50.0), True),
        (1000.0, 1005.5, (None, None), True),
        (2980.0, 10.0, (50.0, 50.0), False),  # over the line
        (2980.0, 250.0, (50.0, 50.0), True),
        (1000.0, 100.0, (50.0, 50.0), True),
        (2700.0, 20.0, (50.0, 50.0), True),
        (2980.0, 300.0, (50.0, 50.0), True),
    ],
)
def test_further_than_its_speed_allows_nobody_has_driven(
    from_m: float, to_m: float, speeds: tuple[float | None, float | None], is_put: bool
) -> None:
    assert moved(from_m, to_m, 0.5, *speeds)[0] is is_put


@pytest.mark.parametrize(
    ("from_m", "to_m", "has_wrapped"),
    [(2980.0, 10.0, True), (2980.0, 299.0, True), (2980.0, 300.0, False), (2700.0, 10.0, False), (2701.0, 10.0, True)],
)
def test_the_line_is_passed_where_the_last_tenth_is_followed_by_the_first(
    from_m: float, to_m: float, has_wrapped: bool
) -> None:
    assert moved(from_m, to_m, 0.5, 50.0, 50.0)[1] is has_wrapped


def test_a_lap_is_as_long_as_its_second_half_says() -> None:
    """In the first half the quotient of two small numbers says little."""
    position = Position()
    position.advance(at(100.0), TICK_S)
    position.advance(at(1500.0), TICK_S)
    position.advance(at(1499.0), TICK_S)
    assert position.length_m == 0.0, "from behind half of it only"
    position.advance(at(1503.0), TICK_S)
    assert position.length_m == pytest.approx(TRACK_M)
    position.advance(at(1504.0, lap_dist_pct=0.6), TICK_S)
    assert position.length_m == pytest.approx(TRACK_M), "and once for all"


def test_where_the_line_stands_at_an_angle_five_percent_of_a_lap_are_no_jump() -> None:
    assert moved(2980.0, 140.0, 0.5, 20.0, 20.0, length_m=TRACK_M) == (False, True)
    assert moved(2980.0, 190.0, 0.5, 20.0, 20.0, length_m=TRACK_M) == (True, True)


def test_out_of_sight_a_car_may_be_anywhere() -> None:
    position = Position()
    position.advance(at(1000.0), TICK_S)
    assert position.advance(at(None), TICK_S) == (False, False)
    assert position.advance(at(2000.0), TICK_S) == (False, False)
    position.jump(2000.0, 50.0, 50.0, was_reset=False)
    position.is_reset = True
    position.lose_sight()
    assert (position.dist_m, position.pct, position.jump_ticks, position.is_reset) == (None, None, 0, False)


def put(shown_l: float, *, was_reset: bool = False, then_l: float = 50.0) -> list[bool]:
    position = Position(dist_m=300.0)
    position.jump(1000.0, 50.0, shown_l, was_reset)
    return [position.has_jumped(then_l) for _ in range(7)]


def test_a_jump_is_a_put_when_it_holds_and_something_else_proves_it() -> None:
    """LapDist alone proves nothing; a tick of rubbish, or a fuller tank on the track, does."""
    holds = [False] * 5
    assert put(50.0)[: len(holds) + 1] == [*holds, False]
    assert put(50.0, was_reset=True)[: len(holds) + 1] == [*holds, True]
    assert put(51.0)[: len(holds) + 1] == [*holds, True]
    assert put(50.0, then_l=51.0)[: len(holds) + 1] == [*holds, True]


def test_a_car_that_is_back_where_it_was_has_not_jumped() -> None:
    position = Position(dist_m=300.0)
    position.jump(1000.0, 50.0, 50.0, was_reset=False)
    assert (position.jump_ticks, position.left_m, position.left_l, position.is_proved) == (1, 1000.0, 50.0, False)
    position.dist_m = 1000.0 + 20.0
    position.jump(300.0, 50.0, 50.0, was_reset=False)
    assert position.jump_ticks == 0
    position.dist_m = 300.0
    position.jump(1000.0, 50.0, 50.0, was_reset=False)
    position.dist_m = 1000.5 + 20.0
    position.jump(300.0, 49.0, 49.0, was_reset=True)
    assert (position.jump_ticks, position.left_m, position.left_l, position.is_proved) == (1, 300.0, 49.0, True)
    position.jump(None, None, None, was_reset=False)
    assert position.left_m == 0.0


def test_who_leaves_the_world_may_come_back_anywhere_with_another_tank() -> None:
    position = Position(dist_m=1000.0, pct=0.3, is_reset=True, is_proved=True)
    position.leave_world(50.0)
    assert (position.dist_m, position.pct, position.is_reset) == (None, None, False)
    assert (position.jump_ticks, position.left_m, position.left_l, position.is_proved) == (1, 1000.0, 50.0, False)
    position.leave_world(20.0)
    assert position.left_l == 50.0, "it was gone already"


def test_a_session_tick_that_nobody_set_while_the_clock_stood_is_none() -> None:
    clock = line(session_tick=30_000)
    assert clock.step(tick(101, 512.0, session_tick=0)) is Step.PAUSED
    assert clock.step(tick(102, 512.0625, session_tick=30_002)) is Step.NEXT
    assert (clock.elapsed_s, clock.set_s) == (0.0625, 0.0)


@pytest.mark.parametrize(
    ("dist_m", "pct", "length_m", "taken"),
    [
        (2943.0, 0.0, TRACK_M, (2943.0, 0.981)),  # nobody set the one: it follows from the other
        (0.0, 0.981, TRACK_M, (2943.0, 0.981)),
        (2943.0, 0.97, TRACK_M, (2943.0, 0.97)),  # both are taken as they are shown
        (2943.0, 0.0, 0.0, (2940.0, 0.98)),  # how long a lap is is not known yet
        (0.0, 0.981, 0.0, (2940.0, 0.98)),
        (0.0, 0.0, TRACK_M, (2940.0, 0.98)),
        (None, 0.0, TRACK_M, (2940.0, 0.98)),
        (0.0, None, TRACK_M, (2940.0, 0.98)),
    ],
)
def test_of_a_distance_that_reads_0_the_other_tells_where_the_car_is(
    dist_m: float | None, pct: float | None, length_m: float, taken: tuple[float, float]
) -> None:
    """SIMULATOR#unset: on a lap a car is never exactly there."""
    position = Position(dist_m=2940.0, pct=0.98, length_m=length_m)
    assert position.advance(at(0.0, 50.0, lap_dist=dist_m, lap_dist_pct=pct), 0.0625) == (False, False)
    assert (position.dist_m, position.pct) == (taken[0], pytest.approx(taken[1]))


def test_a_jump_that_has_held_is_over() -> None:
    position = Position(dist_m=300.0)
    position.jump(1000.0, 50.0, 50.0, was_reset=False)
    assert [position.has_jumped(50.0) for _ in range(6)] == [False] * 6
    assert position.jump_ticks == 0, "whatever is in its tank later"
    nowhere = Position(jump_ticks=1, left_m=1000.0)
    nowhere.jump(None, 50.0, 50.0, was_reset=True)
    assert (nowhere.jump_ticks, nowhere.is_proved) == (1, True)


@pytest.mark.parametrize(
    ("before", "now"),
    [
        ((2940.0, 0.98), (None, 0.981)),
        ((2940.0, 0.98), (2943.0, None)),
        ((None, 0.98), (2943.0, 0.981)),
        ((2940.0, None), (2943.0, 0.981)),
    ],
)
def test_where_one_of_the_two_is_not_told_nobody_says_how_far_the_car_has_come(
    before: tuple[float | None, float | None], now: tuple[float | None, float | None]
) -> None:
    position = Position(dist_m=before[0], pct=before[1], length_m=TRACK_M)
    assert position.advance(at(0.0, 50.0, lap_dist=now[0], lap_dist_pct=now[1]), 0.0625) == (False, False)
    assert (position.dist_m, position.pct) == now


def test_over_the_line_a_car_may_be_as_far_as_its_speed_the_slack_and_the_angle_allow() -> None:
    assert moved(2980.0, 145.0, 0.5, 20.0, 20.0, length_m=TRACK_M) == (False, True)
    assert moved(2980.0, 145.5, 0.5, 20.0, 20.0, length_m=TRACK_M) == (True, True)
