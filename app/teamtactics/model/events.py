"""What happened in the race, as the race room tells it: facts, in the past tense."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from teamtactics.model.facts import LapFacts
from teamtactics.model.records import LapRecord, Moment, RunState
from teamtactics.model.session import SessionInfo


class RunEventKind(StrEnum):
    """What kind of run event; the values that the data contract names are its message types."""

    DRIVER = "driver"
    PIT_ENTER = "pitEnter"
    STOP_MOVING = "stopMoving"
    START_MOVING = "startMoving"
    PIT_EXIT = "pitExit"
    TOW = "tow"
    DRIVER_LEFT = "driverLeft"
    """The member of this PC left the car: the state is written, nothing is announced."""
    RESET = "reset"
    """The car was put back into its stall: the state is written, nothing is announced."""
    STATE_DUE = "stateDue"
    """So long without an event that the state is written anew."""


ANNOUNCED = frozenset(
    {
        RunEventKind.DRIVER,
        RunEventKind.PIT_ENTER,
        RunEventKind.STOP_MOVING,
        RunEventKind.START_MOVING,
        RunEventKind.PIT_EXIT,
        RunEventKind.TOW,
    }
)
"""Run events that are messages of the data contract."""


@dataclass(frozen=True, slots=True)
class SessionBegan:
    """
    The frames belong to a session that the tracker has not followed so far.

    Attributes:
        session_time_s: Session time of its first frame that was seen.

        is_restart: The tracker saw the former session end in this very connection.

        lap_completed: ``LapCompleted`` in that frame; None where the build lacks it.
    """

    info: SessionInfo
    session_num: int
    session_unique_id: int | None
    session_time_s: float
    is_restart: bool
    lap_completed: int | None = None


@dataclass(frozen=True, slots=True)
class RunEvent:
    """
    Something happened to the own car, or its state is due.

    Attributes:
        at: When it happened; the state may be some ticks younger, because an edge counts only once it holds.
    """

    kind: RunEventKind
    at: Moment
    state: RunState


@dataclass(frozen=True, slots=True)
class LineCrossed:
    """A lap begins, and the time of the one before (none at 0) is to come: make the checkpoint durable now."""

    lap_completed: int
    session_time_s: float


@dataclass(frozen=True, slots=True)
class LapSeen:
    """
    This client knows more of a lap than it has told so far, driving or watching.

    Attributes:
        facts: All that it knows of it.

        is_over: Nothing of the lap's end is waited for any more.
    """

    facts: LapFacts
    is_over: bool = False


@dataclass(frozen=True, slots=True)
class LapFinished:
    """
    A lap that the member of this PC drove across the line is complete, with its official time if there is one.

    Attributes:
        record: As it is known, with all that others have told of it.

        is_whole: This client saw all of it, and nobody else can know more.
    """

    record: LapRecord
    state: RunState
    facts: LapFacts
    is_whole: bool = True


@dataclass(frozen=True, slots=True)
class FormerLapTimed:
    """
    The official time of a former session's last lap came after the session had changed.

    Source:
        ``SessionInfo.Sessions[n].ResultsPositions`` of the session text, which follows by seconds (SIMULATOR#lag).
    """

    session_num: int
    lap_completed: int
    official_s: float
    session_time_s: float


@dataclass(frozen=True, slots=True)
class Remark:
    """Something worth a line in the log that changes no document."""

    text: str


Event = SessionBegan | RunEvent | LineCrossed | LapSeen | LapFinished | FormerLapTimed | Remark
