"""A file that cannot be read: how it is found out, and how it is moved out of the way without losing a byte."""

from __future__ import annotations

import sqlite3
from datetime import UTC, datetime
from pathlib import Path

from teamtactics.errors import OutboxError
from teamtactics.store.faults import is_damage

FULLY_CHECKED_BYTES = 64 * 1024 * 1024
"""Up to this size every page is checked at start. ``tests/bench/bench_outbox.py`` prints what that costs; a season's
outbox is some megabytes. Of a larger one only the small tables are walked: what is broken elsewhere shows when it is
used, and is then treated the same way."""

_MAGIC = b"SQLite format 3\0"
"""The first bytes of every SQLite file (sqlite.org/fileformat.html); they are never rewritten."""

_SMALL_TABLES = ("schema_version", "sessions", "tallies", "meta")
_BESIDE = ("-journal", "-wal", "-shm")


def is_no_database(path: Path) -> bool:
    """
    Say whether there is a file whose first bytes are not SQLite's; an empty file will do, it is a new one.

    Asked before SQLite opens it: opening consumes the journal beside the file, which would then be lost with it.
    """
    try:
        with path.open("rb") as file:
            head = file.read(len(_MAGIC))
    except OSError:
        return False  # SQLite will meet the same obstacle and name it
    return head not in (b"", _MAGIC)


def problem_of(connection: sqlite3.Connection, size: int) -> str | None:
    """
    Say what is broken in the open file of *size* bytes; None when it is sound.

    Raises:
        sqlite3.Error: It cannot be read for a reason that is no damage (locked, not allowed).
    """
    try:
        if size <= FULLY_CHECKED_BYTES:
            return _first_complaint(connection, "PRAGMA quick_check(1)")
        query = "SELECT name FROM sqlite_master WHERE type = 'table'"
        present = {name for (name,) in connection.execute(query).fetchall()}
        for table in _SMALL_TABLES:
            if table in present and (complaint := _first_complaint(connection, f"PRAGMA quick_check({table})")):
                return complaint
    except sqlite3.Error as error:
        if is_damage(error):
            return str(error)
        raise
    return None


def _first_complaint(connection: sqlite3.Connection, check: str) -> str | None:
    rows = connection.execute(check).fetchall()
    return None if rows == [("ok",)] else " ".join(str(rows[0][0]).split()) if rows else "the check gave no answer"


def move_aside(path: Path, now: datetime) -> Path:
    """
    Give the file at *path* a name that says it is damaged and since when, with its journals; return that name.

    Raises:
        OutboxError: It cannot be renamed; nothing has been changed then.
    """
    target = _free_name(path, now)
    try:
        # The file itself goes first: should that fail, its journal still stands beside it.
        path.rename(target)
        for suffix in _BESIDE:
            journal = path.with_name(path.name + suffix)
            if journal.exists():
                journal.rename(target.with_name(target.name + suffix))
    except OSError as error:
        raise OutboxError(
            f"{path} is damaged and cannot be moved aside ({error}); close what uses it, or move it away by hand"
        ) from error
    return target


def _free_name(path: Path, now: datetime) -> Path:
    stem = f"{path.name}.damaged-{now.astimezone(UTC):%Y%m%dT%H%M%SZ}"
    target, number = path.with_name(stem), 2
    while any(target.with_name(target.name + suffix).exists() for suffix in ("", *_BESIDE)):
        target, number = path.with_name(f"{stem}-{number}"), number + 1
    return target
