"""What a sound file holds that is not as it was written: found at start, set aside and said; what is whole stays."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from teamtactics.language import Said
from teamtactics.model.parcel import sinks_of
from teamtactics.store.tables import codec, mirror, parcels, schema

REASON = "its text in the outbox file is damaged"

_TALLIES = (
    "SELECT 'parcels', kind, COUNT(*) FROM parcels GROUP BY kind"
    " UNION ALL SELECT sink, state, COUNT(*) FROM deliveries GROUP BY sink, state"
)


@dataclass(frozen=True, slots=True)
class Wrong:
    """
    What is not as it was written.

    Attributes:
        parcels: Numbers of items that must never be delivered, and still wait.

        sessions: Numbers of sessions of which it is not known any more where they were left, or which they are.

        undelivered: (parcel, sink) that nothing says anything of: they wait.

        strays: (parcel, sink) of no parcel, or of no sink.

        tallies: The counts as they must be, where one is wrong.

        laps: Numbers of laps of which it is not known any more what was seen here.

        mirrored: Rows of what stands in the collections: it is asked for again.
    """

    parcels: Sequence[int]
    sessions: Sequence[int]
    undelivered: Sequence[tuple[int, str]]
    strays: Sequence[tuple[int, str]]
    tallies: Sequence[tuple[str, str, int]]
    laps: Sequence[int]
    mirrored: Sequence[int]

    def __bool__(self) -> bool:
        set_aside = self.parcels or self.sessions or self.laps or self.mirrored
        return bool(set_aside or self.undelivered or self.strays or self.tallies)

    @property
    def need(self) -> str | None:
        """What a human should know of it; None when all could be put right."""
        said = [Said("{count} items", count=len(self.parcels))] if self.parcels else []
        said += [Said("what was known of {count} sessions", count=len(self.sessions))] if self.sessions else []
        said += [Said("what was seen of {count} laps", count=len(self.laps))] if self.laps else []
        if not said:
            return None
        what = said[0]
        for more in said[1:]:
            what = Said("{what} and {more}", what=what, more=more)
        return Said("Damaged in the local store and set aside: {what}.", what=what)


def look(connection: sqlite3.Connection) -> Wrong:
    """Compare all rows with their checksums and with one another; only reads."""

    def ask(query: str) -> list[tuple[int, str]]:
        return connection.execute(query).fetchall()

    broken = _broken(connection)
    waiting = {seq for (seq, _) in ask("SELECT seq, '' FROM deliveries WHERE state <> 'parked'")}
    sessions = {*broken["sessions", "crc"], *broken["sessions", "progress_crc"]}
    strays = ask(
        "SELECT seq, sink FROM deliveries d WHERE sink NOT IN ('firestore', 'pubsub')"
        " OR NOT EXISTS (SELECT 1 FROM parcels p WHERE p.seq = d.seq)"
    )
    counted = connection.execute(_TALLIES).fetchall()
    stated = connection.execute("SELECT name, state, n FROM tallies WHERE n <> 0").fetchall()
    tallies = [] if set(counted) == set(stated) else counted
    return Wrong(
        [seq for seq in broken["parcels", "crc"] if seq in waiting],
        sorted(sessions),
        _undelivered(connection, ask),
        strays,
        tallies,
        broken["lap_facts", "crc"],
        broken["mirror", "crc"],
    )


def _broken(connection: sqlite3.Connection) -> dict[tuple[str, str], list[int]]:
    """Name the rows that are not what their checksum says, by table and checksum."""
    found: dict[tuple[str, str], list[int]] = {}
    for table, column, columns, key in schema.SUMMED:
        rows = connection.execute(f"SELECT {columns}, {column}, {key} FROM {table}")
        found[table, column] = [row[-1] for row in rows if row[-2] != codec.checksum(*row[:-2])]
    return found


def _undelivered(connection: sqlite3.Connection, ask: Callable[[str], list[tuple[int, str]]]) -> list[tuple[int, str]]:
    suspects = ask(
        "SELECT seq, '' FROM parcels p WHERE (SELECT COUNT(*) FROM deliveries d WHERE d.seq = p.seq AND sink IN"
        " ('firestore', 'pubsub')) < (document IS NOT NULL) + (message IS NOT NULL)"
    )
    found = []
    for seq, _ in suspects:
        row = connection.execute(f"SELECT {parcels.COLUMNS} FROM parcels p WHERE p.seq = ?", (seq,)).fetchone()
        stored = parcels.read(row)
        if stored is not None:
            there = {sink for (sink,) in connection.execute("SELECT sink FROM deliveries WHERE seq = ?", (seq,))}
            found += [(seq, sink) for sink in sinks_of(stored.parcel) if sink not in there]
    return found


def mend(connection: sqlite3.Connection, wrong: Wrong, utc_text: str) -> None:
    """Set aside what is damaged and put right what can be, within the caller's transaction."""
    for seq, sink in wrong.strays:
        connection.execute("DELETE FROM deliveries WHERE seq = ? AND sink = ?", (seq, sink))
    for seq, sink in wrong.undelivered:
        # Delivered once more is harmless; not delivered at all is not.
        connection.execute("INSERT INTO deliveries VALUES (?, ?, 'waiting', ?, NULL)", (seq, sink, utc_text))
    for seq in wrong.parcels:
        connection.execute(
            "UPDATE deliveries SET state = 'parked', changed_utc = ?, reason = ? WHERE seq = ?", (utc_text, REASON, seq)
        )
    for number in wrong.sessions:
        _forget(connection, number)
    connection.executemany("DELETE FROM lap_facts WHERE id = ?", [(number,) for number in wrong.laps])
    if wrong.mirrored:
        mirror.forget_damaged(connection, wrong.mirrored)
    if wrong.tallies or wrong:
        connection.execute("DELETE FROM tallies")
        connection.execute(f"INSERT INTO tallies {_TALLIES}")


def _forget(connection: sqlite3.Connection, number: int) -> None:
    """Leave of a session what is certain: where it was left, or even which one it is, is not."""
    query = "SELECT id, collection, token, facts, began_utc, last_utc, crc FROM sessions WHERE id = ?"
    row = connection.execute(query, (number,)).fetchone()
    identity, last_utc = row[1:5], row[5]
    is_known = row[6] == codec.checksum(number, *identity)
    progress = (last_utc if is_known else identity[3], 0.0, None)
    kept = identity if is_known else (identity[0], "", "{}", identity[3])
    connection.execute(
        "UPDATE sessions SET collection = ?, token = ?, facts = ?, began_utc = ?, last_utc = ?,"
        " last_session_time_s = ?, checkpoint = ?, crc = ?, progress_crc = ? WHERE id = ?",
        (*kept, *progress, codec.checksum(number, *kept), codec.checksum(number, *progress), number),
    )
