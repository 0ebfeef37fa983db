"""Sums with stretches of time: what lies in all of them, and what is left between them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import reduce

from race_sim.faults import Span


def meets(spans: Iterable[Span], from_s: float, until_s: float) -> bool:
    """Whether any of *spans* has a moment of that stretch."""
    return any(span.meets(from_s, until_s) for span in spans)


def common(several: Sequence[Sequence[Span]]) -> list[Span]:
    """Return what lies in one span at least of each of *several*."""
    return reduce(_overlap, several) if several else []  # type: ignore[arg-type,return-value]  # lists all the way


def parts_within(whole: Span, spans: Iterable[Span]) -> list[Span]:
    """Return what of *spans* lies in *whole*."""
    return _overlap([whole], list(spans))


def left_over(whole: Span, spans: Iterable[Span]) -> list[Span]:
    """Return what of *whole* lies in none of *spans*."""
    found, at_s = [], whole.from_s
    for span in sorted(parts_within(whole, spans), key=lambda span: span.from_s):
        if span.from_s > at_s:
            found.append(Span(at_s, span.from_s))
        at_s = max(at_s, span.until_s)
    return [*found, Span(at_s, whole.until_s)] if at_s < whole.until_s else found


def joined(spans: Iterable[Span], slack_s: float = 0.05) -> list[Span]:
    """Make one of those that touch, or are at most *slack_s* apart."""
    found: list[Span] = []
    for span in sorted(spans, key=lambda span: span.from_s):
        if found and span.from_s <= found[-1].until_s + slack_s:
            found[-1] = Span(found[-1].from_s, max(found[-1].until_s, span.until_s))
        else:
            found.append(span)
    return found


def _overlap(some: Sequence[Span], others: Sequence[Span]) -> list[Span]:
    return [
        Span(max(one.from_s, other.from_s), min(one.until_s, other.until_s))
        for one in some
        for other in others
        if one.meets(other.from_s, other.until_s)
    ]
