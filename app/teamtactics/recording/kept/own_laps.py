"""What this client has seen of a session's laps: all of it in memory, and what of that the store does not have yet."""

from __future__ import annotations

import logging
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace

from teamtactics.contract.facts_text import read_facts, write_facts
from teamtactics.contract.foreign import DocumentRefused
from teamtactics.model.events import Event, FormerLapTimed, LapSeen
from teamtactics.model.facts import LapFacts, Vantage, union
from teamtactics.model.records import UtcMark
from teamtactics.race.checkpoint import CheckpointUnreadable
from teamtactics.race.tracker import facts_left
from teamtactics.store.store import Outbox, OwnLap, StoredSession

log = logging.getLogger(__name__)

Key = tuple[int, int]


@dataclass(slots=True, eq=False)
class OwnLaps:
    """
    The own facts of one session, by lap and member.

    Attributes:
        is_complete: What the store has is in here as well.
    """

    is_complete: bool = False
    _facts: dict[Key, LapFacts] = field(default_factory=dict)
    _unsaved: dict[Key, None] = field(default_factory=dict)

    @classmethod
    def of(cls, outbox: Outbox, number: int) -> OwnLaps:
        """
        Read what *outbox* has of the session of that *number*; 0 for one that is not in it.

        Raises:
            OutboxError: It cannot be asked.
        """
        seen = cls(is_complete=True)
        seen.take_in(outbox.own_laps(number) if number else ())
        seen._unsaved.clear()
        return seen

    def take_in(self, laps: Iterable[OwnLap]) -> None:
        """Take in what a store has of *laps*; what cannot be used of it is said."""
        for lap in laps:
            try:
                self._join(read_facts(lap.facts))
            except DocumentRefused as why:
                log.error("what was seen of lap %d cannot be used: %s", lap.lap, why)

    @property
    def has_unsaved(self) -> bool:
        """Whether the store lacks something of it."""
        return bool(self._unsaved)

    @property
    def told(self) -> Sequence[LapFacts]:
        """All of it."""
        return tuple(self._facts.values())

    @property
    def unsaved(self) -> Sequence[OwnLap]:
        """What the store does not have yet."""
        return [OwnLap(*key, write_facts(self._facts[key])) for key in self._unsaved]

    def see(self, event: Event, mark: UtcMark) -> None:
        """
        Take in what *event* tells of a lap, if anything.

        Args:
            mark: From which the moment is counted in which the line was crossed.
        """
        if isinstance(event, LapSeen):
            self._join(self._stamped(event.facts, mark))
        elif isinstance(event, FormerLapTimed):
            for facts in self.told:
                if facts.lap == event.lap_completed and facts.line and facts.line.vantage is Vantage.CAR:
                    self._join(LapFacts(facts.lap, facts.member, official_s=event.official_s, is_timed=True))

    def take_up(self, stored: StoredSession) -> None:
        """Take in what the checkpoint of *stored* alone knows, where nobody goes on from there."""
        _, _, text = (stored.checkpoint or "").partition("\n")
        mark = UtcMark(stored.last_session_time_s, stored.last_utc)
        try:
            left = facts_left(text) if text else ()
        except CheckpointUnreadable as error:
            # Of nearly all sessions of the past there is nothing in it: whoever goes on with one is warned.
            log.info("%s: what its checkpoint alone may know of its last laps is left: %s", stored.collection, error)
            return
        for facts in left:
            self.see(LapSeen(facts), mark)

    def saved(self, laps: Iterable[OwnLap]) -> None:
        """Note that the store has *laps*; one that has grown meanwhile is not saved."""
        for lap in laps:
            if write_facts(self._facts[lap.lap, lap.member]) == lap.facts:
                self._unsaved.pop((lap.lap, lap.member), None)

    def lose(self) -> None:
        """Note that the store is another one, which has nothing of it."""
        self._unsaved = dict.fromkeys(self._facts)

    def _stamped(self, facts: LapFacts, mark: UtcMark) -> LapFacts:
        """Say when its line was crossed by the PC's clock: as it was said first, for clocks are set."""
        line, known = facts.line, self._facts.get((facts.lap, facts.member))
        if line is None or line.utc_s is not None:
            return facts
        before = None if known is None else known.line
        if before is not None and before.utc_s is not None and before.at == line.at:
            utc_s = before.utc_s
        else:
            utc_s = mark.utc_at(line.at.session_time_s).timestamp()
        return replace(facts, line=replace(line, utc_s=utc_s))

    def _join(self, facts: LapFacts) -> None:
        key = (facts.lap, facts.member)
        known = self._facts.get(key)
        joined = facts if known is None else union(known, facts)
        if joined != known:
            self._facts[key] = joined
            self._unsaved[key] = None
