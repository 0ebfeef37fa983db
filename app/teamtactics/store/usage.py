"""What was asked of Firestore, by quota day."""

from __future__ import annotations

import sqlite3
from collections.abc import Mapping
from datetime import date, timedelta

from teamtactics.model.usage import NO_USAGE, Usage

_KEPT = timedelta(days=400)
"""Chosen: a year's races can be compared with the last one's."""


def of_day(connection: sqlite3.Connection, day: date) -> Usage:
    """Read what *day* has come to."""
    query = "SELECT commits, written, read, told FROM firestore_usage WHERE day = ?"
    row = connection.execute(query, (day.isoformat(),)).fetchone()
    return NO_USAGE if row is None else Usage(*row)


def add(connection: sqlite3.Connection, added: Mapping[date, Usage]) -> dict[date, Usage]:
    """Add to each day, and forget days of long ago; return what the days have come to."""
    totals = {day: of_day(connection, day) + usage for day, usage in added.items()}
    connection.executemany(
        "INSERT OR REPLACE INTO firestore_usage (day, commits, written, read, told) VALUES (?, ?, ?, ?, ?)",
        [(day.isoformat(), of.commits, of.written, of.read, of.told) for day, of in totals.items()],
    )
    for day in added:
        connection.execute("DELETE FROM firestore_usage WHERE day < ?", ((day - _KEPT).isoformat(),))
    return totals
