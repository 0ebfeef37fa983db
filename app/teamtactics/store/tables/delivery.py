"""What each sink still has to get, has got, and refuses."""

from __future__ import annotations

import sqlite3
from collections.abc import Collection, Sequence

from teamtactics.model.parcel import FIRESTORE, PUBSUB, ParcelKind, StoredParcel
from teamtactics.model.status import Counts, SinkCounts
from teamtactics.store.records import ParkedParcel
from teamtactics.store.tables import codec, parcels

_LAPS_SEEN = (
    "SELECT COALESCE(SUM(n), 0) FROM"
    " (SELECT COUNT(DISTINCT lap) - 1 AS n FROM lap_facts WHERE lap >= 1 GROUP BY session_id)"
)
"""All but the last of each session, which is under way; answered by the table's index alone."""


def waiting(connection: sqlite3.Connection, sink: str, limit: int) -> tuple[list[StoredParcel], list[int]]:
    """Read the oldest parcels that wait for *sink*, and the numbers of those among them whose text is damaged."""
    query = (
        f"SELECT {parcels.COLUMNS} FROM deliveries d JOIN parcels p ON p.seq = d.seq"
        " WHERE d.sink = ? AND d.state = 'waiting' ORDER BY d.seq LIMIT ?"
    )
    rows = connection.execute(query, (sink, max(0, limit))).fetchall()
    read = [(row[0], parcels.read(row)) for row in rows]
    return [one for _, one in read if one is not None], [seq for seq, one in read if one is None]


def purging(connection: sqlite3.Connection, sink: str) -> frozenset[str]:
    """Name the collections from which *sink* has still to remove an older session's documents."""
    query = " UNION ".join(
        "SELECT p.collection FROM deliveries d JOIN parcels p ON p.seq = d.seq"
        f" WHERE d.sink = ? AND d.state = '{state}' AND p.kind = ?"
        for state in ("waiting", "parked")
    )
    kind = ParcelKind.PURGE.value
    return frozenset(name for (name,) in connection.execute(query, (sink, kind, sink, kind)).fetchall())


def mark_delivered(connection: sqlite3.Connection, sink: str, seqs: Sequence[int], utc_text: str) -> None:
    """Note that *sink* has these; a number that is gone (replaced meanwhile) changes nothing."""
    connection.executemany(
        "UPDATE deliveries SET state = 'delivered', changed_utc = ?, reason = NULL"
        " WHERE seq = ? AND sink = ? AND state <> 'delivered'",
        [(utc_text, seq, sink) for seq in seqs],
    )


def park(connection: sqlite3.Connection, sink: str, seq: int, reason: str, utc_text: str) -> None:
    """Take a waiting parcel out of the queue of *sink*, with the reason."""
    connection.execute(
        "UPDATE deliveries SET state = 'parked', changed_utc = ?, reason = ?"
        " WHERE seq = ? AND sink = ? AND state <> 'delivered'",
        (utc_text, codec.plain_text(reason), seq, sink),
    )


def unpark(connection: sqlite3.Connection, sink: str, utc_text: str) -> int:
    """Let everything parked at *sink* wait again, in its old place; return how many."""
    return connection.execute(
        "UPDATE deliveries SET state = 'waiting', changed_utc = ?, reason = NULL WHERE sink = ? AND state = 'parked'",
        (utc_text, sink),
    ).rowcount


def parked(connection: sqlite3.Connection, sink: str) -> list[ParkedParcel]:
    """Read what is parked at *sink*, oldest first."""
    query = (
        f"SELECT d.reason, d.changed_utc, {parcels.COLUMNS} FROM deliveries d JOIN parcels p ON p.seq = d.seq"
        " WHERE d.sink = ? AND d.state = 'parked' ORDER BY d.seq"
    )
    found = []
    for reason, changed_utc, *row in connection.execute(query, (sink,)).fetchall():
        stored = parcels.read(row)
        if stored is not None:
            found.append(ParkedParcel(stored, reason or "", codec.utc_from(changed_utc)))
    return found


def counts(connection: sqlite3.Connection) -> Counts:
    """Read the tallies that the triggers keep: some ten rows, however much is stored; and an index of the laps."""
    tallies: dict[str, dict[str, int]] = {FIRESTORE: {}, PUBSUB: {}}
    for name, state, n in connection.execute(
        "SELECT name, state, n FROM tallies WHERE typeof(n) = 'integer'"
    ).fetchall():
        tallies.setdefault(name, {})[state] = n
    recorded = tallies.pop("parcels", {})
    (seen,) = connection.execute(_LAPS_SEEN).fetchone()
    return Counts(
        recorded=sum(recorded.values()),
        recorded_laps=max(recorded.get(ParcelKind.LAP.value, 0), seen),
        sinks={
            sink: SinkCounts(by.get("delivered", 0), by.get("waiting", 0), by.get("parked", 0))
            for sink, by in tallies.items()
        },
    )


def laps_waiting(connection: sqlite3.Connection, sinks: Collection[str]) -> int:
    """Count the laps of which something waits for one of *sinks* or several: the lap itself, or a part of it."""
    query = (
        "SELECT DISTINCT p.session_id, p.doc_id FROM deliveries d JOIN parcels p ON p.seq = d.seq"
        f" WHERE d.state = 'waiting' AND p.kind IN ('lap', 'part') AND d.sink IN ({', '.join('?' * len(sinks))})"
    )
    waiting = connection.execute(query, tuple(sinks)).fetchall()
    return len({(session_id, _lap_of(str(doc_id))) for session_id, doc_id in waiting})


def unconfirmed(connection: sqlite3.Connection, session_id: int, sink: str) -> frozenset[str]:
    """Name the documents of laps, and parts, of a session that wait for *sink*, or are parked there."""
    query = " UNION ".join(
        "SELECT p.doc_id FROM deliveries d JOIN parcels p ON p.seq = d.seq"
        f" WHERE d.sink = ? AND d.state = '{state}' AND p.session_id = ? AND p.kind IN ('lap', 'part')"
        for state in ("waiting", "parked")
    )
    found = connection.execute(query, (sink, session_id, sink, session_id)).fetchall()
    return frozenset(str(doc_id) for (doc_id,) in found)


def _lap_of(doc_id: str) -> str:
    """Return the number of the lap in ``7`` or ``part 7 4711``."""
    words = doc_id.split(" ")
    return words[1] if len(words) > 1 else doc_id
