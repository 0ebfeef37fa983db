"""
Every call of the store, made to fail in every way a file can: all is recorded afterwards, and it recovers by itself.

The calls come from the store's own list, so a new one is among them without anybody thinking of it.
"""

from __future__ import annotations

import inspect
import random
import sqlite3
import threading
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, suppress
from datetime import timedelta
from functools import cache
from itertools import product
from pathlib import Path

import pytest

from race.driving import Car
from recording.test_collecting import NOW, Told
from support.parcels import event
from support.thorough import some_of
from teamtactics.errors import OutboxError
from teamtactics.model.frame import Frame
from teamtactics.model.mirror import Mirrored
from teamtactics.model.parcel import FIRESTORE, PUBSUB, Parcel, ParcelKind
from teamtactics.model.usage import Usage
from teamtactics.race.tracker import Tracker
from teamtactics.recording.collector import Collector
from teamtactics.recording.writer import recording_directly
from teamtactics.reports.known_laps import known_laps
from teamtactics.store.store import Outbox, OwnLap

CALLS = tuple(
    name
    for name, member in inspect.getmembers(Outbox, inspect.isfunction)
    if not name.startswith("_") and name not in ("close", "claim")
)
"""All but those that begin and end it."""

SINKS = (FIRESTORE, PUBSUB)
FAILING = 4
"""So often in a row a call fails."""


def inner(outbox: Outbox) -> sqlite3.Connection:
    connection = outbox._database._connection
    assert connection is not None
    return connection


@contextmanager
def full(outbox: Outbox) -> Iterator[None]:
    connection = inner(outbox)
    (pages,) = connection.execute("PRAGMA page_count").fetchone()
    connection.execute(f"PRAGMA max_page_count = {pages}").fetchall()
    yield
    connection.execute("PRAGMA max_page_count = 1073741823").fetchall()


@contextmanager
def read_only(outbox: Outbox) -> Iterator[None]:
    connection = inner(outbox)
    connection.execute("PRAGMA query_only = ON")
    yield
    connection.execute("PRAGMA query_only = OFF")


@contextmanager
def locked(outbox: Outbox) -> Iterator[None]:
    other = sqlite3.connect(outbox._database.path, isolation_level=None)
    other.execute("BEGIN EXCLUSIVE")
    yield
    other.close()


@contextmanager
def damaged(outbox: Outbox) -> Iterator[None]:
    path = outbox._database.path
    path.write_bytes(random.Random(7).randbytes(path.stat().st_size))
    yield


@contextmanager
def gone(outbox: Outbox) -> Iterator[None]:
    outbox._database.path.unlink()
    yield


FAULTS: dict[str, Callable[[Outbox], AbstractContextManager[None]]] = {
    "full": full,
    "locked": locked,
    "read-only": read_only,
    "damaged": damaged,
    "gone": gone,
}


def fail(outbox: Outbox, call: str, fault: str, monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Let *call* meet the fault in its second to fifth call (damage: in the second); return what counts its calls."""
    real, calls = getattr(outbox, call), []
    times = 1 if fault in ("damaged", "gone") else FAILING

    def failing(*arguments: object, **named: object) -> object:
        calls.append(1)
        if not 1 < len(calls) <= 1 + times or outbox._database._connection is None:
            return real(*arguments, **named)
        with FAULTS[fault](outbox):
            try:
                return real(*arguments, **named)
            except OutboxError as error:
                refused = error
        raise refused

    monkeypatch.setattr(outbox, call, failing)
    return calls


class Others:
    """Board and couriers, as far as they use the store: each call may be refused, and comes again."""

    def __init__(self, outbox: Outbox) -> None:
        self.outbox = outbox
        self.delivered: dict[str, set[str]] = {sink: set() for sink in SINKS}

    def look(self) -> None:
        outbox = self.outbox
        self._try(outbox.counts)
        self._try(outbox.sessions)
        self._try(outbox.session_counts)
        self._try(lambda: outbox.laps_waiting(SINKS))
        self._try(lambda: outbox.add_usage({NOW.date(): Usage(commits=1)}))
        self._try(lambda: outbox.usage(NOW.date()))
        self._try(lambda: outbox.meta("names"))
        self._try(lambda: outbox.set_meta("board", "was here"))
        self._try(lambda: outbox.prune(NOW - timedelta(days=40), SINKS))
        self._try(lambda: outbox.documents(1, ParcelKind.LAP))
        self._try(lambda: [outbox.messages(one.id) for one in outbox.sessions()])
        self._try(lambda: outbox.keep_mirror("c", [Mirrored("1", {"Stint": 1}, 5, 5)], 5, outbox.generation))
        self._try(lambda: outbox.mirror("c"))
        self._try(lambda: [outbox.settle(one.id, outbox.own_laps(one.id)) for one in outbox.owing()])
        self._try(lambda: outbox.own_laps(1))
        self._try(lambda: outbox.parcels(1))
        self._try(lambda: outbox.run_of(1))
        self._try(lambda: outbox.is_run_over(1))
        self._try(lambda: outbox.forget_mirror("d"))
        self._try(lambda: outbox.unconfirmed(1, FIRESTORE))
        self._try(lambda: outbox.come_to(1))
        self._try(lambda: outbox.settle(1, [OwnLap(1, 7, "{}")]))
        for sink in SINKS:
            self._try(lambda sink=sink: self._deliver(sink))

    def _deliver(self, sink: str) -> None:
        outbox = self.outbox
        self._try(lambda: outbox.purging(sink))
        self._try(lambda: outbox.parked(sink))
        self._try(lambda: outbox.unpark(sink))
        waiting = outbox.pending(sink, 3)
        if len(waiting) > 2:
            self._try(lambda: outbox.park(sink, waiting[2].seq, "a test"))
        self.delivered[sink] |= {name_of(one.parcel) for one in waiting}
        outbox.mark_delivered(sink, [one.seq for one in waiting[:2]])
        for one in waiting[:1]:
            self._try(lambda one=one: outbox.announce(one.session_id, event(one.parcel.session_time_s, "announced")))

    @staticmethod
    def _try(call: Callable[[], object]) -> None:
        with suppress(OutboxError):  # it comes again
            call()


def name_of(parcel: Parcel) -> str:
    return f"{parcel.collection}/{parcel.key}"


@cache
def race_frames() -> tuple[Frame, ...]:
    practice = Car(session_num=1, session_unique_id=2).run(1.0).lap(30.0, then_s=1.0).lap(30.0, then_s=8.0).frames
    car = Car(session_time=5.0, tick=90_000).run(1.0).lap(30.0, then_s=1.0)
    return (*practice, *car.drive_into_pits().stand_in_stall().leave_pits().lap(30.0, then_s=8.0).frames)


def race() -> Told:
    frames = race_frames()
    return Told(*(frames[at : at + 120] for at in range(0, len(frames), 120)), [])


def record(outbox: Outbox) -> tuple[dict[str, list[object]], set[str]]:
    """Record the race beside board and couriers; return the laps by collection, and what reached Firestore or waits."""
    source = race()
    journal, writer = recording_directly(outbox)
    others = Others(outbox)
    collector = Collector(source, Tracker(), journal, threading.Event())
    while not source.has_ended:
        collector.step()
        writer.work()
        others.look()
    for _ in range(2 * FAILING):
        writer.work()
        others.look()
    collector.close()
    writer.work()
    assert writer.trouble is None
    assert writer.backlog == 0
    assert writer.need() is None
    laps = {one.collection: known_laps(outbox, one) for one in reversed(outbox.sessions())}
    outbox.unpark(FIRESTORE)
    reached = others.delivered[FIRESTORE] | {name_of(one.parcel) for one in outbox.pending(FIRESTORE, 999)}
    return laps, reached  # type: ignore[return-value]  # documents are objects to this test


@pytest.fixture(scope="module")
def truth(tmp_path_factory: pytest.TempPathFactory) -> tuple[dict[str, list[object]], set[str]]:
    with Outbox.open(tmp_path_factory.mktemp("truth") / "o.sqlite3", lambda: NOW) as outbox:
        return record(outbox)


@pytest.mark.some(7)
@pytest.mark.parametrize(("fault", "call"), some_of(list(product(FAULTS, CALLS)), 12))
def test_a_store_call_that_fails_loses_nothing_and_recovers(
    call: str,
    fault: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    truth: tuple[dict[str, list[object]], set[str]],
) -> None:
    with Outbox.open(tmp_path / "o.sqlite3", lambda: NOW, busy_s=0.0) as outbox:
        calls = fail(outbox, call, fault, monkeypatch)
        laps, reached = record(outbox)
        assert laps == truth[0]
        assert reached >= truth[1]
        assert len(calls) > 1, "it was called, so it was met"
        assert bool(outbox.needs) is (fault in ("damaged", "gone")), "damage is said, for good"


def test_the_matrix_knows_every_call() -> None:
    assert len(CALLS) >= 22
    assert {"append", "begin_session", "pending", "mark_delivered"} <= set(CALLS)
