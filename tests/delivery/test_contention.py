"""Others who write the same, or hold it: every lap arrives, the latest state stays, and nobody locks anybody out."""

from __future__ import annotations

import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from statistics import quantiles
from typing import Any

import grpc
import pytest
from google.cloud.firestore_v1.services.firestore import FirestoreClient
from google.cloud.firestore_v1.services.firestore.transports import FirestoreGrpcTransport

from support.cloud_parcels import lap, state, stored
from support.memory_queue import MemoryQueue
from support.relay import Relay
from support.sinks import PROJECT, firestore_sink
from teamtactics.cloud.fates import TooSlow
from teamtactics.cloud.wire import Database
from teamtactics.delivery.courier import Courier
from teamtactics.delivery.firestore_sink import FirestoreSink
from teamtactics.errors import Contended
from teamtactics.model.parcel import FIRESTORE
from teamtactics.model.status import SinkState

pytestmark = [pytest.mark.emulator, pytest.mark.timeout(120)]

ReadBack = Callable[[str], dict[str, dict[str, object]]]
LAPS = 40
LAP_LIMIT_S = 4.0
"""The emulator's own patience with a held document is 2 s; without the state a lap takes milliseconds."""


class Claimant:
    """A client that drives for itself: its own laps, and a state after each that all claim."""

    def __init__(self, number: int, collection: str, address: str) -> None:
        self.took_s: list[float] = []
        self.states: set[SinkState] = set()
        self._number = number
        self._collection = collection
        self._sink = firestore_sink(address)
        self._queue = MemoryQueue()
        self._courier = Courier(FIRESTORE, lambda: self._sink, self._queue)

    def drive(self, start: threading.Barrier) -> None:
        self._sink.check()
        start.wait(20)
        for n in range(1, LAPS + 1):
            begin_s = time.monotonic()
            at_s = 10.0 * n + self._number
            self._queue.add(
                lap(self._collection, 1000 * self._number + n, CustomerID=self._number),
                state(self._collection, at_s, CustomerID=self._number),
            )
            while self._queue.pending(FIRESTORE, 1):
                time.sleep(min(0.02, self._courier.step()))
                self.states.add(self._courier.status.state)
            self.took_s.append(time.monotonic() - begin_s)
        self._courier.close()


@pytest.mark.parametrize("members", [2, 6])
def test_clients_that_claim_the_same_state_at_once_deliver_every_lap(
    firestore_emulator: str, collection: str, read_back: ReadBack, members: int
) -> None:
    """All laps, the latest state, no icon that says "unreachable"."""
    start = threading.Barrier(members)
    claimants = [Claimant(number, collection, firestore_emulator) for number in range(members)]
    threads = [threading.Thread(target=claimant.drive, args=(start,)) for claimant in claimants]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(100)
    assert not any(thread.is_alive() for thread in threads)
    found = read_back(collection)
    assert found["state"]["SessionTime"] == 10.0 * LAPS + members - 1
    assert {int(n) for n in found if n.isdigit()} == {
        1000 * number + n for number in range(members) for n in range(1, LAPS + 1)
    }
    assert set().union(*(claimant.states for claimant in claimants)) == {SinkState.OK}
    took_s = [took_s for claimant in claimants for took_s in claimant.took_s]
    cuts = quantiles(took_s, n=100)
    print(
        f"{members} at once, {len(took_s)} laps with their state: until confirmed p50 {cuts[49] * 1000:.0f} ms, "
        f"p99 {cuts[98] * 1000:.0f} ms, longest {max(took_s) * 1000:.0f} ms"
    )


@contextmanager
def held(address: str, collection: str) -> Iterator[None]:
    """Hold the state as a program does that reads it in a transaction and never comes to commit; let go at the end."""
    database = Database(PROJECT, None, address)
    with grpc.insecure_channel(address, options=[("grpc.enable_http_proxy", 0)]) as channel:
        client: Any = FirestoreClient(transport=FirestoreGrpcTransport(channel=channel))
        metadata = [*database.metadata, ("authorization", "Bearer owner")]
        options: dict[str, Any] = {"retry": None, "timeout": 10.0, "metadata": metadata}
        begun = client.begin_transaction({"database": database.path, "options": {"read_write": {}}}, **options)
        name = f"{database.path}/documents/{collection}/state"
        request = {"database": database.path, "documents": [name], "transaction": begun.transaction}
        assert len(list(client.batch_get_documents(request, **options))) == 1
        try:
            yield
        finally:
            client.rollback({"database": database.path, "transaction": begun.transaction}, **options)


@contextmanager
def running(courier: Courier, bell: threading.Event) -> Iterator[None]:
    stop = threading.Event()
    worker = threading.Thread(target=courier.run, args=(stop, bell))
    worker.start()
    try:
        yield
    finally:
        stop.set()
        bell.set()
        worker.join(10)
        courier.close()


@pytest.mark.slow
@pytest.mark.parametrize("timeout_s", [5.0, 1.5])
def test_a_lap_does_not_wait_for_a_state_that_another_program_holds(
    firestore_emulator: str, collection: str, read_back: ReadBack, timeout_s: float
) -> None:
    """Whether the server gives up waiting or we do (Google's waits longer): laps arrive, the icon stays green."""
    sink = firestore_sink(firestore_emulator, timeout_s=timeout_s)
    queue, bell = MemoryQueue(lap(collection, 1), state(collection, 100.0)), threading.Event()
    courier = Courier(FIRESTORE, lambda: sink, queue)
    courier.step()
    seen: set[SinkState] = set()
    with running(courier, bell):
        with held(firestore_emulator, collection):
            for n in range(2, 6):
                begin_s = time.monotonic()
                queue.add(lap(collection, n), state(collection, n * 100.0))
                bell.set()
                while 2 * n - 1 not in queue.delivered[FIRESTORE]:
                    assert time.monotonic() - begin_s < LAP_LIMIT_S, f"lap {n} waits for the state"
                    seen.add(courier.status.state)
                    time.sleep(0.01)
            assert seen == {SinkState.OK}
            assert read_back(collection)["state"]["SessionTime"] == 100.0
            assert 10 not in queue.delivered[FIRESTORE], "the state is not there, and does not count as delivered"
        assert queue.wait_until_empty(FIRESTORE, 10)
    found = read_back(collection)
    assert found["state"]["SessionTime"] == 500.0
    assert {"1", "2", "3", "4", "5"} < set(found)


def test_what_is_confirmed_beside_a_held_state_is_said(
    firestore_emulator: str, collection: str, sink: FirestoreSink, read_back: ReadBack
) -> None:
    sink.deliver(stored(state(collection, 100.0)))
    with held(firestore_emulator, collection):
        with pytest.raises(Contended) as caught:
            sink.deliver(stored(lap(collection, 1), state(collection, 200.0), lap(collection, 2), first=2))
        assert list(caught.value.confirmed) == [2, 4]
        assert set(read_back(collection)) == {"state", "1", "2"}
        with pytest.raises(Contended) as caught:
            sink.deliver(stored(state(collection, 200.0), first=3))
        assert list(caught.value.confirmed) == []
    sink.deliver(stored(state(collection, 200.0), first=3))
    assert read_back(collection)["state"]["SessionTime"] == 200.0


KILLED_BEFORE_ITS_COMMIT = """
import sys, time
from support.cloud_parcels import lap, state, stored
from support.relay import Relay
from support.sinks import firestore_sink

def has_looked(collection, document):
    print("looked", flush=True)
    time.sleep(60)

address, collection = sys.argv[1:]
firestore_sink(address, on_look=has_looked).deliver(
    stored(lap(collection, 2), state(collection, 200.0, CustomerID=2))
)
"""


def test_a_client_killed_between_its_look_and_its_commit_leaves_nothing_behind(
    firestore_emulator: str, collection: str, sink: FirestoreSink, read_back: ReadBack
) -> None:
    sink.deliver(stored(state(collection, 100.0, CustomerID=1)))
    script = [sys.executable, "-c", KILLED_BEFORE_ITS_COMMIT, firestore_emulator, collection]
    with subprocess.Popen(script, cwd=Path(__file__).parents[1], stdout=subprocess.PIPE, text=True) as client:
        assert client.stdout is not None
        assert client.stdout.readline().strip() == "looked"
        client.kill()
    begin_s = time.monotonic()
    sink.deliver(stored(lap(collection, 1), state(collection, 150.0, CustomerID=1), first=2))
    assert time.monotonic() - begin_s < 1.5, "the emulator waits 2 s for a lock"
    found = read_back(collection)
    assert (set(found), found["state"]["SessionTime"]) == ({"1", "state"}, 150.0)


def test_reads_that_arrive_after_a_stall_hold_nobody_up(relay: Relay, firestore_emulator: str, collection: str) -> None:
    """Whoever asked has given up long ago: nothing is opened for him that others would have to wait for."""
    lost = [firestore_sink(relay.address, timeout_s=0.3) for _ in range(5)]
    for sink in lost:
        sink.check()
    relay.stall()
    for sink in lost:
        with pytest.raises(TooSlow):
            sink.deliver(stored(state(collection, 1.0)))
    relay.heal()
    quick = firestore_sink(firestore_emulator)
    for number in range(1, 11):
        begin_s = time.monotonic()
        quick.deliver(stored(lap(collection, number), state(collection, 100.0 * number)))
        assert time.monotonic() - begin_s < LAP_LIMIT_S / 2
    for sink in (*lost, quick):
        sink.close()
