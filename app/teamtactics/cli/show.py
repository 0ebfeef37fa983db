"""``teamtactics show``: what is recorded, for people and for programs, with or without a cloud."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime
from typing import Literal, TextIO

from teamtactics.cli.console.output import can_show, is_ascii_only, terminal_width, write
from teamtactics.cli.console.voice import PROGRAM
from teamtactics.cli.spreadsheet import BYTE_ORDER_MARK, csv_text, excel_text, finite
from teamtactics.language import _, n_
from teamtactics.model.parcel import Document, iso_utc
from teamtactics.reports import stops as pit_stops
from teamtactics.reports import summary
from teamtactics.reports.known_laps import KnownSession, known_laps, known_session, known_wholeness
from teamtactics.reports.page.marks import OF_STORE, Signs, missing, missing_text, signs
from teamtactics.reports.tables import laps_table, printable, sessions_table, stints_table, stops_table, team_table
from teamtactics.reports.wholeness import sentences
from teamtactics.store.store import Outbox, SessionCounts, StoredSession
from teamtactics.team.members import members_of

Format = Literal["table", "json", "csv", "excel"]

LAST = "last"
_NAMED = 10
"""So many sessions are named when the wanted one does not exist."""
_SESSION_COLUMNS = ("number", "collection", "laps", "first_utc", "last_utc", "waiting")


@dataclass(frozen=True, slots=True)
class _Recorded:
    """What there is of one session."""

    session: StoredSession
    counts: SessionCounts
    known: KnownSession
    laps: Sequence[Document]
    stints: Sequence[summary.StintSummary]
    stops: Sequence[pit_stops.Stop]
    signs: Signs


def show(outbox: Outbox, session: str | None, fmt: Format, out: TextIO, err: TextIO | None = None) -> int:
    """
    Print the sessions, or one session's laps, stints and stops; return the exit code.

    Args:
        session: Number, collection id (its newest session) or ``last``; None for the list of sessions, to which the
            table adds the last one.

        fmt: ``json`` prints one object, ``csv`` the sessions or the lap documents with the contract's column names,
            ``excel`` the same for Excel.

        err: Where a wish that cannot be met is answered; None for the console's standard error.
    """
    sessions = outbox.sessions()
    if session is None:
        _show_list(outbox, sessions, fmt, out)
        return 0
    wanted = _find(sessions, session)
    if wanted is None:
        write(err or sys.stderr or out, _answer(session, sessions))
        return 1
    recorded = _read(outbox, wanted)
    if fmt == "json":
        _write_json(out, _as_object(recorded))
    elif fmt in ("csv", "excel"):
        _write_rows(out, fmt, _columns(recorded.laps), recorded.laps)
    else:
        _write_session(out, recorded)
    return 0


def show_team(outbox: Outbox, session: str | None, now: datetime, out: TextIO, err: TextIO | None = None) -> int:
    """
    Print who is, or was, there in a team's session; return the exit code.

    Args:
        session: As for ``show``; None for the team's session that was begun last.

        now: The wall clock, from which how long ago somebody was seen is reckoned.
    """
    sessions = outbox.sessions()
    of_teams = [one for one in sessions if not one.is_single]
    wanted = _find(sessions, session) if session is not None else next(iter(of_teams), None)
    if wanted is None:
        none = _("no session of a team is recorded yet")
        answer = f"{PROGRAM}: {none}\n" if session is None else _answer(session, sessions)
        write(err or sys.stderr or out, answer)
        return 1
    documents, now_s = outbox.mirror(wanted.collection).documents, now.timestamp()
    told = members_of(documents, now_s)
    own = next((one.member for one in told if one.member.customer_id == wanted.member_id), None)
    # As the icon says it: what differs from this PC's version and encoding is wrong, too.
    members = members_of(documents, now_s, own)
    write(out, _title(wanted))
    nobody = _("No client has told that it is there.") + "\n"
    write(out, team_table(members, ascii_only=is_ascii_only(out), width=terminal_width(out)) if members else nobody)
    return 0


def show_wholeness(outbox: Outbox, session: str | None, now: datetime, out: TextIO, err: TextIO | None = None) -> int:
    """
    Print whether a session's record is whole; return 1 when it is not, or there is no such session.

    Args:
        session: As for ``show``; None for the last one.

        now: The wall clock, by which a session is under way or over.
    """
    sessions = outbox.sessions()
    wanted = _find(sessions, session or LAST)
    if wanted is None:
        write(err or sys.stderr or out, _answer(session or LAST, sessions))
        return 1
    found = known_wholeness(outbox, wanted, now)
    write(out, _title(wanted))
    write(out, "".join(f"{printable(line)}\n" for line in sentences(found)))
    if wanted.is_followed and found.expected is None:
        along = _("Here it is only read along: the simulator's results are known at a member whose simulator ran.")
        write(out, f"{along}\n")
    return int(not found.is_whole)


def _show_list(outbox: Outbox, sessions: Sequence[StoredSession], fmt: Format, out: TextIO) -> None:
    recorded = outbox.session_counts()
    # Counted as they are shown: who did not drive has recorded none, and knows all.
    laps = {one.id: len(known_laps(outbox, one)) for one in sessions}
    counts = {one.id: replace(recorded.get(one.id, SessionCounts()), laps=laps[one.id]) for one in sessions}
    rows = [_session_object(one, counts[one.id]) for one in sessions]
    if fmt == "json":
        _write_json(out, {"sessions": rows})
    elif fmt in ("csv", "excel"):
        _write_rows(out, fmt, _SESSION_COLUMNS, rows if fmt == "csv" else [_with_moments(row) for row in rows])
    elif not sessions:
        write(out, _("Nothing is recorded yet.") + "\n")
    else:
        write(out, sessions_table(sessions, counts, ascii_only=is_ascii_only(out), width=terminal_width(out)))
        _write_session(out, _read(outbox, sessions[0]))


def find_session(sessions: Sequence[StoredSession], wanted: str, err: TextIO) -> StoredSession | None:
    """Return the session with that number or collection id, or the ``last``; None when there is none, which is said."""
    found = _find(sessions, wanted)
    if found is None:
        write(err, _answer(wanted, sessions))
    return found


def _find(sessions: Sequence[StoredSession], wanted: str) -> StoredSession | None:
    # A number first: no collection id is one.
    by_number = next((one for one in sessions if str(one.id) == wanted), None)
    by_name = next((one for one in sessions if one.collection == wanted), None)
    return by_number or by_name or (sessions[0] if wanted == LAST and sessions else None)


def _answer(wanted: str, sessions: Sequence[StoredSession]) -> str:
    if not sessions:
        none = _("there is no session {wanted}: nothing is recorded yet").format(wanted=printable(wanted))
        return f"{PROGRAM}: {none}\n"
    named = "".join(f"  {one.id}  {printable(one.collection)}\n" for one in sessions[:_NAMED])
    older = len(sessions) - _NAMED
    more = n_("and {count} older one", "and {count} older ones", older).format(count=older)
    more = f"  {more}\n" if older > 0 else ""
    none = _("there is no session {wanted}; give a number, a name or 'last'. Recorded are:")
    return f"{PROGRAM}: {none.format(wanted=printable(wanted))}\n{named}{more}"


def _title(session: StoredSession) -> str:
    text = _("Session {number}: {name}").format(number=session.id, name=printable(session.collection))
    return f"\n{text}\n"


def _read(outbox: Outbox, session: StoredSession) -> _Recorded:
    known = known_session(outbox, session)
    laps = summary.in_order(known.laps)
    counts = replace(outbox.session_counts().get(session.id, SessionCounts()), laps=len(laps))
    found = signs(laps, known.marks, OF_STORE)
    return _Recorded(session, counts, known, laps, summary.stints(laps), pit_stops.stops(laps), found)


def _session_object(session: StoredSession, counts: SessionCounts) -> dict[str, object]:
    return {
        "number": session.id,
        "collection": session.collection,
        "laps": counts.laps,
        "first_utc": session.began_utc.isoformat(),
        "last_utc": session.last_utc.isoformat(),
        "waiting": counts.waiting,
    }


def _with_moments(row: Mapping[str, object]) -> Mapping[str, object]:
    return {name: datetime.fromisoformat(str(value)) if name.endswith("_utc") else value for name, value in row.items()}


def _as_object(recorded: _Recorded) -> dict[str, object]:
    return {
        "session": {
            **_session_object(recorded.session, recorded.counts),
            "told_utc": recorded.known.told_utc,
            "info": recorded.known.info or None,
            "missing": missing(recorded.laps),
        },
        "laps": recorded.laps,
        "stints": [asdict(stint) for stint in recorded.stints],
        "stops": [asdict(stop) for stop in recorded.stops],
        "marks": {str(lap): sorted(marks) for lap, marks in recorded.known.marks.items()},
    }


def _columns(laps: Sequence[Document]) -> Sequence[str]:
    others = dict.fromkeys(name for lap in laps for name in lap if name not in summary.LAP_COLUMNS)
    return (*summary.LAP_COLUMNS, *others)


def _write_session(out: TextIO, recorded: _Recorded) -> None:
    session, ascii_only, width = recorded.session, is_ascii_only(out), terminal_width(out)
    write(out, _title(session))
    if not recorded.laps:
        write(out, _("No lap is recorded.") + "\n")
        return
    write(out, _age(recorded))
    letters = {lap: "".join(sign.letter for sign in each) for lap, each in recorded.signs.by_lap.items()}
    write(out, laps_table(recorded.laps, recorded.stops, letters, ascii_only=ascii_only, width=width))
    for meaning in recorded.signs.legend:
        write(out, f"{meaning.sign.letter}: {meaning.sign.text} ({meaning.laps})\n")
    for sentence in recorded.signs.sentences:
        write(out, f"{sentence}\n")
    if (lacking := missing_text(missing(recorded.laps))) is not None:
        write(out, f"{lacking[:1].upper()}{lacking[1:]}\n")
    write(out, stints_table(recorded.stints, ascii_only=ascii_only, width=width))
    if recorded.stops:
        write(out, stops_table(recorded.stops, ascii_only=ascii_only, width=width))


def _write_json(out: TextIO, value: object) -> None:
    is_unicode = (out.encoding or "utf-8").lower().replace("-", "").startswith("utf")
    write(out, json.dumps(_finite(value), indent=2, ensure_ascii=not is_unicode, allow_nan=False) + "\n")


def _age(recorded: _Recorded) -> str:
    """Say how old it is what follows, by the clocks of who wrote it."""
    driven = [at for lap in recorded.laps if (at := summary.moment(lap, "Utc")) is not None]
    told = recorded.known.told_utc
    parts = [_("last lap {time}").format(time=f"{driven[-1]:%Y-%m-%d %H:%M:%S}")] if driven else []
    newest = _("newest word of the team's collection {time}")
    parts += [newest.format(time=f"{told.astimezone(UTC):%Y-%m-%d %H:%M:%S}")] if told else []
    text = ", ".join(parts)
    return f"{text[:1].upper()}{text[1:]} (UTC)\n" if text else ""


def _write_rows(out: TextIO, fmt: Format, columns: Sequence[str], rows: Iterable[Mapping[str, object]]) -> None:
    text = csv_text(columns, rows) if fmt == "csv" else excel_text(columns, rows)
    # A console shows no byte order mark; one that writes another encoding than UTF-8 into a file has none.
    is_marked = not out.isatty() and can_show(BYTE_ORDER_MARK, out.encoding or "utf-8")
    write(out, text if is_marked else text.removeprefix(BYTE_ORDER_MARK))


def _finite(value: object) -> object:
    """Replace what JSON has no number for by null; write moments as text."""
    if isinstance(value, datetime):
        return iso_utc(value)
    if isinstance(value, Mapping):
        return {key: _finite(one) for key, one in value.items()}
    if isinstance(value, list | tuple):
        return [_finite(one) for one in value]
    return finite(value)
