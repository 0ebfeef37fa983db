"""A state that arrives after the seat was taken: what was already made without it is mended, nothing is lost."""

from __future__ import annotations

from dataclasses import replace

from teamtactics.model.events import Event, LapsAmended, Remark, RunEvent, RunEventKind, StintShift
from teamtactics.model.records import Moment, RunState
from teamtactics.race.eyes.continuity import TimeLine
from teamtactics.race.eyes.laps import LapUnderWay
from teamtactics.race.eyes.pitstop import PitVisit
from teamtactics.race.memory import Memory
from teamtactics.race.seat import Seated, TakeOver
from teamtactics.race.takeover import adopt, take_seat


def merge_late(memory: Memory, state: RunState, out: list[Event]) -> None:
    """
    Take in a *state* of before the take-over while the member of this PC drives; append what it changes to *out*.

    The take-over is done once more on paper, with this state; the difference between what that gives and what the real
    one gave is then added to the lap, the visit, the stint, and the laps recorded since.
    """
    take = memory.takeover
    if take is None or not _is_of_before(take, state):
        return
    paper = Memory(
        key=memory.key,
        clock=TimeLine(take.frame.session_time, take.frame.tick),
        names=dict(memory.names),
        seen_since_s=memory.seen_since_s,
        stall_pct=memory.stall_pct,
        witness=replace(memory.witness),
    )
    adopt(paper, state)
    take_seat(paper, take.frame, memory.customer_id, [])
    if paper.takeover is None:
        return
    after = paper.takeover.seated
    shift = _shift(take, after)
    record = None
    if not take.is_lap_lost:
        lap = _lap_taken_over(memory, take)
        if lap is not None:
            _merge_lap(lap, take.seated.lap, after.lap)
    _merge_visit(memory, take, after.visit)
    _renumber(memory, take, shift)
    memory.stint.has_been_on_track = memory.stint.has_been_on_track or after.stint.has_been_on_track
    if take.finished is not None:
        record = take.finished.record(take.official_s)
    take.base_s = state.session_time_s
    take.seated = after
    at_s = memory.driven_s if memory.driven_s is not None else take.frame.session_time
    out.append(Remark(f"what {state.driver or state.customer_id or 'a team-mate'} told before the change came late"))
    if shift.changes_something or record is not None:
        out.append(LapsAmended(shift, record, at_s))
    at = Moment(at_s, memory.driven_of_day_s)
    out.append(RunEvent(RunEventKind.STATE_DUE, at, memory.run_state(at_s, None)))


def _is_of_before(take: TakeOver, state: RunState) -> bool:
    is_newer = take.base_s is None or state.session_time_s > take.base_s
    # Not of the take-over itself: that is our own first word, which comes back to whoever watches.
    return is_newer and state.session_time_s < take.frame.session_time


def _lap_taken_over(memory: Memory, take: TakeOver) -> LapUnderWay | None:
    """Return the lap in which the seat was taken, wherever it is by now; None when it cannot be told."""
    before = take.frame.lap_completed
    if before is None:
        return None
    if memory.counter.value == before:
        return memory.closing if memory.closing is not None else memory.lap
    if memory.pending is not None and memory.pending.lap_completed == before + 1:
        return memory.pending.lap
    return None if take.finished is None else take.finished.lap


def _merge_lap(lap: LapUnderWay, was: LapUnderWay, true: LapUnderWay) -> None:
    """Put what is *true* of the lap at the take-over in the place of what was thought then (*was*)."""
    lap.start_s, lap.fuel_at_start_l = true.start_s, true.fuel_at_start_l
    lap.fuel_added_l += true.fuel_added_l - was.fuel_added_l
    lap.has_unknown_stop = true.has_unknown_stop
    lap.gap_s += true.gap_s - was.gap_s
    lap.tow_s = max(lap.tow_s, true.tow_s)
    lap.repair_s = max(lap.repair_s, true.repair_s)
    lap.optional_repair_s = max(lap.optional_repair_s, true.optional_repair_s)
    lap.pit_enter = true.pit_enter or lap.pit_enter
    lap.stop_moving = true.stop_moving or lap.stop_moving
    lap.start_moving = lap.start_moving or true.start_moving
    lap.pit_exit = lap.pit_exit or true.pit_exit
    if true.pit_sv_flags is not None:
        lap.pit_sv_flags = true.pit_sv_flags


def _merge_visit(memory: Memory, take: TakeOver, true: PitVisit | None) -> None:
    visit = memory.pits.visit
    if visit is None or true is None or take.exit_s is not None or take.seated.visit is None:
        return
    visit.cause = true.cause
    visit.stood_in_stall = visit.stood_in_stall or true.stood_in_stall
    visit.was_served = visit.was_served or true.was_served
    visit.has_driven = visit.has_driven or true.has_driven
    if true.request is not None:
        visit.request, visit.is_request_final = true.request, true.is_request_final


def _shift(take: TakeOver, after: Seated) -> StintShift:
    """Compare the stint count since the take-over with what it must be, *after* being the seat as it really was."""
    was, true = take.seated.stint, after.stint
    stints, laps = true.number - was.number, true.laps - was.laps
    exit_stints = exit_laps = 0
    if take.exit_s is not None:
        was_counted = take.exit_stint > was.number
        ends = take.exit_ends_stint or (after.visit is not None and after.visit.ends_stint)
        is_counted = ends and true.has_been_on_track
        exit_stints = true.number + is_counted - take.exit_stint
        laps_then = take.exit_laps + laps
        exit_laps = {
            (True, True): 0,
            (False, False): laps,
            (False, True): -take.exit_laps,
            (True, False): laps_then,
        }[was_counted, is_counted]
    return StintShift(
        since_s=take.frame.session_time,
        exit_s=take.exit_s,
        stints=stints,
        laps=laps,
        exit_stints=exit_stints,
        exit_laps=exit_laps,
        from_stint=was.number,
        exit_stint=take.exit_stint,
    )


def _renumber(memory: Memory, take: TakeOver, shift: StintShift) -> None:
    stint = memory.stint
    stint.number, stint.laps = shift.apply(stint.number, stint.laps, memory.clock.time_s)
    own = [memory.pending, take.finished, *(waiting.lap for waiting in memory.waiting if waiting.is_own)]
    for lap in own:
        if lap is not None and lap.stint is not None and lap.stint_lap is not None:
            lap.stint, lap.stint_lap = shift.apply(lap.stint, lap.stint_lap, lap.line.time_s)
    if take.exit_s is not None:
        take.exit_stint += shift.exit_stints
        take.exit_laps += shift.laps
