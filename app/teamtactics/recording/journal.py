"""What the collector has learned and the disk does not have yet: the hand-over from the collector to the writer."""

from __future__ import annotations

import logging
import threading
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Future
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import datetime
from queue import Empty, SimpleQueue

from teamtactics.model.events import Event, SessionBegan
from teamtactics.model.facts import LapFacts
from teamtactics.model.records import UtcMark
from teamtactics.model.session import SessionInfo

log = logging.getLogger(__name__)

LIVE = "live"
"""``Source.key`` of a simulator: its session time only rises, and its sessions are real ones."""

LIMIT = 20_000
"""
Entries kept in memory at most: some two days of racing with a disk that takes nothing, at 2 to 4 kB each. What comes
after that is lost, and said.
"""


@dataclass(frozen=True, slots=True)
class Answer:
    """
    What the store knows of a session that begins.

    Attributes:
        checkpoint: Where the tracker goes on; None to begin from the first frame seen.

        names: Names by customer id from earlier sessions.

        told: What this client has seen of the session's laps so far.
    """

    checkpoint: str | None
    names: Mapping[str, str]
    told: Sequence[LapFacts] = ()


@dataclass(frozen=True, slots=True)
class Began:
    """
    The tracker follows another session from now on; the answer says whether the store knows it.

    Attributes:
        answer: The writer's; cancelled by a collector that can wait no longer and begins without a checkpoint.

        source_key: Identity of the stream; a recording that starts again goes on behind its checkpoint.

        utc: When the frame that opened the session was true.
    """

    event: SessionBegan
    collection: str
    customer_id: int | None
    source_key: str
    utc: datetime
    answer: Future[Answer] = field(default_factory=Future)


@dataclass(frozen=True, slots=True)
class Note:
    """
    What was learned of the session under way.

    Attributes:
        checkpoint: The tracker's, as of these events; None when there is nothing to go on with any more.

        session_time_s, utc: How far the session has come with it, and when that was.

        info: The newest session text; None when it is the one before.

        customer_id: Who sits here, by that text.

        is_last: The session is over.
    """

    events: tuple[Event, ...]
    checkpoint: str | None
    session_time_s: float
    utc: datetime
    info: SessionInfo | None = None
    customer_id: int | None = None
    is_last: bool = False

    @property
    def mark(self) -> UtcMark:
        """How far the session has come, by both clocks."""
        return UtcMark(self.session_time_s, self.utc)

    @property
    def is_checkpoint_only(self) -> bool:
        """Whether a later checkpoint makes it superfluous."""
        return not self.events and self.info is None and not self.is_last


Entry = Began | Note


class Journal:
    """
    A queue in memory that nobody waits for who puts something into it.

    Args:
        on_put: Called after each entry, in the collector's thread; for a writer that has no thread of its own.

    Attributes:
        lost: Entries for which there was no room.

        last: The newest entry that was put.

    Durability: none; what is in here is lost with the process. The writer takes it out when the disk has it.

    Threads: any. The lock is held for as long as it takes to append to a queue, never over disk or network.
    """

    def __init__(self, on_put: Callable[[], object] = lambda: None) -> None:
        self.lost = 0
        self.last: Entry | None = None
        self._on_put = on_put
        self._entries: deque[Entry] = deque()
        self._lock = threading.Lock()
        self._bell: SimpleQueue[None] = SimpleQueue()
        self._closes_at_s: float | None = None

    def __len__(self) -> int:
        return len(self._entries)

    def put(self, *entries: Entry) -> None:
        """Add *entries*, all of them together, and go on; never waits for the disk."""
        with self._lock:
            for entry in entries:
                self._add(entry)
            self.last = entries[-1]
        if self._bell.empty():
            self._bell.put(None)
        self._on_put()

    def _add(self, entry: Entry) -> None:
        if isinstance(entry, Note) and entry.is_checkpoint_only and len(self._entries) > 1:
            # The first may be in the writer's hands and stays as it is.
            last = self._entries[-1]
            if isinstance(last, Note) and not last.is_last:
                self._entries[-1] = replace(
                    last, checkpoint=entry.checkpoint, session_time_s=entry.session_time_s, utc=entry.utc
                )
                return
        if len(self._entries) >= LIMIT:
            self.lost += 1
            if self.lost == 1:
                log.error("nothing can be written, and the memory kept for it is full: what happens now is lost")
            return
        self._entries.append(entry)

    def first(self) -> Entry | None:
        """Return the oldest entry and leave it where it is; None when there is none. The writer's."""
        with self._lock:
            return self._entries[0] if self._entries else None

    def entries(self) -> Sequence[Entry]:
        """List what waits, the oldest first."""
        with self._lock:
            return tuple(self._entries)

    def done(self) -> None:
        """Take the oldest entry out. The writer's."""
        with self._lock:
            self._entries.popleft()

    def wait(self, timeout_s: float) -> None:
        """Wait for an entry or the end, at most *timeout_s*. The writer's."""
        with suppress(Empty):
            self._bell.get(timeout=timeout_s)
            while True:
                self._bell.get_nowait()

    def close(self, deadline_s: float) -> None:
        """Nothing will be put any more; the writer tries until monotonic time *deadline_s* to write what is left."""
        self._closes_at_s = deadline_s
        self._bell.put(None)

    @property
    def closes_at_s(self) -> float | None:
        """Until when the writer may go on; None while the collector does."""
        return self._closes_at_s
