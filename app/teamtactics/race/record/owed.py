"""
What a session's collection lacks of what this client has seen, and which stint numbers in it are wrong.

Two records are compared: what the collection tells by itself, and the same together with the own facts. Asked when the
mirror is caught up; the answer is the same however often it is asked, and nothing once it is written.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Set
from dataclasses import dataclass

from teamtactics.model.facts import LapFacts, Vantage, union
from teamtactics.model.retold import Told
from teamtactics.race.record.bounds import last_seen_s
from teamtactics.race.record.fold import FoldedLap, fold_window
from teamtactics.race.record.record import Record
from teamtactics.race.record.same import says_the_same
from teamtactics.race.record.visits import decides
from teamtactics.race.record.whole import is_whole
from teamtactics.race.record.window import Window

WATCHER_WAITS_S = 20.0
"""So long after the line the driver's client may tell a lap before others do (DATA.md#laps-from-outside)."""

TIME_WAITS_S = 6.0
"""
So long a lap waits for its official time (5 s, ``eyes.laps``). Until then its line is not told either, it may be taken
back: the checkpoint has it, and of a session that does not go on there it counts as seen (``recording.kept``).
"""


NOTHING = Told()


@dataclass(frozen=True, slots=True)
class OwedLap:
    """
    A lap that has to be written.

    Attributes:
        folded: What its document has to show, with its numbers. Of what comes before lap 1 there is none.

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

    def __init__(self, is_stall_first: bool = False, is_alone: bool = False) -> None:
        """
        Args:
            is_stall_first, is_alone: As for ``Record``.
        """
        self._told: dict[int, Told] = {}
        self._own: dict[int, set[int]] = {}
        self._seen: dict[tuple[int, int], LapFacts] = {}
        self._held: dict[tuple[int, int], LapFacts] = {}
        self._public, self._all = Record(is_stall_first, is_alone), Record(is_stall_first, is_alone)
        self._open: set[int] = set()

    @property
    def known(self) -> Record:
        """All that is known, seen here or told there."""
        return self._all

    def told(self, lap: int) -> Told:
        """Return what stands in the collection of *lap*, as it was told."""
        return self._told.get(lap, NOTHING)

    def is_held_back(self, lap: int, member: int) -> bool:
        """Tell whether what *member* saw here of *lap* cannot be shown yet: the lap is not over, or left alone."""
        return (lap, member) in self._held

    def see(self, facts: Iterable[LapFacts]) -> None:
        """
        Take in what this client saw.

        What it saw of a lap that is not over, or left alone, is held back: it cannot be shown, and what cannot be shown
        must decide nothing, or two members would correct one another for ever.
        """
        for each in facts:
            key = (each.lap, each.member)
            self._own.setdefault(each.lap, set()).add(each.member)
            self._seen[key] = self._held[key] = union(self._seen.get(key, each), each)
        self._release()

    def tell(self, told: Mapping[int, Told]) -> None:
        """Take in what stands in the collection of these laps now, all that there is of each."""
        self._told.update(told)
        self._open.update(told)
        left_alone = {lap for lap in told if self._is_left_alone(lap)}
        if any(lap in left_alone and (lap, member) not in self._held for lap, member in self._seen):
            self._hold_back()
        for record in (self._public, self._all):
            self._open.update(record.tell(told).laps)
        self._release()

    def debt(self) -> Debt:
        """Return what the collection lacks now."""
        beside = self._beside()
        evidence = self._evidence().union(*beside.values())
        laps = {lap: owed for lap in sorted(self._open | evidence) if (owed := self._owed(lap, lap in evidence))}
        for lap in sorted(self._borrowed(laps.values()) - laps.keys()):
            if (owed := self._owed(lap, is_evidence=True)) is not None:
                laps[lap] = owed
        self._open &= laps.keys() | {lap for lap, owed in beside.items() if not owed.isdisjoint(laps)}
        return Debt(tuple(laps[lap] for lap in sorted(laps)), tuple(self._renumbered(laps.keys())))

    def _is_left_alone(self, lap: int) -> bool:
        """Tell whether nothing of ours can be shown there; a part that makes no sense keeps its own member's out."""
        told = self.told(lap)
        return told.is_left_alone or not told.unusable.isdisjoint(self._own.get(lap, ()))

    def _hold_back(self) -> None:
        """Begin anew: something that counted so far does not any more."""
        self._all, self._held = Record(self._all.is_stall_first, self._all.is_alone), dict(self._seen)
        self._open.update(self._all.tell(self._told).laps)

    def _release(self) -> None:
        """Let count what was seen of laps that are over."""
        lines = {lap for (lap, _), facts in self._held.items() if facts.line is not None}
        latest = max((*self._own, *self._public.laps[-1:]), default=0)
        over = {
            (lap, member)
            for lap, member in self._held
            if (lap < latest or lap in lines or self._public.is_complete(lap)) and not self._is_left_alone(lap)
        }
        facts = [self._held.pop(key) for key in sorted(over)]
        changes = (self._all.close(lap for lap, _ in over), self._all.learn(facts))
        self._open.update(lap for change in changes for lap in change.laps)

    def _borrowed(self, laps: Iterable[OwedLap]) -> set[int]:
        """Return the laps beside those of *laps* that are folded with own facts from there: these must be shown too."""
        found: set[int] = set()
        for owed in laps:
            lap = owed.lap
            beside = (self._public.facts(lap - 1), self._public.facts(lap + 1))
            around = Window(beside[0], self._all.facts(lap), beside[1], is_alone=self._all.is_alone)
            folded = fold_window(around) if owed.parts else owed.folded
            if folded is None or not says_the_same(owed.folded.record, folded.record):
                found |= {lap - 1, lap + 1} & self._own.keys()
        return found

    def _beside(self) -> dict[int, set[int]]:
        """
        Return the laps that are folded with own facts from beside them, though with none there; and where these are.

        Who saw the car on the track until it came to the line may tell what was not put in behind it.
        """
        found: dict[int, set[int]] = {}
        for lap in self._open - self._own.keys():
            own, public, known = {lap - 1, lap + 1} & self._own.keys(), self._public.lap(lap), self._all.lap(lap)
            if lap >= 1 and own and public is not None and known is not None and not _is_same(known, public):
                found[lap] = own
        return found

    def _owed(self, lap: int, is_evidence: bool) -> OwedLap | None:
        told, members = self._told.get(lap, NOTHING), self._own.get(lap)
        folded = self._all.lap(lap)
        if folded is None or not members or self._is_left_alone(lap):
            return None
        if lap < 1:
            return self._owed_before_lap_1(folded, told, members) if is_evidence else None
        due_s = self._due_s(lap, folded)
        if told.shown is None and not told.parts and is_whole(self._all, lap, folded):
            return OwedLap(lap, folded, due_s=due_s)
        if told.shown is not None and not is_evidence and _is_same(folded, FoldedLap(told.shown, told.is_drivers)):
            return None
        parts = [facts for facts in self._all.facts(lap) if facts.member in members]
        from_document = told.from_document
        if from_document is not None and from_document.member not in members:
            parts.append(from_document)
        return OwedLap(lap, folded, tuple(parts), due_s)

    def _owed_before_lap_1(self, folded: FoldedLap, told: Told, members: Set[int]) -> OwedLap | None:
        """What happened before the first crossing has no document: where it counts, parts alone say it."""
        lap = folded.record.lap_completed
        parts = [facts for facts in self._all.facts(lap) if facts.member in members and facts not in told.parts]
        return OwedLap(lap, folded, tuple(parts)) if parts else None

    def _due_s(self, lap: int, folded: FoldedLap) -> float | None:
        record = folded.record
        own = [facts for facts in self._all.facts(lap) if facts.member in self._own[lap]]
        if not record.was_line_seen and max(self._own) == lap:
            # Nobody here knows that it is over but by somebody else's word of a later one: while it grows it waits.
            last_s = last_seen_s(own)
            return (record.session_time_s if last_s is None else last_s) + WATCHER_WAITS_S
        if not record.was_line_seen and (behind := self._seen_behind(lap)):
            return min(behind) + TIME_WAITS_S
        lines = [facts for facts in own if facts.line is not None and facts.line.vantage is Vantage.CAR]
        if lines:
            is_timed = any(facts.is_timed for facts in lines)
            return None if is_timed else record.session_time_s + TIME_WAITS_S
        if any(facts.is_from_car and record.customer_id in (None, facts.member) for facts in own):
            return None
        return record.session_time_s + WATCHER_WAITS_S

    def _seen_behind(self, lap: int) -> list[float]:
        """Return since when this client saw the next lap; while that is new, the line may still be told."""
        held = [facts for (number, _), facts in self._held.items() if number == lap + 1]
        known = [facts for facts in self._all.facts(lap + 1) if facts.member in self._own.get(lap + 1, ())]
        return [sight.from_s for facts in (*held, *known) for sight in facts.sights]

    def _evidence(self) -> set[int]:
        """
        Return the laps of which the own facts are needed to count the stints right.

        Who changes a number must show why, or the next one counts it back.
        """
        is_first_known = self._public.first == self._all.first
        found = set() if is_first_known else {*self._public.laps[:1], *self._all.laps[:1]}
        if self._public.begins == self._all.begins:
            return found & self._own.keys()
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
        """
        Return the laps from *lap* on until both records are of one mind: in them an exit was found to have been.

        Of one mind about where the car is they may be in *lap* already, in which it stood: that it left shows later.
        """
        found = max((*self._public.found_in(lap), *self._all.found_in(lap)), default=lap)
        for behind in (each for each in self._all.laps if each >= lap):
            yield behind
            is_one_mind = decides(self._public.state_after(behind)) == decides(self._all.state_after(behind))
            if behind >= found and is_one_mind:
                return

    def _renumbered(self, owed: Set[int]) -> Iterable[Renumbered]:
        unusable = min(filter(self._is_left_alone, self._told), default=None)
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


def _is_same(folded: FoldedLap, shown: FoldedLap) -> bool:
    return folded.is_drivers == shown.is_drivers and says_the_same(folded.record, shown.record)
