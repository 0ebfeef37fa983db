"""
Stint numbers, a function of where stints begin: no counter runs along, so none can run wrong.

``begins`` names, in order, the laps between whose two lines a stint began; a lap with two begins stands in it twice.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Sequence


def numbers(begins: Sequence[int], lap: int) -> tuple[int, int]:
    """Return ``Stint`` and ``StintLap`` of *lap*: the stint that the car is in when it crosses the line."""
    begun = bisect_right(begins, lap)
    since = max(1, begins[begun - 1]) if begun else 1
    return begun + 1, lap - since + 1


def renumbered(before: Sequence[int], now: Sequence[int], laps: Iterable[int]) -> list[int]:
    """Return which of *laps* have other numbers *now* than *before*."""
    if before == now:
        return []
    return [lap for lap in laps if numbers(before, lap) != numbers(now, lap)]
