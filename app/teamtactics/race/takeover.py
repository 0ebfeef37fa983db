"""Getting into the car: what of the lap, the pit visit and the stint goes on, and what must be taken anew."""

from __future__ import annotations

from dataclasses import replace

from teamtactics.model.events import Event, Remark, RunEvent, RunEventKind
from teamtactics.model.frame import Frame
from teamtactics.model.records import RunState
from teamtactics.race.eyes.drive import cross_line, finish_pending
from teamtactics.race.eyes.fuel import NOISE_L
from teamtactics.race.eyes.laps import LapUnderWay, moment
from teamtactics.race.eyes.pitstop import MOVING_M_S, STANDING_M_S, Cause, PitRoad, PitVisit, is_in_stall
from teamtactics.race.eyes.waiting import told
from teamtactics.race.eyes.witness import replay_facts
from teamtactics.race.memory import Memory
from teamtactics.race.seat import Seated, TakeOver
from teamtactics.race.stints import StintCount

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
    visit = memory.pits.visit
    before = memory.customer_id if memory.witness.driver is None else memory.witness.driver
    is_change = not is_known or customer_id != before
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
    memory.takeover = TakeOver(frame, memory.driven_s, _seated(memory))
    # May be the only sight of this stop, or of its end: it must outlive the next crash.
    is_news = memory.pits.visit is not visit or (memory.unseen_s > 0.0 and visit is not None)
    memory.unseen_s = 0.0
    memory.driven_s, memory.driven_of_day_s = frame.session_time, frame.session_time_of_day
    if is_change or is_news:
        kind = RunEventKind.DRIVER if is_change else RunEventKind.STATE_DUE
        out.append(RunEvent(kind, moment(frame), memory.run_state(frame.session_time, frame)))
    elif memory.state_s is None:
        memory.state_s = frame.session_time


def _seated(memory: Memory) -> Seated:
    visit = memory.pits.visit
    return Seated(replace(memory.lap), replace(memory.stint), None if visit is None else replace(visit))


def adopt(memory: Memory, state: RunState) -> None:
    """
    Take over all that *state* tells; the member of this PC does not drive.

    What was seen from outside since then counts on top of it.
    """
    tally = state.tally
    memory.driven_s = state.session_time_s
    memory.customer_id, memory.driver = state.customer_id, state.driver
    if state.customer_id is not None and state.driver is not None:
        memory.names[str(state.customer_id)] = state.driver
    memory.counter.value = state.lap_completed
    memory.counter.crossing_s = state.lap_start_s
    memory.last_lap_time_s = state.lap_last_lap_time_s
    memory.closing = memory.closing_line = None
    memory.lap = LapUnderWay(
        start_s=state.lap_start_s,
        fuel_at_start_l=state.fuel_at_lap_start_l,
        fuel_added_l=tally.fuel_added_l or 0.0,
        has_unknown_stop=tally.fuel_added_l is None,
        tow_s=tally.tow_s or 0.0,
        repair_s=tally.repair_s or 0.0,
        optional_repair_s=tally.optional_repair_s or 0.0,
        pit_enter=tally.pit_enter,
        stop_moving=tally.stop_moving,
        start_moving=tally.start_moving,
        pit_exit=tally.pit_exit,
        pit_sv_flags=tally.pit_sv_flags,
    )
    memory.fuel.forget()
    memory.fuel.level_l = state.fuel_level_l
    came_off_track = tally.pit_enter is not None or tally.pit_exit is not None
    memory.stint = StintCount(
        state.stint, state.stint_lap, state.stint > 1 or state.stint_lap > 0 or came_off_track or not state.on_pit_road
    )
    memory.pits = PitRoad(is_on=state.on_pit_road, visit=_visit(state))
    memory.unseen_s = max(0.0, (memory.seen_since_s or 0.0) - state.session_time_s)
    memory.tick_offset_s = None
    memory.witness.driver = None
    told(memory, state.lap_completed, state.lap_start_s is not None)
    replay_facts(memory, state.session_time_s)


def _visit(state: RunState) -> PitVisit | None:
    """Tell the visit under way from what the state says of it."""
    tally = state.tally
    if not state.on_pit_road:
        # Whoever gets in finds the car in its stall: brought there by the tow, whatever else this lap has seen.
        return PitVisit(Cause.TOW) if tally.tow_s else None
    start_s = -1.0 if tally.start_moving is None else tally.start_moving.session_time_s
    has_stopped = tally.stop_moving is not None
    is_standing = tally.stop_moving is not None and tally.stop_moving.session_time_s > start_s
    entered = Cause.ENTRY if tally.pit_enter is not None else Cause.UNSEEN
    cause = Cause.TOW if tally.tow_s else entered
    return PitVisit(
        cause,
        # The stall cannot be told from the state; a driver who stops and hands over does it there.
        stood_in_stall=has_stopped,
        is_standing=is_standing,
        has_driven=True,
        request=tally.pit_sv_flags,
        is_request_final=has_stopped,
    )


def _begin(memory: Memory, frame: Frame) -> None:
    memory.counter.value = frame.lap_completed
    memory.fuel.level_l = frame.fuel_level
    if _is_in_pits(frame):
        memory.pits.place(Cause.PLACED, frame)
        # In mid-race this is a stop that nobody here saw begin, and the exit after it begins a stint. A car that stands
        # may also have been in its garage since its driver came, as in practice.
        is_moving = frame.speed is not None and frame.speed > MOVING_M_S
        is_stop = (frame.lap_completed or 0) >= 1 and (memory.key.team_id != 0 or is_moving)
        memory.lap.has_unknown_stop = memory.stint.has_been_on_track = is_stop
    else:
        memory.stint.has_been_on_track = True
        memory.pits.find_on_track(frame)


def _is_in_pits(frame: Frame) -> bool:
    return bool(frame.on_pit_road) or bool(is_in_stall(frame))


def _go_on(memory: Memory, frame: Frame, has_rejoined: bool, out: list[Event]) -> None:
    level, before = frame.fuel_level, memory.fuel.level_l
    memory.fuel.forget()
    memory.fuel.level_l = level
    rise = None if level is None or before is None else level - before
    was_unseen = memory.unseen_s > 0.0
    had_unknown_stop, pending = memory.lap.has_unknown_stop, memory.pending
    has_been_round = was_unseen and _has_been_round(memory, frame)
    before_exit = was_unseen and _crossed_in_pit_lane(memory, frame, has_been_round)
    if before_exit and frame.lap_completed == (memory.counter.value or 0) + 1:
        _go_on_with_lap(memory, frame, was_unseen, out)
    visit, known, stint = memory.pits.visit, memory.counter.value, memory.stint.number
    if has_been_round and visit is not None:
        # What it is in now is another visit than the one it was left in.
        memory.stint.leave_pits(visit.ends_stint)
        memory.pits.visit = None
    if not _go_on_in_pits(memory, frame, rise, was_unseen, has_rejoined):
        memory.lap.lose_start()
    memory.lap.gap_s += memory.unseen_s
    has_unknown_stop = memory.lap.has_unknown_stop and (memory.pits.visit is not None or not had_unknown_stop)
    _go_on_with_lap(memory, frame, was_unseen, out)
    if has_unknown_stop:
        # A line may lie in between: on which side of it the car was served, nobody knows.
        memory.lap.has_unknown_stop = True
        if memory.pending is not None and memory.pending is not pending:
            memory.pending.lap.has_unknown_stop = True
    is_same_stint = memory.stint.number == stint
    if is_same_stint or visit is not None:
        _count_absent(memory, known, one_before_exit=before_exit and not is_same_stint)


def _count_absent(memory: Memory, known: int | None, one_before_exit: bool) -> None:
    """Let laps that were completed while nobody looked count in the stint; when a stop was made, nobody knows which."""
    now = memory.counter.value
    if known is not None and now is not None and now > known + 1 and known >= 0:
        memory.stint.laps += now - known - one_before_exit


def _has_been_round(memory: Memory, frame: Frame) -> bool:
    """
    Tell whether a car that was left in the pits and is found there has driven at least a lap in between.

    One line may lie on the way to the stall, or between stall and exit; for a second one it takes a whole lap.
    """
    visit, known, now = memory.pits.visit, memory.counter.value, frame.lap_completed
    if visit is None or known is None or now is None or not _is_in_pits(frame):
        return False
    unseen = now - known
    crossed = unseen + visit.has_crossed_line
    if crossed == 1:
        is_behind_stall = _is_stall_before_line(memory) or (visit.stood_in_stall and unseen == 1)
        return bool(is_in_stall(frame)) and is_behind_stall
    return crossed > 1


def _is_stall_before_line(memory: Memory) -> bool:
    return memory.stall_pct is not None and memory.stall_pct > 0.5


def _crossed_in_pit_lane(memory: Memory, frame: Frame, has_been_round: bool) -> bool:
    """
    Tell whether the first line that was crossed unseen lies before the exit that nobody saw either.

    Not when the car was seen to cross the line of this visit: it comes to the next after a lap. A stall in the
    second half of the lap lies before the line, and a pit lane that begins there ends behind it: the lap belongs to
    the stint that the exit ended. Of the few that end before the line nothing tells us.
    """
    visit = memory.pits.visit
    is_gone = visit is not None and not visit.has_crossed_line and (has_been_round or not _is_in_pits(frame))
    known, now = memory.counter.value, frame.lap_completed
    return is_gone and _is_stall_before_line(memory) and known is not None and now is not None and now > known


def _go_on_in_pits(memory: Memory, frame: Frame, rise_l: float | None, was_unseen: bool, has_rejoined: bool) -> bool:
    """Carry the pit visit over; return whether the car can have got here from where it was left."""
    pits = memory.pits
    visit = pits.visit
    has_risen = rise_l is not None and rise_l > UNSEEN_FILLING_L
    if not _is_in_pits(frame):
        pits.visit, pits.is_on = None, False
        if was_unseen:
            pits.find_on_track(frame)
        if visit is not None:
            # The exit was seen by nobody: its moment stays unknown, the stint it began does not.
            memory.stint.leave_pits(visit.ends_stint or has_risen)
            memory.lap.has_unknown_stop = memory.lap.has_unknown_stop or visit.ends_stint or has_risen
        elif was_unseen and has_risen:
            memory.stint.leave_pits(True)
            memory.lap.has_unknown_stop = True
        return True
    if visit is not None:
        _go_on_with_visit(memory, frame, visit, rise_l)
        return True
    if has_rejoined:
        pits.place(Cause.REJOINED, frame).was_served = has_risen
        memory.lap.has_unknown_stop = memory.lap.has_unknown_stop or has_risen
        return True
    if was_unseen:
        # A car that moves was driven here: its stop is still to come, before our eyes, or the tank tells that it was.
        visit = pits.place(Cause.UNSEEN, frame)
        visit.has_driven = frame.speed is not None and frame.speed > MOVING_M_S
        visit.stood_in_stall, visit.was_served = visit.stood_in_stall or has_risen, has_risen
        memory.lap.has_unknown_stop = True
        return True
    pits.place(Cause.RESET, frame)
    return False


def _go_on_with_visit(memory: Memory, frame: Frame, visit: PitVisit, rise_l: float | None) -> None:
    """The car is in the pits as it was when it was left."""
    lap = memory.lap
    memory.pits.is_on = bool(frame.on_pit_road)
    visit.stood_in_stall = visit.stood_in_stall or bool(is_in_stall(frame)) or (rise_l or 0.0) > UNSEEN_FILLING_L
    has_moved_off = frame.speed is not None and frame.speed >= STANDING_M_S
    if not (visit.is_standing or visit.cause is Cause.TOW) or has_moved_off or rise_l is None:
        # The level is the one of before the stop, or of behind it: what was burned on the way is not known.
        lap.has_unknown_stop = True
    elif rise_l > NOISE_L:
        lap.fuel_added_l += rise_l
    visit.was_served = visit.was_served or (rise_l is not None and rise_l > NOISE_L)
    if frame.speed is not None and frame.speed < STANDING_M_S:
        # It stopped before the seat was taken: when, only somebody else can tell.
        visit.is_standing = True
        visit.last_slow_s, visit.last_slow_of_day_s = frame.session_time, frame.session_time_of_day
    elif visit.is_standing and has_moved_off:
        # Before anybody looked: when, nobody can tell.
        visit.is_standing, visit.slow_since, visit.has_driven = False, None, True
        visit.is_request_final = True


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
