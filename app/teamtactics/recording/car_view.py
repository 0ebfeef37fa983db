"""The tracker's memory as the picture of the car that the board shows; pure."""

from __future__ import annotations

from teamtactics.model.session import SessionInfo
from teamtactics.model.status import CarStatus, Witness
from teamtactics.race.memory import Memory


def car_of(memory: Memory | None, info: SessionInfo | None, at_s: float) -> CarStatus | None:
    """
    Return the car as it is known here; None while nothing is known of it.

    Args:
        at_s: Monotonic time of the newest tick.
    """
    if memory is None:
        return None
    if memory.seat.is_driving:
        return _picture(memory, Witness.OWN, memory.customer_id, memory.driver, at_s)
    own = None if info is None else info.own
    since_s = memory.witness.driven_since_s
    is_told = memory.driven_s is not None and (own is None or memory.customer_id == own.user_id or since_s is None)
    if is_told and memory.driven_s is not None:
        age_s = max(0.0, memory.clock.time_s - memory.driven_s)
        return _picture(memory, Witness.TEAM, memory.customer_id, memory.driver, at_s - age_s)
    if own is None or since_s is None:
        return None
    return _picture(memory, Witness.SEEN, own.user_id, own.user_name, at_s)


def _picture(memory: Memory, witness: Witness, customer_id: int | None, driver: str | None, at_s: float) -> CarStatus:
    return CarStatus(
        witness=witness,
        driver=driver,
        customer_id=customer_id,
        stint=memory.stint.number,
        stint_lap=memory.stint.laps,
        lap_completed=memory.counter.value,
        fuel_level_l=None if witness is Witness.SEEN else memory.fuel.level_l,
        last_lap_time_s=memory.last_lap_time_s,
        on_pit_road=memory.pits.is_on,
        true_at_s=at_s,
    )
