"""The collector: from the source through the tracker to the recorder, for as long as there is something to read."""

from __future__ import annotations

import logging
import threading
import time
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Protocol

from teamtactics.errors import LayoutChanged, SimulatorGone
from teamtactics.model.events import Event, SessionBegan
from teamtactics.model.frame import Frame
from teamtactics.model.records import RunState
from teamtactics.model.session import SessionInfo
from teamtactics.model.status import CarStatus
from teamtactics.race.tracker import Tracker
from teamtactics.recording.car_view import car_of
from teamtactics.recording.narrator import line
from teamtactics.recording.pause import Pause
from teamtactics.recording.recorder import Recorder
from teamtactics.telemetry.source import Source

log = logging.getLogger(__name__)

CONNECT_EVERY_S = 1.0
"""How often a simulator that does not run is asked for."""

READ_TIMEOUT_S = 0.5
"""The longest wait for a tick, so that a stop is noticed."""
DISK_RETRY_TICKS = 300
"""How often a full disk is tried again: every five seconds."""
CAR_EVERY_TICKS = 30
"""How often the picture of the car is renewed for the tray: twice a second."""


@dataclass(frozen=True, slots=True)
class Change:
    """
    What a reload of the configuration changes for the collector.

    Attributes:
        source: Read from this one from now on; None to stay with the present one.
    """

    source: Source | None
    state_interval_s: float
    expected_customer_id: int | None


class TeamStates(Protocol):
    """What the collector needs of the team; ``team.Team`` says what its methods promise."""

    def follow(self, collection: str | None) -> Sequence[RunState]: ...
    def take(self) -> Sequence[RunState]: ...
    def look(self, silent: tuple[str, float] | None) -> None: ...


class Collector:
    """
    Owns source, tracker and recorder.

    Threads: everything of one collector happens in the thread that calls ``run``. ``is_connected``, ``frames``,
    ``last_frame``, ``info``, ``car``, ``refusal`` may be read from anywhere; ``change``, ``pause`` are its letter box.
    """

    def __init__(
        self,
        source: Source,
        tracker: Tracker,
        recorder: Recorder,
        stop: threading.Event,
        on_event: Callable[[Event], None] | None = None,
        expected_customer_id: int | None = None,
        team: TeamStates | None = None,
    ) -> None:
        self.source = source
        self.tracker = tracker
        self.recorder = recorder
        self.is_connected, self.frames = False, 0
        self.last_frame: Frame | None = None
        self.car: CarStatus | None = None
        self.refusal: str | None = None
        self.pause = Pause()
        self._changes: deque[Change] = deque()
        self._car_at = 0
        self._stop = stop
        self._on_event = on_event
        self._expected_customer_id = expected_customer_id
        self._team = team
        self._info: SessionInfo | None = None
        self._complained = ""
        self._retried_at = 0

    def run(self) -> None:
        """
        Collect until the stop event is set or the source has ended.

        Raises:
            SourceRefused: The file to read from can never be read.
        """
        self._take_over()
        try:
            while not self._stop.is_set() and not self.source.has_ended:
                self.step()
        finally:
            self.close()

    @property
    def info(self) -> SessionInfo | None:
        """The newest session text; None while there is none."""
        return self._info

    def change(self, change: Change) -> None:
        """Take over what a new configuration says, before the next tick."""
        self._changes.append(change)

    def step(self) -> None:
        """Connect, or read and track what has come; takes at most about a second without a stop."""
        self._take_over()
        if self.is_connected:
            self._read()
        else:
            self._connect()

    def close(self) -> None:
        """Write down where we are; for a stream that has ended, complete what still waits."""
        if self.source.has_ended:
            self._finish()
        self._save()
        if self.is_connected:
            log.info("%s: %d ticks read, %d missed", self.source.name, self.frames, self.source.missed_ticks)
        self.source.disconnect()
        self.is_connected = False

    def _take_over(self) -> None:
        while self._changes:
            change = self._changes.popleft()
            self.tracker.state_interval_s = change.state_interval_s
            self.tracker.fallback_customer_id = change.expected_customer_id
            self._expected_customer_id = change.expected_customer_id
            if change.source is not None:
                self._let_go()
                self.source = change.source

    def _let_go(self) -> None:
        """Write down where we are and leave the source; what it shows next is announced as a session again."""
        self._save()
        self.tracker.simulator_lost()
        self.source.disconnect()
        self.is_connected, self._info, self.car = False, None, None

    def _is_paused(self, frames: Sequence[Frame]) -> bool:
        """Begin, keep or end a pause; while it lasts nothing is tracked, so that afterwards it is a gap."""
        pause, memory = self.pause, self.tracker.memory
        if pause.is_asked and not pause.has_begun:
            self._save()
            self.tracker.simulator_lost()
            self.car = None
            pause.begin(memory.key if memory is not None else None)
            log.info("paused: nothing is recorded until it is resumed or the next session begins")
        if pause.is_asked and all(pause.holds(frame, self.source.info) for frame in frames[-1:]):
            return True
        if pause.has_begun:
            by_session, pause.has_begun = pause.is_asked, False
            pause.end()
            log.info("recording again%s", ": a new session has begun" if by_session else "")
        return False

    def _connect(self) -> None:
        try:
            self.is_connected, self.refusal = self.source.connect(), None
        except LayoutChanged as error:
            self.refusal = str(error)
            self._complain(self.refusal)
        if not self.is_connected:
            self._stop.wait(CONNECT_EVERY_S)
            return
        self._complained = ""
        source = self.source
        log.info("connected to %s", source.name)
        if source.derived_variables:
            log.info("worked out from others: %s", ", ".join(source.derived_variables))
        if source.missing_variables:
            log.info("not in %s, recorded as null: %s", source.name, ", ".join(source.missing_variables))

    def _complain(self, text: str) -> None:
        if text != self._complained:
            log.error("%s", text)
            self._complained = text

    def _read(self) -> None:
        try:
            frames = self.source.read(READ_TIMEOUT_S)
        except SimulatorGone as gone:
            log.info("%s is gone (%s); %d ticks were missed", self.source.name, gone, self.source.missed_ticks)
            self._let_go()
            return
        if (self.pause.is_asked or self.pause.has_begun) and self._is_paused(frames):
            self._info = self.source.info
            return
        info = self.source.info
        if info is not self._info and info is not None and frames:
            self._learn(info, frames[0])
        if self._team is not None and frames:
            self._hear(self._team)
        advance = self.tracker.advance
        for frame in frames:
            events = advance(frame, info)
            if events:
                self._take(events, frame, info)
        if frames:
            self.frames += len(frames)
            self.last_frame = frames[-1]
            if self.frames - self._car_at >= CAR_EVERY_TICKS:
                self._car_at = self.frames
                self.car = car_of(self.tracker.memory, info, time.monotonic())
                if self._team is not None:
                    self._team.look(self.tracker.silent_driver)
            if self.recorder.is_disk_full and self.frames - self._retried_at >= DISK_RETRY_TICKS:
                self._retried_at = self.frames
                self._retry(frames[-1])

    def _hear(self, team: TeamStates) -> None:
        for state in team.take():
            self._adopt(state)

    def _adopt(self, state: RunState) -> None:
        memory = self.tracker.memory
        events = self.tracker.adopt(state)
        if events and memory is not None:
            at_s = memory.clock.time_s
            self.recorder.record(events, self.tracker, at_s, self.source.utc_at(at_s))
            self._tell(events)

    def _learn(self, info: SessionInfo, frame: Frame) -> None:
        self._info = info
        self._compare_member(info)
        if info.own is not None and info.is_live and self.tracker.is_following(frame, info):
            utc = self.source.utc_at(frame.session_time)
            self.recorder.learn(info, self.tracker, frame.session_time, utc)

    def _compare_member(self, info: SessionInfo) -> None:
        expected, actual = self._expected_customer_id, info.driver_user_id
        if expected is not None and actual is not None and expected != actual:
            self._complain(
                f"iracingId in teamtactics.ini is {expected}, but the simulator says {actual} sits at this PC: "
                f"{actual} is used to decide who drives. Correct iracingId, or remove it."
            )

    def _take(self, events: Sequence[Event], frame: Frame, info: SessionInfo | None) -> None:
        utc = self.source.utc_at(frame.session_time)
        began = events[-1]
        if isinstance(began, SessionBegan):
            former = self.tracker.memory
            if former is not None:
                self.recorder.close_former(events[:-1], former.clock.time_s, utc)
            self._tell(events[:-1])
            self.recorder.begin(began, self.tracker, self.source.key, utc)
            self._tell((began,))
            if self._team is not None:
                for state in self._team.follow(self.recorder.collection if began.info.is_team_session else None):
                    self._adopt(state)
            events = self.tracker.advance(frame, info)
            if not events:
                return
        self.recorder.record(events, self.tracker, frame.session_time, utc)
        self._tell(events)
        if log.isEnabledFor(logging.DEBUG):
            # With this a wrong lap can be understood the next day: the raw tick, and what was made of it.
            log.debug("from %s", frame)
            for event in events:
                log.debug("made %s", event)

    def _tell(self, events: Sequence[Event]) -> None:
        for event in events:
            text = line(event)
            if text is not None:
                log.info("%s", text)
            if self._on_event is not None:
                self._on_event(event)

    def _retry(self, frame: Frame) -> None:
        self.recorder.retry(self.tracker, frame.session_time, self.source.utc_at(frame.session_time))

    def _finish(self) -> None:
        frame = self.last_frame
        if frame is None:
            return
        events = self.tracker.finish()
        self.recorder.record(events, self.tracker, frame.session_time, self.source.utc_at(frame.session_time))
        self._tell(events)

    def _save(self) -> None:
        memory = self.tracker.memory
        if memory is not None and self.last_frame is not None:
            at_s = memory.clock.time_s
            self.recorder.save(self.tracker, at_s, self.source.utc_at(at_s))
