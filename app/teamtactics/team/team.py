"""What the team tells this client: the watch of the collection, its thread, and what log and tray make of it."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Mapping, Sequence

from teamtactics import __version__
from teamtactics.cloud.line import Line
from teamtactics.contract.foreign import DocumentRefused, Sound, check_time, run_state, sound
from teamtactics.model.mirror import Mirrored
from teamtactics.model.parcel import Document
from teamtactics.model.precedence import session_of
from teamtactics.model.records import RunState, SessionClock
from teamtactics.model.retold import Told
from teamtactics.model.status import WatchStatus
from teamtactics.settings.settings import Settings
from teamtactics.team.followed import NO_RUN, Followed, is_later
from teamtactics.team.members import Members, numbers
from teamtactics.team.mirror import NoShelf, Shelf
from teamtactics.team.news import NewsBox
from teamtactics.team.watch import Stream, TeamWatch
from teamtactics.worker import Worker

log = logging.getLogger(__name__)

STATE = "state"

SILENT_AFTER_S = 60.0
"""A driver whose client has told nothing for so long, while driving, runs none."""

NO_CLIENT_S = 1.0
"""So long somebody new must have been in the car of whom the roster shows that he has no client."""

TEXT_LAG_S = 6.0
"""
The same for who was in it before: the text may name him for up to 5 s when another one has got in (SIMULATOR#lag).
"""

INTERVAL_SLACK_S = 30.0
"""
The team shares its settings, so nobody is silent sooner than this after the longest time between two states: of what
comes in between (laps, stops) there may be none for minutes on a long circuit.
"""

CLOCK_HOLDS_S = 1.0
"""A simulator is read 60 times a second; of one that was read longer ago nobody knows how far it has come."""

JOIN_S = 2.0
SILENT_LIMIT_S = 4.0
"""The watch goes on twice a second; to close a stream may take one second more."""


class Team:
    """
    Follows what the other members' clients tell.

    Args:
        settings: Without a Firestore in them nobody is followed.

        open_stream: Opens a watch of a collection with the settings in force, from a cursor on; None: from the
            beginning.

        own_clock: The own simulator's session clock; None where no simulator runs (a recording proves nothing about
            now). Asked by ``look`` only.

        line: What the channels to Google tell each other.

        shelf: Where the mirror is kept.

    Threads: ``take``, ``laps``, ``follow`` and ``look`` are the collector's; ``hear`` may be called from any, and what
        tells how things stand may be read from any; the rest is the owner's.
    """

    def __init__(
        self,
        settings: Settings,
        open_stream: Callable[[Settings, str, int | None], Stream],
        monotonic_s: Callable[[], float] = time.monotonic,
        own_clock: Callable[[], SessionClock | None] = lambda: None,
        line: Line | None = None,
        shelf: Shelf | None = None,
    ) -> None:
        self.silent_driver: str | None = None
        self.newer_client: str | None = None
        self._settings = settings
        self._monotonic_s = monotonic_s
        self._open_stream = open_stream
        self._news = NewsBox()
        self.members = Members(monotonic_s)
        self._line = line
        self._followed = Followed(shelf or NoShelf(), self._begin, self._tell, monotonic_s, self._forget)
        self._collection: str | None = None
        self._run = NO_RUN
        self._watch, self._worker = self._made()
        self._newest: RunState | None = None
        self._named: tuple[int | None, int | None] = (None, None)
        self._own_clock = own_clock
        self._clock: tuple[float, SessionClock | None] = (0.0, None)
        self._complained: set[str] = set()
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
        """Take a state of *collection*; one of another is not followed any more."""
        if collection != self._collection:
            return
        try:
            self._news.hear(sound(STATE, document))
        except DocumentRefused as why:
            self.complain(why)

    def complain(self, why: DocumentRefused) -> None:
        """Say that a document of the team cannot be used; once for each kind, whoever came across it."""
        if why.field not in self._complained:
            self._complained.add(why.field)
            log.warning("a document that somebody else wrote for the team cannot be used: %s", why)

    @property
    def clock(self) -> SessionClock | None:
        """How far the session has come that the own simulator shows; None when that is not known just now."""
        read_s, clock = self._clock
        return clock if self._monotonic_s() - read_s < CLOCK_HOLDS_S else None

    def follow(self, collection: str | None, run: Document = NO_RUN) -> None:
        """
        Follow *collection* from now on; None: nothing.

        What is known of it already is told again: the session may go on after the simulator was away. With a later run
        nothing is known.

        Args:
            run: Which run of which session the own simulator shows, by the numbers of ``info``.
        """
        if collection == self._collection and not is_later(run, self._run):
            self._news.again()
        else:
            self._collection, self._run, self._newest = collection, run, None
            self.silent_driver, self._named = None, (None, None)
            self._news.clear()
            self.members.clear()
            self._watch.follow(None)
            self._followed.follow(collection, run)

    def take(self) -> Sequence[RunState]:
        """Return the states that have come since the last call, in order of arrival."""
        states = self._news.states()
        return [self._read(state) for state in states if self._is_possible(state)] if states else ()

    def laps(self) -> Mapping[int, Told]:
        """Return what stands in the followed collection of laps of which there is news; not of all of them at once."""
        return self._news.take()

    @property
    def is_caught_up(self) -> bool:
        """Whether all that stands in the followed collection was known a moment ago, and what changes is told."""
        return self._watch.status.is_connected and self._followed.is_caught_up

    def look(self, silent: tuple[int, str, float] | None) -> None:
        """
        Say whether the driver in the car runs no teamtactics.

        Args:
            silent: Who drives without telling anything, his name, and for how long, s (``Tracker.silent_driver``).
        """
        self._clock = (self._monotonic_s(), self._own_clock())
        self._followed.look()
        self._note_named(None if silent is None else silent[0])
        name = None if silent is None else silent[1]
        if name == self.silent_driver:
            return
        if silent is not None and self.silent_driver is None and not self._is_certain(silent[0], silent[2]):
            return
        if name is not None:
            log.warning("%s is driving without a running teamtactics: laps are recorded without fuel", name)
        else:
            log.info("what %s does is known again", self.silent_driver)
        self.silent_driver = name

    def _note_named(self, customer_id: int | None) -> None:
        """Note whom the text names as the driver, and whom it named before the car was away or another one in it."""
        before, now = self._named
        if customer_id != now:
            self._named = (before if now is None else now, customer_id)

    def _is_certain(self, customer_id: int, silent_s: float) -> bool:
        """Tell whether who has been silent for so long has no client: by the roster, or because it was long enough."""
        watch, newest = self._watch.status, self._newest
        has_told = newest is not None and newest.customer_id == customer_id
        if self.is_caught_up and self.members.has_anybody and not (has_told or self.members.has_client(customer_id)):
            return silent_s >= (TEXT_LAG_S if customer_id == self._named[0] else NO_CLIENT_S)
        # Who cannot hear cannot say that nobody speaks.
        heard_s = self._monotonic_s() - watch.since_s if watch.is_connected else 0.0
        return min(silent_s, heard_s) >= max(SILENT_AFTER_S, self._settings.state_interval_s + INTERVAL_SLACK_S)

    def start(self) -> None:
        """Begin to follow."""
        self._is_started = True
        if self._settings.cloud.firestore_configured:
            self._worker.start()

    def use(self, settings: Settings) -> None:
        """Go on with *settings*."""
        self._settings = settings
        if not settings.cloud.firestore_configured:
            self._worker.end()
        elif self._is_started and not self._worker.is_alive:
            # The former one may still be ending, for as long as it loads the libraries: it keeps its own watch.
            self._worker.end()
            self._watch, self._worker = self._made()
            if self._followed.is_ready:
                self._watch.follow(self._collection)
            self._worker.start()
        else:
            self._watch.kick()

    def ask_to_end(self) -> None:
        """Ask the thread to end."""
        self._worker.end()

    def close(self) -> bool:
        """End; return whether the thread has ended."""
        self._worker.end()
        return self._worker.join(JOIN_S)

    def _made(self) -> tuple[TeamWatch, Worker]:
        watch = TeamWatch(self._opened, self._followed.heard, line=self._line)
        return watch, Worker("team-watch", watch.run, SILENT_LIMIT_S)

    def _begin(self, collection: str) -> None:
        self._watch.follow(collection)
        if self._followed.is_deaf:
            self._watch.kick()

    def _forget(self, collection: str) -> None:
        if collection == self._collection:
            self._news.clear()
            self.members.clear()

    def _opened(self, collection: str) -> Stream:
        return self._open_stream(self._settings, collection, self._followed.cursor(collection))

    def _tell(self, collection: str, document: Mirrored) -> None:
        if collection != self._collection:
            return
        self.members.note(document)
        try:
            if document.doc_id == STATE:
                self.hear(collection, document.document)
            elif not self.members.hear(document):
                self._news.put(document)
        except DocumentRefused as why:
            self.complain(why)

    def _is_possible(self, document: Sound) -> bool:
        """Tell whether a state of the followed collection can be one of its session."""
        clock = self.clock
        try:
            check_time(document, clock)
            if clock is not None and session_of(document) != clock.session:
                raise DocumentRefused("session", "its SessionID, SubSessionID or SessionNum is of another session")
        except DocumentRefused as why:
            self.complain(why)
            return False
        return True

    def _read(self, document: Sound) -> RunState:
        state = run_state(document)
        self._compare_version(document["ClientVersion"])
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

    def _compare_version(self, version: str | None) -> None:
        if version is None or version == self.newer_client:
            return
        if numbers(version) > numbers(self.newer_client or __version__):
            log.info("a team-mate runs teamtactics %s, this is %s", version, __version__)
            self.newer_client = version
