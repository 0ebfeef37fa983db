"""
A race that the server begins anew, and the clients of its members in one process and one thread.

Each member's client is the product's from the collector to the sink, with a store on disk; simulators are the demo's
views, Firestore is one in memory. Time is the race's own, half a second at a time.
"""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path
from random import Random
from typing import Any

from support.memory_firestore import Killed, LineToFirestore, MemoryFirestore, MemoryStream
from teamtactics.delivery.courier import Courier
from teamtactics.delivery.firestore_sink import FirestoreSink
from teamtactics.delivery.fold_in import FoldingSink
from teamtactics.delivery.owed.debts import Debts
from teamtactics.delivery.owed.progress import Progress
from teamtactics.delivery.run_guard import RunGuard
from teamtactics.demo import views
from teamtactics.demo.engine import ticks
from teamtactics.demo.script import Script
from teamtactics.demo.world import Quirk
from teamtactics.errors import SimulatorGone
from teamtactics.model.frame import Frame
from teamtactics.model.parcel import FIRESTORE
from teamtactics.model.records import SessionClock
from teamtactics.model.session import SessionInfo
from teamtactics.model.status import WatchStatus
from teamtactics.race.tracker import Tracker
from teamtactics.recording.collector import Collector
from teamtactics.recording.journal import Journal
from teamtactics.recording.writer import Writer
from teamtactics.settings.load import load_settings
from teamtactics.settings.settings import Settings
from teamtactics.store.store import Outbox
from teamtactics.team import team as team_room
from teamtactics.team.catch_up import CatchUp
from teamtactics.team.mirror_box import MirrorBox

STEP_S = 0.5
BEGAN = datetime(2026, 3, 1, 12, tzinfo=UTC)

Shown = tuple[Sequence[Frame], SessionInfo]


class Runs:
    """
    What each member's simulator shows of a race that is cut off and begins anew, step by step.

    Args:
        at_s: When the server begins it anew, s after the first tick.

        lags_s: How much later than the server each member's simulator shows the restart.
    """

    def __init__(self, before: Script, after: Script, at_s: float, lags_s: Sequence[float] = (0.0, 0.5, 1.5)) -> None:
        self.members = [member.customer_id for member in before.members]
        first, second = _shown(before), _shown(after)
        self.steps: list[dict[int, Shown]] = []
        at, offset = round(at_s / STEP_S), 1_000_000
        for number in range(at + len(second)):
            self.steps.append({})
            for member, lag_s in zip(self.members, lags_s, strict=False):
                if number < at + round(lag_s / STEP_S):
                    self.steps[-1][member] = first[number][member]
                else:
                    frames, info = second[number - at][member]
                    anew = [_anew(frame, offset) for frame in frames]
                    self.steps[-1][member] = (anew, info)
        self.restart = at


def _anew(frame: Frame, offset: int) -> Frame:
    assert frame.session_unique_id is not None
    return frame._replace(session_unique_id=frame.session_unique_id + 1, tick=frame.tick + offset)


@cache
def _shown(script: Script) -> list[dict[int, Shown]]:
    members = [member.customer_id for member in script.members]
    version, infos, steps = -1, dict[int, SessionInfo](), list[dict[int, Shown]]()
    waiting: dict[int, list[Frame]] = {member: [] for member in members}
    for world in ticks(script):
        if world.quirk is Quirk.MISSED:
            continue
        if world.text_version != version:
            version = world.text_version
            infos = {member: views.session_info(world, member) for member in members}
        for member in members:
            waiting[member].append(views.frame(world, member))
        if len(waiting[members[0]]) == round(STEP_S * 60):
            steps.append({member: (waiting[member], infos[member]) for member in members})
            waiting = {member: [] for member in members}
    return steps


class Simulator:
    """A source that shows what a test puts into it."""

    name = key = "live"
    text: bytes | None = None
    missed_ticks = 0
    missing_variables: Sequence[str] = ()
    derived_variables: Sequence[str] = ()
    has_ended = False

    def __init__(self) -> None:
        self.info: SessionInfo | None = None
        self.is_on = True
        self._shown: deque[Shown] = deque()

    def show(self, shown: Shown) -> None:
        self._shown.append(shown)

    @property
    def is_ready(self) -> bool:
        return self.is_on and bool(self._shown)

    def connect(self) -> bool:
        return self.is_ready

    def read(self, timeout_s: float) -> Sequence[Frame]:  # noqa: ARG002
        if not self.is_on:
            raise SimulatorGone("switched off")
        if not self._shown:
            return ()
        frames, self.info = self._shown.popleft()
        return frames

    def utc_at(self, session_time_s: float) -> datetime:
        return BEGAN + timedelta(seconds=session_time_s)

    def disconnect(self) -> None:
        pass


class HandWatch:
    """``team.watch.TeamWatch`` without its threads: it listens when it is told to."""

    def __init__(self, open_stream: Callable[[str], Any], on_word: Callable[..., None], **_options: object) -> None:
        self.status = WatchStatus()
        self._open_stream = open_stream
        self._on_word = on_word
        self._wanted: str | None = None
        self._stream: MemoryStream | None = None

    def follow(self, collection: str | None) -> None:
        self._wanted = collection

    def kick(self) -> None:
        self._stream = None

    def run(self, stop: threading.Event) -> None:
        raise AssertionError(f"nothing runs here, nothing is to stop: {stop}")

    def listen(self, *, is_online: bool) -> None:
        if self._wanted != self.status.collection or not is_online:
            self._stream = None
            self.status = WatchStatus(self._wanted)
        if self._wanted is None or not is_online:
            return
        if self._stream is None:
            self._stream = self._open_stream(self._wanted)
            self.status = WatchStatus(self._wanted, True)
        stream = self._stream
        for word in tuple(stream.words()):
            if self._stream is stream:
                self._on_word(self._wanted, word)


class Client:
    """One member's PC. The program on it runs, or not; its simulator and its line are there, or not."""

    def __init__(self, cloud: MemoryFirestore, folder: Path, clock: Callable[[], float], page: int) -> None:
        folder.mkdir(parents=True)
        self.simulator = Simulator()
        self.line = LineToFirestore(cloud, page=page)
        self.is_running = False
        self._cloud, self._folder, self._clock = cloud, folder, clock
        self.outbox_path = folder / "o.sqlite3"

    def start(self) -> None:
        self.outbox = Outbox.open(self.outbox_path, lambda: BEGAN)
        journal, clock = Journal(), self._clock
        progress = Progress(
            lambda: self.team.clock, lambda: self.collector.collection, lambda: self.writer.backlog, clock
        )
        self.debts = Debts(self.outbox, lambda: None, self._is_caught_up, progress.session_s, clock, lambda: BEGAN)
        self.box = MirrorBox(self.outbox, self.debts.told, self.debts.forget)
        self.team = team_room.Team(self._settings(), self._opened, clock, self._own_clock, shelf=self.box)
        self.writer = Writer(
            journal,
            self.outbox,
            lambda: None,
            clock,
            write_behind=self._write_behind,
            begin_anew=self.debts.begin_anew,
            on_seen=self.debts.seen,
        )
        self.collector = Collector(self.simulator, Tracker(), journal, threading.Event(), team=self.team)
        self.courier = Courier(FIRESTORE, self._sink, self.outbox, monotonic_s=clock, chance=lambda: 0.5)
        self.catch_up = CatchUp(lambda: self.line, self.outbox, self.debts.owing, self.debts.settle, None, clock)
        self.is_running = True

    def kill(self) -> None:
        """End the process, wherever it stands; what is on disk is left."""
        self.outbox.close()
        self.is_running = False

    def step(self, *, looks: bool) -> None:
        """Let each thread of the program have its turn."""
        try:
            if self.simulator.is_ready or self.collector.is_connected:  # else it would wait a second for one
                self.collector.step()
            self.writer.work()
            watch: Any = self.team._watch
            watch.listen(is_online=self.line.is_online)
            self.writer.work()
            for _ in range(20):
                if self.courier.step() > 0:
                    break
            if looks:
                self.catch_up.step()
        except Killed:
            self.kill()

    @property
    def is_done(self) -> bool:
        return not self.outbox.pending(FIRESTORE, 1) and not self.outbox.parked(FIRESTORE)

    def _settings(self) -> Settings:
        ini = self._folder / "teamtactics.ini"
        ini.write_text("[global]\nstateInterval = 20\n")
        return load_settings(ini, self._folder, {"APPDATA": str(self._folder)}, "linux")

    def _opened(self, _settings: Settings, collection: str, since: int | None) -> Any:
        return MemoryStream(self._cloud, collection, since)

    def _own_clock(self) -> SessionClock | None:
        return self.collector.tracker.clock

    def _is_caught_up(self, collection: str) -> bool:
        return self.collector.collection == collection and self.team.is_caught_up

    def _write_behind(self) -> None:
        self.box.write()
        self.debts.write()

    def _sink(self) -> FoldingSink:
        line: Any = self.line
        guard = RunGuard(self.outbox, lambda: self.team.clock)
        inner = FirestoreSink(line, lambda: self.collector.is_driving, lambda: self.team.clock, guard=guard)
        return FoldingSink(inner, line, self.debts.fold, guard=guard)


@dataclass
class Restarted:
    """
    The race and its clients.

    Attributes:
        runs: What the simulators show.

        page: Documents that a client lists, and removes, at once.
    """

    runs: Runs
    folder: Path
    page: int = 90
    chance: Random = field(default_factory=lambda: Random(1))

    def __post_init__(self) -> None:
        self.cloud = MemoryFirestore()
        self.now_s = 0.0
        self.at = 0
        self.clients = {
            member: Client(self.cloud, self.folder / str(member), lambda: self.now_s, self.page)
            for member in self.runs.members
        }

    def start(self, members: Iterable[int] | None = None) -> None:
        for member in self.runs.members if members is None else members:
            self.clients[member].start()

    def play(self, until: int | None = None) -> None:
        """Go on to step *until*; None for the end of the race."""
        for shown in self.runs.steps[self.at : until]:
            self.now_s += STEP_S
            self.at += 1
            for member in self._in_any_order():
                client = self.clients[member]
                if client.simulator.is_on:
                    client.simulator.show(shown[member])
                if client.is_running:
                    client.step(looks=self.at % 20 == 0)

    def settle(self, rounds: int = 400) -> None:
        """Let everybody who runs have his turns until nothing is to be done any more; no simulator shows anything."""
        quiet = 0
        for number in range(rounds):
            self.now_s += 5.0
            commits = len(self.cloud.log)
            for member in self._in_any_order():
                if self.clients[member].is_running:
                    self.clients[member].step(looks=True)
            is_done = all(client.is_done for client in self.clients.values() if client.is_running)
            quiet = quiet + 1 if is_done and len(self.cloud.log) == commits else 0
            if quiet > 12 and number > 20:
                return
        raise AssertionError("they come to no end")

    def close(self) -> None:
        for client in self.clients.values():
            if client.is_running:
                client.kill()

    def _in_any_order(self) -> list[int]:
        members = [member for member in self.runs.members if self.clients[member].is_running]
        self.chance.shuffle(members)
        return [*members, *(member for member in self.runs.members if not self.clients[member].is_running)]
