"""What may stand in ``Stint`` and ``StintLap``: the truth, but for stops that no client saw."""

from __future__ import annotations

from dataclasses import dataclass

from race_sim.faults import Span
from race_sim.timeline import SessionLine
from race_sim.truth import SessionTruth
from race_sim.witnesses import Witnesses

STOOD_S = 1.0
"""Who saw the car stand in its stall for so long from the car, or from outside a little longer, knows of the stop."""

Numbers = tuple[int, int]
"""Stint and stint lap."""


@dataclass(frozen=True, slots=True)
class Begin:
    """
    A visit to the pits whose end begins a stint.

    Attributes:
        laps: Laps under way at which it may be thought to have begun; the true one where its exit was seen.

        may_be_unknown: No client saw that the car stood.
    """

    laps: range
    may_be_unknown: bool = False


def begins(told: SessionTruth, line: SessionLine, witnesses: Witnesses) -> list[Begin]:
    """Return, in order, where stints begin by what the clients saw."""
    return [_begin(visit, told, line, witnesses) for visit in line.stint_ends]


def numbers(lap: int, begun: list[Begin]) -> set[Numbers]:
    """Return every pair that may stand in *lap*; one where every stop before it was seen."""
    # How many stints have begun so far, and the lap in which the last one did.
    counts: set[tuple[int, int]] = {(0, 1)}
    for begin in begun:
        after: set[tuple[int, int]] = set(counts) if begin.may_be_unknown else set()
        for count, last in counts:
            after |= {(count + 1, max(last, at)) if at <= lap else (count, last) for at in begin.laps}
        counts = after
    return {(1 + count, lap - last + 1) for count, last in counts}


def _begin(visit: Span, told: SessionTruth, line: SessionLine, witnesses: Witnesses) -> Begin:
    out_s = visit.until_s
    if witnesses.longest_in_stall_s(_stand(visit, told, line)) < STOOD_S:
        return Begin(
            range(_lap_at(line, visit.from_s), _lap_at(line, witnesses.seen_around(out_s).until_s) + 1),
            may_be_unknown=True,
        )
    if witnesses.sees(out_s - 0.2, out_s + 0.2):
        return Begin(range(_lap_at(line, out_s), _lap_at(line, out_s) + 1))
    around = witnesses.seen_around(out_s)
    return Begin(range(_lap_at(line, max(visit.from_s, around.from_s)), _lap_at(line, around.until_s) + 1))


def _stand(visit: Span, told: SessionTruth, line: SessionLine) -> Span:
    """When the car stands in its stall in *visit*: from its stop, or from when it was put there, to its last start."""

    def within(kind: str) -> list[float]:
        times = [at_s + line.shift_s for told_kind, at_s in told.events if told_kind == kind]
        return [at_s for at_s in times if visit.meets(at_s, at_s)]

    return Span(min(within("stopMoving"), default=visit.from_s), max(within("startMoving"), default=visit.until_s))


def _lap_at(line: SessionLine, at_s: float) -> int:
    """Return which lap is under way."""
    return 1 + sum(lap >= 1 and line_s <= at_s for lap, line_s in line.lines.items())
