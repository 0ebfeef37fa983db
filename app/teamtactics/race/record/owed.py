"""
What a session's collection lacks of what this client has seen, and which stint numbers in it are wrong.

Two records are compared: what the collection tells by itself, and the same together with the own facts. Asked when the
mirror is caught up; the answer is the same however often it is asked, and nothing once it is written.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Set
from dataclasses import dataclass

from teamtactics.model.facts import LapFacts, Vantage, joined, union
from teamtactics.model.records import LapRecord
from teamtactics.model.retold import NOBODY, retold
from teamtactics.race.record.fold import FoldedLap, fold_window
from teamtactics.race.record.record import Record
from teamtactics.race.record.same import GAP_S, says_the_same
from teamtactics.race.record.visits import decides, follow
from teamtactics.race.record.window import Window

WATCHER_WAITS_S = 20.0
"""So long after the line the driver's client may tell a lap before others do (data contract)."""

TIME_WAITS_S = 5.0
"""So long a lap waits for its official time."""


@dataclass(frozen=True, slots=True)
class Told:
    """
    What stands in the collection of one lap.

    Attributes:
        shown: The record that its document shows; None without one.

        is_drivers: The client of who drove it told it.

        parts: What the members' parts tell.

        is_left_alone: Something of it cannot be used (a schema to come, refused at the door): nothing is written there.
    """

    shown: LapRecord | None = None
    is_drivers: bool = False
    parts: tuple[LapFacts, ...] = ()
    is_left_alone: bool = False

    @property
    def from_document(self) -> LapFacts | None:
        """
        What the document tells beyond the parts; None where these tell all of it.

        As soon as a lap has parts, all who told of it have one; but the client of an older version writes none.
        """
        if self.shown is None:
            return None
        facts = retold(self.shown, self.is_drivers)
        if facts.member == NOBODY:
            return None if self.parts else facts
        return None if any(part.member == facts.member for part in self.parts) else facts


NOTHING = Told()


@dataclass(frozen=True, slots=True)
class OwedLap:
    """
    A lap that has to be written.

    Attributes:
        folded: What its document has to show, with its numbers.

        parts: What has to be written beside it, in one commit; without any the document must not exist yet.

        due_s: Session time before which somebody else is to be let go first; None: at once.
    """

    lap: int
    folded: FoldedLap
    parts: tuple[LapFacts, ...] = ()
    due_s: float | None = None


@dataclass(frozen=True, slots=True)
class Renumbered:
    """
    A lap document whose numbers are wrong: only ``Stint`` and ``StintLap`` are written.

    Attributes:
        is_news: What this client saw makes them wrong: it writes at once. Others let it, and look again 20 s later.
    """

    lap: int
    stint: int
    stint_lap: int
    is_news: bool


@dataclass(frozen=True, slots=True)
class Debt:
    """What the collection lacks."""

    laps: tuple[OwedLap, ...] = ()
    numbers: tuple[Renumbered, ...] = ()


class Owing:
    """Follows what this client saw of a session, and what its collection tells."""

    def __init__(self, is_stall_first: bool = False) -> None:
        """
        Args:
            is_stall_first: As for ``Record``.
        """
        self._told: dict[int, Told] = {}
        self._own: dict[int, set[int]] = {}
        self._held: dict[tuple[int, int], LapFacts] = {}
        self._public, self._all = Record(is_stall_first), Record(is_stall_first)
        self._open: set[int] = set()

    @property
    def known(self) -> Record:
        """All that is known, seen here or told there."""
        return self._all

    def told(self, lap: int) -> Told:
        """Return what stands in the collection of *lap*, as it was told."""
        return self._told.get(lap, NOTHING)

    def see(self, facts: Iterable[LapFacts]) -> None:
        """
        Take in what this client saw.

        What it saw of a lap that is not over is held back: it cannot be shown yet, and what cannot be shown must decide
        nothing, or two members would correct one another for ever.
        """
        for each in facts:
            self._own.setdefault(each.lap, set()).add(each.member)
            known = self._held.get((each.lap, each.member), each)
            self._held[each.lap, each.member] = union(known, each)
        self._release()

    def tell(self, told: Mapping[int, Told]) -> None:
        """Take in what stands in the collection of these laps now, all that there is of each."""
        self._told.update(told)
        self._open.update(told)
        parts = [part for now in told.values() for part in now.parts]
        shown = {lap: now.from_document for lap, now in told.items()}
        over = {lap for lap, now in told.items() if now.shown is not None or now.parts}
        for record in (self._public, self._all):
            changes = (record.close(over), record.learn(parts), record.show(shown))
            self._open.update(lap for change in changes for lap in change.laps)
        self._release()

    def debt(self) -> Debt:
        """Return what the collection lacks now."""
        evidence = self._evidence()
        laps = {lap: owed for lap in sorted(self._open | evidence) if (owed := self._owed(lap, lap in evidence))}
        for lap in sorted(self._borrowed(laps.values()) - laps.keys()):
            if (owed := self._owed(lap, is_evidence=True)) is not None:
                laps[lap] = owed
        self._open &= laps.keys()
        return Debt(tuple(laps[lap] for lap in sorted(laps)), tuple(self._renumbered(laps.keys())))

    def _release(self) -> None:
        """Let count what was seen of laps that are over."""
        lines = {lap for (lap, _), facts in self._held.items() if facts.line is not None}
        latest = max((*self._own, *self._public.laps[-1:]), default=0)
        over = {key for key in self._held if key[0] < latest or key[0] in lines or self._public.is_complete(key[0])}
        facts = [self._held.pop(key) for key in sorted(over)]
        changes = (self._all.close(lap for lap, _ in over), self._all.learn(facts))
        self._open.update(lap for change in changes for lap in change.laps)

    def _borrowed(self, laps: Iterable[OwedLap]) -> set[int]:
        """Return the laps beside those of *laps* that are folded with own facts from there: these must be shown too."""
        found: set[int] = set()
        for owed in laps:
            lap = owed.lap
            around = Window(self._public.facts(lap - 1), self._all.facts(lap), self._public.facts(lap + 1))
            folded = fold_window(around) if owed.parts else owed.folded
            if folded is None or not says_the_same(owed.folded.record, folded.record):
                found |= {lap - 1, lap + 1} & self._own.keys()
        return found

    def _owed(self, lap: int, is_evidence: bool) -> OwedLap | None:
        told, members = self._told.get(lap, NOTHING), self._own.get(lap)
        folded = self._all.lap(lap)
        if folded is None or not members or told.is_left_alone or not self._all.is_complete(lap):
            return None
        due_s = self._due_s(lap, folded)
        if told.shown is None and not told.parts and self._is_whole(lap, folded):
            return OwedLap(lap, folded, due_s=due_s)
        if told.shown is not None and not is_evidence and self._is_shown(folded, told, told.shown):
            return None
        parts = [facts for facts in self._all.facts(lap) if facts.member in members]
        from_document = told.from_document
        if from_document is not None and from_document.member not in members:
            parts.append(from_document)
        return OwedLap(lap, folded, tuple(parts), due_s)

    def _is_shown(self, folded: FoldedLap, told: Told, shown: LapRecord) -> bool:
        return folded.is_drivers == told.is_drivers and says_the_same(folded.record, shown)

    def _is_whole(self, lap: int, folded: FoldedLap) -> bool:
        """
        Tell whether the document alone says as much as the facts: then it needs no part.

        It does not say where the gap was, of which somebody else may have seen a piece.
        """
        if not folded.is_drivers or folded.record.gap_s > GAP_S:
            return False
        alone = [retold(folded.record, is_drivers=True)]
        # Read back, it is also taken in beside what it was made of: two exits in one lap would be counted twice.
        beside = joined([*self._all.facts(lap), *alone]).values()
        return all(self._is_same_lap(lap, folded, list(facts)) for facts in (alone, beside))

    def _is_same_lap(self, lap: int, folded: FoldedLap, facts: list[LapFacts]) -> bool:
        """Tell whether *facts*, in the place of all that is known of *lap*, fold to the same and begin the same."""
        window = Window(self._all.facts(lap - 1), facts, self._all.facts(lap + 1))
        again = fold_window(window)
        if again is None or not says_the_same(folded.record, again.record):
            return False
        into = self._all.state_before(lap)
        out, begins = follow(into, lap, window, self._all.is_stall_first)
        true_out, true_begins = follow(into, lap, self._all.window(lap), self._all.is_stall_first)
        return tuple(begins) == tuple(true_begins) and decides(out) == decides(true_out)

    def _due_s(self, lap: int, folded: FoldedLap) -> float | None:
        record = folded.record
        own = [facts for facts in self._all.facts(lap) if facts.member in self._own[lap]]
        if not record.was_line_seen and max(self._own) == lap:
            # Nobody here knows that it is over but by somebody else's word of a later one: while it grows it waits.
            return max(_times(own), default=record.session_time_s) + WATCHER_WAITS_S
        lines = [facts for facts in own if facts.line is not None and facts.line.vantage is Vantage.CAR]
        if lines:
            is_timed = any(facts.is_timed for facts in lines)
            return None if is_timed else record.session_time_s + TIME_WAITS_S
        if any(facts.is_from_car and record.customer_id in (None, facts.member) for facts in own):
            return None
        return record.session_time_s + WATCHER_WAITS_S

    def _evidence(self) -> set[int]:
        """
        Return the laps of which the own facts are needed to count the stints right.

        Who changes a number must show why, or the next one counts it back.
        """
        if self._public.begins == self._all.begins:
            return set()
        found: set[int] = set()
        laps = self._all.laps
        public, own = list(self._public.begins), list(self._all.begins)
        for lap in {*public, *own}:
            if public.count(lap) == own.count(lap):
                continue
            behind = [each for each in laps if each <= lap]
            found.add(lap)
            for before in reversed(behind[:-1] if behind and behind[-1] == lap else behind):
                if decides(self._public.state_after(before)) == decides(self._all.state_after(before)):
                    break
                found.add(before)
            found.update(self._seen_again(lap))
        return found & self._own.keys()

    def _seen_again(self, lap: int) -> Iterable[int]:
        """Return the laps from *lap* on until both records are of one mind: in them an exit was found to have been."""
        for behind in self._all.laps:
            if behind < lap:
                continue
            yield behind
            if decides(self._public.state_after(behind)) == decides(self._all.state_after(behind)):
                return

    def _renumbered(self, owed: Set[int]) -> Iterable[Renumbered]:
        unusable = min((lap for lap, told in self._told.items() if told.is_left_alone), default=None)
        for lap in sorted(self._told):
            shown = self._told[lap].shown
            if unusable is not None and lap >= unusable:
                # Whoever can read that lap may know of a stop in it.
                return
            if shown is None or lap in owed:
                continue
            stint, stint_lap = self._all.numbers(lap)
            if (stint, stint_lap) != (shown.stint, shown.stint_lap):
                is_news = self._public.numbers(lap) == (shown.stint, shown.stint_lap)
                yield Renumbered(lap, stint, stint_lap, is_news)


def owed(own: Iterable[LapFacts], told: Mapping[int, Told], is_stall_first: bool = False) -> Debt:
    """Return what the collection lacks of a session: what this client saw of it, and what stands there of each lap."""
    owing = Owing(is_stall_first)
    owing.see(own)
    owing.tell(told)
    return owing.debt()


def _times(told: Iterable[LapFacts]) -> Iterable[float]:
    return (sight.until_s for facts in told for sight in facts.sights)
