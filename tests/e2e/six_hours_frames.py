"""What the simulators of the six-hour race's two members show: the driver's and the watcher's (SIMULATOR#views)."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from typing import NamedTuple

from e2e.captures import text_of
from e2e.six_hours import (
    ASKED,
    BEN,
    COARSE_TICKS,
    FULL_L,
    NEAR_S,
    PICTURE_LATE_S,
    ROLF,
    STALL_M,
    TIME_LATE_S,
    TRACK_M,
    SixHours,
    Visit,
)
from teamtactics.model.events import Event, SessionBegan
from teamtactics.model.frame import NOT_IN_WORLD, Frame
from teamtactics.model.session import SessionEntry
from teamtactics.race.tracker import Tracker

Hole = tuple[float, float]

HZ = 60
AT_REST_M_S = 0.02
"""A car that stands is never quite still (8.1)."""


class Outline(NamedTuple):
    """What everybody sees of the car, sooner or later."""

    lap: int
    completed: int
    official_s: float
    on_road: bool
    surface: int
    shown_s: float
    clock_s: float


def frames(
    race: SixHours,
    member: int,
    from_s: float | None = None,
    until_s: float | None = None,
    late_s: float = PICTURE_LATE_S,
) -> Iterator[Frame]:
    """
    Show the race to *member*, every tick where something happens and every fifth elsewhere.

    Args:
        late_s: How old the picture is of a car that somebody else drives.
    """
    tick = round((race.begin_s if from_s is None else from_s) * HZ)
    last = int((race.end_s if until_s is None else until_s) * HZ)
    while tick <= last:
        at_s = tick / HZ
        if race.driver(at_s) == member:
            frame = _driver_frame(race, tick, at_s)
            yield frame if race.driver(at_s - 1 / HZ) == member else _rubbish(frame)
        else:
            yield _watcher_frame(race, member, tick, late_s)
        at = bisect_left(race.moments, at_s)
        is_near = any(abs(each - at_s) < NEAR_S for each in race.moments[max(0, at - 1) : at + 1])
        tick += 1 if is_near else COARSE_TICKS


def follow(race: SixHours, member: int, shown: Iterable[Frame], without: Sequence[Hole] = ()) -> list[Event]:
    """
    Let the client of *member* follow what it is *shown*, with the session text of each moment.

    Args:
        without: From when until when no tick was seen.
    """
    tracker, events = Tracker(state_interval_s=1e9), list[Event]()
    session = (SessionEntry(2, "Race", None, 21_600.0),)
    texts = {who: text_of("roadamerica", "919", member, 77, who, STALL_M / TRACK_M) for who in (ROLF, BEN)}
    texts = {who: replace(text, sessions=session) for who, text in texts.items()}
    for frame in shown:
        now_s = frame.session_time
        if any(from_s < now_s < until_s for from_s, until_s in without):
            continue
        found = tracker.advance(frame, texts[race.named(now_s)])
        if found and isinstance(found[-1], SessionBegan):
            tracker.begin()
            found = tracker.advance(frame, texts[race.named(now_s)])
        events += found
    return events


def _visit(race: SixHours, at_s: float) -> Visit | None:
    at = bisect_right(race.enters, at_s) - 1
    return race.visits[at] if at >= 0 and at_s < race.visits[at].exit_s else None


def _outline(race: SixHours, at_s: float) -> Outline:
    completed = bisect_right(race.line_s, at_s) - 1
    line_s = race.line_s[completed] if completed >= 0 else race.begin_s
    is_shown = at_s >= line_s + TIME_LATE_S
    shown = completed if is_shown else completed - 1
    clock_s = at_s - (line_s if is_shown or completed < 1 else race.line_s[completed - 1])
    visit = _visit(race, at_s)
    is_away = race.driver(at_s) is None
    return Outline(
        -1 if is_away else completed + 1,
        -1 if is_away else completed,
        race.official(shown) if shown > 0 else 0.0,
        visit is not None and visit.on_s <= at_s < visit.off_s and not is_away,
        NOT_IN_WORLD if is_away else race.surface(at_s),
        race.official(shown) if shown > 0 else -1.0,
        clock_s,
    )


def _driver_frame(race: SixHours, tick: int, at_s: float) -> Frame:
    seen, visit = _outline(race, at_s), _visit(race, at_s)
    level = race.level(at_s)
    distance, speed = race.way(at_s)
    distance -= seen.completed * TRACK_M
    stands = visit is not None and visit.stop_s <= at_s < visit.start_s
    repair_s, optional_s = (0.0, 0.0) if visit is None else visit.left(at_s)
    asks_s = bisect_right(race.exits, at_s)
    asked = race.visits[asks_s].asked if asks_s < len(race.visits) else ASKED
    return Frame(
        tick=tick,
        session_time=at_s,
        session_num=2,
        session_unique_id=3,
        session_state=4,
        session_flags=race.flags(at_s),
        session_time_of_day=float(int(50_000 + at_s)),
        session_tick=tick,
        is_on_track=True,
        is_on_track_car=True,
        is_in_garage=False,
        lap=seen.lap,
        lap_completed=seen.completed,
        lap_dist=distance,
        lap_dist_pct=distance / TRACK_M,
        lap_last_lap_time=seen.official_s,
        lap_current_lap_time=seen.clock_s,
        fuel_level=level,
        on_pit_road=seen.on_road,
        player_track_surface=seen.surface,
        player_car_in_pit_stall=stands,
        pitstop_active=visit is not None and visit.stop_s - 0.34 <= at_s < visit.start_s - 0.15,
        pit_sv_flags=asked if visit is None else visit.flags(at_s, level > FULL_L - 0.05),
        player_car_tow_time=0.0,
        pit_repair_left=repair_s,
        pit_opt_repair_left=optional_s,
        speed=AT_REST_M_S if stands else speed,
        track_temp=race.temp(at_s),
        car_lap=seen.lap,
        car_lap_completed=seen.completed,
        car_last_lap_time=seen.shown_s,
        car_on_pit_road=seen.on_road,
        car_track_surface=seen.surface,
    )


def _rubbish(frame: Frame) -> Frame:
    """The first tick in the car (9.4)."""
    return frame._replace(
        lap=0,
        lap_completed=0,
        lap_dist=0.0,
        lap_dist_pct=0.0,
        on_pit_road=False,
        player_car_in_pit_stall=False,
        speed=0.0,
    )


def _watcher_frame(race: SixHours, member: int, tick: int, late_s: float) -> Frame:
    """The car of a team-mate, late; who has just got out of it sees at once that it is gone."""
    at_s = tick / HZ
    left = [until_s for _, until_s, who in race.seats if who == member and until_s <= at_s]
    has_just_left = bool(left) and at_s - left[-1] < late_s
    seen = _outline(race, at_s if has_just_left else at_s - late_s)
    return Frame(
        tick=tick,
        session_time=at_s,
        session_num=2,
        session_unique_id=3,
        session_state=4,
        session_flags=race.flags(at_s),
        session_time_of_day=float(int(50_000 + at_s)),
        session_tick=tick,
        is_on_track=False,
        is_on_track_car=False,
        is_in_garage=False,
        lap=0,
        lap_completed=0,
        lap_dist=0.0,
        lap_dist_pct=0.0,
        lap_last_lap_time=seen.official_s,
        lap_current_lap_time=seen.clock_s,
        fuel_level=0.0,
        on_pit_road=False,
        player_track_surface=seen.surface,
        player_car_in_pit_stall=bool(left),
        pitstop_active=False,
        pit_sv_flags=0,
        player_car_tow_time=0.0,
        pit_repair_left=0.0,
        pit_opt_repair_left=0.0,
        speed=50.0,
        track_temp=race.temp(at_s),
        car_lap=seen.lap,
        car_lap_completed=seen.completed,
        car_last_lap_time=seen.shown_s,
        car_on_pit_road=seen.on_road,
        car_track_surface=seen.surface,
    )
