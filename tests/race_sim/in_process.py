"""A team in one process: each member's real tracker behind the own view, what it tells handed over in memory."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field

from teamtactics.contract.documents import lap_document
from teamtactics.demo import views
from teamtactics.demo.engine import ticks
from teamtactics.demo.script import Script
from teamtactics.demo.world import Quirk, World
from teamtactics.model.events import Event, LapFinished, LapSeen, Remark, RunEvent, RunEventKind, SessionBegan
from teamtactics.model.facts import LapFacts
from teamtactics.model.parcel import Document
from teamtactics.model.records import RunState
from teamtactics.model.session import SessionInfo
from teamtactics.race.tracker import Tracker

LAG_TICKS = 30
"""What one has told reaches the others within half a second."""


@dataclass
class Written:
    """
    What the whole team told in one session.

    Attributes:
        laps: As the driver's client told each in the moment in which it was complete.

        facts: What each member told of each lap.

        remarks: What each member's log remarked.
    """

    laps: list[Document] = field(default_factory=list)
    events: list[tuple[str, float]] = field(default_factory=list)
    facts: list[LapFacts] = field(default_factory=list)
    remarks: list[tuple[int, str]] = field(default_factory=list)


def play(script: Script) -> dict[int, Written]:
    """Let every member's tracker follow *script*; return what was written, by session number."""
    team = _Team(script)
    for world in ticks(script):
        if world.quirk is not Quirk.MISSED:
            team.tick(world)
    team.finish()
    return team.written


class _Team:
    def __init__(self, script: Script) -> None:
        self.trackers = {member.customer_id: Tracker() for member in script.members}
        self.infos: dict[int, SessionInfo] = {}
        self.written: dict[int, Written] = {}
        self._session_num: dict[int, int] = {}
        self._text_version = -1
        self._mail: deque[tuple[int, int, int, LapFacts | RunState]] = deque()

    def tick(self, world: World) -> None:
        while self._mail and self._mail[0][0] <= world.tick:
            _, sender, num, told = self._mail.popleft()
            for member, tracker in self.trackers.items():
                if member != sender and self._session_num.get(member) == num:
                    tracker.learn([told]) if isinstance(told, LapFacts) else tracker.hear(told)
        if world.text_version != self._text_version:
            self._text_version = world.text_version
            self.infos = {member: views.session_info(world, member) for member in self.trackers}
        for member, tracker in self.trackers.items():
            frame = views.frame(world, member)
            events = tracker.advance(frame, self.infos[member])
            if events and isinstance(events[-1], SessionBegan):
                self._write(member, events[:-1], world.tick)
                self._session_num[member] = events[-1].session_num
                tracker.begin()
                events = tracker.advance(frame, self.infos[member])
            self._write(member, events, world.tick)

    def finish(self) -> None:
        for member, tracker in self.trackers.items():
            self._write(member, tracker.finish(), 0)

    def _write(self, member: int, events: object, tick: int) -> None:
        assert isinstance(events, list | tuple), "the tracker returns a list"
        for event in events:
            num = self._session_num[member]
            self._note(event, self.written.setdefault(num, Written()))
            if isinstance(event, LapSeen):
                self.written[num].facts.append(event.facts)
                self._mail.append((tick + LAG_TICKS, member, num, event.facts))
            elif isinstance(event, RunEvent | LapFinished):
                self._mail.append((tick + LAG_TICKS, member, num, event.state))
            elif isinstance(event, Remark):
                self.written[num].remarks.append((member, event.text))

    @staticmethod
    def _note(event: Event, written: Written) -> None:
        if isinstance(event, LapFinished):
            written.laps.append(lap_document(event.record))
            written.events.append(("lap", event.record.session_time_s))
        elif isinstance(event, RunEvent) and event.kind not in (
            RunEventKind.STATE_DUE,
            RunEventKind.DRIVER_LEFT,
            RunEventKind.RESET,
        ):
            written.events.append((event.kind.value, event.at.session_time_s))
