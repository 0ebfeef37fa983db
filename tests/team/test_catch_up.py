"""Sessions that are over: read once more from where the mirror ends, as long as they owe something."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path

import pytest

from support.cloud_parcels import lap, stored
from support.counting_relay import CountingRelay
from support.follower import PROJECT, becomes
from support.relay import Relay
from teamtactics.cloud.firestore import Firestore
from teamtactics.cloud.line import Line
from teamtactics.cloud.meter import Meter
from teamtactics.cloud.retry import RetryPolicy
from teamtactics.cloud.wire import Database
from teamtactics.delivery.firestore_sink import FirestoreSink
from teamtactics.errors import OutboxFull
from teamtactics.model.mirror import Mirrored
from teamtactics.store.store import Outbox
from teamtactics.team import catch_up
from teamtactics.team.catch_up import LOOK_EVERY_S, LOOK_SELDOM_S, CatchUp


@pytest.fixture
def outbox(tmp_path: Path) -> Iterator[Outbox]:
    with Outbox.open(tmp_path / "o.sqlite3", lambda: datetime.now(UTC)) as opened:
        yield opened


class Documents:
    """A collection of numbered documents."""

    def __init__(self, count: int) -> None:
        self.there = [Mirrored(str(n), {"LapCompleted": n}, n * 10, n * 10) for n in range(1, count + 1)]
        self.asked: list[tuple[int | None, str | None]] = []
        self.closed = 0

    def changed(self, collection: str, since: int | None, after: Mirrored | None, page: int) -> Sequence[Mirrored]:
        assert collection == "c"
        self.asked.append((since, None if after is None else after.doc_id))
        behind = [each for each in self.there if since is None or each.updated >= since]
        return [each for each in behind if after is None or each.updated > after.updated][:page]

    def close(self) -> None:
        self.closed += 1


class Rig:
    def __init__(self, outbox: Outbox, documents: Documents) -> None:
        self.owing = ["c"]
        self.settled: list[str] = []
        self.catch_up = CatchUp(lambda: documents, outbox, lambda: self.owing, self.settled.append)


def test_all_that_stands_there_is_kept_page_by_page_and_then_settled(
    outbox: Outbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(catch_up, "PAGE", 10)
    documents = Documents(25)
    rig = Rig(outbox, documents)
    assert rig.catch_up.step() == LOOK_EVERY_S
    assert outbox.mirror("c").documents == tuple(documents.there)
    assert outbox.mirror("c").cursor == 250
    assert documents.asked == [(None, None), (None, "10"), (None, "20")]
    assert rig.settled == ["c"]


def test_the_cursor_comes_with_the_last_page_only(outbox: Outbox, monkeypatch: pytest.MonkeyPatch) -> None:
    """Cut off in between, the next look asks for everything from before: nothing is missed."""
    monkeypatch.setattr(catch_up, "PAGE", 10)
    documents = Documents(25)
    real, calls = outbox.keep_mirror, []

    def failing(*arguments: object) -> None:
        calls.append(1)
        if len(calls) == 2:
            raise OutboxFull("full")
        real(*arguments)  # type: ignore[arg-type]

    monkeypatch.setattr(outbox, "keep_mirror", failing)
    rig = Rig(outbox, documents)
    assert rig.catch_up.step() == LOOK_EVERY_S
    assert (len(outbox.mirror("c").documents), outbox.mirror("c").cursor) == (10, None)
    assert rig.settled == []
    rig.catch_up.step()
    assert (len(outbox.mirror("c").documents), outbox.mirror("c").cursor) == (25, 250)


def test_nothing_is_read_for_sessions_that_owe_nothing(outbox: Outbox) -> None:
    documents = Documents(3)
    rig = Rig(outbox, documents)
    rig.owing = []
    assert {rig.catch_up.step() for _ in range(7)} == {LOOK_EVERY_S}, "to look costs nothing"
    assert documents.asked == []


def test_a_stamp_that_somebody_wrote_himself_hides_nothing_that_comes(outbox: Outbox) -> None:
    documents = Documents(3)
    documents.there.append(Mirrored("4", {}, 40, 9 * 10**18))
    Rig(outbox, documents).catch_up.step()
    assert outbox.mirror("c").cursor == 40


def test_a_session_that_is_left_while_it_is_looked_at_seldom_is_looked_at_soon(
    outbox: Outbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whoever hands over and goes home may switch off his PC within those ten minutes."""
    now_s = [0.0]
    documents = Documents(3)
    rig = Rig(outbox, documents)
    rig.owing = []
    looking = CatchUp(lambda: documents, outbox, lambda: rig.owing, rig.settled.append, monotonic_s=lambda: now_s[0])
    stop, ticks = threading.Event(), []

    def tick(wait_s: float | None = None) -> bool:
        ticks.append(wait_s)
        now_s[0] += wait_s or 0.0
        if now_s[0] > 1_000.0:
            rig.owing = ["c"]
        if rig.settled or now_s[0] > 1_500.0:
            stop.set()
        return False

    monkeypatch.setattr(looking._bell, "wait", tick)
    looking.run(stop)
    assert rig.settled == ["c"]
    assert now_s[0] <= 1_000.0 + 2 * LOOK_EVERY_S


def test_where_looking_changes_nothing_it_is_looked_at_seldom_until_something_moves(outbox: Outbox) -> None:
    """What is owed may be parked, or be something that nobody can use: each look costs a read."""
    documents = Documents(3)
    rig = Rig(outbox, documents)
    waits = [rig.catch_up.step() for _ in range(7)]
    assert waits[0] == LOOK_EVERY_S
    assert waits[-1] == LOOK_SELDOM_S
    documents.there.append(Mirrored("4", {}, 40, 40))
    assert rig.catch_up.step() == LOOK_EVERY_S


@pytest.mark.emulator
def test_at_the_emulator_a_look_reads_what_is_new_and_the_newest_once_more(
    sink: FirestoreSink, firestore_emulator: str, collection: str, outbox: Outbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Counted by the client and by the relay; pages begin behind the last document of the one before."""
    monkeypatch.setattr(catch_up, "OVERLAP_S", 0.0)
    monkeypatch.setattr(catch_up, "PAGE", 4)
    meter = Meter()
    sink.deliver(stored(*(lap(collection, number) for number in range(1, 11))))
    with CountingRelay(firestore_emulator) as counting:
        documents = Firestore(Database(PROJECT, None, counting.address), meter=meter)
        looking = CatchUp(lambda: documents, outbox, lambda: [collection], lambda _: None)
        looking.step()
        known = outbox.mirror(collection)
        assert {each.doc_id for each in known.documents} == {str(number) for number in range(1, 11)}
        assert meter.total.read == counting.counted(PROJECT).queried == 10
        sink.deliver(stored(lap(collection, 11)))
        looking.step()
        assert meter.total.read == counting.counted(PROJECT).queried == 10 + 10 + 1, "of one commit all have one stamp"
        sink.deliver(stored(lap(collection, 12)))
        looking.step()
        assert meter.total.read == 21 + 2
        looking.step()
        assert meter.total.read == 23 + 1
        documents.close()


@pytest.mark.emulator
def test_who_comes_online_is_read_as_soon_as_somebody_else_got_through(
    sink: FirestoreSink, relay: Relay, collection: str, outbox: Outbox
) -> None:
    line, settled = Line(), threading.Event()
    documents = Firestore(Database(PROJECT, None, relay.address), timeout_s=1.0)
    patient = RetryPolicy(first_s=60.0, least_s=60.0)
    looking = CatchUp(lambda: documents, outbox, lambda: [collection], lambda _: settled.set(), patient, line=line)
    sink.deliver(stored(lap(collection, 1)))
    relay.refuse()
    stop = threading.Event()
    thread = threading.Thread(target=looking.run, args=(stop,))
    thread.start()
    try:
        assert becomes(lambda: looking._is_failing)
        relay.heal()
        line.reached(Waiting())
        assert settled.wait(10)
        assert [each.doc_id for each in outbox.mirror(collection).documents] == ["1"]
    finally:
        stop.set()
        thread.join(5)
        assert not thread.is_alive()


class Waiting:
    """Another channel."""

    def line_is_back(self, outage_s: float) -> None:
        del outage_s
