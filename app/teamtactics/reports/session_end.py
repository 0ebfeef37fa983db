"""When a session is over, so that its record is held against the simulator's results; pure."""

from __future__ import annotations

from dataclasses import dataclass, replace

from teamtactics.model.status import SimulatorState, Status

SETTLE_S = 15.0
"""After the end the last lap's time, the results and what the others saw still come in."""

_CHECKERED, _COOL_DOWN = 5, 6


@dataclass(frozen=True, slots=True)
class Followed:
    """
    The session that is followed, as far as its end goes.

    Attributes:
        is_checkered: The race is over for whoever crosses the line.

        over_s: Monotonic time since when the session is over; None while it goes on.

        is_told: That it is over was said.
    """

    collection: str | None = None
    is_checkered: bool = False
    over_s: float | None = None
    is_told: bool = False


def over(followed: Followed, status: Status) -> tuple[Followed, str | None]:
    """
    Compare *status* with what was *followed*, about once a second.

    A session is over in its cool-down, when its simulator goes under the checkered flag, and when another one is begun:
    a simulator that goes in mid-race comes back.

    Returns:
        What is followed now, and the collection of a session that is over, once.
    """
    if status.is_old:
        return followed, None
    if status.collection != followed.collection:
        left = None if followed.is_told else followed.collection
        return Followed(status.collection), left
    if status.simulator is SimulatorState.CONNECTED:
        is_checkered = (status.session_state or 0) >= _CHECKERED
        is_over = (status.session_state or 0) >= _COOL_DOWN
    else:
        is_checkered = is_over = followed.is_checkered
    since_s = None if not is_over else status.at_s if followed.over_s is None else followed.over_s
    followed = replace(followed, is_checkered=is_checkered, over_s=since_s)
    if followed.is_told or since_s is None or status.at_s - since_s < SETTLE_S:
        return followed, None
    return replace(followed, is_told=True), followed.collection
