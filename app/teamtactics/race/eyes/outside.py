"""What is seen of the car from outside while a team-mate drives: plain data, part of the tracker's memory."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from teamtactics.model.records import Moment
from teamtactics.race.eyes.laps import PendingLap


class FactKind(StrEnum):
    """What can be told of a car from outside."""

    LINE = "line"
    PIT_ENTER = "pitEnter"
    IN_STALL = "inStall"
    PLACED = "placed"
    """It is in the pits and did not drive there before our eyes."""
    PIT_EXIT = "pitExit"
    LEFT_UNSEEN = "leftUnseen"
    """It was in the pits and is not any more; when it left was not seen."""


@dataclass(slots=True)
class Fact:
    """One thing seen from outside; ``laps`` is ``LapCompleted`` after it, for LINE."""

    kind: FactKind
    at: Moment
    laps: int = 0


@dataclass(slots=True)
class Witness:
    """
    The own car as its team-mates see it, through ``CarIdx…``.

    Attributes:
        laps: CarIdxLapCompleted as believed; None before the car was seen in the world.

        has_sight: The tick before was seen and the car was in the world: only then an edge is one.

        on_pit_road: CarIdxOnPitRoad, debounced; None while not known.

        exit_was_unseen: By what was told the car is in the pits, and it shows on the track: its exit was not seen.

        flip_ticks, flip_at: A change of it that does not hold long enough yet.

        odd_ticks: So long the lap counter has shown what cannot follow from what it showed before.

        stall_since: Since when the car is in its stall in this visit; None when it is not, or when that has been told.

        driven_since_s: Session time since which the car has been seen driving without a break; None while it is not.

        driver: Who drives by the session text, once that has had the time to name him; None while a state tells it.

        saw_start: The car was seen before it completed a lap: stints were counted from the first on.

        proven_lap: The last lap that its driver's client has told of.

        facts: The newest things seen, oldest first: a state that comes now may be older than they are.

        first: Both clocks when they were first looked at: tells how fast the day runs.
    """

    laps: int | None = None
    has_sight: bool = False
    driven_since_s: float | None = None
    driver: int | None = None
    saw_start: bool = False
    proven_lap: int | None = None
    on_pit_road: bool | None = None
    exit_was_unseen: bool = False
    flip_ticks: int = 0
    flip_at: Moment | None = None
    odd_ticks: int = 0
    stall_since: Moment | None = None
    facts: tuple[Fact, ...] = ()
    first: Moment | None = None


@dataclass(slots=True)
class WaitingLap:
    """
    A completed lap that is told only when nobody better has told it by then.

    Attributes:
        official_s: The official time once it is there; final when ``is_timed``.

        due_s: Session time at which it is told.

        is_own: The member of this PC drove it.

        settles_s: Until then the session text may still name another driver than the one who crossed the line.
    """

    lap: PendingLap
    due_s: float
    is_own: bool
    official_s: float | None = None
    is_timed: bool = False
    settles_s: float = 0.0
