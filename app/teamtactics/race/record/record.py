"""
What all together know of a session: facts in, in any order; laps and stint numbers out.

A fact is put in its place and the laps around it are folded again. How much else is known, and how late the fact comes,
makes no difference to what that costs.
"""

from __future__ import annotations

from bisect import bisect_left, insort
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from teamtactics.model.facts import LapFacts, MomentKind, union
from teamtactics.model.records import LapRecord
from teamtactics.model.retold import Told, without_inferred
from teamtactics.race.record.fold import FoldedLap, fold_window
from teamtactics.race.record.stints import numbers, renumbered
from teamtactics.race.record.visits import PitState, follow
from teamtactics.race.record.window import Window


@dataclass(frozen=True, slots=True)
class Change:
    """
    What is different for what was learned.

    Attributes:
        laps: Of which more is known, or something else, apart from their numbers; also the one under way.

        renumbered: Whose ``Stint`` or ``StintLap`` is another one.
    """

    laps: tuple[int, ...] = ()
    renumbered: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class _Followed:
    """Where stints begin, as far as one lap tells: the state it was taken with, the state behind it, the begins."""

    into: PitState
    out: PitState
    begins: Sequence[int]


def is_in_garage(told: Iterable[LapFacts]) -> bool:
    """Tell whether the car was seen first where it had not driven to, and made no stop of that."""
    moments = {moment.kind for facts in told for moment in facts.moments}
    return MomentKind.PLACED in moments and MomentKind.STOOD not in moments


class Record:
    """
    The laps and stints of one session.

    The same facts always give the same record, in whatever order they are learned and how often.

    Attributes:
        first: The lap in which stint 1 began.
    """

    def __init__(self, is_stall_first: bool = False, is_alone: bool = False) -> None:
        """
        Args:
            is_stall_first: Whether one who leaves the stall comes to the line before he is out of the pits.

            is_alone: Whether only one member can drive the car.
        """
        self.is_stall_first, self.is_alone = is_stall_first, is_alone
        self._facts: dict[int, dict[int, LapFacts]] = {}
        self._shown: dict[int, LapFacts | None] = {}
        self._seen: dict[int, LapFacts] = {}
        self._closed: set[int] = set()
        self._laps: list[int] = []
        self._folded: dict[int, FoldedLap] = {}
        self._followed: dict[int, _Followed] = {}
        self._begins: list[int] = []
        self._names: dict[int, str] = {}
        self.first = 1

    @property
    def begins(self) -> Sequence[int]:
        """The laps in which stints began, in order (``stints.numbers``)."""
        return self._begins

    def numbers(self, lap: int) -> tuple[int, int]:
        """Return ``Stint`` and ``StintLap`` of *lap*, whether anything else is known of it or not."""
        return numbers(self._begins, lap, self.first)

    @property
    def laps(self) -> Sequence[int]:
        """The laps of which anything is known, in order; the last is under way, or completed with nothing behind it."""
        return self._laps

    def learn(self, facts: Iterable[LapFacts]) -> Change:
        """Take in what somebody saw, this client or another; again and again if it must be."""
        changed: set[int] = set()
        nameless: dict[int, str | None] = {}
        for told in facts:
            members = self._facts.setdefault(told.lap, {})
            known = members.get(told.member)
            joined = told if known is None else union(known, told)
            if joined != known:
                members[told.member] = joined
                changed.add(told.lap)
                self._name(told, nameless)
        change = self._fold(changed)
        named = [lap for lap, name in nameless.items() if self._driver(lap) != name]
        return replace(change, laps=tuple(sorted({*change.laps, *named}))) if named else change

    def show(self, told: Mapping[int, LapFacts | None]) -> Change:
        """
        Take in what the documents of laps alone tell, in the place of what they told before.

        Args:
            told: By lap; None for one that tells nothing more.
        """
        changed = {lap for lap, facts in told.items() if self._shown.get(lap) != facts}
        self._shown.update(told)
        return self._fold(changed)

    def tell(self, told: Mapping[int, Told]) -> Change:
        """Take in what stands in the collection of these laps now, all that there is of each."""
        parts = [part for now in told.values() for part in now.parts]
        shown = {lap: now.from_document for lap, now in told.items()}
        changes = (
            self.close(lap for lap, now in told.items() if now.is_over),
            self.learn(parts),
            self.show(shown),
        )
        laps, numbered = (
            {lap for change in changes for lap in change.laps},
            {lap for change in changes for lap in change.renumbered},
        )
        return Change(tuple(sorted(laps)), tuple(sorted(numbered)))

    def close(self, laps: Iterable[int]) -> Change:
        """Learn that these laps are over: what was seen of one last is not now, and what came then nobody saw."""
        closed = set(laps) - self._closed
        self._closed |= closed
        return self._fold(closed & self._folded.keys())

    def watch(self, under_way: Iterable[LapFacts]) -> Change:
        """
        Take in what this client sees of laps under way, in the place of what it saw of them before.

        A line that is taken back was never there. What is over is to be learned.
        """
        seen = {facts.lap: facts for facts in under_way}
        changed = {lap for lap in {*seen, *self._seen} if seen.get(lap) != self._seen.get(lap)}
        self._seen = seen
        return self._fold(changed)

    def facts(self, lap: int) -> list[LapFacts]:
        """Return all that is known of *lap*, by member."""
        known = self._facts.get(lap, {})
        seen = self._seen.get(lap)
        if seen is not None:
            known = {**known, seen.member: union(known.get(seen.member, seen), seen)}
        shown = self._shown.get(lap)
        if shown is not None:
            shown = without_inferred(shown, known.get(shown.member))
            known = {**known, shown.member: union(known.get(shown.member, shown), shown)}
        return [known[member] for member in sorted(known)]

    def is_complete(self, lap: int) -> bool:
        """Tell whether the car has crossed the line at the end of *lap*: somebody saw it, or what came behind it."""
        if lap < 1 or lap not in self._folded:
            return False
        return self._folded[lap].record.was_line_seen or self._laps[-1] > lap or lap in self._closed

    def lap(self, lap: int) -> FoldedLap | None:
        """Return what is known of *lap*, with its numbers; None for nothing. It may be under way (``is_complete``)."""
        folded = self._folded.get(lap)
        if folded is None:
            return None
        stint, stint_lap = self.numbers(lap)
        named = self._named(folded)
        return replace(named, record=replace(named.record, stint=stint, stint_lap=stint_lap))

    def _named(self, folded: FoldedLap) -> FoldedLap:
        """Name the driver by what any lap tells of him."""
        record = folded.record
        if record.driver is not None or record.customer_id is None:
            return folded
        return replace(folded, record=replace(record, driver=self._names.get(record.customer_id)))

    def completed(self) -> list[LapRecord]:
        """Return every completed lap of which anything is known."""
        found = (self.lap(lap) for lap in self._laps if self.is_complete(lap))
        return [folded.record for folded in found if folded is not None]

    def state_after(self, lap: int) -> PitState | None:
        """Return what is known of the pits behind *lap*; None when nothing is known of the lap."""
        followed = self._followed.get(lap)
        return None if followed is None else followed.out

    def found_in(self, begin: int) -> list[int]:
        """Return the laps that tell of a begin in lap *begin*: that the car had left may show in a later one only."""
        return [lap for lap in self._laps if begin in self._followed[lap].begins]

    def window(self, lap: int) -> Window:
        """Return all that is known of *lap* and of the two beside it."""
        is_under_way = bool(self._laps) and lap == self._laps[-1] and lap not in self._closed
        return Window(self.facts(lap - 1), self.facts(lap), self.facts(lap + 1), is_under_way, self.is_alone)

    def state_before(self, lap: int) -> PitState:
        """Return what is known of the pits before *lap*."""
        at = bisect_left(self._laps, lap)
        return self._followed[self._laps[at - 1]].out if at else PitState()

    def _fold(self, changed: set[int]) -> Change:
        if not changed:
            return Change()
        for lap in changed:
            self._enrol(lap)
        around = changed.union(*(self._beside(lap) for lap in changed))
        windows = {lap: self.window(lap) for lap in sorted(around)}
        different = [lap for lap, window in windows.items() if self._fold_lap(lap, window)]
        before = (list(self._begins), self.first)
        self._follow(windows)
        for lap in changed - self._folded.keys():
            self._laps.remove(lap)
            del self._followed[lap]
        self.first = self._first_lap()
        return Change(tuple(different), tuple(renumbered(before, (self._begins, self.first), self._laps)))

    def _first_lap(self) -> int:
        """
        Return the lap in which stint 1 began: the first, but for a car that left its garage when it was first seen.

        How often it had been out before nobody knows; but that exit began a stint, whatever its number.
        """
        for lap in self._laps[:1]:
            if is_in_garage(self.facts(lap)):
                return max(1, lap)
        return 1

    def _name(self, told: LapFacts, nameless: dict[int, str | None]) -> None:
        """Learn the name of who drove, of two spellings always the same; note in *nameless* who may have it now."""
        line = told.line
        if line is None or line.driver is None or line.name is None or line.name <= self._names.get(line.driver, ""):
            return
        for lap, folded in self._folded.items():
            if folded.record.driver is None:
                nameless.setdefault(lap, self._driver(lap))
        self._names[line.driver] = line.name

    def _driver(self, lap: int) -> str | None:
        folded = self.lap(lap)
        return None if folded is None else folded.record.driver

    def _enrol(self, lap: int) -> None:
        at = bisect_left(self._laps, lap)
        if self._laps[at : at + 1] != [lap]:
            self._laps.insert(at, lap)

    def _beside(self, lap: int) -> Sequence[int]:
        """Return the laps that *lap* can tell something of: the known ones next to it, one of them the last so far."""
        at = bisect_left(self._laps, lap)
        return self._laps[max(0, at - 1) : at + 2]

    def _fold_lap(self, lap: int, window: Window) -> bool:
        """Fold *lap* anew; return whether that made a difference."""
        folded, known = fold_window(window), self._folded.get(lap)
        if folded == known:
            return False
        if folded is None:
            del self._folded[lap]
            return True
        self._folded[lap] = folded
        return known is None or self._named(folded) != self._named(known)

    def _follow(self, windows: Mapping[int, Window]) -> None:
        """Follow the visits again from the first of *windows* on, until what is remembered is as it was."""
        at = bisect_left(self._laps, min(windows))
        state = self.state_before(min(windows))
        last = max(windows)
        for number in range(at, len(self._laps)):
            lap = self._laps[number]
            known = self._followed.get(lap)
            if lap not in windows and known is not None and known.into == state:
                if lap > last:
                    return
                state = known.out
                continue
            window = windows.get(lap)
            out, begins = follow(state, lap, self.window(lap) if window is None else window, self.is_stall_first)
            self._count(() if known is None else known.begins, begins)
            self._followed[lap] = _Followed(state, out, begins)
            state = out

    def _count(self, before: Sequence[int], now: Sequence[int]) -> None:
        for lap in before:
            self._begins.remove(lap)
        for lap in now:
            insort(self._begins, lap)
