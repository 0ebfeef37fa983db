"""A race of one member whose tracker dies again and again and goes on from its checkpoint: 15,000 kills a minute."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from random import Random
from typing import Any

from race_sim import truth
from race_sim.faults import RATE, Faults, Kill
from race_sim.heard import as_message
from race_sim.team_race import Outcome
from race_sim.verdict import judge
from support.pubsub_reader import Received
from support.schemas import assert_documents
from teamtactics.contract.documents import SOURCE_DRIVER, SOURCE_TEAMMATE, lap_document
from teamtactics.demo import views
from teamtactics.demo.engine import ticks
from teamtactics.demo.script import Script
from teamtactics.demo.world import Quirk
from teamtactics.model.events import Event, LapFinished, LapSeen, Remark, RunEvent, SessionBegan
from teamtactics.model.facts import LapFacts
from teamtactics.model.frame import Frame
from teamtactics.model.records import LapRecord, RunState, UtcMark
from teamtactics.model.session import SessionInfo
from teamtactics.race.record.record import Record
from teamtactics.race.tracker import Tracker, facts_left

AWAY_S = (1.5, 8.0)
BETWEEN_S = (0.1, 12.0)
BEGAN = UtcMark(0.0, datetime(2026, 3, 1, 12, tzinfo=UTC))
_TOLD = ("driver", "pitEnter", "stopMoving", "startMoving", "pitExit", "tow")


@dataclass(frozen=True, slots=True)
class Sight:
    """What the member's simulator shows in one tick."""

    race_s: float
    frame: Frame
    info: SessionInfo


class KilledRace:
    """A script and what its only member sees of it, to be played with ever other kills."""

    def __init__(self, script: Script) -> None:
        (member,) = script.members
        self.script, self.member = script, member.customer_id
        self.sights: list[Sight] = []
        version, info = -1, None
        for world in ticks(script):
            if world.quirk is Quirk.MISSED:
                continue
            if info is None or world.text_version != version:
                version, info = world.text_version, views.session_info(world, self.member)
            self.sights.append(Sight(world.tick / RATE, views.frame(world, self.member), info))

    def kills(self, chance: Random) -> list[Kill]:
        """Draw kills for the whole race."""
        kills, at_s = [], chance.uniform(*BETWEEN_S)
        while at_s < self.sights[-1].race_s - 1.0:
            kills.append(Kill(self.member, at_s, chance.uniform(*AWAY_S)))
            at_s += kills[-1].away_s + chance.uniform(*BETWEEN_S)
        return kills

    def wrong(self, kills: Sequence[Kill]) -> list[str]:
        """Play the race with *kills*; return what is then not as it must be."""
        collections = {told.session_num: told.collection for told in truth.sessions(self.script)}
        track = self.script.track
        name = self.script.member(self.member).name
        client = _Client(collections, driver=name, is_stall_first=track.stall_m > track.length_m / 2)
        left = list(kills)
        away_until_s = 0.0
        for sight in self.sights:
            if left and sight.race_s >= left[0].at_s:
                away_until_s = left[0].at_s + left[0].away_s
                del left[0]
                client.die()
            if sight.race_s >= away_until_s:
                client.see(sight)
        client.end()
        outcome = Outcome(client.documents, client.messages, {}, {}, len(self.sights), 0.0)
        return judge(self.script, Faults(kills=tuple(kills)), outcome).wrong


@dataclass
class _Client:
    """A tracker, and what it leaves behind: checkpoints with what they stand for, as the recorder writes them."""

    collections: dict[int, str]
    tracker: Tracker = field(default_factory=Tracker)
    documents: dict[str, dict[str, dict[str, Any]]] = field(default_factory=dict)
    messages: list[Received] = field(default_factory=list)
    driver: str = ""
    is_stall_first: bool = False
    told: dict[int, list[LapFacts]] = field(default_factory=dict)
    checkpoints: dict[int, str] = field(default_factory=dict)
    session_num: int = -1

    def __post_init__(self) -> None:
        self.documents = {name: {"info": {}} for name in self.collections.values()}

    def die(self) -> None:
        self.tracker = Tracker()

    def see(self, sight: Sight) -> None:
        events = self.tracker.advance(sight.frame, sight.info)
        if events and isinstance(events[-1], SessionBegan):
            self._take(events[:-1])
            self._begin(events[-1].session_num)
            events = self.tracker.advance(sight.frame, sight.info)
        self._take(events)
        if not all(isinstance(event, Remark) for event in events):
            self.checkpoints[self.session_num] = self.tracker.checkpoint()

    def end(self) -> None:
        """It is started once more when the race is over: what still waited is told."""
        self._take(self.tracker.finish())
        if self.tracker.memory is None:
            self.told[self.session_num] += facts_left(self.checkpoints[self.session_num])
        for session_num, told in self.told.items():
            self.session_num = session_num
            record = Record(is_stall_first=self.is_stall_first)
            record.learn(told)
            for lap in record.laps:
                folded = record.lap(lap)
                if folded is not None and record.is_complete(lap):
                    named = folded.record if folded.record.driver else replace(folded.record, driver=self.driver)
                    self._lap(named, SOURCE_DRIVER if folded.is_drivers else SOURCE_TEAMMATE)

    def _begin(self, session_num: int) -> None:
        self.session_num = session_num
        told = self.told.setdefault(session_num, [])
        if session_num in self.checkpoints:
            self.tracker.resume(self.checkpoints[session_num], told)
        else:
            self.tracker.begin()
        self.checkpoints[session_num] = self.tracker.checkpoint()

    def _take(self, events: Sequence[Event]) -> None:
        for event in events:
            if isinstance(event, LapSeen):
                self.told[self.session_num].append(event.facts)
            elif isinstance(event, LapFinished):
                self._state(event.state)
            elif isinstance(event, RunEvent):
                self._state(event.state)
                if event.kind.value in _TOLD:
                    self._tell(event.kind.value, event.at.session_time_s, {})

    def _lap(self, record: LapRecord, source: str) -> None:
        document = dict(lap_document(record, source, BEGAN.utc_at(record.session_time_s)))
        assert_documents({str(record.lap_completed): document})
        self.documents[self.collections[self.session_num]][str(record.lap_completed)] = document
        self._tell("lap", record.session_time_s, as_message(document))

    def _state(self, state: RunState) -> None:
        self.documents[self.collections[self.session_num]]["state"] = {
            "CustomerID": state.customer_id,
            "LapCompleted": state.lap_completed,
            "OnPitRoad": state.on_pit_road,
            "SessionTime": state.session_time_s,
            "LapLastLapTime": state.lap_last_lap_time_s,
            "Stint": state.stint,
            "StintLap": state.stint_lap,
            "InCar": None if state.in_car is None else dict(state.in_car),
        }

    def _tell(self, kind: str, at_s: float, payload: dict[str, Any]) -> None:
        collection = self.collections[self.session_num]
        attributes = {"id": f"{collection} {kind} {at_s:.4f}", "type": kind, "schema": "1", "session": collection}
        data = {"type": kind, "session": collection, "sessionTime": at_s, "payload": payload}
        self.messages.append(Received(attributes, collection, data))
