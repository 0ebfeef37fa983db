"""What happened in the race, as the race room tells it: facts, in the past tense."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

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
class SeenFromOutside:
    """
    A member who does not drive has seen the car cross a line, or enter or leave the pits.

    Nothing is told of it, but it must outlive a crash: after one, nobody tells a watcher what he had seen.
    """

    session_time_s: float


@dataclass(frozen=True, slots=True)
class LapFinished:
    """A lap is complete, with its official time if there is one."""

    record: LapRecord
    state: RunState


@dataclass(frozen=True, slots=True)
class LapFilledIn:
    """
    A completed lap that nobody better has told in time.

    Attributes:
        is_own: The member of this PC drove it and its line fell into a gap; else a team-mate did whose client has
            written no document, and it is told as far as it can be seen from outside.
    """

    record: LapRecord
    is_own: bool


@dataclass(frozen=True, slots=True)
class StintShift:
    """
    How stints must be numbered anew from a take-over on, because what went before it became known late.

    Attributes:
        since_s: Session time at which the seat was taken; what was completed earlier stays.

        exit_s: When the car left the pits in which the seat was taken; None when it was not in them, or still is.

        stints, laps: What to add to stint and stint lap of laps completed before that exit; without an exit, of all
            (``laps`` only within stint ``from_stint``).

        exit_stints, exit_laps: The same for those completed after it (``exit_laps`` only within stint ``exit_stint``).

        from_stint, exit_stint: As numbered so far: the stint at the seat, and right after the exit.
    """

    since_s: float
    exit_s: float | None
    stints: int
    laps: int
    exit_stints: int
    exit_laps: int
    from_stint: int
    exit_stint: int

    @property
    def changes_something(self) -> bool:
        """Whether any number changes."""
        return bool(self.stints or self.laps or (self.exit_s is not None and (self.exit_stints or self.exit_laps)))

    def apply(self, stint: int, stint_lap: int, at_s: float) -> tuple[int, int]:
        """Return the right numbers for what was numbered *stint* and *stint_lap* at session time *at_s*."""
        if at_s < self.since_s:
            return stint, stint_lap
        if self.exit_s is None or at_s < self.exit_s:
            return stint + self.stints, stint_lap + (self.laps if stint == self.from_stint else 0)
        return stint + self.exit_stints, stint_lap + (self.exit_laps if stint == self.exit_stint else 0)


@dataclass(frozen=True, slots=True)
class LapsAmended:
    """
    A state that came late told more of laps that are recorded already.

    Attributes:
        shift: How those recorded by this client since the take-over are numbered.

        record: The lap in which the seat was taken, complete; None when it is not completed yet.

        session_time_s: When this became known.
    """

    shift: StintShift
    record: LapRecord | None
    session_time_s: float


@dataclass(frozen=True, slots=True)
class FormerLapTimed:
    """
    The official time of a former session's last lap came after the session had changed.

    Source:
        ``SessionInfo.Sessions[n].ResultsPositions`` of the session text, which follows by seconds (field guide 2.2).
    """

    session_num: int
    lap_completed: int
    official_s: float
    session_time_s: float


@dataclass(frozen=True, slots=True)
class Remark:
    """Something worth a line in the log that changes no document."""

    text: str


Event = (
    SessionBegan
    | RunEvent
    | LineCrossed
    | SeenFromOutside
    | LapFinished
    | LapFilledIn
    | LapsAmended
    | FormerLapTimed
    | Remark
)
