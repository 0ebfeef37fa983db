"""What leaves the contract room and is kept, delivered and shown: documents and messages."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum

Scalar = str | int | float | bool | None
Value = Scalar | datetime | Mapping[str, Scalar]
Document = Mapping[str, Value]
"""
A document of the data contract: text, numbers, booleans, null; moments (aware), and in ``InCar`` a map of one level.

``Updated`` is in none of ours: the server puts it in, and takes no word from us.
"""

SCHEMA_VERSION = 1
"""Of the data contract's documents and messages."""


class ParcelKind(StrEnum):
    """What a parcel is; decides how it is merged with what the sink already holds."""

    PURGE = "purge"
    """Remove an older session's documents from the collection (single sessions only)."""
    INFO = "info"
    LAP = "lap"
    """Its document must not exist yet: what more is known of a lap that is there comes into it as a part."""
    PART = "part"
    """What this client knows of a lap of which others know something too; a later one takes its place."""
    NUMBERS = "numbers"
    """``Stint`` and ``StintLap`` of a lap that is there; later ones take their place."""
    STATE = "state"
    """The newest state replaces one that still waits; the sink never lets an earlier one win."""
    EVENT = "event"
    """A message only; the state that belongs to it is a parcel of its own."""


@dataclass(frozen=True, slots=True)
class Message:
    """
    One Pub/Sub message of the data contract.

    Attributes:
        id: The same for every delivery of the same event.

        data: The message body, to be sent as UTF-8 JSON.
    """

    id: str
    type: str
    data: Mapping[str, object]


@dataclass(frozen=True, slots=True)
class Parcel:
    """
    One thing to keep and deliver.

    Attributes:
        key: Unique within its session, made of facts: the same fact always has the same key.

        collection: The Firestore collection, also the ordering key of the message.

        doc_id: The document's id; None for a message without a document.

        document: What the document holds; for PURGE, the identity of the session that begins.

        message: None for a document that is not announced.

        session_time_s: When the fact was true.
    """

    kind: ParcelKind
    key: str
    collection: str
    session_time_s: float
    doc_id: str | None = None
    document: Document | None = None
    message: Message | None = None


@dataclass(frozen=True, slots=True)
class StoredParcel:
    """
    A parcel as the outbox holds it.

    Attributes:
        seq: Order of recording; rises over all sessions.

        session_id: The outbox's number of the session it belongs to.
    """

    seq: int
    session_id: int
    parcel: Parcel


FIRESTORE = "firestore"
"""Sink of parcels that have a document (and of PURGE)."""
PUBSUB = "pubsub"
"""Sink of parcels that have a message."""


def iso_utc(moment: datetime) -> str:
    """Write *moment* as messages and people read it: ISO 8601 with ``Z``, to the millisecond."""
    return moment.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def sinks_of(parcel: Parcel) -> tuple[str, ...]:
    """Name the sinks that *parcel* has to reach."""
    wanted = []
    if parcel.document is not None:
        wanted.append(FIRESTORE)
    if parcel.message is not None:
        wanted.append(PUBSUB)
    return tuple(wanted)
