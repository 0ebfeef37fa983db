"""A piece of a session's tape, with other people in its texts."""

from __future__ import annotations

import json
import math
import struct
import zlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from teamtactics.errors import SourceRefused
from teamtactics.model.parcel import Value
from teamtactics.reports.problem import session_texts
from teamtactics.reports.problem.people import Found, People
from teamtactics.store.store import StoredSession
from teamtactics.telemetry.tape.chunk import Reading, decode, encode, stretches
from teamtactics.telemetry.tape.columns import unpack
from teamtactics.telemetry.tape.folder import TapeFolder

BEFORE_S, BEHIND_S = 120.0, 60.0
"""So much more than a lap itself is given: what went before it, and the lap time that comes late."""
LAST_S = 600.0
_SIZE = struct.Struct("<I")
_STARTED_S = 5.0
"""A tape begins with its session; the moment in its name is of its first reading."""


@dataclass(frozen=True, slots=True)
class Piece:
    """
    Attributes:
        tape: Of which tape.

        chunks: The readings of each chunk that has some, and by which version they were written, and of what.

        damaged: Stretches of the tape that cannot be read.
    """

    tape: Path
    chunks: Sequence[tuple[Sequence[Reading], str, str]]
    damaged: int

    @property
    def texts(self) -> Iterator[bytes]:
        """Yield each session text once."""
        seen: set[bytes] = set()
        for readings, _, _ in self.chunks:
            for reading in readings:
                if reading.text is not None and reading.text not in seen:
                    seen.add(reading.text)
                    yield reading.text

    def look(self, found: Found) -> None:
        """Note who occurs in its texts."""
        for text in self.texts:
            session_texts.look(text, found)

    def with_others(self, people: People) -> bytes:
        """Return it as a tape, with other names and numbers in its texts."""
        others = {text: session_texts.with_others(text, people) for text in self.texts}
        written = []
        for readings, source, client in self.chunks:
            told = [
                each
                if each.text is None
                else Reading(each.frames, others[each.text], each.newest_utc, each.is_after_hole)
                for each in readings
            ]
            written.append(encode(told, source, client))
        return b"".join(written)


def find_tape(folder: Path, session: StoredSession | None) -> Path | None:
    """Return the tape of *session*, or without one the newest; None where there is none."""
    tapes = TapeFolder(folder).tapes()
    if session is None:
        return next(iter(tapes), None)
    number = session.event if isinstance(session.event, int) else 0
    found = TapeFolder(folder).of(number, session.began_utc, session.last_utc + timedelta(seconds=_STARTED_S))
    return next(reversed(found), None)


def cut_last(tape: Path) -> Piece:
    """
    Cut the last ten minutes off.

    Raises:
        OSError: It cannot be read.
    """
    newest = max((said.until_utc for said, _ in _chunks(tape) if said is not None), default=datetime.now(UTC))
    return _cut(tape, newest - timedelta(seconds=LAST_S), -math.inf, math.inf)


def cut_lap(tape: Path, begin_s: float, end_s: float, session: StoredSession) -> Piece:
    """
    Cut a lap out, with two minutes before it and one behind.

    Args:
        begin_s, end_s: Of the lap, session time.

        session: Whose lap it is: a tape has all sessions of an event, and each has a time of its own.

    Raises:
        OSError: The tape cannot be read.
    """
    from_utc, session_num = session.began_utc - timedelta(seconds=_STARTED_S), session.facts.get("SessionNum")
    return _cut(tape, from_utc, begin_s - BEFORE_S, end_s + BEHIND_S, session_num)


def _cut(tape: Path, from_utc: datetime, from_s: float, until_s: float, session_num: Value = None) -> Piece:
    found: list[tuple[Sequence[Reading], str, str]] = []
    damaged, has_hole = 0, False
    for said, body in _chunks(tape):
        if said is not None and (said.until_utc < from_utc or said.until_s < from_s or said.from_s > until_s):
            has_hole = False  # of what stands before the piece nothing is told
            continue
        try:
            if said is None:
                raise SourceRefused("a part of the tape is damaged or cut off")
            readings = [
                each
                for each in decode(body)
                if each.newest_utc >= from_utc
                and from_s <= each.frames[-1].session_time <= until_s
                and session_num in (None, each.frames[-1].session_num)
            ]
        except SourceRefused:
            damaged, has_hole = damaged + 1, True
            continue
        if readings and has_hole:
            readings[0] = replace(readings[0], is_after_hole=True)
        if readings:
            has_hole = False
            found.append((readings, said.source, said.client))
    return Piece(tape, found, damaged)


@dataclass(frozen=True, slots=True)
class _Said:
    """What a chunk says of itself; times from its first tick to its last."""

    client: str
    source: str
    from_s: float
    until_s: float
    until_utc: datetime


def _chunks(tape: Path) -> Iterator[tuple[_Said | None, bytes]]:
    """Yield the chunks; without what it says of itself one that is damaged."""
    with tape.open("rb") as file:
        for body in stretches(file):
            yield (None, b"") if body is None else (_said(body), body)


def _said(body: bytes) -> _Said | None:
    """Read as much of a chunk as tells from when to when it is: a tape of a day has more than a thousand."""
    try:
        data = zlib.decompress(body)
        (size,) = _SIZE.unpack_from(data)
        header = json.loads(data[_SIZE.size : _SIZE.size + size])
        times = _column(header, "session_time", data, _SIZE.size + size, header["ticks"])
        moments = _column(header, "utc_us", data, _SIZE.size + size, header["readings"])
        until_utc = datetime(1970, 1, 1, tzinfo=UTC) + timedelta(microseconds=max(moments))
        return _Said(str(header["client"]), str(header["source"]), min(times), max(times), until_utc)
    except (zlib.error, struct.error, ValueError, KeyError, TypeError, AttributeError, OverflowError, SourceRefused):
        return None


def _column(header: Any, wanted: str, data: bytes, at: int, count: int) -> list[Any]:
    for said in header["columns"]:
        length = said.get("bytes", 0)
        if said["name"] == wanted:
            return unpack(said, data[at : at + length], count)
        at += length
    raise KeyError(wanted)
