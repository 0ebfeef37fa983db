"""One tick in the car: fuel, line, pit road, tow. The part of the race logic that runs sixty times a second."""

from __future__ import annotations

from teamtactics.model.events import Event, LapFinished, LineCrossed, Remark, RunEvent, RunEventKind
from teamtactics.model.frame import IN_PIT_STALL, NOT_IN_WORLD, Frame
from teamtactics.model.records import Moment
from teamtactics.race.eyes.continuity import HOLD_TICKS, SEEN_STEP_S, TICK_S
from teamtactics.race.eyes.laps import LapUnderWay, Line, PendingLap, marker_runs, moment
from teamtactics.race.eyes.outside import WaitingLap
from teamtactics.race.eyes.pitstop import Cause, is_in_stall
from teamtactics.race.memory import Memory

SHORTEST_LAP_S = 5.0
"""
No circuit of the simulator is lapped in less; the lap counter's flicker at older race starts is back after about one
second (field guide 5.2).
"""

FLICKER_S = 10.0
"""Within this time of a step a decrease by one takes the step back (field guide 5.2)."""

COUNTER_LAG_S = 2.0
"""How much later than the wrap of LapDistPct the counter may confirm the line (field guide 5.6)."""

OWN_GAP_S = 40.0
"""
So long an own lap whose line nobody here saw is held back: a team-mate's client that saw it cross tells it 20 s after
the line (data contract) and knows more of it.
"""


def drive(memory: Memory, frame: Frame, dt_s: float, out: list[Event]) -> None:
    """
    Take one tick of a car that the member of this PC drives; append what happened to *out*.

    Args:
        dt_s: Time since the tick before, s; at most the step that counts as a lost connection.
    """
    if dt_s > SEEN_STEP_S:
        memory.lap.gap_s += dt_s - TICK_S
    memory.driven_s = frame.session_time
    memory.driven_of_day_s = frame.session_time_of_day
    if frame.in_car is not memory.in_car.value:
        memory.in_car.see(frame.in_car)
    elif memory.in_car.odd_ticks:
        memory.in_car.odd_ticks = 0
    if frame.player_car_tow_time:
        _tow(memory, frame, out)
    pits = memory.pits
    if frame.player_track_surface == NOT_IN_WORLD:
        pits.lose_sight()
        memory.position.lose_sight()
        return
    was_put, passed_line = memory.position.advance(frame, dt_s)
    if was_put:
        _put(memory, frame, out)
    visit = pits.visit
    speed = frame.speed
    fills = visit is not None and speed is not None and speed < 1.0 and not frame.is_in_garage
    added = memory.fuel.advance(frame.fuel_level, dt_s, fills)
    if added > 0.0:
        memory.lap.fuel_added_l += added
        if visit is not None:
            visit.was_served = True
    if frame.pit_repair_left or frame.pit_opt_repair_left:
        _repair(memory, frame)
    if passed_line and not was_put:
        _begin_closing(memory, frame)
    if frame.lap_completed != memory.counter.value:
        _count(memory, frame, out)
    elif memory.counter.odd_ticks:
        memory.counter.odd_ticks = 0
    if memory.closing_line is not None and frame.session_time - memory.closing_line.time_s > COUNTER_LAG_S:
        _reopen(memory)
    facts = pits.advance(frame, dt_s)
    for kind, at in facts:
        _pit_fact(memory, frame, kind, at, out)
    if pits.visit is None:
        if pits.is_on or (frame.player_track_surface == IN_PIT_STALL and frame.on_pit_road and not pits.may_be_entry):
            _place(memory, frame, out)
    elif pits.visit.is_standing and memory.lap.stop_moving is not None:
        memory.lap.pit_sv_flags = pits.visit.request


def _repair(memory: Memory, frame: Frame) -> None:
    lap = memory.lap
    lap.repair_s = max(lap.repair_s, frame.pit_repair_left or 0.0)
    lap.optional_repair_s = max(lap.optional_repair_s, frame.pit_opt_repair_left or 0.0)
    if memory.pits.visit is not None:
        memory.pits.visit.was_served = True


def _tow(memory: Memory, frame: Frame, out: list[Event]) -> None:
    lap, visit = memory.lap, memory.pits.visit
    lap.tow_s = max(lap.tow_s, frame.player_car_tow_time or 0.0)
    if visit is not None and visit.cause is Cause.TOW:
        return
    memory.pits.place(Cause.TOW, frame)
    out.append(RunEvent(RunEventKind.TOW, moment(frame), memory.run_state(frame.session_time, frame)))


def _put(memory: Memory, frame: Frame, out: list[Event]) -> None:
    """The car is somewhere else than a tick ago: what follows on pit road was not driven."""
    visit = memory.pits.visit
    memory.pits.lose_sight()
    if visit is not None and visit.cause is Cause.TOW:
        return
    # Its tank may be filled as well (reset: field guide 9.3); that is no refuelling.
    memory.fuel.forget()
    if visit is not None and frame.on_pit_road and is_in_stall(frame) is not False:
        _place(memory, frame, out)


def _place(memory: Memory, frame: Frame, out: list[Event]) -> None:
    """Take note that the car is in the pits without having driven there: reset to the pits."""
    memory.pits.place(Cause.RESET, frame)
    memory.lap.lose_start()
    _forget_lap_taken_over(memory)
    memory.closing = memory.closing_line = None
    out.append(RunEvent(RunEventKind.RESET, moment(frame), memory.run_state(frame.session_time, frame)))


def _pit_fact(memory: Memory, frame: Frame, kind: RunEventKind, at: Moment, out: list[Event]) -> None:
    lap = memory.lap_at(at)
    match kind:
        case RunEventKind.PIT_ENTER:
            lap.pit_enter = at
        case RunEventKind.STOP_MOVING:
            lap.stop_moving = lap.stop_moving or at
            if memory.pits.visit is not None:
                # Before the state is made: who takes over from it must know what was requested.
                lap.pit_sv_flags = memory.pits.visit.request
        case RunEventKind.START_MOVING:
            lap.start_moving = at
        case RunEventKind.PIT_EXIT:
            lap.pit_exit = at
            visit = memory.pits.visit
            stint_laps = memory.stint.laps
            memory.stint.leave_pits(visit is not None and visit.ends_stint)
            memory.pits.visit = None
            if visit is not None and memory.takeover is not None:
                memory.takeover.leave_pits(visit, at.session_time_s, stint_laps, memory.stint.number)
        case _:
            raise AssertionError(f"not a fact of pit road: {kind}")
    out.append(RunEvent(kind, at, memory.run_state(frame.session_time, frame)))


def _forget_lap_taken_over(memory: Memory) -> None:
    if memory.takeover is not None:
        memory.takeover.is_lap_lost = True


def _begin_closing(memory: Memory, frame: Frame) -> None:
    memory.closing = memory.lap
    memory.closing_line = Line(frame, memory.fuel.level_l)
    memory.lap = LapUnderWay(start_s=frame.session_time, fuel_at_start_l=memory.fuel.level_l)


def _reopen(memory: Memory) -> None:
    """Undo a line crossing that the lap counter did not confirm."""
    if memory.closing is not None:
        memory.closing.absorb(memory.lap)
        memory.lap = memory.closing
    memory.closing = memory.closing_line = None


def _count(memory: Memory, frame: Frame, out: list[Event]) -> None:
    counter = memory.counter
    now, known = frame.lap_completed, counter.value
    if now is None:
        return
    if known is None:
        counter.value = now
        return
    recent = counter.crossing_s is not None and frame.session_time - counter.crossing_s < SHORTEST_LAP_S
    if now == known + 1 and not recent:
        counter.odd_ticks = 0
        cross_line(memory, frame, out)
        return
    counter.odd_ticks = counter.odd_ticks + 1 if now == counter.odd_value else 1
    counter.odd_value = now
    if counter.odd_ticks < HOLD_TICKS or now == known + 1:
        return
    counter.odd_ticks = 0
    if now == known - 1 and _take_back(memory, frame):
        return
    counter.value = now
    _reopen(memory)
    memory.lap.lose_start()
    _forget_lap_taken_over(memory)
    out.append(Remark(f"laps completed went from {known} to {now} without a line crossing: the lap starts unknown"))


def _take_back(memory: Memory, frame: Frame) -> bool:
    counter, pending = memory.counter, memory.pending
    if pending is None or counter.crossing_s is None or frame.session_time - counter.crossing_s > FLICKER_S:
        return False
    counter.value = pending.lap_completed - 1
    counter.crossing_s = None
    pending.lap.absorb(memory.lap)
    memory.lap = pending.lap
    memory.stint.laps -= 1
    memory.pending = None
    if memory.pits.visit is not None:
        memory.pits.visit.has_crossed_line = False
    return True


def cross_line(memory: Memory, frame: Frame, out: list[Event], was_seen: bool = True) -> None:
    """
    Complete the lap under way: freeze it at the line and begin the next.

    Args:
        was_seen: False when the crossing fell into a gap that ends with *frame*.
    """
    counter = memory.counter
    completed = 0 if counter.value is None else counter.value + 1
    line = memory.closing_line
    if memory.closing is not None and line is not None:
        lap = memory.closing
    else:
        line = Line(frame, memory.fuel.level_l, was_seen)
        lap = memory.lap
        memory.lap = LapUnderWay(frame.session_time, memory.fuel.level_l) if was_seen else LapUnderWay()
    memory.closing = memory.closing_line = None
    finish_pending(memory, frame, out)
    counter.value, counter.crossing_s = completed, line.time_s if was_seen else None
    memory.last_lap_time_s = None
    if memory.pits.visit is not None:
        memory.pits.visit.has_crossed_line = True
    out.append(LineCrossed(completed, line.time_s))
    if completed < 1:
        # −1 → 0: the formation or out lap ends, no lap is completed (data contract).
        return
    memory.stint.laps += 1
    memory.pending = PendingLap(
        lap_completed=completed,
        lap=lap,
        line=line,
        stint=memory.stint.number,
        stint_lap=memory.stint.laps,
        customer_id=memory.customer_id,
        driver=memory.driver,
        marker_runs=marker_runs(line.frame),
    )
    await_lap_time(memory, frame, out)


def await_lap_time(memory: Memory, frame: Frame, out: list[Event]) -> None:
    """Finish the pending lap if *frame* has its time, or if it has waited long enough."""
    pending = memory.pending
    if pending is None:
        return
    is_over, official_s = pending.official_time(frame)
    if is_over:
        _finish(memory, frame, official_s, out)


def finish_pending(memory: Memory, frame: Frame | None, out: list[Event]) -> None:
    """End the waiting of the pending lap: take its time if *frame* shows one by now, else it has none."""
    pending = memory.pending
    if pending is None:
        return
    official_s = pending.official_time(frame)[1] if frame is not None else None
    _finish(memory, frame, official_s, out)


def _finish(memory: Memory, frame: Frame | None, official_s: float | None, out: list[Event]) -> None:
    pending = memory.pending
    if pending is None:
        return
    memory.pending = None
    memory.last_lap_time_s = official_s
    state = memory.run_state(memory.driven_s if memory.driven_s is not None else pending.line.time_s, frame)
    if not pending.line.was_seen:
        # Whoever saw it cross the line tells it better, and first.
        due_s = pending.line.time_s + OWN_GAP_S
        memory.waiting = (
            *memory.waiting,
            WaitingLap(pending, due_s, is_own=True, official_s=official_s, is_timed=True),
        )
        out.append(RunEvent(RunEventKind.STATE_DUE, Moment(state.session_time_s, memory.driven_of_day_s), state))
        return
    if memory.takeover is not None:
        memory.takeover.finish_lap(pending, official_s)
    out.append(LapFinished(pending.record(official_s), state))
