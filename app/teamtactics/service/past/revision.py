"""What was seen of laps then, and what other rules see in the same ticks: which laps are to be told anew. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from teamtactics.language import Said
from teamtactics.model.facts import LapFacts, joined
from teamtactics.model.parcel import Document, Value
from teamtactics.reports.known_laps import is_another

ENOUGH_S = 0.1
"""Half a dozen ticks: what a lap's first or last tick may lie beside those of the tape."""

_OF_THE_CLOCK = frozenset({"Utc", "Updated"})


@dataclass(slots=True)
class Stretches:
    """Of which session times, s, the ticks are there."""

    _all: list[list[float]] = field(default_factory=list)

    def add(self, at_s: float, *, is_next: bool) -> None:
        """
        Add a tick.

        Args:
            is_next: It follows the one before.
        """
        if is_next and self._all and at_s >= self._all[-1][1]:
            self._all[-1][1] = at_s
        else:
            self._all.append([at_s, at_s])

    def covered_s(self, from_s: float, until_s: float) -> float:
        """Return how much of a time is there; what is there twice counts once."""
        found, reached_s = 0.0, from_s
        for begin_s, end_s in sorted(map(tuple, self._all)):
            begin_s, end_s = max(begin_s, reached_s), min(end_s, until_s)
            if end_s > begin_s:
                found, reached_s = found + end_s - begin_s, end_s
        return found


@dataclass(frozen=True, slots=True)
class Revision:
    """
    Attributes:
        facts: What is to be told anew, in the place of what was told of these laps.

        left: Laps that come out differently and stay as they are, with the reason.
    """

    facts: Sequence[LapFacts]
    left: Mapping[int, str]


@dataclass(frozen=True, slots=True)
class Difference:
    """
    A field of a lap's document that comes out differently.

    Attributes:
        was, now: None also for a lap that was not there.
    """

    lap: int
    name: str
    was: Value
    now: Value


def revise(then: Iterable[LapFacts], now: Iterable[LapFacts], on_tape: Stretches) -> Revision:
    """
    Say what of *now* is to take the place of what was seen *then*.

    A lap is told anew only if the tapes hold all that was seen of it; the lap in which they end goes on elsewhere.
    """
    known, found = joined(then), joined(now)
    under_way = _under_way(found)
    facts, left = list[LapFacts](), dict[int, str]()
    for key in sorted(known.keys() | found.keys()):
        before, after = known.get(key), found.get(key)
        lap = key[0]
        if before is None:
            if after is not None and lap != under_way:
                facts.append(after)
        elif lap == under_way or (after is not None and _is_same(before, after)):
            continue
        elif not _is_covered(before, on_tape):
            left[lap] = Said("the tape does not hold all that was seen of it")
        elif after is None:
            left[lap] = Said("these rules see nothing of it")
        else:
            facts.append(replace(after, edition=before.edition + 1))
    return Revision(facts, left)


def with_revised(then: Iterable[LapFacts], revised: Iterable[LapFacts]) -> Sequence[LapFacts]:
    """Return all that is known of the laps when *revised* is told."""
    return list(joined([*then, *revised]).values())


def differences(was: Iterable[Document], now: Iterable[Document]) -> Sequence[Difference]:
    """Compare laps field by field; what the PC's clock said is no difference."""
    before = {lap["LapCompleted"]: lap for lap in was}
    found = []
    for lap in now:
        number = lap["LapCompleted"]
        assert isinstance(number, int), "it is the lap's id"
        there = before.get(number, {})
        found += [
            Difference(number, name, there.get(name), value)
            for name, value in lap.items()
            if name not in _OF_THE_CLOCK and is_another(there.get(name), value)
        ]
    return found


def needed(revision: Revision, found: Iterable[Difference]) -> Sequence[LapFacts]:
    """Return of a revision what changes a document: a lap's own, or the one beside it, of which it is begin or end."""
    laps = {each.lap + by for each in found for by in (-1, 0, 1)}
    return [facts for facts in revision.facts if facts.lap in laps]


def _under_way(facts: Mapping[tuple[int, int], LapFacts]) -> int | None:
    latest = max((lap for lap, _ in facts), default=None)
    has_line = any(each.line is not None for (lap, _), each in facts.items() if lap == latest)
    return None if has_line else latest


def _is_same(one: LapFacts, other: LapFacts) -> bool:
    return _untimed(one) == _untimed(replace(other, edition=one.edition))


def _untimed(facts: LapFacts) -> LapFacts:
    line = facts.line
    return facts if line is None else replace(facts, line=replace(line, utc_s=None))


def _is_covered(facts: LapFacts, on_tape: Stretches) -> bool:
    begins = [sight.from_s for sight in facts.sights]
    if not begins:
        return True
    from_s, until_s = min(begins), max(sight.until_s for sight in facts.sights)
    seen = Stretches()
    for sight in facts.sights:
        seen.add(sight.from_s, is_next=False)
        seen.add(sight.until_s, is_next=True)
    unseen_s = max(sight.unseen_s for sight in facts.sights)
    return on_tape.covered_s(from_s, until_s) >= seen.covered_s(from_s, until_s) - unseen_s - ENOUGH_S
