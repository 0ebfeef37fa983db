"""How lap times, moments of a session and numbers are written: the same in the log, in tables and on pages; pure."""

from __future__ import annotations

UNKNOWN = "–"


def lap_time(seconds: float | None, unknown: str = UNKNOWN) -> str:
    """Write a lap time as the simulator's own screens do, to a tenth of a millisecond: ``1:42.3456``, ``15.2033``."""
    if seconds is None:
        return unknown
    units = round(seconds * 10_000)
    minutes, units = divmod(abs(units), 600_000)
    rest = f"{units // 10_000:02d}.{units % 10_000:04d}" if minutes else f"{units / 10_000:.4f}"
    return ("-" if seconds < 0 else "") + (f"{minutes}:{rest}" if minutes else rest)


def clock(seconds: float | None) -> str:
    """Write a session time as hours, minutes, seconds and tenths."""
    if seconds is None:
        return UNKNOWN
    tenths = round(abs(seconds) * 10)
    sign = "-" if seconds < 0 else ""
    return f"{sign}{tenths // 36_000}:{tenths // 600 % 60:02d}:{tenths // 10 % 60:02d}.{tenths % 10}"


def fixed(value: float | None, digits: int = 0) -> str:
    """Write a number with so many digits behind the point."""
    return UNKNOWN if value is None else f"{value:.{digits}f}"
