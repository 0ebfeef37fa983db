"""The record while the race goes on: what this client sees with what others have told."""

from __future__ import annotations

from collections.abc import Iterable

from teamtactics.model.facts import LapFacts, union
from teamtactics.model.records import LapRecord, RunState
from teamtactics.race.memory import Memory


class Live:
    def __init__(self, member: int) -> None:
        self._told: dict[int, dict[int, LapFacts]] = {}
        self._own: dict[int, LapFacts] = {}
        self._open: dict[int, LapFacts] = {}
        self.last_told: tuple[int, float] | None = None

    def learn(self, told: Iterable[LapFacts]) -> None:
        for facts in told:
            laps = self._told.setdefault(facts.lap, {})
            laps[facts.member] = union(laps[facts.member], facts) if facts.member in laps else facts

    def see(self, under_way: Iterable[LapFacts]) -> None:
        self._open = {facts.lap: facts for facts in under_way}

    def keep(self, facts: LapFacts) -> None:
        self._open.pop(facts.lap, None)
        known = self._own.get(facts.lap)
        self._own[facts.lap] = facts if known is None else union(known, facts)

    def was_last_driver(self, member: int | None, at_s: float) -> bool:
        return False

    def lap(self, number: int) -> LapRecord:
        return None  # type: ignore

    def is_whole(self, facts: LapFacts) -> bool:
        return True

    def state(self, memory: Memory, at_s: float) -> RunState:
        return None  # type: ignore
