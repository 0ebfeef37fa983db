"""A file that cannot be read: how it is found out, and how it is moved out of the way without losing a byte."""

from __future__ import annotations

import sqlite3
from datetime import UTC, datetime
from pathlib import Path

from teamtactics.errors import OutboxError
from teamtactics.language import Said
from teamtactics.store.faults import Meaning, meaning_of
from teamtactics.store.tables import schema

FULLY_CHECKED_BYTES = 64 * 1024 * 1024
"""Up to this size every page is checked at start. ``tests/bench/bench_outbox.py`` prints what that costs; a season's
outbox is some megabytes. Of a larger one only the small tables are walked: what is broken elsewhere shows when it is
used, and is then treated the same way."""

_MAGIC = b"SQLite format 3\0"
"""The first bytes of every SQLite file (sqlite.org/fileformat.html); they are never rewritten."""

_WRITE_FORMAT = 18
"""Where in the header stands whether and how the file may be written."""

_SMALL_TABLES = ("schema_version", "sessions", "tallies", "meta")
_BESIDE = ("-journal", "-wal", "-shm")


def is_no_database(path: Path) -> bool:
    """
    Say whether there is a file whose first bytes are not SQLite's; an empty file will do, it is a new one.

    One that says of itself that it may not be written (format 3 and up: no SQLite writes that) is none either.

    Asked before SQLite opens it: opening consumes the journal beside the file, which would then be lost with it.
    """
    try:
        with path.open("rb") as file:
            head = file.read(_WRITE_FORMAT + 1)
    except OSError:
        return False  # SQLite will meet the same obstacle and name it
    return head != b"" and (head[: len(_MAGIC)] != _MAGIC or head[_WRITE_FORMAT:] not in (b"\1", b"\2"))


def problem_of(connection: sqlite3.Connection, size: int) -> str | None:
    """
    Say what is broken in the open file of *size* bytes; None when it is sound.

    Raises:
        sqlite3.Error: It cannot be read for a reason that is no damage (locked, not allowed).

        OutboxError: It is sound and not for us.
    """
    try:
        return _complaint(connection, size)
    except schema.SchemaDamaged as damaged:
        return damaged.said
    except UnicodeDecodeError:
        return Said("SQLite's own words about it are unreadable")  # they quote the broken schema
    except sqlite3.Error as error:
        # That a plain question cannot be put to it is the file's doing as well: its schema is broken.
        if meaning_of(error) in (Meaning.DAMAGED, Meaning.DEFECT):
            return str(error)
        raise


def _complaint(connection: sqlite3.Connection, size: int) -> str | None:
    if size <= FULLY_CHECKED_BYTES:
        if complaint := _first_complaint(connection, "PRAGMA integrity_check(1)"):
            return complaint
    else:
        present = {name for kind, name in schema.objects(connection) if kind == "table"}
        for table in _SMALL_TABLES:
            if table in present and (complaint := _first_complaint(connection, f"PRAGMA quick_check({table})")):
                return complaint
    schema.checked_version(connection)
    return None


def _first_complaint(connection: sqlite3.Connection, check: str) -> str | None:
    rows = connection.execute(check).fetchall()
    if not rows:
        return Said("the check gave no answer")
    return None if rows == [("ok",)] else " ".join(str(rows[0][0]).split())


def content_of(path: Path) -> bytes:
    """Read the file as it is; nothing when it cannot be read."""
    try:
        return path.read_bytes()
    except OSError:
        return b""


def content_in(connection: sqlite3.Connection | None) -> bytes:
    """Read what an open connection still has of a file that may be gone."""
    if connection is None:
        return b""
    try:
        return connection.serialize()
    except (sqlite3.Error, MemoryError):
        return b""


def remove(path: Path) -> None:
    """
    Remove an unfinished new file with its journal.

    Raises:
        OutboxError: It cannot be removed.
    """
    try:
        for suffix in ("", *_BESIDE):
            path.with_name(path.name + suffix).unlink(missing_ok=True)
    except OSError as error:
        raise OutboxError(
            Said("{path} cannot be removed ({error}); close what uses it", path=path, error=error)
        ) from error


def rename(path: Path, target: Path) -> None:
    """
    Give the new file its name.

    Raises:
        OutboxError: It cannot be renamed; it is tried again when the store is next used.
    """
    try:
        path.rename(target)
    except OSError as error:
        raise OutboxError(
            Said("{path} cannot become {name} ({error}); close what uses it", path=path, name=target.name, error=error)
        ) from error


def move_aside(path: Path, now: datetime) -> Path:
    """
    Give the file at *path* a name that says it is damaged and since when, with its journals; return that name.

    Raises:
        OutboxError: It cannot be renamed; nothing has been changed then.
    """
    target = _free_name(path, now)
    try:
        # The file itself goes first: should that fail, its journal still stands beside it.
        if path.exists():
            path.rename(target)
        for suffix in _BESIDE:
            journal = path.with_name(path.name + suffix)
            if journal.exists():
                journal.rename(target.with_name(target.name + suffix))
    except OSError as error:
        raise OutboxError(
            Said(
                "{path} is damaged and cannot be moved aside ({error}); close what uses it, or move it away by hand",
                path=path,
                error=error,
            )
        ) from error
    return target


def _free_name(path: Path, now: datetime) -> Path:
    stem = f"{path.name}.damaged-{now.astimezone(UTC):%Y%m%dT%H%M%SZ}"
    target, number = path.with_name(stem), 2
    while any(target.with_name(target.name + suffix).exists() for suffix in ("", *_BESIDE)):
        target, number = path.with_name(f"{stem}-{number}"), number + 1
    return target
