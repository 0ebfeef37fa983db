"""The record while the race goes on: what this client sees, together with what it and others have told."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from teamtactics.model.facts import LapFacts, MomentKind, Sight, Vantage
from teamtactics.model.records import LapRecord, LapTally, RunState
from teamtactics.model.retold import Told
from teamtactics.race.eyes.continuity import SEEN_STEP_S
from teamtactics.race.memory import Memory
from teamtactics.race.record.bounds import Edge, start_of
from teamtactics.race.record.record import Record
from teamtactics.race.record.whole import is_whole


class Live:
    """
    The record of the session that is followed.

    Attributes:
        member: Customer id of who sits at this PC; 0 while the text does not say.

        last_told: Who told last of his own driving, and of which session time; None before anybody did.
    """

    def __init__(self, member: int) -> None:
        self.member = member
        self.last_told: tuple[int, float] | None = None
        self._record = Record()

    def know_stall(self, stall_pct: float | None) -> None:
        """Learn where on the lap the own stall lies: in its second half, the line comes before the exit."""
        self._record.is_stall_first = stall_pct is not None and stall_pct > 0.5

    def know_team(self, is_team: bool) -> None:
        """Learn whether others may be in the car."""
        self._record.is_alone = not is_team

    def learn(self, told: Iterable[LapFacts]) -> None:
        """Take in what others have told, or this client itself before."""
        facts = list(told)
        self._record.learn(facts)
        self._note_tellers(facts)

    def tell(self, told: Mapping[int, Told]) -> None:
        """Take in what stands in the collection of these laps now."""
        self._record.tell(told)
        for now in told.values():
            self._note_tellers(now.parts)
            if (facts := now.from_document) is not None:
                self._note_tellers([facts])

    def _note_tellers(self, told: Iterable[LapFacts]) -> None:
        for one in told:
            ends = [sight.until_s for sight in one.sights if sight.vantage is Vantage.CAR]
            if one.member != self.member and ends and (self.last_told is None or max(ends) > self.last_told[1]):
                self.last_told = (one.member, max(ends))

    def see(self, under_way: Iterable[LapFacts]) -> None:
        """Take in what is seen of the laps of which more is to come, in the place of what was seen of them before."""
        self._record.watch(under_way)

    def lap(self, number: int) -> LapRecord:
        """Return a lap of which something is known."""
        folded = self._record.lap(number)
        assert folded is not None, "only laps are asked for that were seen"
        return folded.record

    @property
    def last_driver(self) -> int | None:
        """Customer id of who is known to have been the last in the car; None when nobody is."""
        for lap in reversed(self._record.laps):
            sights = [sight for facts in self._record.facts(lap) for sight in facts.sights if sight.driver is not None]
            if sights:
                return max(sights, key=_newest).driver
        return None

    def knows_tow(self, lap: int) -> bool:
        """Tell whether another driver's client has told of the tow that the car is in, in *lap*."""
        told = [facts for facts in self._record.facts(lap) if facts.member != self.member]
        moments = [moment for facts in told for moment in facts.moments if moment.vantage is Vantage.CAR]
        return any(moment.kind is MomentKind.TOWED for moment in moments)

    def is_whole(self, facts: LapFacts) -> bool:
        """Tell whether the driver's client saw all of a lap that is over, and nobody has told anything of it."""
        before = self._own(facts.lap - 1)
        if len(self._record.facts(facts.lap)) > 1 or facts.line is None or before is None or before.line is None:
            return False
        at_s = before.line.at.session_time_s
        for sight in facts.sights:
            if sight.vantage is not Vantage.CAR or sight.unseen_s or sight.from_s - at_s > SEEN_STEP_S:
                return False
            at_s = sight.until_s
        folded = self._record.lap(facts.lap)
        return facts.line.at.session_time_s == at_s and folded is not None and is_whole(self._record, facts.lap, folded)

    def state(self, memory: Memory, at_s: float) -> RunState:
        """Tell the car as it is known at session time *at_s*."""
        record, completed = self._record, memory.counter.value
        under_way = 0 if completed is None else completed + 1
        folded, before = record.lap(under_way), record.lap(under_way - 1)
        stint, stint_lap = record.numbers(under_way)
        start = self._start_of(under_way)
        return RunState(
            session_time_s=at_s,
            customer_id=memory.member,
            driver=memory.driver,
            stint=stint,
            stint_lap=max(0, stint_lap - 1),
            lap_completed=completed,
            lap_last_lap_time_s=None if before is None else before.record.official_s,
            lap_start_s=None if start is None else start.at_s,
            fuel_level_l=memory.fuel.level_l,
            fuel_at_lap_start_l=None if start is None else start.level_l,
            on_pit_road=memory.pits.is_on,
            tally=LapTally() if folded is None else folded.record.tally,
            in_car=memory.in_car.value,
        )

    def _own(self, lap: int) -> LapFacts | None:
        return next((facts for facts in self._record.facts(lap) if facts.member == self.member), None)

    def _start_of(self, lap: int) -> Edge | None:
        return start_of(self._record.window(lap))


def _newest(sight: Sight) -> tuple[float, bool]:
    return sight.until_s, sight.vantage is Vantage.CAR
