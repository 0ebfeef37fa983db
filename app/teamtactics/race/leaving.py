"""The end of driving: the seat is left, or nobody looked."""

from __future__ import annotations

from teamtactics.model.events import Event, RunEvent, RunEventKind
from teamtactics.model.frame import Frame
from teamtactics.model.records import Moment
from teamtactics.race.eyes.continuity import HOLD_TICKS, TICK_S
from teamtactics.race.eyes.outside import Witness
from teamtactics.race.eyes.witness import lose_sight
from teamtactics.race.memory import Memory


def leave_seat(memory: Memory, out: list[Event]) -> None:
    """Take a tick in which the member of this PC, who drove, does not; it counts when it holds."""
    seat = memory.seat
    seat.off_ticks += 1
    if seat.off_ticks < HOLD_TICKS:
        return
    seat.is_driving, seat.on_ticks, seat.off_ticks = False, 0, 0
    memory.pits.lose_sight()
    memory.position.lose_sight()
    memory.takeover = None
    memory.witness = Witness(laps=memory.counter.value, first=memory.witness.first)
    at = Moment(memory.driven_s or memory.clock.time_s, memory.driven_of_day_s)
    out.append(RunEvent(RunEventKind.DRIVER_LEFT, at, memory.run_state(at.session_time_s, None)))


def lose_simulator(memory: Memory, dt_s: float) -> None:
    """The simulator was not read for *dt_s*, too long for anything to follow from what was seen before."""
    memory.unseen_s += dt_s - TICK_S
    seat = memory.seat
    seat.is_driving, seat.on_ticks, seat.off_ticks = False, 0, 0
    memory.pits.lose_sight()
    memory.position.lose_sight()
    lose_sight(memory)


def is_driven(frame: Frame) -> bool:
    """
    Tell whether the car's physics run on this PC in this tick.

    Source:
        IsOnTrackCar, else IsOnTrack; IsInGarage (live only); data contract and field guide 3.4, 3.5.
    """
    flag = frame.is_on_track_car
    if flag is None:
        flag = frame.is_on_track
    return bool(flag) and not frame.is_in_garage
