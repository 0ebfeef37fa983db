"""
Stint numbers, a function of where stints begin: no counter runs along, so none can run wrong.

``begins`` names, in order, the laps between whose two lines a stint began; a lap with two begins stands in it twice.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Sequence


def numbers(begins: Sequence[int], lap: int, first: int = 1) -> tuple[int, int]:
    """
    Return ``Stint`` and ``StintLap`` of *lap*: the stint that the car is in when it crosses the line.

    Args:
        first: The lap in which stint 1 began.
    """
    begun = bisect_right(begins, lap)
    since = max(1, begins[begun - 1]) if begun else first
    return begun + 1, lap - since + 1


Numbering = tuple[Sequence[int], int]
"""What ``numbers`` asks for: the begins, and the lap in which stint 1 began."""


def renumbered(before: Numbering, now: Numbering, laps: Iterable[int]) -> list[int]:
    """Return which of *laps* have other numbers *now* than *before*."""
    if before == now:
        return []
    (was, was_first), (begins, first) = before, now
    return [lap for lap in laps if numbers(was, lap, was_first) != numbers(begins, lap, first)]
