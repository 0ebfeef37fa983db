"""Sessions that are over and still owe something: their collections are read once more, from where the mirror ends."""

from __future__ import annotations

import logging
import random
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from typing import Protocol

from teamtactics.cloud.line import Line
from teamtactics.cloud.retry import BackOff, Chance, RetryPolicy
from teamtactics.errors import DeliveryError, OutboxError
from teamtactics.model.mirror import NOTHING_KNOWN, Known, Mirrored
from teamtactics.model.precedence import is_of_earlier_run
from teamtactics.worker import beat

log = logging.getLogger(__name__)

LOOK_EVERY_S = 30.0
"""How soon it is seen that what was owed has arrived; each look at a collection costs a read or two."""
LOOK_SELDOM_S = 600.0
"""Where several looks in a row have changed nothing: a part that is parked, or one that nobody can use."""
PAGE = 300
"""Documents read at once: half a megabyte, a few seconds of a thin line."""
_QUICK_LOOKS = 4
_TICK_S = 1.0
_READ_LIMIT_S = 60.0
"""Longer than some pages of a collection take; the first read loads the library too."""
OVERLAP_S = 10.0
"""As for the watch (``cloud.watch``)."""


class Reader(Protocol):
    """What is asked of Firestore; ``cloud.firestore.Firestore`` says what its methods promise."""

    def changed(self, collection: str, since: int | None, after: Mirrored | None, page: int) -> Sequence[Mirrored]: ...
    def close(self) -> None: ...


class MirrorStore(Protocol):
    """What is asked of the store; ``store.Outbox`` says what its methods promise."""

    @property
    def generation(self) -> int: ...
    def mirror(self, collection: str) -> Known: ...
    def forget_mirror(self, collection: str) -> None: ...
    def keep_mirror(
        self, collection: str, words: Sequence[Mirrored], cursor: int | None = None, generation: int | None = None
    ) -> None: ...


def _is_of_later_run(page: Sequence[Mirrored], known: Known) -> bool:
    """Tell whether the collection holds another run of the session than what is *known* of it."""
    before, now = ([each.document for each in of if each.doc_id == "info"] for of in (known.documents, page))
    return bool(before and now) and is_of_earlier_run(before[0], now[0])


class CatchUp:
    """
    Reads one collection after another, for a short while each: nobody drives there any more, so nothing is watched.

    Args:
        reader: Makes the reader; called in the thread of ``run``, so that the Google libraries are imported there. May
            raise DeliveryError.

        owing: Names the collections of sessions that are over and of which something is owed. May raise OutboxError.

        settle: Called with a collection when the mirror holds all that stands there: finds out what is owed, and
            delivers or settles it. May raise OutboxError.

    Threads:
        ``run``: one, which may wait for the disk as couriers may. ``renew``, ``now`` and ``line_is_back``: any.
    """

    def __init__(
        self,
        reader: Callable[[], Reader],
        store: MirrorStore,
        owing: Callable[[], Sequence[str]],
        settle: Callable[[str], None],
        policy: RetryPolicy | None = None,
        monotonic_s: Callable[[], float] = time.monotonic,
        chance: Chance = random.random,
        line: Line | None = None,
    ) -> None:
        self._make_reader = reader
        self._store = store
        self._owing = owing
        self._settle = settle
        self._back_off = BackOff(policy or RetryPolicy(cap_s=60.0), chance)
        self._monotonic_s = monotonic_s
        self._reader: Reader | None = None
        self._bell = threading.Event()
        self._is_stale = threading.Event()
        self._is_failing = False
        self._before: Mapping[str, int | None] = {}
        self._idle_looks = 0
        self._line = line or Line()
        self._line.join(self)

    def renew(self) -> None:
        """Look now, with a new reader: the settings may be others."""
        self._is_stale.set()
        self._bell.set()

    def now(self) -> None:
        """Look now."""
        self._bell.set()

    def line_is_back(self, outage_s: float) -> None:
        """Look now if the line is what is waited for: somebody else got through."""
        del outage_s
        if self._is_failing:
            self._bell.set()

    def run(self, stop: threading.Event) -> None:
        """Read whenever something is owed, until *stop* is set; a read under way has a deadline of its own."""
        try:
            while not stop.is_set():
                beat("reading what sessions that are over lack", _READ_LIMIT_S)
                self._bell.clear()
                self._wait(self.step(), stop)
        finally:
            self._close()

    def step(self) -> float:
        """Read once what every session that owes something lacks here; return seconds until the next look is useful."""
        if self._is_stale.is_set():
            self._is_stale.clear()
            self._close()
        try:
            cursors = {collection: self._catch_up(collection) for collection in self._owing()}
        except DeliveryError as error:
            return self._failed(error)
        except OutboxError as error:
            log.debug("what sessions that are over owe is looked at later: %s", error)
            return LOOK_EVERY_S
        self._is_failing = False
        self._back_off.passed()
        return LOOK_EVERY_S if self._has_moved(cursors) else LOOK_SELDOM_S

    def _catch_up(self, collection: str) -> int | None:
        """
        Read what has come into *collection* since the mirror's cursor, and have it settled; return the cursor now.

        Durability:
            Each page is on disk before the next one is asked for, the cursor with the last.
        """
        generation = self._store.generation
        known = self._store.mirror(collection)
        if known.documents and known.cursor is None:
            # All is read in any case; what was removed since is not told.
            self._store.forget_mirror(collection)
            known = NOTHING_KNOWN
        since = None if known.cursor is None else max(0, known.cursor - round(OVERLAP_S * 10**9))
        page, latest = self._read(collection, since, None), known.cursor
        while len(page) == PAGE and not _is_of_later_run(page, known):
            self._store.keep_mirror(collection, page)
            latest = max(each.known_at for each in page)
            page = self._read(collection, since, page[-1])
        if _is_of_later_run(page, known):
            # What is known was removed, and the server tells of that only who watches.
            self._store.forget_mirror(collection)
            return self._catch_up(collection)
        cursor = max((each.known_at for each in page), default=latest)
        self._store.keep_mirror(collection, page, cursor, generation)
        self._settle(collection)
        return cursor

    def _read(self, collection: str, since: int | None, after: Mirrored | None) -> Sequence[Mirrored]:
        if self._reader is None:
            self._reader = self._make_reader()
        page = self._reader.changed(collection, since, after, PAGE)
        self._line.reached(self)
        return page

    def _has_moved(self, cursors: Mapping[str, int | None]) -> bool:
        """Tell whether a look may soon be worth its reads again."""
        # Where nothing is owed nothing is read.
        self._idle_looks = self._idle_looks + 1 if cursors and cursors == self._before else 0
        self._before = cursors
        return self._idle_looks < _QUICK_LOOKS

    def _failed(self, error: DeliveryError) -> float:
        level = logging.DEBUG if self._is_failing else logging.INFO
        log.log(level, "sessions that are over are looked at later: %s", error)
        self._is_failing = True
        self._close()
        return self._back_off.failed(error)

    def _close(self) -> None:
        reader, self._reader = self._reader, None
        if reader is not None:
            reader.close()

    def _wait(self, wait_s: float, stop: threading.Event) -> None:
        begun_s = self._monotonic_s()
        until_s, looks_s = begun_s + wait_s, begun_s + LOOK_EVERY_S
        while not stop.is_set():
            beat("waiting")
            left_s = until_s - self._monotonic_s()
            if left_s <= 0 or self._bell.wait(min(left_s, _TICK_S)):
                return
            if self._monotonic_s() >= looks_s:
                looks_s += LOOK_EVERY_S
                if self._owes_more():
                    self._idle_looks = 0
                    return

    def _owes_more(self) -> bool:
        """Tell whether another session was left since the last look; while looking fails, that ends no wait."""
        try:
            return not self._is_failing and bool(set(self._owing()) - self._before.keys())
        except OutboxError:
            return False
