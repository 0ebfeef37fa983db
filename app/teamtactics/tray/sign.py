"""Which of its faces the icon shows: status → sign; pure."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from teamtactics.model.status import SimulatorState, SinkState, Status, Witness

YOUNG_S = 120.0
"""
So old the newest confirmation may be for the icon to say "delivered", s. Four times the usual interval of the state, so
that one late answer changes nothing; with a longer ``stateInterval`` the icon says "recording" in between.
"""


NEWS_S = 180.0
"""So long a team-mate counts as driving after his client has last told of it, s: six usual intervals of the state."""


class Face(StrEnum):
    """What the icon says, each with a shape of its own."""

    WAITING = "waiting for iRacing"
    CONNECTED = "connected, nobody is known to drive"
    TEAM_MATE = "a team-mate drives"
    DELIVERED = "recording and delivered"
    RECORDING = "recording, nothing confirmed yet"
    UNREACHABLE = "cloud unreachable, laps wait"
    LOCAL = "recording on this PC only"
    SILENT_DRIVER = "the driver runs no teamtactics"
    PAUSED = "paused"
    STANDS_STILL = "a part of it stands still"


class Badge(StrEnum):
    """What stands in the corner of a face when a human must do something; each with a shape of its own."""

    NEEDS_YOU = "needs you; laps are recorded and arrive"
    DANGER = "needs you: recording or all delivery is in danger"


@dataclass(frozen=True, slots=True)
class Sign:
    """
    All that the picture depends on.

    Attributes:
        stint: Number of the stint while somebody drives; None when nobody does or nobody knows.

        badge: None when nobody has to do anything.
    """

    face: Face
    stint: int | None = None
    badge: Badge | None = None


def sign(status: Status) -> Sign:
    """Choose what the icon shows: the most urgent thing that is certain."""
    stint = None if status.car is None or not is_driven(status) else status.car.stint
    return Sign(_face(status), stint, badge(status))


def badge(status: Status) -> Badge | None:
    """Choose the badge: it stands over the face, whatever that shows. A part that stands still has its own face."""
    if status.still or status.is_old:
        return None
    refused = [sink.state is SinkState.REFUSED for sink in status.sinks]
    if (status.needs and status.in_danger) or (refused and all(refused)):
        return Badge.DANGER
    return Badge.NEEDS_YOU if status.needs or status.conflict or any(refused) else None


def is_driven(status: Status) -> bool:
    """
    Say whether somebody is known to drive: this member, one whose client tells of it, or one who is seen to.

    What was last told of this member himself, or long ago, is no news of somebody who drives now.
    """
    if status.simulator is not SimulatorState.CONNECTED:
        return False
    if status.is_driving or status.silent_driver is not None:
        return True
    car = status.car
    if car is None or car.witness is Witness.OWN or car.customer_id == status.member_id:
        return False
    return car.witness is Witness.SEEN or status.at_s - car.true_at_s <= NEWS_S


def is_delivered(status: Status) -> bool:
    """
    Say whether the servers have all that is recorded, as far as a young confirmation can tell.

    A server that refuses everything, while another one takes it, is told by the badge and not by the face.
    """
    taking = [sink for sink in status.sinks if sink.state is not SinkState.REFUSED]
    confirmed = [sink.confirmed_at_s for sink in taking if sink.confirmed_at_s is not None]
    if not confirmed or not _is_young(max(confirmed), status.at_s):
        return False
    for sink in taking:
        if sink.state is SinkState.UNREACHABLE:
            return False
        counts = status.counts.sinks.get(sink.name)
        is_behind = counts is not None and counts.waiting > 0
        if is_behind and (sink.confirmed_at_s is None or not _is_young(sink.confirmed_at_s, status.at_s)):
            return False
    return True


@dataclass(frozen=True, slots=True)
class Tally:
    """Where the items stand that the configured sinks are to get; ``recorded`` is the sum of the others."""

    recorded: int
    confirmed: int
    waiting: int
    refused: int


def tally(status: Status) -> Tally:
    """Add up the configured sinks: an item counts once for each that is to get it. All 0 without sinks."""
    counts = [count for sink in status.sinks if (count := status.counts.sinks.get(sink.name)) is not None]
    confirmed = sum(count.confirmed for count in counts)
    waits = sum(count.waiting for count in counts)
    refused = sum(count.parked for count in counts)
    return Tally(confirmed + waits + refused, confirmed, waits, refused)


def waiting(status: Status) -> int:
    """Count what still has to reach a configured sink."""
    return tally(status).waiting


def _face(status: Status) -> Face:
    is_unreachable = any(sink.state is SinkState.UNREACHABLE for sink in status.sinks)
    if status.still or status.is_old:
        return Face.STANDS_STILL
    if status.is_paused:
        return Face.PAUSED
    if is_unreachable and (status.is_driving or waiting(status)):
        return Face.UNREACHABLE
    if status.simulator is not SimulatorState.CONNECTED:
        return Face.WAITING
    if status.is_driving:
        return _driving(status)
    if status.silent_driver is not None:
        return Face.SILENT_DRIVER
    if is_driven(status):
        return Face.TEAM_MATE
    return Face.CONNECTED if status.sinks else Face.LOCAL


def _driving(status: Status) -> Face:
    if not status.sinks:
        return Face.LOCAL
    return Face.DELIVERED if is_delivered(status) else Face.RECORDING


def _is_young(confirmed_at_s: float, now_s: float) -> bool:
    return now_s - confirmed_at_s <= YOUNG_S
