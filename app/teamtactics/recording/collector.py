"""The collector: from the source through the tracker to the journal, for as long as there is something to read."""

from __future__ import annotations

import logging
import threading
import time
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from teamtactics.errors import LayoutChanged, SimulatorGone, SourceRefused
from teamtactics.model.events import Event
from teamtactics.model.frame import Frame
from teamtactics.model.records import PutBack
from teamtactics.model.session import SessionInfo
from teamtactics.model.status import CarStatus
from teamtactics.race.tracker import Tracker
from teamtactics.recording.following import Following, TeamStates
from teamtactics.recording.journal import LIVE, Journal
from teamtactics.recording.pause import Pause
from teamtactics.recording.seen import Sight, Tape
from teamtactics.telemetry.source import Source
from teamtactics.worker import beat

log = logging.getLogger(__name__)

CONNECT_EVERY_S = 1.0
"""How often a simulator that does not run is asked for."""
READ_TIMEOUT_S = 0.5
"""The longest wait for a tick, so that a stop is noticed."""
CAR_EVERY_TICKS = 60
"""How often the picture of the car is renewed for the tray, which looks once a second."""
CAR_EVERY_S = 0.4
"""The same for a recording, however fast it is played: it would take a third of the time."""


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


class Collector:
    """
    Owns the source, and the tracker with what it follows.

    It waits for ticks and for nothing else: what it learns goes into the journal, which the writer brings to the disk.

    Threads: everything of one collector happens in the thread that calls ``run``. ``is_connected``, ``frames``,
    ``session_state``, ``info``, ``car``, ``put_back``, ``collection``, ``refusal`` and ``is_driving`` may be read from
    anywhere; ``change`` and ``pause`` are its letter box.
    """

    def __init__(
        self,
        source: Source,
        tracker: Tracker,
        journal: Journal,
        stop: threading.Event,
        on_event: Callable[[Event], None] | None = None,
        expected_customer_id: int | None = None,
        team: TeamStates | None = None,
        tape: Tape | None = None,
    ) -> None:
        self.source = source
        self.is_connected = False
        self.frames = 0
        self.session_state: int | None = None
        self.pause = Pause()
        self._following = Following(tracker, journal, on_event, team, tape)
        self.refusal: str | None = None
        self._changes: deque[Change] = deque()
        self._car_at, self._car_at_s = 0, -CAR_EVERY_S
        self._stop = stop
        self._expected_customer_id = expected_customer_id
        self._info: SessionInfo | None = None
        self._complained = ""
        self._is_half_done = False

    def run(self) -> None:
        """
        Collect until the stop event is set or the source has ended.

        Raises:
            SourceRefused: The file to read from can never be read.
        """
        if self._is_half_done:
            # A run died, maybe between two halves of a tick: what it remembers must not become the checkpoint.
            self._following, self._info = self._following.anew(), None
        self._is_half_done = True
        try:
            self._collect()
        except BaseException:
            self._disconnect()
            raise
        self._is_half_done = False

    def _collect(self) -> None:
        self._following.settle(0.0)
        self._take_over()
        try:
            while not self._stop.is_set() and not self.source.has_ended:
                self.step()
        except SourceRefused:
            self.close()
            self._is_half_done = False
            raise
        self.close()

    @property
    def info(self) -> SessionInfo | None:
        """The newest session text; None while there is none."""
        return self._info

    @property
    def tracker(self) -> Tracker:
        """What follows the car."""
        return self._following.tracker

    @property
    def is_driving(self) -> bool:
        """Whether the member of this PC drives."""
        return self.tracker.is_driving

    @property
    def collection(self) -> str | None:
        """The collection of the session that is followed; None before the first."""
        return self._following.collection

    @property
    def car(self) -> CarStatus | None:
        """The car as it is known here; None while nothing is known of it."""
        return self._following.car

    @property
    def put_back(self) -> PutBack | None:
        """What the member of this PC, who drives, may want to put back; None when nothing is to be, or known."""
        return self._following.put_back

    def change(self, change: Change) -> None:
        """Take over what a new configuration says, before the next tick."""
        self._changes.append(change)

    def step(self) -> None:
        """Connect, or read and track what has come; takes at most about a second without a stop."""
        beat("reading" if self.is_connected else "looking for the simulator")
        self._take_over()
        if not self.is_connected:
            self._connect()
        elif self._following.is_waiting and self.source.key != LIVE:
            # A recording does not run away: it need not be held in memory while the store is asked.
            self._following.settle(READ_TIMEOUT_S)
        else:
            self._read()

    def close(self) -> None:
        """Write down where we are; for a stream that has ended, complete what still waits."""
        while self.source.has_ended and self._following.is_waiting and not self._stop.is_set():
            beat("waiting for the local store")
            self._following.settle(READ_TIMEOUT_S)
        self._following.end(is_complete=self.source.has_ended)
        self._disconnect()

    def _disconnect(self) -> None:
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
        self._following.lose()
        self.source.disconnect()
        self.is_connected, self._info = False, None

    def _is_paused(self, frames: Sequence[Frame]) -> bool:
        """Begin, keep or end a pause; while it lasts nothing is tracked, so that afterwards it is a gap."""
        pause = self.pause
        if pause.is_asked and not pause.has_begun:
            session = self.tracker.session
            self._following.lose()
            pause.begin(session)
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
            self.refusal = error.said
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
        self._look(frames)

    def _look(self, frames: Sequence[Frame]) -> None:
        if not frames:
            self._following.settle(0.0)
            return
        info = self.source.info
        if info is not self._info and info is not None:
            self._info = info
            self._compare_member(info)
        self._following.see(Sight(frames, info, self.source.key, self.source.utc_at, self.source.text))
        self.frames += len(frames)
        self.session_state = frames[-1].session_state
        if self.frames - self._car_at >= CAR_EVERY_TICKS and self._is_look_due():
            self._car_at, self._car_at_s = self.frames, time.monotonic()
            self._following.look()

    def _is_look_due(self) -> bool:
        return self.source.key == LIVE or time.monotonic() - self._car_at_s >= CAR_EVERY_S

    def _compare_member(self, info: SessionInfo) -> None:
        expected, actual = self._expected_customer_id, info.driver_user_id
        if expected is not None and actual is not None and expected != actual:
            self._complain(
                f"iracingId in teamtactics.ini is {expected}, but the simulator says {actual} sits at this PC: "
                f"{actual} is used to decide who drives. Correct iracingId, or remove it."
            )
