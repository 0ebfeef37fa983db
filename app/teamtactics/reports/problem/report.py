"""A report: one file with all that a developer needs to see a problem again. Nothing is sent."""

from __future__ import annotations

import json
import os
import zipfile
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import count
from pathlib import Path
from typing import Any

from teamtactics.errors import OutboxError
from teamtactics.language import Said
from teamtactics.redaction import Redactor
from teamtactics.reports.problem import circumstances, recorded, session_texts
from teamtactics.reports.problem.cut import Piece, cut_lap, cut_last, find_tape
from teamtactics.reports.problem.log_end import log_end
from teamtactics.reports.problem.people import Found, Kind, People
from teamtactics.reports.problem.prose import Prose
from teamtactics.reports.problem.recorded import NoSuchSession, Recorded
from teamtactics.settings.settings import Settings
from teamtactics.store.store import Outbox
from teamtactics.telemetry.tape.folder import TAPES

REPORTS = "reports"
"""The folder beside the store."""
SAID, DOCUMENTS, TAPE, LOG, INI = "report.json", "documents.json", "session.tape", "irtactics.log", "teamtactics.ini"
FORM = 1
_BEFORE = timedelta(hours=1)
"""So much of the log from before the session: how the program came up."""
_LAST = timedelta(hours=24)


@dataclass(frozen=True, slots=True)
class Wish:
    """
    What is to be reported.

    Attributes:
        session: As for ``show``; None for the last.

        lap: Around which lap the tape is wanted; None for its last ten minutes.

        folder: Where to; None for the one beside the store.
    """

    session: str | None = None
    lap: int | None = None
    folder: Path | None = None


@dataclass(slots=True)
class _Known:
    """What was found, and what is missing and why."""

    session: Recorded | None = None
    piece: Piece | None = None
    found: Found = field(default_factory=Found)
    missing: list[str] = field(default_factory=list)


def write_report(
    settings: Settings, logfile: Path | None, outbox: Callable[[], Outbox | None], wish: Wish, now_utc: datetime
) -> Path:
    """
    Write a report and return where it is. What cannot be read is left out, and the report says so.

    Args:
        logfile: Which is written; None when none is.

        outbox: Opens the store; None where nothing is recorded yet. It stays open.

    Durability: the file is whole, or there is none.

    Raises:
        NoSuchSession: The session or the lap that is asked for is not there.

        OSError: It cannot be written.
    """
    known = _Known()
    _read_store(known, outbox, wish)
    _cut_tape(known, settings.data_dir / TAPES, wish)
    if settings.iracing_id is not None:
        known.found.number(Kind.CUSTOMER, settings.iracing_id)
    people = People(known.found)
    prose = Prose(people, circumstances.secrets(settings), Redactor(settings.secrets))
    files = _files(known, settings, logfile, people, prose, now_utc)
    files[SAID] = _json(_said(known, settings, wish, people, prose, now_utc))
    folder = wish.folder if wish.folder is not None else settings.data_dir / REPORTS
    return _write(folder, f"teamtactics-report {now_utc.astimezone():%Y%m%d-%H%M%S}", files)


def _read_store(known: _Known, opened: Callable[[], Outbox | None], wish: Wish) -> None:
    try:
        outbox = opened()
        if outbox is not None:
            known.session = recorded.read(outbox, wish.session)
            recorded.look(outbox, known.found)
    except OutboxError as error:
        known.missing.append(f"documents: {error}")
        return
    if known.session is None:
        if wish.session is not None or wish.lap is not None:
            raise NoSuchSession(Said("Nothing is recorded yet."))
        known.missing.append("documents: nothing is recorded yet")


def _cut_tape(known: _Known, folder: Path, wish: Wish) -> None:
    session = known.session
    span_s = None if session is None or wish.lap is None else session.span_of(wish.lap)
    try:
        tape = find_tape(folder, None if session is None else session.session)
        if tape is None:
            known.missing.append("tape: there is none of this session")
            return
        if session is None or span_s is None:
            known.piece = cut_last(tape)
        else:
            known.piece = cut_lap(tape, *span_s, session.session)
    except OSError as error:
        known.missing.append(f"tape: {error}")
        return
    known.piece.look(known.found)
    if not known.piece.chunks:
        known.missing.append("tape: it has nothing of this time that can be read")
    if known.piece.damaged:
        known.missing.append(f"tape: {known.piece.damaged} damaged stretches")


def _files(
    known: _Known, settings: Settings, logfile: Path | None, people: People, prose: Prose, now_utc: datetime
) -> dict[str, bytes]:
    files = {}
    if known.session is not None:
        files[DOCUMENTS] = _json(recorded.with_others(known.session, people, prose))
    if known.piece is not None and known.piece.chunks:
        files[TAPE] = known.piece.with_others(people)
    try:
        other_member = lambda number: people.number(Kind.CUSTOMER, number)  # noqa: E731
        files[INI] = circumstances.ini_text(settings, prose, other_member).encode()
    except OSError as error:
        known.missing.append(f"ini: {error}")
    since = now_utc - _LAST if known.session is None else known.session.session.began_utc - _BEFORE
    try:
        text, is_cut = log_end(logfile if logfile is not None else settings.logfile, since, prose)
        files[LOG] = text.encode()
        if is_cut:
            known.missing.append("log: only its end")
    except OSError as error:
        known.missing.append(f"log: {error}")
    return files


def _said(
    known: _Known, settings: Settings, wish: Wish, people: People, prose: Prose, now_utc: datetime
) -> dict[str, Any]:
    texts = [] if known.piece is None else [*known.piece.texts]
    own = settings.iracing_id
    return {
        "form": FORM,
        "made": now_utc.astimezone(UTC).isoformat(),
        "lap": wish.lap,
        "versions": circumstances.versions(session_texts.build_of(texts[-1]) if texts else None),
        "iracingId": None if own is None else people.number(Kind.CUSTOMER, own),
        "stateInterval": settings.state_interval_s,
        "missing": [prose(each) for each in known.missing],
    }


def _json(value: object) -> bytes:
    return (json.dumps(value, indent=1, ensure_ascii=False) + "\n").encode("utf-8", "replace")


def _write(folder: Path, name: str, files: dict[str, bytes]) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    path = _free(folder, name)
    unfinished = path.with_name(f"{path.name}.new")
    try:
        with unfinished.open("wb") as file:
            with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as into:
                for each, content in files.items():
                    into.writestr(each, content)
            file.flush()
            os.fsync(file.fileno())
        unfinished.replace(path)
    finally:
        unfinished.unlink(missing_ok=True)
    return path


def _free(folder: Path, name: str) -> Path:
    """Return a place where nothing is: two reports may be made within a second."""
    names = (f"{name}{'' if number == 1 else f' ({number})'}.zip" for number in count(1))
    return next(folder / each for each in names if not (folder / each).exists())
