"""When a client saw nothing that anybody will ever hear of, given what goes wrong in a race."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass

from race_sim.faults import NEVER_S, Faults, Running, Span
from race_sim.spans import common

EDGE_S = 1.0
"""So long after it happened an edge may still not be on disk (a stop counts after half a second)."""

CHECKPOINT_S = 31.0
"""The longest time between two checkpoints while driving: ``stateInterval`` and a second."""

WRITING_S = 0.2
"""What is seen has to be debounced (three ticks), and a kill strikes in the middle of the work."""

TOLD_S = 90.0
"""
Who is kept away for good has told by then what he saw so long before.

A lap is told when it is over, to fill one in takes 20 s more, and a client's second of real time is a minute's race.
"""


@dataclass(frozen=True, slots=True)
class Blind:
    """
    When a client saw nothing.

    Attributes:
        is_abrupt: It was killed: what was not on disk by then is lost.
    """

    span: Span
    is_abrupt: bool = False

    def reach(self, before_s: float) -> Span:
        """Return the span, begun *before_s* earlier where it was abrupt."""
        return Span(self.span.from_s - (before_s if self.is_abrupt else 0.0), self.span.until_s)

    def since_written(self, written: Sequence[float]) -> Span:
        """Return the span, begun where levels were *written* down last (sorted) where it was abrupt."""
        if not self.is_abrupt:
            return self.span
        at = bisect_right(written, self.span.from_s - WRITING_S)
        last_s = written[at - 1] if at else 0.0
        return Span(max(last_s, self.span.from_s - CHECKPOINT_S), self.span.until_s)


class Blindness:
    """
    Who saw nothing when, client by client.

    Args:
        end_s: When the race ends.
    """

    def __init__(self, faults: Faults, members: tuple[int, ...], end_s: float) -> None:
        runs = [running for running in faults.clients(members) if running.sim_mode == "full"]
        self._away_s = {member: faults.away_from_s(member) for member in members}
        self._spells: dict[int, list[list[Blind]]] = {}
        for member in members:
            names = {running.client for running in runs if running.member == member}
            clients = [_spells([r for r in runs if r.client == name], faults, end_s) for name in sorted(names)]
            self._spells[member] = clients or [[Blind(Span(0.0, end_s))]]
        self._known: dict[tuple[int, float], list[Span]] = {}

    def unseen(self, member: int, before_s: float) -> list[Span]:
        """Return when none of *member*'s clients saw anything, or could keep it before it was killed."""
        if (member, before_s) not in self._known:
            clients = self._spells[member]
            self._known[member, before_s] = common([[blind.reach(before_s) for blind in client] for client in clients])
        return self._known[member, before_s]

    def may_be_told(self, member: int, at_s: float) -> bool:
        """Whether he is kept away later, and what he saw then may have been told or not."""
        return at_s <= self._away_s[member] < NEVER_S

    def unwritten(self, member: int, written: Sequence[float]) -> list[Span]:
        """Return when none of *member*'s clients has kept levels, which are on disk with the next thing *written*."""
        clients = self._spells[member]
        return common([[blind.since_written(written) for blind in client] for client in clients])


def _spells(runs: Sequence[Running], faults: Faults, end_s: float) -> list[Blind]:
    """Return when one client, in any of its *runs*, saw nothing between the first tick and *end_s*."""
    member, spells, at_s = runs[0].member, list[Blind](), 0.0
    for running in sorted(runs, key=lambda running: running.from_s):
        if running.from_s > at_s:
            spells.append(Blind(Span(at_s, running.from_s + 0.1)))
        at_s = end_s if running.until_s is None else running.until_s
    if at_s < end_s:
        spells.append(Blind(Span(at_s, end_s)))
    if runs[0].name is None:
        spells += [
            Blind(Span(kill.at_s, kill.at_s + kill.away_s + 0.1), is_abrupt=True)
            for kill in faults.kills
            if kill.member == member
        ]
    spells += [
        Blind(Span(restart.at_s, restart.at_s + restart.away_s + 0.1))
        for restart in faults.restarts
        if restart.member == member
    ]
    if faults.away_from_s(member) < end_s:
        mute = [*(spell.span for spell in spells), *_offline(member, faults, end_s)]
        spells.append(Blind(Span(_untold_from_s(faults.away_from_s(member), mute), end_s)))
    return spells


def _offline(member: int, faults: Faults, end_s: float) -> list[Span]:
    return [
        Span(outage.from_s, end_s if outage.until_s is None else outage.until_s)
        for outage in faults.outages
        if outage.member == member
    ]


def _untold_from_s(away_s: float, mute: Sequence[Span]) -> float:
    """Return since when nothing was told before *away_s*: the time to tell it must be whole."""
    from_s = away_s - TOLD_S
    for span in sorted(mute, key=lambda span: -span.until_s):
        if span.until_s >= from_s and span.from_s < away_s:
            from_s = min(from_s, span.from_s - TOLD_S)
    return from_s
