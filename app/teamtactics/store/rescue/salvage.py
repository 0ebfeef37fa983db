"""
What can be saved out of a damaged file, and how it comes into the new one: only rows that prove to be whole.

The mirror is left behind: it stands in the collections, and with holes in it, it would be worth less than none.
"""

from __future__ import annotations

import logging
import sqlite3
from collections.abc import Iterable
from dataclasses import dataclass, field

from teamtactics.language import Said
from teamtactics.model.parcel import FIRESTORE, PUBSUB, ParcelKind, sinks_of
from teamtactics.store.rescue.scan import Cell, Row, rows
from teamtactics.store.tables import codec, laps, parcels, sessions

log = logging.getLogger(__name__)

_KINDS = frozenset(kind.value for kind in ParcelKind)
_LONG_AGO = codec.utc_text(codec.utc_from(""))
_STATES = frozenset(("waiting", "delivered", "parked"))
_SESSION_WIDTHS = (8, 10)
"""Columns of a session: of a file from before the checksums, and since."""
_PARCEL_WIDTHS = (10, 11, 12)
"""The same of a parcel; the eleventh is a mark that says nothing any more."""
_LAP_TYPES = (int, str, int, int, str, int, int)
"""Of what was seen of a lap, behind its number."""


@dataclass(slots=True)
class Found:
    """
    Rows that proved to be whole.

    Attributes:
        sessions, parcels: By their numbers, as they stood in the table.

        laps: What was seen of laps, by its number.

        deliveries: (parcel, sink) → state, moment, reason.

        broken: How many rows of sessions and parcels were recognised, but are not as they were written.
    """

    sessions: dict[int, tuple[Cell, ...]] = field(default_factory=dict)
    parcels: dict[int, tuple[Cell, ...]] = field(default_factory=dict)
    laps: dict[int, tuple[Cell, ...]] = field(default_factory=dict)
    deliveries: dict[tuple[int, str], tuple[Cell, ...]] = field(default_factory=dict)
    meta: dict[str, tuple[Cell, ...]] = field(default_factory=dict)
    broken: int = 0


@dataclass(frozen=True, slots=True)
class Saved:
    """How many rows came over, how many of these still wait for a sink, and how many were seen to be broken."""

    sessions: int
    parcels: int
    waiting: int
    broken: int

    @property
    def said(self) -> str:
        """All of it in words."""
        facts = {"parcels": self.parcels, "sessions": self.sessions, "waiting": self.waiting}
        saved = Said("{parcels} items of {sessions} sessions were saved, {waiting} of them wait", **facts)
        return Said("{saved}; {broken} were broken", saved=saved, broken=self.broken) if self.broken else saved


def find(files: Iterable[bytes]) -> Found:
    """Look for whole rows in the bytes of one file or more, the earlier ones first."""
    found = Found()
    for data in files:
        for row in rows(data):
            _sort(found, row)
    return found


def _sort(found: Found, row: Row) -> None:
    cells = row.cells
    if row.rowid is None:
        if len(cells) == 5 and isinstance(cells[0], int) and cells[1] in (FIRESTORE, PUBSUB) and cells[2] in _STATES:
            found.deliveries.setdefault((cells[0], str(cells[1])), cells[2:])
        elif len(cells) == 3 and isinstance(cells[0], str) and cells[2] == codec.checksum(*cells[:2]):
            found.meta.setdefault(cells[0], cells)
        return
    if row.rowid <= 0 or len(cells) < 8 or cells[0] is not None:
        return
    if len(cells) in _PARCEL_WIDTHS and isinstance(cells[1], int) and cells[2] in _KINDS:
        # A column that was added later is not in the rows from before.
        content = (*_with_real(cells[1:10], 4), cells[10] if len(cells) > 10 else 0)
        _keep(found, found.parcels, row.rowid, content, cells[11:])
    elif tuple(map(type, cells[1:])) == _LAP_TYPES:
        _keep(found, found.laps, row.rowid, cells[1:7], cells[7:])
    elif len(cells) in _SESSION_WIDTHS and all(isinstance(cell, str) for cell in cells[1:6]):
        identity, progress = cells[1:5], _with_real((cells[5], cells[6], cells[7]), 1)
        is_whole = len(cells) == 8 or cells[8] == codec.checksum(row.rowid, *identity)
        if is_whole and len(cells) == 10 and cells[9] != codec.checksum(row.rowid, *progress):
            found.broken += 1
            # Which session it is stands; where it was left is not known.
            progress = (progress[0], progress[1] if isinstance(progress[1], float) else 0.0, None)
        _keep(found, found.sessions, row.rowid, (*identity, *progress), (), is_whole=is_whole)


def _keep(
    found: Found,
    table: dict[int, tuple[Cell, ...]],
    number: int,
    content: tuple[Cell, ...],
    checksum: tuple[Cell, ...],
    *,
    is_whole: bool = True,
) -> None:
    if not is_whole or (checksum and checksum[0] != codec.checksum(number, *content)):
        found.broken += 1
    else:
        table.setdefault(number, content)


def _with_real(cells: tuple[Cell, ...], at: int) -> tuple[Cell, ...]:
    """Whole numbers stand in a REAL column as integers."""
    value = cells[at]
    return (*cells[:at], float(value), *cells[at + 1 :]) if isinstance(value, int) else cells


def take_over(connection: sqlite3.Connection, found: Found) -> Saved:
    """Put what was *found* into the new file, within the caller's transaction."""
    numbers = {int(str(content[0])) for content in (*found.parcels.values(), *found.laps.values())}
    for number in sorted({*numbers, *found.sessions}):
        _insert_session(connection, number, found)
    taken: set[tuple[Cell, Cell]] = set()
    saved = waiting = 0
    for seq in sorted(found.parcels, reverse=True):
        content = found.parcels[seq]
        if (content[0], content[2]) in taken:
            continue  # an older content of the same key
        states = _states(seq, content, found)
        if states is None:
            continue
        taken.add((content[0], content[2]))
        parcels.insert_row(connection, seq, content, states)
        saved += 1
        waiting += any(state[0] == "waiting" for state in states.values())
    for number in sorted(found.laps):
        laps.insert_row(connection, number, found.laps[number])
    for key, value, checksum in found.meta.values():
        connection.execute("INSERT INTO meta (key, value, crc) VALUES (?, ?, ?)", (key, value, checksum))
    return Saved(len({*numbers, *found.sessions}), saved, waiting, found.broken)


def _insert_session(connection: sqlite3.Connection, number: int, found: Found) -> None:
    content = found.sessions.get(number)
    if content is None:
        # Its parcels are there, it is not: for these alone, it is nobody's session again (``sessions.latest``).
        named = [(parcel[3], parcel[5]) for parcel in found.parcels.values() if parcel[0] == number]
        named += [(lap[1], _LONG_AGO) for lap in found.laps.values() if lap[0] == number]
        name, utc = named[0]
        content = (name, "", "{}", utc, utc, 0.0, None)
    sessions.insert_row(connection, number, content[:4], content[4:])


def _states(seq: int, content: tuple[Cell, ...], found: Found) -> dict[str, tuple[Cell, ...]] | None:
    """Say where the parcel stands at each of its sinks; None when it must not come over."""
    stored = parcels.read((seq, *content, codec.checksum(seq, *content)))
    if stored is None:
        found.broken += 1
        return None
    states = {}
    for sink in sinks_of(stored.parcel):
        state = found.deliveries.get((seq, sink))
        if state is None and stored.parcel.kind is ParcelKind.PURGE:
            # Whether it was obeyed is not known, and obeyed twice it removes what nobody tells again.
            return None
        # Delivered once more is harmless; not delivered at all is not.
        states[sink] = state or ("waiting", content[5], None)
    return states
