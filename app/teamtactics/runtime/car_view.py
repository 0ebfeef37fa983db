"""The tracker's memory as the picture of the car that the board shows; pure."""

from __future__ import annotations

from teamtactics.model.status import CarStatus, Witness
from teamtactics.race.memory import Memory


def own_car(memory: Memory | None, at_s: float) -> CarStatus | None:
    """
    Return the car as seen from its own seat; None while the member of this PC does not drive.

    Args:
        at_s: Monotonic time of the newest tick.
    """
    if memory is None or not memory.seat.is_driving:
        return None
    return CarStatus(
        witness=Witness.OWN,
        driver=memory.driver,
        customer_id=memory.customer_id,
        stint=memory.stint.number,
        stint_lap=memory.stint.laps,
        lap_completed=memory.counter.value,
        fuel_level_l=memory.fuel.level_l,
        last_lap_time_s=memory.last_lap_time_s,
        on_pit_road=memory.pits.is_on,
        true_at_s=at_s,
    )
