"""What an error of SQLite means to the outbox: the one seam where its codes become our words."""

from __future__ import annotations

import sqlite3
from enum import Enum
from pathlib import Path

from teamtactics.errors import OutboxError, OutboxFull
from teamtactics.language import Said, joined, later


class Meaning(Enum):
    """What an error code says about the file."""

    NO_SPACE = "no space"
    UNWRITABLE = "cannot be written now"
    BUSY = "another program holds it"
    DAMAGED = "unreadable"
    DEFECT = "a defect of teamtactics"


_PRIMARY = 0xFF
"""An extended result code carries its primary code in the low byte (sqlite.org/rescode.html)."""

MEANINGS: dict[int, Meaning] = {
    sqlite3.SQLITE_FULL: Meaning.NO_SPACE,
    sqlite3.SQLITE_IOERR: Meaning.UNWRITABLE,
    sqlite3.SQLITE_READONLY: Meaning.UNWRITABLE,
    sqlite3.SQLITE_CANTOPEN: Meaning.UNWRITABLE,
    sqlite3.SQLITE_PERM: Meaning.UNWRITABLE,
    sqlite3.SQLITE_AUTH: Meaning.UNWRITABLE,
    sqlite3.SQLITE_NOMEM: Meaning.UNWRITABLE,
    sqlite3.SQLITE_NOLFS: Meaning.UNWRITABLE,
    sqlite3.SQLITE_BUSY: Meaning.BUSY,
    sqlite3.SQLITE_LOCKED: Meaning.BUSY,
    sqlite3.SQLITE_PROTOCOL: Meaning.BUSY,
    sqlite3.SQLITE_CORRUPT: Meaning.DAMAGED,
    sqlite3.SQLITE_NOTADB: Meaning.DAMAGED,
    sqlite3.SQLITE_FORMAT: Meaning.DAMAGED,
    sqlite3.SQLITE_ABORT: Meaning.DEFECT,
    sqlite3.SQLITE_CONSTRAINT: Meaning.DEFECT,
    sqlite3.SQLITE_EMPTY: Meaning.DEFECT,
    sqlite3.SQLITE_ERROR: Meaning.DEFECT,
    sqlite3.SQLITE_INTERNAL: Meaning.DEFECT,
    sqlite3.SQLITE_INTERRUPT: Meaning.DEFECT,
    sqlite3.SQLITE_MISMATCH: Meaning.DEFECT,
    sqlite3.SQLITE_MISUSE: Meaning.DEFECT,
    sqlite3.SQLITE_NOTFOUND: Meaning.DEFECT,
    sqlite3.SQLITE_RANGE: Meaning.DEFECT,
    sqlite3.SQLITE_SCHEMA: Meaning.DEFECT,
    sqlite3.SQLITE_TOOBIG: Meaning.DEFECT,
}

_REMEDY = {
    Meaning.NO_SPACE: later("the disk is full; free some space, what waits is then written by itself"),
    Meaning.UNWRITABLE: later(
        "the file cannot be written; check that the drive is there, that the folder and the file may be written, "
        "and that the file was not moved or deleted while teamtactics runs"
    ),
    Meaning.BUSY: later(
        "another program holds the file (a second teamtactics, a backup, a database viewer); close it, "
        "what waits is then written by itself"
    ),
    Meaning.DAMAGED: later("the file is damaged"),
    Meaning.DEFECT: later("this is a defect of teamtactics; please report it with the log"),
}


def meaning_of(error: sqlite3.Error) -> Meaning:
    """Look up what *error* says; one that SQLite gave no code to is a defect of ours."""
    code = getattr(error, "sqlite_errorcode", None)
    if not isinstance(code, int):
        return Meaning.DEFECT
    return MEANINGS.get(code & _PRIMARY, Meaning.DEFECT)


def is_damage(error: sqlite3.Error) -> bool:
    """Say whether the file itself is broken; a full disk or a lock is not."""
    return meaning_of(error) is Meaning.DAMAGED


def translate(error: sqlite3.Error, path: Path, *, is_opening: bool = False) -> OutboxError:
    """
    Turn *error* into the error that the rest of the program knows.

    Args:
        is_opening: At start a file held by another program, or one that cannot be written, is no passing trouble: then
            a plain OutboxError, except for a full disk.
    """
    meaning = meaning_of(error)
    text = joined(f"{path}:", Said(_REMEDY[meaning]), f"({_name(error)}: {error})")
    if meaning is Meaning.NO_SPACE or (meaning in (Meaning.UNWRITABLE, Meaning.BUSY) and not is_opening):
        return OutboxFull(text)
    return OutboxError(text)


def _name(error: sqlite3.Error) -> str:
    name = getattr(error, "sqlite_errorname", None)
    return name if isinstance(name, str) else type(error).__name__
