"""What this client has asked of Firestore, and the free quota of a day; pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta, timezone, tzinfo
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

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

try:
    _GOOGLES_ZONE: tzinfo = ZoneInfo("America/Los_Angeles")
except ZoneInfoNotFoundError:
    # Windows has no such files of its own. A day that begins an hour late in summer is no reason not to record.
    _GOOGLES_ZONE = timezone(timedelta(hours=-8))


@dataclass(frozen=True, slots=True)
class Usage:
    """
    Operations as Firestore counts them.

    Attributes:
        commits: Calls that wrote; they are free.

        written: Documents written or removed.

        read: Documents read by name, whether they exist or not, and by query; a query without a result counts one.

        told: Documents told to the watch of the team's collection; each is a read.
    """

    commits: int = 0
    written: int = 0
    read: int = 0
    told: int = 0

    @property
    def all_reads(self) -> int:
        """What counts as a read."""
        return self.read + self.told

    def __add__(self, more: Usage) -> Usage:
        return Usage(
            self.commits + more.commits, self.written + more.written, self.read + more.read, self.told + more.told
        )

    def __str__(self) -> str:
        return f"{self.written:,} of {FREE_WRITES:,} free writes, {self.all_reads:,} of {FREE_READS:,} free reads"


NO_USAGE = Usage()


def quota_day(utc: datetime) -> date:
    """Return the day whose quota an operation at *utc* takes from: it begins at midnight Pacific time."""
    return utc.astimezone(_GOOGLES_ZONE).date()


def runs_short(total: Usage, added: Usage) -> Sequence[str]:
    """Name what of a day's quota came to ``WARN_AT`` of it when *added* made the day *total*."""
    kinds = (
        ("writes", FREE_WRITES, total.written, added.written),
        ("reads", FREE_READS, total.all_reads, added.all_reads),
    )
    return [name for name, free, now, more in kinds if now - more < WARN_AT * free <= now]
