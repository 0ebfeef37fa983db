"""What the tracker knows as the picture of the car that the board shows; pure."""

from __future__ import annotations

from teamtactics.model.records import RunState
from teamtactics.model.session import SessionInfo
from teamtactics.model.status import CarStatus, Witness
from teamtactics.race.tracker import Tracker


def car_of(tracker: Tracker, info: SessionInfo | None, at_s: float) -> CarStatus | None:
    """
    Return the car as it is known here; None while nothing is known of it.

    Args:
        at_s: Monotonic time of the newest tick.
    """
    state, clock = tracker.state, tracker.clock
    if state is None or clock is None:
        return None
    if tracker.is_driving:
        return _picture(state, Witness.OWN, state.customer_id, state.driver, state.fuel_level_l, at_s)
    own = None if info is None else info.own
    heard, is_driven = tracker.heard, tracker.is_driven
    if heard is not None and (own is None or heard.customer_id == own.user_id or not is_driven):
        age_s = max(0.0, clock.time_s - heard.session_time_s)
        who = (heard.customer_id, heard.driver)
        return _picture(state, Witness.TEAM, *who, heard.fuel_level_l, at_s - age_s)
    if own is None or not is_driven:
        return None
    return _picture(state, Witness.SEEN, own.user_id, own.user_name, None, at_s)


def _picture(
    state: RunState,
    witness: Witness,
    customer_id: int | None,
    driver: str | None,
    fuel_level_l: float | None,
    at_s: float,
) -> CarStatus:
    return CarStatus(
        witness=witness,
        driver=driver,
        customer_id=customer_id,
        stint=state.stint,
        stint_lap=state.stint_lap,
        lap_completed=state.lap_completed,
        fuel_level_l=fuel_level_l,
        last_lap_time_s=state.lap_last_lap_time_s,
        on_pit_road=state.on_pit_road,
        true_at_s=at_s,
    )
