"""One tick in the car: fuel, line, pit road, tow. The part of the race logic that runs sixty times a second."""

from __future__ import annotations

from dataclasses import replace

from teamtactics.model.events import RunEventKind
from teamtactics.model.facts import Filling, MomentKind, Request, Vantage
from teamtactics.model.frame import IN_PIT_STALL, NOT_IN_WORLD, Frame
from teamtactics.model.records import Moment
from teamtactics.race.eyes.continuity import RESET_L, SEEN_STEP_S, TICK_S, is_fuller, moment
from teamtactics.race.eyes.crossing import COUNTER_LAG_S, begin_closing, count_laps, reopen
from teamtactics.race.eyes.notes import Happened, Noticed
from teamtactics.race.eyes.pits.visit import PitVisit, is_in_stall
from teamtactics.race.eyes.sights import with_levels
from teamtactics.race.memory import Memory

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
        memory.position.leave_world(memory.fuel.level_l)
        return
    was_put, passed_line = _move(memory, frame, dt_s, out)
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
    before, memory.last = memory.last, frame
    if passed_line and not was_put:
        begin_closing(memory, with_levels(frame, before))
    if frame.lap_completed != memory.counter.value:
        count_laps(memory, with_levels(frame, before), out)
    elif memory.counter.odd_ticks:
        memory.counter.odd_ticks = 0
    if memory.closing_line is not None and frame.session_time - memory.closing_line.session_time > COUNTER_LAG_S:
        reopen(memory)
    for kind, at in pits.advance(frame, dt_s):
        tell_pit_fact(memory, kind, at, out)
    visit = pits.visit
    if visit is not None:
        tell_visit(memory, frame, visit)
    elif pits.is_on or (frame.player_track_surface == IN_PIT_STALL and frame.on_pit_road and not pits.may_be_entry):
        _place(memory, frame, out)


def _move(memory: Memory, frame: Frame, dt_s: float, out: list[Noticed]) -> tuple[bool, bool]:
    """Take where the car is now; return whether it was put there, and whether it passed the line."""
    position, level_l = memory.position, memory.fuel.level_l
    before_m, was_reset, position.is_reset = position.dist_m, position.is_reset, False
    was_put, passed_line = position.advance(frame, dt_s)
    has_other_tank = was_reset and level_l is not None and abs((frame.fuel_level or level_l) - level_l) > RESET_L
    # No tank is filled where the line is driven over.
    if was_put or has_other_tank or (passed_line and is_fuller(frame.fuel_level, level_l)):
        position.jump(before_m, level_l, frame.fuel_level, was_reset)
        _put(memory, frame, out)
        return True, passed_line
    if position.jump_ticks and position.has_jumped(level_l) and memory.pits.visit is None:
        memory.under_way.note(MomentKind.JUMPED, moment(frame), Vantage.CAR)
    return False, passed_line


def see_reset(memory: Memory, frame: Frame) -> None:
    """
    Take a tick of rubbish: the car is about to be somewhere else, or it is only torn.

    Source:
        FuelLevel is real where a reset shows it, and 0 where nobody set it; SIMULATOR#reset, SIMULATOR#tick.
    """
    memory.position.is_reset = bool(frame.fuel_level)


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
        if visit.untold_tow_s is not None:
            out.append(Happened(RunEventKind.TOW, Moment(visit.untold_tow_s, frame.session_time_of_day)))
            visit.untold_tow_s = None
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
    # Its tank may be filled as well (reset: SIMULATOR#reset); that is no refuelling.
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


def tell_pit_fact(memory: Memory, kind: MomentKind, at: Moment, out: list[Noticed]) -> None:
    """Tell of something that happened in the pits, in the lap that it lies in."""
    memory.telling_at(at).note(kind, at, Vantage.CAR)
    if kind is MomentKind.EXIT:
        memory.pits.visit = None
    out.append(Happened(RUN_KINDS[kind], at))
