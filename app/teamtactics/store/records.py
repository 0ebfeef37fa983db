"""What the outbox hands out: frozen records."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from teamtactics.model.parcel import Parcel, StoredParcel, Value

STALL_PCT = "DriverPitTrkPct"
"""Under this name a session's facts say where on the lap the own stall lies, 0 to 1."""

IS_TEAM = "IsTeam"
"""Under this name they say whether several members may drive the car."""

FOLLOWED = "Followed"
"""Under this name they say that nobody drove or watched here: all that is known stands in the team's collection."""

MEMBER = "MemberID"
"""Under this name they say who sat at this PC when the session began."""


@dataclass(frozen=True, slots=True)
class StoredSession:
    """
    A session as the outbox holds it.

    Attributes:
        id: The outbox's own number; rises, never given twice.

        token: Tells this session from others under the same collection id.

        facts: What the session can be recognised by later.

        last_utc: When something was last appended; ``began_utc`` before the first time.

        last_session_time_s: Session time of the last append; 0 before the first.

        checkpoint: What the tracker needs to go on, as of the last append; None when there is nothing to go on with.
    """

    id: int
    collection: str
    token: str
    facts: Mapping[str, Value]
    began_utc: datetime
    last_utc: datetime
    last_session_time_s: float
    checkpoint: str | None

    @property
    def is_stall_first(self) -> bool:
        """Whether one who leaves the stall comes to the line before he is out of the pits; False while not known."""
        stall_pct = self.facts.get(STALL_PCT)
        return isinstance(stall_pct, float) and stall_pct > 0.5

    @property
    def is_single(self) -> bool:
        """Whether nobody else can drive the car; what an older version has kept does not say it."""
        return self.facts.get(IS_TEAM) is False

    @property
    def is_followed(self) -> bool:
        """Whether this PC only reads along."""
        return self.facts.get(FOLLOWED) is True

    @property
    def member_id(self) -> int | None:
        """Customer id of who sat at this PC when the session began; what an older version has kept does not say it."""
        member_id = self.facts.get(MEMBER)
        return member_id if isinstance(member_id, int) else None

    @property
    def event(self) -> Value:
        """What practice, qualifying and race of one event have in common; 0 or None for nothing."""
        return self.facts.get("SubSessionID")


@dataclass(frozen=True, slots=True)
class OwnLap:
    """
    What this client saw of one lap.

    Attributes:
        lap, member: The lap's number, and customer id of who sat here.

        facts: All of it as a text (``contract``); whoever adds to it has put together what was there with what is new.

        is_settled: The collection is known to hold it.
    """

    lap: int
    member: int
    facts: str
    is_settled: bool = False


@dataclass(frozen=True, slots=True)
class Appended:
    """
    What became of the parcels of one append; one that was there already with the same content is in neither.

    Attributes:
        stored: New in the outbox, or in the place of what was there; pending at all their sinks.

        refused: Not kept, because what is there under the same key goes first.
    """

    stored: tuple[StoredParcel, ...]
    refused: tuple[Parcel, ...]


@dataclass(frozen=True, slots=True)
class ParkedParcel:
    """
    A parcel that its sink will never accept as it is.

    Attributes:
        reason: Why, in words for a human.

        parked_utc: Since when.
    """

    stored: StoredParcel
    reason: str
    parked_utc: datetime


@dataclass(frozen=True, slots=True)
class SessionCounts:
    """How many laps a session has here, and how many of its parcels some sink still has to get."""

    laps: int = 0
    waiting: int = 0
