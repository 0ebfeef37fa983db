"""What this client has asked of Firestore, and the free quota of a day; pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from zoneinfo import ZoneInfo

FREE_WRITES = 20_000
FREE_READS = 50_000
"""
Documents a day and project that cost nothing; every member's client takes of them.

Source:
    https://firebase.google.com/docs/firestore/quotas (free quota; removals have a quota of their own, as large, and are
    counted as writes here).
"""
WARN_AT = 0.8
"""Chosen: at the pace of a race the rest lasts for hours."""

_GOOGLES_DAY = ZoneInfo("America/Los_Angeles")


@dataclass(frozen=True, slots=True)
class Usage:
    """
    Operations as Firestore counts them.

    Attributes:
        commits: Calls that wrote; they are free.

        written: Documents written or removed.

        read: Documents read by name, whether they exist or not, and by query; a query without a result counts one.

        told: Documents told to the watch of the team's ``state``; each is a read.
    """

    commits: int = 0
    written: int = 0
    read: int = 0
    told: int = 0

    def __add__(self, more: Usage) -> Usage:
        return Usage(
            self.commits + more.commits, self.written + more.written, self.read + more.read, self.told + more.told
        )

    def __str__(self) -> str:
        return (
            f"{self.written:,} of {FREE_WRITES:,} free writes, {self.read + self.told:,} of {FREE_READS:,} free reads"
        )


NO_USAGE = Usage()


def quota_day(utc: datetime) -> date:
    """Return the day whose quota an operation at *utc* takes from: it begins at midnight Pacific time."""
    return utc.astimezone(_GOOGLES_DAY).date()


def runs_short(before: Usage, after: Usage) -> Sequence[str]:
    """Name what of a day's quota came to ``WARN_AT`` of it between *before* and *after*."""
    kinds = (
        ("writes", FREE_WRITES, before.written, after.written),
        ("reads", FREE_READS, before.read + before.told, after.read + after.told),
    )
    return [name for name, free, then, now in kinds if then < WARN_AT * free <= now]
