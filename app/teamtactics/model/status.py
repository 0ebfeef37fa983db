"""What the program knows of itself and of the team, as one immutable picture that others only read."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from teamtactics.model.records import PutBack


class SinkState(StrEnum):
    """How a sink is doing."""

    OFF = "off"
    """Not configured: everything stays in the local store."""
    UNKNOWN = "unknown"
    """Nothing was tried yet."""
    OK = "ok"
    UNREACHABLE = "unreachable"
    """The last attempt failed; it is repeated by itself."""
    REFUSED = "refused"
    """A human must act; ``SinkStatus.hint`` says what."""


@dataclass(frozen=True, slots=True)
class SinkStatus:
    """
    One sink as last seen.

    Attributes:
        confirmed_at_s: Monotonic time of the last confirmation by the server; None before the first.

        problem: The last failure in plain words; None when all is well.

        hint: What a human can do about it; empty when only waiting helps.

        conflict: In plain words, that another client records the same car and ours yielded; None normally.
    """

    name: str
    state: SinkState = SinkState.OFF
    confirmed_at_s: float | None = None
    problem: str | None = None
    hint: str = ""
    conflict: str | None = None


@dataclass(frozen=True, slots=True)
class WatchStatus:
    """
    The live watch of the team's ``state`` as last seen.

    Attributes:
        collection: The session's collection that is followed; None when nothing is to be followed.

        is_connected: The server has answered on the open stream, so what changes is told.

        since_s: Monotonic time since when it is connected, or since when it is not.

        problem: Why it is not connected, in plain words; None when all is well or nothing went wrong yet.

        hint: What a human can do about it; empty when only waiting helps.
    """

    collection: str | None = None
    is_connected: bool = False
    since_s: float = 0.0
    problem: str | None = None
    hint: str = ""


@dataclass(frozen=True, slots=True)
class SinkCounts:
    """How many parcels a sink has confirmed, still has to get, and refuses for good."""

    confirmed: int = 0
    waiting: int = 0
    parked: int = 0


@dataclass(frozen=True, slots=True)
class Counts:
    """
    How many are stored, and per sink name where they stand.

    Attributes:
        recorded: Everything ever recorded and not yet pruned.

        recorded_laps: Laps among them; also those that were seen, and come into the record as a part.
    """

    recorded: int
    recorded_laps: int
    sinks: dict[str, SinkCounts]


NO_COUNTS = Counts(0, 0, {})
"""What is counted where nothing is known."""


class SimulatorState(StrEnum):
    """What this PC's simulator is doing."""

    WAITING = "waiting"
    """No simulator runs, or it is between two sessions."""
    CONNECTED = "connected"
    REPLAY = "replay"
    """It shows a loaded replay: nothing is recorded."""


class Witness(StrEnum):
    """Where the picture of the car comes from."""

    OWN = "own"
    """The member of this PC drives: it is as young as the newest tick."""
    TEAM = "team"
    """The driver's client told it, through the team's ``state``."""
    SEEN = "seen"
    """Seen from outside only (``CarIdx…``): laps and pit road, no fuel."""


@dataclass(frozen=True, slots=True)
class CarStatus:
    """
    The team's car as this client knows it.

    Attributes:
        lap_completed: ``LapCompleted``; None or below 1 before the first lap.

        stint_lap: Laps completed in the stint.

        true_at_s: Monotonic time of this PC at which the picture was true; its age is now less this.
    """

    witness: Witness
    driver: str | None
    customer_id: int | None
    stint: int
    stint_lap: int
    lap_completed: int | None
    fuel_level_l: float | None
    last_lap_time_s: float | None
    on_pit_road: bool
    true_at_s: float


CHECK_OK = "ok"
"""What a client says of itself when nothing is wrong."""


@dataclass(frozen=True, slots=True)
class Member:
    """
    What one member's client tells of itself.

    Attributes:
        waiting: Items that have been waiting for a server for more than a moment.

        check: ``ok``, or one sentence that says what is wrong there.

        text_encoding: Of the member's session text: with another than ours the same names may read otherwise
            (SIMULATOR#encoding). None when it is not told.

        utc: When it was told, by that PC's clock, which proves nothing.
    """

    customer_id: int
    name: str
    client_version: str | None
    is_in_car: bool
    waiting: int
    check: str
    text_encoding: str | None
    utc: datetime | None


@dataclass(frozen=True, slots=True)
class MemberSeen:
    """
    A member as everybody sees him now.

    Attributes:
        seen_s: How long ago his client was last heard of, s, by the server's clock.

        is_gone: So long that it does not run any more, or is offline.

        trouble: What is wrong there, one sentence; None when all is well.
    """

    member: Member
    seen_s: float
    is_gone: bool
    trouble: str | None

    @property
    def is_ready(self) -> bool:
        """Whether he could drive now, as far as his client goes."""
        return not self.is_gone and self.trouble is None


@dataclass(frozen=True, slots=True)
class Standstill:
    """
    A thread that has been silent for longer than it may.

    Attributes:
        doing: What it last said it would do.
    """

    name: str
    doing: str
    for_s: float


@dataclass(frozen=True, slots=True)
class Status:
    """
    The whole client at one moment.

    Attributes:
        at_s: Monotonic time of the picture.

        collection: The session's collection; None before the first session.

        member_id: Customer number of the member of this PC, as the simulator says; None while it says nothing.

        session_state: ``SessionState`` of the newest tick (SIMULATOR#state); None without one.

        is_driving: The member of this PC drives.

        car: None before anything is known of it.

        put_back: What the member of this PC, who drives, may want to put back; None when nothing is known to be.

        silent_driver: Who drives without a running teamtactics (no ``state`` from them for a minute of driving); None
            when that is not so or not known.

        conflict: In plain words, that another client records the same car and ours yields; None normally.

        newer_client: A team-mate's client version when it is newer than ours.

        members: Whose clients have been in the team's session, ours among them, as far as the team's collection tells.

        sinks: The configured ones; empty when everything stays on this PC.

        laps_waiting: Laps that still have to reach a configured sink; not one that refuses while another takes them.

        needs: What a human must do: what it costs, why, and what to do. The most urgent first; empty when all is well.

        in_danger: One of the needs endangers the recording, or all delivery; means nothing without needs.

        still: What stands still, as whoever reads the picture finds it; empty when all is well.

        is_old: Nobody has renewed the picture for seconds: only ``needs`` and ``still`` are true, the rest is left out.
    """

    at_s: float
    simulator: SimulatorState = SimulatorState.WAITING
    collection: str | None = None
    member_id: int | None = None
    session_state: int | None = None
    is_driving: bool = False
    is_paused: bool = False
    car: CarStatus | None = None
    put_back: PutBack | None = None
    silent_driver: str | None = None
    conflict: str | None = None
    newer_client: str | None = None
    members: tuple[MemberSeen, ...] = ()
    sinks: tuple[SinkStatus, ...] = ()
    counts: Counts = field(default_factory=lambda: NO_COUNTS)
    laps_waiting: int = 0
    needs: tuple[str, ...] = ()
    in_danger: bool = True
    still: tuple[Standstill, ...] = ()
    is_old: bool = False
