"""One tick in the car: fuel, line, pit road, tow. The part of the race logic that runs sixty times a second."""

from __future__ import annotations

from dataclasses import replace

from teamtactics.model.events import LineCrossed, Remark, RunEventKind
from teamtactics.model.facts import Filling, LineSeen, MomentKind, Request, Vantage
from teamtactics.model.frame import IN_PIT_STALL, NOT_IN_WORLD, Frame
from teamtactics.model.records import Moment
from teamtactics.race.eyes.continuity import HOLD_TICKS, SEEN_STEP_S, TICK_S, moment
from teamtactics.race.eyes.laps import PendingLap, marker_runs
from teamtactics.race.eyes.notes import Happened, LapOver, Noticed
from teamtactics.race.eyes.pitstop import PitVisit, is_in_stall
from teamtactics.race.eyes.sights import part
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

RUN_KINDS = {
    MomentKind.ENTER: RunEventKind.PIT_ENTER,
    MomentKind.STOP: RunEventKind.STOP_MOVING,
    MomentKind.START: RunEventKind.START_MOVING,
    MomentKind.EXIT: RunEventKind.PIT_EXIT,
}


def drive(memory: Memory, frame: Frame, dt_s: float, out: list[Noticed]) -> None:
    """
    Take one tick of a car that the member of this PC drives; append what happened to *out*.

    Args:
        dt_s: Time since the tick before, s; at most the step that counts as a lost connection.
    """
    sight = memory.under_way.sight
    assert sight is not None, "whoever drives sees the car"
    if dt_s > SEEN_STEP_S:
        sight.unseen_s += dt_s - TICK_S
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
    level_l = memory.fuel.level_l
    added_l = memory.fuel.advance(frame.fuel_level, dt_s, fills)
    if added_l > 0.0:
        _fill(memory, frame, level_l, added_l)
    elif memory.fuel.was_set:
        # A reset while the car stands in its stall.
        memory.fuel.was_set = False
        _place(memory, frame, out)
    elif memory.filling is not None and not fills:
        memory.filling = None
    if sight.fuel_first_l is None:
        sight.fuel_first_l = memory.fuel.level_l
    if frame.in_car is not memory.in_car.value:
        memory.in_car.see(frame.in_car)
    elif memory.in_car.odd_ticks:
        memory.in_car.odd_ticks = 0
    if frame.pit_repair_left or frame.pit_opt_repair_left:
        _repair(memory, frame)
    memory.last = frame
    if passed_line and not was_put:
        _begin_closing(memory, frame)
    if frame.lap_completed != memory.counter.value:
        _count(memory, frame, out)
    elif memory.counter.odd_ticks:
        memory.counter.odd_ticks = 0
    if memory.closing_line is not None and frame.session_time - memory.closing_line.session_time > COUNTER_LAG_S:
        reopen(memory)
    for kind, at in pits.advance(frame, dt_s):
        _pit_fact(memory, kind, at, out)
    visit = pits.visit
    if visit is not None:
        tell_visit(memory, frame, visit)
    elif pits.is_on or (frame.player_track_surface == IN_PIT_STALL and frame.on_pit_road and not pits.may_be_entry):
        _place(memory, frame, out)


def _fill(memory: Memory, frame: Frame, before_l: float | None, added_l: float) -> None:
    """Litres have come in since the tick before, in which the level was *before_l*."""
    last, level_l, filling = memory.last, memory.fuel.level_l, memory.filling
    if last is None or before_l is None or level_l is None:
        return
    if filling is None:
        filling = Filling(last.session_time, frame.session_time, before_l, level_l, added_l)
    else:
        added_l += filling.added_l
        filling = replace(filling, until_s=frame.session_time, until_l=level_l, added_l=added_l)
    memory.filling = filling
    memory.under_way.fill(filling)
    visit = memory.pits.visit
    if visit is not None:
        visit.was_served = visit.is_request_final = True


def _repair(memory: Memory, frame: Frame) -> None:
    lap = memory.under_way
    lap.repair_s = max(lap.repair_s or 0.0, frame.pit_repair_left or 0.0)
    lap.optional_repair_s = max(lap.optional_repair_s or 0.0, frame.pit_opt_repair_left or 0.0)
    if memory.pits.visit is not None:
        memory.pits.visit.was_served = True


def _tow(memory: Memory, frame: Frame, out: list[Noticed]) -> None:
    lap, visit = memory.under_way, memory.pits.visit
    lap.tow_s = max(lap.tow_s or 0.0, frame.player_car_tow_time or 0.0)
    if visit is not None and visit.came is MomentKind.TOWED:
        return
    memory.pits.place(MomentKind.TOWED, frame)
    lap.note(MomentKind.TOWED, moment(frame), Vantage.CAR)
    out.append(Happened(RunEventKind.TOW, moment(frame)))


def _put(memory: Memory, frame: Frame, out: list[Noticed]) -> None:
    """The car is somewhere else than a tick ago: what follows on pit road was not driven."""
    visit = memory.pits.visit
    memory.pits.lose_sight()
    if visit is not None and visit.came is MomentKind.TOWED:
        return
    # Its tank may be filled as well (reset: field guide 9.3); that is no refuelling.
    memory.fuel.forget()
    memory.filling = None
    if visit is not None and frame.on_pit_road and is_in_stall(frame) is not False:
        _place(memory, frame, out)


def _place(memory: Memory, frame: Frame, out: list[Noticed]) -> None:
    """Take note that the car is in the pits without having driven there: reset to the pits."""
    reopen(memory)
    visit = memory.pits.place(MomentKind.RESET, frame)
    memory.under_way.note(MomentKind.RESET, moment(frame), Vantage.CAR)
    tell_visit(memory, frame, visit)
    out.append(Happened(RunEventKind.RESET, moment(frame)))


def tell_visit(memory: Memory, frame: Frame, visit: PitVisit) -> None:
    """Tell what is new of standing and service, and what is requested for the stop."""
    for kind, at in visit.untold(moment(frame)):
        memory.under_way.note(kind, at, Vantage.CAR)
    if visit.is_standing and visit.stop_s is not None and visit.request is not None:
        request = Request(visit.stop_s, visit.request, visit.is_request_final)
        telling = memory.telling_at(Moment(visit.stop_s, None))
        if request not in telling.requests:
            telling.request(request)


def _pit_fact(memory: Memory, kind: MomentKind, at: Moment, out: list[Noticed]) -> None:
    memory.telling_at(at).note(kind, at, Vantage.CAR)
    if kind is MomentKind.EXIT:
        memory.pits.visit = None
    out.append(Happened(RUN_KINDS[kind], at))


def _begin_closing(memory: Memory, frame: Frame) -> None:
    memory.closing = part(memory, frame)
    memory.closing_line = frame._replace(fuel_level=memory.fuel.level_l)


def reopen(memory: Memory) -> None:
    """Undo a line crossing that the lap counter did not confirm."""
    closing, later = memory.closing, memory.lap
    if closing is not None and later is not None:
        closing.absorb(later)
        memory.lap = closing
    memory.closing = memory.closing_line = None


def _count(memory: Memory, frame: Frame, out: list[Noticed]) -> None:
    counter = memory.counter
    now, known = frame.lap_completed, counter.value
    if now is None or known is None:
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
    reopen(memory)
    memory.under_way.lap = now + 1
    out.append(Remark(f"laps completed went from {known} to {now} without a line crossing: the lap starts unknown"))


def _take_back(memory: Memory, frame: Frame) -> bool:
    counter = memory.counter
    pending = memory.pending[-1] if memory.pending else None
    if pending is None or counter.crossing_s is None or frame.session_time - counter.crossing_s > FLICKER_S:
        return False
    counter.value = pending.telling.lap - 1
    counter.crossing_s = None
    if memory.pits.visit is not None:
        memory.pits.visit.has_crossed_line = False
    pending.telling.absorb(memory.under_way)
    memory.lap = pending.telling
    memory.pending = memory.pending[:-1]
    return True


def cross_line(memory: Memory, frame: Frame, out: list[Noticed]) -> None:
    """Complete the lap under way: freeze it at the line and begin the next."""
    counter = memory.counter
    completed = 0 if counter.value is None else counter.value + 1
    if memory.closing is not None and memory.closing_line is not None:
        lap, line = memory.closing, memory.closing_line
    else:
        lap, line = part(memory, frame), frame._replace(fuel_level=memory.fuel.level_l)
    memory.closing = memory.closing_line = None
    finish_pending(memory, frame, out)
    counter.value, counter.crossing_s = completed, line.session_time
    lap.line = line_seen(memory, line)
    if memory.pits.visit is not None:
        memory.pits.visit.has_crossed_line = True
    out.append(LineCrossed(completed, line.session_time))
    # −1 → 0: the formation or out lap ends; it has no time, but the step may be taken back.
    memory.pending = (PendingLap(lap, line, marker_runs(line), 0.0 if completed else line.session_time + FLICKER_S),)
    await_lap_time(memory, frame, out)


def line_seen(memory: Memory, line: Frame) -> LineSeen:
    """Freeze what is true in the tick *line* in which the car was driven across the line."""
    return LineSeen(
        at=moment(line),
        vantage=Vantage.CAR,
        driver=memory.member,
        name=memory.driver,
        fuel_level_l=line.fuel_level,
        on_pit_road=line.on_pit_road,
        track_temp_c=line.track_temp,
        pit_sv_flags=line.pit_sv_flags,
        session_state=line.session_state,
        session_flags=line.session_flags,
        air_temp_c=line.air_temp,
        track_wetness=line.track_wetness,
        is_declared_wet=line.weather_declared_wet,
        tire_compound=line.player_tire_compound,
        team_incidents=line.player_car_team_incident_count,
    )


def await_lap_time(memory: Memory, frame: Frame, out: list[Noticed]) -> None:
    """Let laps go that have their time in *frame*, or that have waited long enough."""
    over = [pending for pending in memory.pending if pending.look(frame)]
    if over:
        memory.pending = tuple(pending for pending in memory.pending if pending not in over)
        out.extend(LapOver(pending.telling) for pending in over)


def finish_pending(memory: Memory, frame: Frame | None, out: list[Noticed]) -> None:
    """End all waiting: a lap takes its time if *frame* shows one by now, else it has none."""
    for pending in memory.pending:
        if frame is not None:
            pending.look(frame)
        out.append(LapOver(pending.telling))
    memory.pending = ()
