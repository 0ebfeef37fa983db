"""What of a lap's facts is told where they are more than anybody reads: pure."""

from __future__ import annotations

from dataclasses import replace

from teamtactics.model.facts import LapFacts, MomentKind, PitMoment, Sight

_PART = 10
"""Of the kind of which there are most a tenth is left out at once."""


def count(facts: LapFacts) -> int:
    """Count what is bounded."""
    return len(facts.sights) + len(facts.moments) + len(facts.requests) + len(facts.fillings)


def shorter(facts: LapFacts) -> LapFacts:
    """
    Leave out some of that of which there is most.

    Of the stretches the shortest, but neither the first nor the last; of the moments neither the first nor the last of
    a kind; of the rest what is oldest.
    """
    most = max(len(facts.sights), len(facts.moments), len(facts.requests), len(facts.fillings))
    if most == len(facts.sights):
        return replace(facts, sights=_without_shortest(facts.sights))
    if most == len(facts.moments):
        return replace(facts, moments=_without_middle(facts.moments))
    if most == len(facts.requests):
        return replace(facts, requests=facts.requests[_some(most) :])
    return replace(facts, fillings=facts.fillings[_some(most) :])


def _some(many: int) -> int:
    return max(1, many // _PART)


def _without_shortest(sights: tuple[Sight, ...]) -> tuple[Sight, ...]:
    inner = sorted(sights[1:-1] or sights, key=lambda each: (each.until_s - each.from_s, each.from_s))
    gone = {(each.vantage, each.from_s) for each in inner[: _some(len(sights))]}
    return tuple(each for each in sights if (each.vantage, each.from_s) not in gone)


def _without_middle(moments: tuple[PitMoment, ...]) -> tuple[PitMoment, ...]:
    first: dict[MomentKind, PitMoment] = {}
    last: dict[MomentKind, PitMoment] = {}
    for each in moments:
        first.setdefault(each.kind, each)
        last[each.kind] = each
    kept = {*first.values(), *last.values()}
    inner = [each for each in moments if each not in kept] or list(moments)
    gone = set(inner[: _some(len(moments))])
    return tuple(each for each in moments if each not in gone)
