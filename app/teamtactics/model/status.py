"""What the program knows about itself, as one immutable picture; the tray and the log read it, nobody writes back."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


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
    """

    name: str
    state: SinkState = SinkState.OFF
    confirmed_at_s: float | None = None
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

        recorded_laps: Lap documents among them.
    """

    recorded: int
    recorded_laps: int
    sinks: dict[str, SinkCounts]
