"""What the team tells this client: the watch of ``state``, its thread, and what log and tray make of it."""

from __future__ import annotations

import logging
import re
import threading
import time
from collections.abc import Callable, Sequence

from teamtactics import __version__
from teamtactics.cloud.line import Line
from teamtactics.contract.documents import state_from_document
from teamtactics.model.parcel import Document
from teamtactics.model.records import RunState
from teamtactics.model.status import WatchStatus
from teamtactics.settings.settings import Settings
from teamtactics.team.mail import TeamMail
from teamtactics.team.watch import Stream, TeamWatch
from teamtactics.worker import Worker

log = logging.getLogger(__name__)

SILENT_AFTER_S = 60.0
"""A driver whose client has told nothing for so long, while driving, runs none."""

INTERVAL_SLACK_S = 30.0
"""
The team shares its settings, so nobody is silent sooner than this after the longest time between two states: of what
comes in between (laps, stops) there may be none for minutes on a long circuit.
"""

JOIN_S = 2.0


class Team:
    """
    Follows what the other members' clients tell.

    Args:
        settings: Without a Firestore in them nobody is followed.

        open_stream: Opens a watch of a collection's ``state`` with the settings in force.

        line: What the channels to Google tell each other.

    Threads: ``take``, ``follow`` and ``look`` are the collector's; ``hear`` may be called from any, and what tells how
        things stand may be read from any; the rest is the owner's.
    """

    def __init__(
        self,
        settings: Settings,
        open_stream: Callable[[Settings, str], Stream],
        monotonic_s: Callable[[], float] = time.monotonic,
        line: Line | None = None,
    ) -> None:
        self.silent_driver: str | None = None
        self.newer_client: str | None = None
        self._settings = settings
        self._monotonic_s = monotonic_s
        self._mail = TeamMail()
        self._watch = TeamWatch(lambda collection: open_stream(self._settings, collection), self._mail.put, line=line)
        self._stop = threading.Event()
        self._worker = Worker("team-watch", lambda: self._watch.run(self._stop))
        self._collection: str | None = None
        self._newest: RunState | None = None
        self._complained = ""
        self._is_started = False

    @property
    def watch(self) -> WatchStatus:
        """How the watch is doing."""
        return self._watch.status

    @property
    def worker(self) -> Worker:
        """The watch's thread."""
        return self._worker

    def hear(self, collection: str, document: Document) -> None:
        """Take a state that somebody has come across, e.g. the one that ours is about to replace."""
        self._mail.put(collection, document)

    def follow(self, collection: str | None) -> Sequence[RunState]:
        """
        Follow *collection* from now on; None: nothing.

        Returns:
            What is known of it already: the session may go on after the simulator was away.
        """
        if collection != self._collection:
            self._collection, self._newest = collection, None
            self.silent_driver = None
            self._watch.follow(collection)
        return () if self._newest is None else (self._newest,)

    def take(self) -> Sequence[RunState]:
        """Return what the others have told since the last call, in order of arrival."""
        if self._collection is None:
            return ()
        documents = self._mail.take(self._collection)
        return [state for state in map(self._read, documents) if state is not None] if documents else ()

    def look(self, silent: tuple[str, float] | None) -> None:
        """
        Say whether the driver in the car runs no teamtactics.

        Args:
            silent: Who drives without telling anything, and for how long, s (``Tracker.silent_driver``).
        """
        name = None if silent is None else silent[0]
        if name == self.silent_driver:
            return
        watch = self._watch.status
        patience_s = max(SILENT_AFTER_S, self._settings.state_interval_s + INTERVAL_SLACK_S)
        if silent is not None and self.silent_driver is None:
            # Who cannot hear cannot say that nobody speaks.
            heard_s = self._monotonic_s() - watch.since_s if watch.is_connected else 0.0
            if min(silent[1], heard_s) < patience_s:
                return
        if name is not None:
            log.warning("%s is driving without a running teamtactics: laps are recorded without fuel", name)
        else:
            log.info("what %s does is known again", self.silent_driver)
        self.silent_driver = name

    def start(self) -> None:
        """Begin to follow."""
        self._is_started = True
        if self._settings.cloud.firestore_configured:
            self._worker.start()

    def use(self, settings: Settings) -> None:
        """Go on with *settings*."""
        self._settings = settings
        if not settings.cloud.firestore_configured:
            self._end()
        elif self._is_started and not self._worker.is_alive:
            self._stop.clear()
            self._worker.start()
        else:
            self._watch.kick()

    def ask_to_end(self) -> None:
        """Ask the thread to end."""
        self._stop.set()

    def close(self) -> bool:
        """End; return whether the thread has ended."""
        return self._end()

    def _end(self) -> bool:
        self._stop.set()
        return self._worker.join(JOIN_S)

    def _read(self, document: Document) -> RunState | None:
        try:
            state = state_from_document(document)
        except ValueError as error:
            if str(error) != self._complained:
                self._complained = str(error)
                log.warning("the team's state cannot be used: %s", error)
            return None
        self._compare_version(document.get("ClientVersion"))
        newest = self._newest
        if newest is None or state.customer_id != newest.customer_id:
            log.info(
                "the team: %s, stint %d, %s laps, told at %.0f s",
                state.driver or state.customer_id or "unknown driver",
                state.stint,
                state.lap_completed,
                state.session_time_s,
            )
        if newest is None or state.session_time_s > newest.session_time_s:
            self._newest = state
        return state

    def _compare_version(self, version: object) -> None:
        if not isinstance(version, str) or version == self.newer_client:
            return
        if _numbers(version) > _numbers(self.newer_client or __version__):
            log.info("a team-mate runs teamtactics %s, this is %s", version, __version__)
            self.newer_client = version


def _numbers(version: str) -> tuple[int, ...]:
    """Read the numbers of a version: 1.10 is newer than 1.9."""
    return tuple(int(number) for number in re.findall(r"\d+", version.partition("+")[0]))
