"""The record while the race goes on: what this client sees, together with what others have told."""

from __future__ import annotations

from collections.abc import Iterable

from teamtactics.model.facts import LapFacts, MomentKind, Sight, Vantage, union
from teamtactics.model.records import LapRecord, LapTally, RunState
from teamtactics.race.eyes.continuity import SEEN_STEP_S
from teamtactics.race.memory import Memory
from teamtactics.race.record.fold import FoldedLap, fold_window
from teamtactics.race.record.stints import numbers
from teamtactics.race.record.visits import PitState, follow
from teamtactics.race.record.window import Window
from dataclasses import replace


class Live:
    """
    All that is known of a session's laps at this client.

    Attributes:
        last_told: Who told last of his own driving, and of which session time; None before anybody did.
    """

    def __init__(self, member: int) -> None:
        self.member = member
        self.is_stall_first = False
        self._told: dict[int, dict[int, LapFacts]] = {}
        self._own: dict[int, LapFacts] = {}
        self._open: dict[int, LapFacts] = {}
        self.last_told: tuple[int, float] | None = None

    def learn(self, told: Iterable[LapFacts]) -> None:
        for facts in told:
            laps = self._told.setdefault(facts.lap, {})
            laps[facts.member] = union(laps[facts.member], facts) if facts.member in laps else facts
            if facts.member != self.member:
                for sight in facts.sights:
                    if sight.vantage is Vantage.CAR and (self.last_told is None or sight.until_s > self.last_told[1]):
                        self.last_told = (facts.member, sight.until_s)

    def see(self, under_way: Iterable[LapFacts]) -> None:
        self._open = {facts.lap: facts for facts in under_way}

    def keep(self, facts: LapFacts) -> None:
        self._open.pop(facts.lap, None)
        known = self._own.get(facts.lap)
        self._own[facts.lap] = facts if known is None else union(known, facts)

    def of(self, lap: int) -> list[LapFacts]:
        found = list(self._told.get(lap, {}).values())
        return found + [facts for facts in (self._own.get(lap), self._open.get(lap)) if facts is not None]

    def window(self, lap: int) -> Window:
        return Window.of(self.of(lap), self.of(lap - 1), self.of(lap + 1))

    def laps(self) -> list[int]:
        return sorted({*self._told, *self._own, *self._open})

    def begins(self) -> list[int]:
        state, begins = PitState(), []
        for lap in self.laps():
            state, begun = follow(state, lap, self.window(lap), self.is_stall_first)
            begins += begun
        return sorted(begins)

    def was_last_driver(self, member: int | None, at_s: float) -> bool:
        sights: list[Sight] = []
        for lap in reversed(self.laps()):
            sights = [s for f in self.of(lap) for s in f.sights if s.driver is not None]
            if sights:
                break
        return bool(sights) and max(sights, key=lambda s: (s.until_s, s.vantage is Vantage.CAR)).driver == member

    def folded(self, number: int) -> FoldedLap | None:
        return fold_window(self.window(number))

    def lap(self, number: int) -> LapRecord:
        folded = self.folded(number)
        assert folded is not None
        stint, stint_lap = numbers(self.begins(), number)
        return replace(folded.record, stint=stint, stint_lap=stint_lap)

    def is_whole(self, facts: LapFacts) -> bool:
        return True

    def state(self, memory: Memory, at_s: float) -> RunState:
        completed = memory.counter.value
        lap = 0 if completed is None else completed + 1
        folded = self.folded(lap)
        before = self.folded(lap - 1)
        stint, stint_lap = numbers(self.begins(), lap)
        window = self.window(lap)
        from teamtactics.race.record.bounds import start_of
        start = start_of(window)
        return RunState(
            session_time_s=at_s,
            customer_id=memory.member,
            driver=memory.driver,
            stint=stint,
            stint_lap=stint_lap - 1,
            lap_completed=completed,
            lap_last_lap_time_s=None if before is None else before.record.official_s,
            lap_start_s=None if start is None else start.at_s,
            fuel_level_l=memory.fuel.level_l,
            fuel_at_lap_start_l=None if start is None else start.level_l,
            on_pit_road=memory.pits.is_on,
            tally=LapTally() if folded is None else folded.record.tally,
            in_car=memory.in_car.value,
        )
