"""``teamtactics show``: what is recorded, for people and for programs, with or without a cloud."""

from __future__ import annotations

import csv
import io
import json
import math
import sys
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from typing import Literal, TextIO

from teamtactics.model.parcel import Document, ParcelKind, iso_utc
from teamtactics.model.words import UNKNOWN
from teamtactics.reports import summary
from teamtactics.reports.known_laps import known_laps
from teamtactics.reports.tables import laps_table, printable, sessions_table, stints_table, stops_table
from teamtactics.store.store import Outbox, SessionCounts, StoredSession

Format = Literal["table", "json", "csv"]

LAST = "last"
_NAMED = 10
"""So many sessions are named when the wanted one does not exist."""
_PLAIN = {UNKNOWN: "-", "°": " "}
"""Our own characters on a console that does not have them."""
_SESSION_COLUMNS = ("number", "collection", "laps", "first_utc", "last_utc", "waiting")


@dataclass(frozen=True, slots=True)
class _Recorded:
    """What there is of one session."""

    session: StoredSession
    counts: SessionCounts
    info: Document | None
    laps: Sequence[Document]
    stints: Sequence[summary.StintSummary]
    stops: Sequence[summary.Stop]


def show(outbox: Outbox, session: str | None, fmt: Format, out: TextIO, err: TextIO | None = None) -> int:
    """
    Print the sessions, or one session's laps, stints and stops; return the exit code.

    Args:
        session: Number, collection id (its newest session) or ``last``; None for the list of sessions, to which the
            table adds the last one.

        fmt: ``json`` prints one object, ``csv`` the sessions or the lap documents with the contract's column names.

        err: Where a wish that cannot be met is answered; None for the console's standard error.
    """
    sessions = outbox.sessions()
    if session is None:
        _show_list(outbox, sessions, fmt, out)
        return 0
    wanted = _find(sessions, session)
    if wanted is None:
        _write(err or sys.stderr or out, _answer(session, sessions))
        return 1
    recorded = _read(outbox, wanted)
    if fmt == "json":
        _write_json(out, _as_object(recorded))
    elif fmt == "csv":
        _write_csv(out, _columns(recorded.laps), recorded.laps)
    else:
        _write_session(out, recorded)
    return 0


def _show_list(outbox: Outbox, sessions: Sequence[StoredSession], fmt: Format, out: TextIO) -> None:
    counts = outbox.session_counts()
    rows = [_session_object(one, counts.get(one.id, SessionCounts())) for one in sessions]
    if fmt == "json":
        _write_json(out, {"sessions": rows})
    elif fmt == "csv":
        _write_csv(out, _SESSION_COLUMNS, rows)
    elif not sessions:
        _write(out, "Nothing is recorded yet.\n")
    else:
        _write(out, sessions_table(sessions, counts, ascii_only=_is_ascii_only(out)))
        _write_session(out, _read(outbox, sessions[0]))


def _find(sessions: Sequence[StoredSession], wanted: str) -> StoredSession | None:
    # A number first: no collection id is one.
    by_number = next((one for one in sessions if str(one.id) == wanted), None)
    by_name = next((one for one in sessions if one.collection == wanted), None)
    return by_number or by_name or (sessions[0] if wanted == LAST and sessions else None)


def _answer(wanted: str, sessions: Sequence[StoredSession]) -> str:
    if not sessions:
        return f"There is no session {printable(wanted)}: nothing is recorded yet.\n"
    named = "".join(f"  {one.id}  {printable(one.collection)}\n" for one in sessions[:_NAMED])
    more = f"  and {len(sessions) - _NAMED} older ones\n" if len(sessions) > _NAMED else ""
    return f"There is no session {printable(wanted)}. Give a number, a name or 'last'; recorded are:\n{named}{more}"


def _read(outbox: Outbox, session: StoredSession) -> _Recorded:
    laps = summary.in_order(known_laps(outbox, session))
    infos = outbox.documents(session.id, ParcelKind.INFO)
    counts = replace(outbox.session_counts().get(session.id, SessionCounts()), laps=len(laps))
    return _Recorded(session, counts, infos[-1] if infos else None, laps, summary.stints(laps), summary.stops(laps))


def _session_object(session: StoredSession, counts: SessionCounts) -> dict[str, object]:
    return {
        "number": session.id,
        "collection": session.collection,
        "laps": counts.laps,
        "first_utc": session.began_utc.isoformat(),
        "last_utc": session.last_utc.isoformat(),
        "waiting": counts.waiting,
    }


def _as_object(recorded: _Recorded) -> dict[str, object]:
    return {
        "session": {**_session_object(recorded.session, recorded.counts), "info": recorded.info},
        "laps": recorded.laps,
        "stints": [asdict(stint) for stint in recorded.stints],
        "stops": [asdict(stop) for stop in recorded.stops],
    }


def _columns(laps: Sequence[Document]) -> Sequence[str]:
    others = dict.fromkeys(name for lap in laps for name in lap if name not in summary.LAP_COLUMNS)
    return (*summary.LAP_COLUMNS, *others)


def _write_session(out: TextIO, recorded: _Recorded) -> None:
    session, ascii_only = recorded.session, _is_ascii_only(out)
    _write(out, f"\nSession {session.id}: {printable(session.collection)}\n")
    if not recorded.laps:
        _write(out, "No lap is recorded.\n")
        return
    _write(out, laps_table(recorded.laps, recorded.stops, ascii_only=ascii_only))
    _write(out, stints_table(recorded.stints, ascii_only=ascii_only))
    if recorded.stops:
        _write(out, stops_table(recorded.stops, ascii_only=ascii_only))


def _write_json(out: TextIO, value: object) -> None:
    is_unicode = (out.encoding or "utf-8").lower().replace("-", "").startswith("utf")
    _write(out, json.dumps(_finite(value), indent=2, ensure_ascii=not is_unicode, allow_nan=False) + "\n")


def _write_csv(out: TextIO, columns: Sequence[str], rows: Iterable[Mapping[str, object]]) -> None:
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(columns)
    for row in rows:
        writer.writerow([_cell(row.get(name)) for name in columns])
    _write(out, text.getvalue())


def _cell(value: object) -> object:
    value = _finite(value)
    if isinstance(value, bool):
        return "true" if value else "false"
    return "" if value is None else value


def _finite(value: object) -> object:
    """Replace what JSON has no number for by null, programs refuse the whole text otherwise; write moments as text."""
    if isinstance(value, float) and not math.isfinite(value):
        return None
    if isinstance(value, datetime):
        return iso_utc(value)
    if isinstance(value, Mapping):
        return {key: _finite(one) for key, one in value.items()}
    if isinstance(value, list | tuple):
        return [_finite(one) for one in value]
    return value


def _is_ascii_only(out: TextIO) -> bool:
    return not _can_show("─", out.encoding or "utf-8")


def _write(out: TextIO, text: str) -> None:
    """Write *text*; what the console cannot show (cp1252 and a Polish driver) becomes a question mark, not a crash."""
    try:
        out.write(text)
    except UnicodeEncodeError:
        encoding = out.encoding or "ascii"
        for ours, plain in _PLAIN.items():
            text = text if _can_show(ours, encoding) else text.replace(ours, plain)
        out.write(text.encode(encoding, "replace").decode(encoding))


def _can_show(character: str, encoding: str) -> bool:
    try:
        character.encode(encoding)
    except UnicodeEncodeError:
        return False
    return True
