"""Getting into the car: what of the lap, the pit visit and the stint goes on, and what must be taken anew."""

from __future__ import annotations

from teamtactics.model.events import Event, Remark, RunEvent, RunEventKind
from teamtactics.model.frame import Frame
from teamtactics.race.drive import cross_line, finish_pending
from teamtactics.race.fuel import NOISE_L
from teamtactics.race.laps import LapUnderWay, moment
from teamtactics.race.memory import Memory
from teamtactics.race.pitstop import Cause, is_in_stall

UNSEEN_FILLING_L = 0.3
"""A level that is higher by more than this after a time nobody saw proves a stop."""

REJOIN_SHIFT_S = 1.0
"""SessionTick / 60 − SessionTime stays within 0.02 s in one connection and jumps at a rejoin (field guide 4.6)."""


def take_seat(memory: Memory, frame: Frame, customer_id: int | None, out: list[Event]) -> None:
    """
    The member of this PC drives from *frame* on.

    Args:
        customer_id: Who that is.
    """
    is_known = memory.customer_id is not None or memory.counter.value is not None
    is_change = not is_known or customer_id != memory.customer_id
    memory.customer_id = customer_id
    memory.driver = memory.names.get(str(customer_id))
    offset_s = None if frame.session_tick is None else frame.session_tick / 60.0 - frame.session_time
    has_rejoined = (
        memory.tick_offset_s is not None
        and offset_s is not None
        and abs(offset_s - memory.tick_offset_s) > REJOIN_SHIFT_S
    )
    memory.tick_offset_s = offset_s
    if is_known:
        _go_on(memory, frame, has_rejoined, out)
    else:
        _begin(memory, frame)
    memory.unseen_s = 0.0
    memory.driven_s, memory.driven_of_day_s = frame.session_time, frame.session_time_of_day
    if is_change:
        out.append(RunEvent(RunEventKind.DRIVER, moment(frame), memory.run_state(frame.session_time, frame)))
    elif memory.state_s is None:
        memory.state_s = frame.session_time


def _begin(memory: Memory, frame: Frame) -> None:
    memory.counter.value = frame.lap_completed
    memory.fuel.level_l = frame.fuel_level
    if _is_in_pits(frame):
        memory.pits.place(Cause.PLACED, frame)
    else:
        memory.stint.has_been_on_track = True


def _is_in_pits(frame: Frame) -> bool:
    return bool(frame.on_pit_road) or bool(is_in_stall(frame))


def _go_on(memory: Memory, frame: Frame, has_rejoined: bool, out: list[Event]) -> None:
    level, before = frame.fuel_level, memory.fuel.level_l
    memory.fuel.forget()
    memory.fuel.level_l = level
    rise = 0.0 if level is None or before is None else level - before
    was_unseen = memory.unseen_s > 0.0
    same_place = _go_on_in_pits(memory, frame, rise, was_unseen, has_rejoined)
    if not same_place:
        memory.lap.lose_start()
    elif rise > NOISE_L and (memory.pits.visit is not None or (was_unseen and rise > UNSEEN_FILLING_L)):
        memory.lap.fuel_added_l += rise
    memory.lap.gap_s += memory.unseen_s
    _go_on_with_lap(memory, frame, was_unseen, out)


def _go_on_in_pits(memory: Memory, frame: Frame, rise: float, was_unseen: bool, has_rejoined: bool) -> bool:
    """Carry the pit visit over; return whether the car can have got here from where it was left."""
    pits, stint = memory.pits, memory.stint
    visit = pits.visit
    in_pits = _is_in_pits(frame)
    if visit is not None:
        visit.was_served = visit.was_served or rise > NOISE_L
        if in_pits:
            pits.is_on = bool(frame.on_pit_road)
            visit.stood_in_stall = visit.stood_in_stall or bool(is_in_stall(frame))
            return True
        # The exit was seen by nobody: its moment stays unknown, the stint it began does not.
        pits.visit, pits.is_on = None, False
        stint.leave_pits(visit.ends_stint or rise > UNSEEN_FILLING_L)
        return True
    if not in_pits:
        pits.is_on = False
        if was_unseen and rise > UNSEEN_FILLING_L:
            stint.leave_pits(True)
        return True
    if has_rejoined:
        placed = pits.place(Cause.REJOINED, frame)
        placed.was_served = rise > UNSEEN_FILLING_L
        return True
    if was_unseen:
        pits.place(Cause.UNSEEN, frame)
        return True
    pits.place(Cause.RESET, frame)
    return False


def _go_on_with_lap(memory: Memory, frame: Frame, was_unseen: bool, out: list[Event]) -> None:
    counter = memory.counter
    now, known = frame.lap_completed, counter.value
    if now is None or known is None or now == known:
        counter.value = known if now is None else now
        return
    if was_unseen and now == known + 1 and known >= 0:
        memory.closing = memory.closing_line = None
        cross_line(memory, frame, out, was_seen=False)
        out.append(Remark(f"lap {now} was completed while nothing was seen: its fuel and time are unknown"))
        return
    finish_pending(memory, frame, out)
    counter.value, counter.crossing_s = now, None
    memory.closing = memory.closing_line = None
    gap_s = memory.lap.gap_s
    memory.lap = LapUnderWay(gap_s=gap_s if was_unseen else 0.0)
    memory.last_lap_time_s = None
    if now > known + 1 or known < 0:
        out.append(Remark(f"laps {known + 1} to {now} were completed while nobody here drove"))
