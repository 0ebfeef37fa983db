"""Laps that wait: completed, but told only when nobody who knows them better does so in time."""

from __future__ import annotations

from dataclasses import replace

from teamtactics.model.events import Event, LapFilledIn
from teamtactics.model.frame import Frame
from teamtactics.model.records import Moment
from teamtactics.model.session import SessionInfo
from teamtactics.race.eyes.laps import LapUnderWay, Line, PendingLap, marker_runs
from teamtactics.race.eyes.outside import WaitingLap
from teamtactics.race.memory import Memory

TOLD_WITHIN_S = 20.0
"""So long after the line the driver's client may tell a lap before a team-mate's does (data contract)."""

SETTLES_S = 6.0
"""The session text names a new driver up to 5 s after he got in (field guide 11)."""


def told(memory: Memory, lap_completed: int | None, is_line_known: bool) -> None:
    """The driver's client has told of the lap *lap_completed*, and whether somebody saw its line: it has a document."""
    if lap_completed is None or not is_line_known:
        return
    memory.witness.proven_lap = lap_completed
    memory.waiting = tuple(lap for lap in memory.waiting if lap.is_own or lap.lap.lap_completed != lap_completed)


def tell_waiting(memory: Memory, frame: Frame, info: SessionInfo | None, out: list[Event]) -> None:
    """Look after the laps that wait: find their time and driver, and tell those that are due."""
    own = None if info is None else info.own
    for waiting in memory.waiting:
        if not waiting.is_timed:
            waiting.is_timed, waiting.official_s = waiting.lap.official_time(frame)
        if own is not None and frame.session_time < waiting.settles_s:
            waiting.lap.customer_id, waiting.lap.driver = own.user_id, own.user_name
    due = [waiting for waiting in memory.waiting if frame.session_time >= waiting.due_s]
    if due:
        memory.waiting = tuple(waiting for waiting in memory.waiting if waiting not in due)
        out.extend(told_lap(waiting) for waiting in due)


def tell_all(memory: Memory, out: list[Event]) -> None:
    """Tell every lap that waits: the session is over, nobody will tell it better."""
    out.extend(told_lap(waiting) for waiting in memory.waiting)
    memory.waiting = ()


def told_lap(waiting: WaitingLap) -> LapFilledIn:
    """Make of a lap that waited what is known of it; what cannot be seen from outside is None."""
    record = waiting.lap.record(waiting.official_s)
    if not waiting.is_own:
        tally = replace(record.tally, fuel_added_l=None, pit_sv_flags=None)
        record = replace(record, fuel_used_l=None, pit_sv_flags=None, tally=tally)
    return LapFilledIn(record, waiting.is_own)


def waiting_lap(memory: Memory, frame: Frame, info: SessionInfo, laps: int, at: Moment) -> WaitingLap:
    """Make of a lap that was seen to end at *at* one that waits for its driver's client to tell it."""
    knows_stint = memory.customer_id is not None or memory.witness.saw_start
    own = info.own
    # A client that came back just behind the line may have told the count before our picture of the line came: then
    # what is gathered belongs to the next lap already.
    known = memory.counter.value
    ahead = 0 if known is None else max(0, known - laps + 1)
    line = frame._replace(
        session_time=at.session_time_s,
        session_time_of_day=at.time_of_day_s,
        on_pit_road=frame.car_on_pit_road,
        fuel_level=None,
        pit_sv_flags=None,
        player_tire_compound=None,
        in_car=None,
        player_car_tow_time=None,
        pit_repair_left=None,
        pit_opt_repair_left=None,
    )
    pending = PendingLap(
        lap_completed=laps,
        lap=LapUnderWay(has_unknown_stop=True) if ahead else memory.lap,
        line=Line(line, None),
        stint=memory.stint.number if knows_stint else None,
        stint_lap=max(1, memory.stint.laps + 1 - ahead) if knows_stint else None,
        customer_id=None if own is None else own.user_id,
        driver=None if own is None else own.user_name,
        marker_runs=marker_runs(frame),
    )
    now_s = frame.session_time
    return WaitingLap(pending, at.session_time_s + TOLD_WITHIN_S, is_own=False, settles_s=now_s + SETTLES_S)
