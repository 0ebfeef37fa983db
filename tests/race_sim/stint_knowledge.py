"""
Who can know that a stint has ended, at any time of a race.

A stint ends where the car leaves the pits. Who has his eyes open then knows it: the driver's client from within, the
others' from outside. From then on what a driver's client tells counts for all: one that knows it tells all, and one
that does not (it was killed over the stop, or began after it) makes the others count wrong as well, for a state is
believed.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from race_sim.faults import Span
from race_sim.timeline import SessionLine
from race_sim.truth import SessionTruth

_STOOD_S = 1.0
"""A stop counts half a second after it; then it is told."""

IsAway = Callable[[int, float], bool]
"""Whether the client of a member sees nothing (or is offline) at a moment."""


@dataclass(frozen=True, slots=True)
class Telling:
    """*member* drives, and what his client tells reaches the others."""

    member: int
    span: Span


def stint_ends(told: SessionTruth, line: SessionLine) -> list[Span]:
    """Return the visits to the pits whose end begins a stint."""
    stints = [(line.lines[int(str(lap["LapCompleted"]))], int(str(lap["Stint"]))) for lap in told.laps]

    def stint_at(at_s: float) -> int:
        return next((stint for line_s, stint in reversed(stints) if line_s <= at_s), 1)

    def stint_after(at_s: float) -> int:
        return next((stint for line_s, stint in stints if line_s > at_s), stints[-1][1] + 1)

    return [visit for visit in line.visits if stint_after(visit.until_s) > stint_at(visit.until_s)]


def who_knows(
    ended: Span, at_s: float, members: Sequence[int], tellings: Sequence[Telling], stops: Sequence[float], away: IsAway
) -> set[int]:
    """
    Return who knows at *at_s* that a stint ended with the visit *ended*.

    Args:
        tellings: In order.

        stops: When the car stopped in its stall, or was put there.
    """
    out_s = ended.until_s
    knowing = {member for member in members if not away(member, out_s)}
    for telling in tellings:
        if telling.span.from_s > at_s:
            break
        if telling.span.until_s < out_s:
            stood = any(ended.meets(stop, stop) and stop + _STOOD_S <= telling.span.until_s for stop in stops)
            if stood and ended.meets(telling.span.until_s, telling.span.until_s):
                # He has told that the car stood: that it drives again says the rest.
                knowing = set(members)
            continue
        knowing = set(members) if telling.member in knowing else set()
    return knowing


def tellings(line: SessionLine, is_mute: Callable[[int], Sequence[Span]]) -> list[Telling]:
    """Return who can tell when: each seat without the spans in which its driver is mute (blind or offline)."""
    found: list[Telling] = []
    for seat in line.seats:
        at_s = seat.span.from_s
        for mute in sorted(is_mute(seat.member), key=lambda span: span.from_s):
            if mute.until_s < at_s or mute.from_s > seat.span.until_s:
                continue
            if mute.from_s > at_s:
                found.append(Telling(seat.member, Span(at_s, mute.from_s)))
            at_s = max(at_s, mute.until_s)
        if at_s < seat.span.until_s:
            found.append(Telling(seat.member, Span(at_s, seat.span.until_s)))
    return found
