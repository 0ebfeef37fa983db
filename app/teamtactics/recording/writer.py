"""The writer: brings to the disk what the journal holds, however long the disk takes."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Sequence

from teamtactics.errors import OutboxDamaged, OutboxError
from teamtactics.language import Said, SaidOf, joined, without_stop
from teamtactics.recording.journal import Began, Entry, Journal
from teamtactics.recording.kept.last_resort import AT_DISK_S, LastResort
from teamtactics.recording.recorder import Recorder
from teamtactics.store.store import Outbox
from teamtactics.worker import beat

log = logging.getLogger(__name__)

RETRY_S = 1.0
"""How long to wait after the store has refused; a store that is held makes each attempt wait by itself."""

IDLE_S = 2.0
"""How often, when nothing is to be written, what was read is taken over for the tape and the thread tells of itself."""

MOST_WAITING = 20_000
"""Items taken out of the journal while none can be written; the rest waits there, with a bound of its own."""

LEFT_BEHIND_AFTER_S = 20.0
"""
So long after the start a session may go on by itself before what its checkpoint alone knows counts as seen: the time
that a team-mate's client gives a driver's too (DATA.md#laps-from-outside).
"""

SLOW_S = 10.0
"""A disk that takes longer is worth a word."""


class Writer:
    """
    Owns the store's writes.

    Args:
        begin_anew: Called when it runs again after it died: whoever is told what is on disk may lack the last of it.

        on_seen: Told the collection and what was seen of its laps, when that is on disk.

        write_before: Called in each turn, before anything is taken out of the journal, with whether there is something
            in it that the store is going to take; after a time in which it took nothing once more, behind what it took.
            Raises nothing.

        last_resort: For what the store does not take until the end; None where that is lost.

        write_behind: Writes what else there is for the disk, behind all that was recorded here; may raise OutboxError.

    Attributes:
        trouble: Why nothing can be written, in plain words; None when all is well.

    Threads: ``run`` one of its own; ``backlog``, ``trouble`` and ``need`` may be read from anywhere.
    """

    def __init__(
        self,
        journal: Journal,
        outbox: Outbox,
        ring: Callable[[], None],
        monotonic_s: Callable[[], float] = time.monotonic,
        *,
        write_before: Callable[[bool], None] = lambda _has_entries: None,
        write_behind: Callable[[], None] = lambda: None,
        begin_anew: Callable[[], None] = lambda: None,
        on_seen: Callable[[str, Sequence[str]], None] = lambda _collection, _texts: None,
        last_resort: LastResort | None = None,
    ) -> None:
        self.trouble: str | None = None
        self._write_before, self._write_behind, self._begin_anew = write_before, write_behind, begin_anew
        self._has_run = False
        self._last_resort = last_resort
        self.recorder = Recorder(outbox, ring, on_seen)
        self._journal = journal
        self._monotonic_s = monotonic_s
        self._began_s = monotonic_s()
        self._has_looked_back = False
        self._busy_since_s: float | None = None
        self._suspect: Entry | None = None

    @property
    def backlog(self) -> int:
        """How many items are in memory only."""
        return len(self._journal) + self.recorder.waiting

    def need(self) -> str | None:
        """Say what a human should know while the disk does not take what is recorded; None when it does."""
        since_s, now_s = self._busy_since_s, self._monotonic_s()
        if since_s is None or (self.trouble is None and now_s - since_s < SLOW_S):
            return None
        # Without a number that changes every second: that would be news each time.
        if self._journal.lost:
            said = Said("Some of what was recorded is lost, the rest waits in memory.")
        else:
            said = Said("What is recorded waits in memory.")
        if self.trouble is None:
            why = Said("The disk is slow.")
        else:
            why = Said("It cannot be written: {trouble}.", trouble=without_stop(self.trouble))
        return joined(said, why, Said("Make room or check the drive."))

    def run(self) -> None:
        """Write until the journal is closed and empty, or its deadline has passed."""
        if self._has_run:
            self._begin_anew()
        self._has_run = True
        while True:
            is_written = self.work()
            beat("waiting for something to write")
            closes_at_s = self._journal.closes_at_s
            if closes_at_s is not None:
                if is_written and not len(self._journal):
                    return
                if self._last_resort is not None and not is_written:
                    self._last_resort.make_room()
                if self._monotonic_s() >= closes_at_s:
                    self._end_elsewhere()
                    return
            if is_written:
                self._journal.wait(IDLE_S)
            else:
                time.sleep(RETRY_S)

    def _end_elsewhere(self) -> None:
        why = self.trouble or Said("the time to write it was over")
        log.error("%s not on disk at the end: %s", self._items, why)
        if self._last_resort is not None and self.backlog:
            beat("writing what is left elsewhere", AT_DISK_S)
            self._last_resort.put_away(self.recorder, self._journal, self._write_all, why)

    def left_over(self) -> str | None:
        """Say, at the end, what is not in the store, and where it is or that it is lost; None when all is in it."""
        if self._last_resort is not None and self._last_resort.left is not None:
            return self._last_resort.left.said
        if not self.backlog:
            return None
        return SaidOf(
            "{count} item is not on disk and is lost", "{count} items are not on disk and are lost", self.backlog
        )

    @property
    def _items(self) -> str:
        return "1 item is" if self.backlog == 1 else f"{self.backlog} items are"

    def work(self) -> bool:
        """Take what waits and write it; return whether all of it is on disk."""
        if self._busy_since_s is None and self.backlog:
            self._busy_since_s = self._monotonic_s()
        # While the store takes nothing: a tape that tells more than it would be another race after a crash.
        self._write_before(self.trouble is None and (bool(len(self._journal)) or self._journal.closes_at_s is not None))
        while True:
            try:
                if self._last_resort is not None:
                    self._last_resort.begin()
                self._take_all()
                if self.recorder.waiting:
                    beat("writing", AT_DISK_S)
                self.recorder.write()
                if self.trouble is not None:
                    self._write_before(True)
                self._look_back()
                self._write_behind()
            except OutboxDamaged as error:
                log.error("%s; the session goes on in a new store", error)
            except OutboxError as error:
                self._refused(error)
                return False
            else:
                self._accepted()
                return True

    def _write_all(self) -> None:
        while self.backlog:
            self._take_all()
            self.recorder.write()

    def _take_all(self) -> None:
        while self.recorder.waiting < MOST_WAITING and (entry := self._journal.first()) is not None:
            beat("writing", AT_DISK_S)
            try:
                self.recorder.take(entry)
            except OutboxError:
                # What was taken so far need not wait for it.
                self.recorder.write()
                raise
            except Exception:
                if entry is not self._suspect:
                    self._suspect = entry
                    raise
                # A defect of ours; tried twice, it must not keep from the disk what comes behind it.
                log.exception("this cannot be recorded and is left out: %s", entry)
                self.recorder.left_out.keep(entry)
                if isinstance(entry, Began):
                    entry.answer.cancel()
            self._journal.done()

    def _look_back(self) -> None:
        is_due = self._monotonic_s() - self._began_s >= LEFT_BEHIND_AFTER_S or self._journal.closes_at_s is not None
        if is_due and not self._has_looked_back:
            beat("looking for what was left behind", AT_DISK_S)
            self.recorder.take_up_left()
            self._has_looked_back = True

    def _refused(self, error: OutboxError) -> None:
        if self.trouble is None:
            log.error("%s; %s kept in memory until it can be written", error, self._items)
        if self._busy_since_s is None:
            self._busy_since_s = self._monotonic_s()
        self.trouble = error.said

    def _accepted(self) -> None:
        if self.trouble is not None:
            log.warning("the disk takes data again")
        self.trouble = self._busy_since_s = None


def recording_directly(outbox: Outbox, ring: Callable[[], None] = lambda: None) -> tuple[Journal, Writer]:
    """
    Return a journal that writes what is put into it before it returns, and its writer.

    For the demo, whose clients take turns in one thread, and for whoever has to see the store after each tick.
    """
    journal = Journal(on_put=lambda: writer.work())
    writer = Writer(journal, outbox, ring)
    return journal, writer
