"""Both sinks through a network that refuses, stalls, cuts and loses replies, and what is there when it heals."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import grpc
import pytest
from google.pubsub_v1.services.publisher import PublisherClient
from google.pubsub_v1.services.publisher.transports import PublisherGrpcTransport

from support.cloud_parcels import info, lap, state, stored
from support.memory_queue import MemoryQueue
from support.relay import Relay
from support.sinks import firestore_sink
from teamtactics.cloud.pubsub import PubSubSink
from teamtactics.cloud.retry import RetryPolicy
from teamtactics.delivery.courier import Courier
from teamtactics.delivery.ports import Sink
from teamtactics.errors import TemporaryFailure
from teamtactics.model.parcel import FIRESTORE, PUBSUB
from teamtactics.model.status import SinkState

pytestmark = pytest.mark.emulator

PROJECT = "teamtactics-test"
TOPIC = f"projects/{PROJECT}/topics/faults"
DEADLINE_S = 0.6
IMPATIENT = RetryPolicy(first_s=0.05, cap_s=0.2, least_s=0.02, refused_s=0.2)
Through = Callable[[Relay], Sink]


@pytest.fixture(scope="module")
def topic(pubsub_emulator: str) -> str:
    with grpc.insecure_channel(pubsub_emulator, options=[("grpc.enable_http_proxy", 0)]) as channel:
        PublisherClient(transport=PublisherGrpcTransport(channel=channel)).create_topic(name=TOPIC, timeout=5)
    return TOPIC


@pytest.fixture(params=[FIRESTORE, PUBSUB])
def sink_and_relay(
    request: pytest.FixtureRequest, firestore_emulator: str, pubsub_emulator: str, topic: str
) -> Iterator[tuple[Sink, Relay]]:
    with Relay(firestore_emulator if request.param == FIRESTORE else pubsub_emulator) as relay:
        sink: Sink
        if request.param == FIRESTORE:
            sink = firestore_sink(relay.address, PROJECT, timeout_s=DEADLINE_S)
        else:
            sink = PubSubSink(topic, emulator=relay.address, timeout_s=DEADLINE_S)
        yield sink, relay
        sink.close()


@contextmanager
def running(*couriers: Courier) -> Iterator[None]:
    stop = threading.Event()
    bells = [threading.Event() for _ in couriers]
    workers = [threading.Thread(target=each.run, args=(stop, bell)) for each, bell in zip(couriers, bells, strict=True)]
    for worker in workers:
        worker.start()
    try:
        yield
    finally:
        stop.set()
        for bell in bells:
            bell.set()
        for worker in workers:
            worker.join(10)
        assert not any(worker.is_alive() for worker in workers)
        for courier in couriers:
            courier.close()


def backlog(collection: str, laps: int = 30) -> list[Any]:
    laps_and_states = [
        parcel for n in range(1, laps + 1) for parcel in (lap(collection, n), state(collection, n * 1e2))
    ]
    return [info(collection), *laps_and_states]


def seconds_until_failure(sink: Sink, parcels: Sequence[Any]) -> float:
    begin = time.monotonic()
    with pytest.raises(TemporaryFailure):
        sink.deliver(parcels)
    return time.monotonic() - begin


def test_refused_is_told_at_once(sink_and_relay: tuple[Sink, Relay], collection: str) -> None:
    sink, relay = sink_and_relay
    relay.refuse()
    assert seconds_until_failure(sink, stored(lap(collection, 1))) < DEADLINE_S + 0.5


def test_a_stalled_connection_fails_by_the_deadline(sink_and_relay: tuple[Sink, Relay], collection: str) -> None:
    """Not after a minute, as the library's own retry would: both before and while a connection stands."""
    sink, relay = sink_and_relay
    relay.stall()
    assert seconds_until_failure(sink, stored(lap(collection, 1))) < DEADLINE_S + 0.5
    relay.heal()
    sink.deliver(stored(lap(collection, 1)))
    relay.stall()
    assert seconds_until_failure(sink, stored(lap(collection, 2))) < DEADLINE_S + 0.5


def test_a_cut_in_mid_call_is_noticed_before_the_deadline(relay: Relay, collection: str) -> None:
    sink = firestore_sink(relay.address, PROJECT, timeout_s=30.0)
    sink.deliver(stored(lap(collection, 1)))
    relay.stall()
    cutter = threading.Timer(0.1, relay.cut)
    cutter.start()
    took_s = seconds_until_failure(sink, stored(lap(collection, 2)))
    cutter.join()
    sink.close()
    assert took_s < 10


@pytest.mark.parametrize("fault", [Relay.refuse, Relay.stall, Relay.cut, Relay.lose_replies])
def test_after_any_fault_the_backlog_goes_out(
    fault: Callable[[Relay], None], sink_and_relay: tuple[Sink, Relay], collection: str
) -> None:
    """Kept through the fault, delivered in order after it; the status says what is going on all the while."""
    sink, relay = sink_and_relay
    queue = MemoryQueue(lap(collection, 1))
    courier = Courier(sink.name, lambda: sink, queue, IMPATIENT)
    assert courier.drain(time.monotonic() + 5)
    fault(relay)
    queue.add(*backlog(collection)[3:])
    if fault is not Relay.cut:  # a cut heals by itself
        courier.step()
        assert courier.status.state is SinkState.UNREACHABLE
        assert len(queue.pending(sink.name, 1)) == 1
    if fault is Relay.lose_replies:
        relay.cut()
    relay.heal()
    with running(courier):
        assert queue.wait_until_empty(sink.name, 15)
    assert queue.delivered[sink.name] == sorted(queue.delivered[sink.name])
    assert queue.parked == {}
    assert courier.status.state is SinkState.OK


def test_after_an_outage_firestore_holds_every_lap_and_the_newest_state(
    relay: Relay, collection: str, read_back: Callable[[str], dict[str, dict[str, object]]]
) -> None:
    sink = firestore_sink(relay.address, PROJECT, timeout_s=DEADLINE_S)
    sink.max_batch = 7
    queue = MemoryQueue(*backlog(collection))
    courier = Courier(FIRESTORE, lambda: sink, queue, IMPATIENT)
    relay.stall()
    courier.step()
    relay.cut()
    with running(courier):
        relay.heal()
        assert queue.wait_until_empty(FIRESTORE, 15)
    found = read_back(collection)
    assert {n for n in found if n.isdigit()} == {str(n) for n in range(1, 31)}
    assert found["state"]["SessionTime"] == 3000.0


def test_a_commit_whose_reply_was_lost_is_repeated_without_harm(
    relay: Relay, collection: str, read_back: Callable[[str], dict[str, dict[str, object]]]
) -> None:
    """The server has it, we do not know; the second time changes nothing and says so."""
    sink = firestore_sink(relay.address, PROJECT, timeout_s=DEADLINE_S)
    parcels = stored(lap(collection, 1), state(collection, 100.0))
    commit = sink._commit

    def commit_unheard(*arguments: Any) -> None:
        relay.lose_replies()
        commit(*arguments)

    sink.deliver(stored(info(collection)))
    sink._commit = commit_unheard  # type: ignore[method-assign, assignment]  # only this answer gets lost
    # With a state among them a read tells a held document from a broken line; it takes a second at most.
    assert seconds_until_failure(sink, parcels) < DEADLINE_S + 1.5
    sink._commit = commit  # type: ignore[method-assign]
    before = read_back(collection)
    assert set(before) == {"info", "1", "state"}
    relay.cut()
    relay.heal()
    queue = MemoryQueue(lap(collection, 1), state(collection, 100.0))
    courier = Courier(FIRESTORE, lambda: sink, queue, IMPATIENT)
    with running(courier):
        assert queue.wait_until_empty(FIRESTORE, 10)
    assert courier.status.state is SinkState.OK
    assert read_back(collection) == before


def test_a_write_that_arrives_late_does_not_undo_a_later_one(
    relay: Relay, firestore_emulator: str, collection: str, read_back: Callable[[str], dict[str, dict[str, object]]]
) -> None:
    """Held by the network while another member took over: the later state stays, every lap is there."""
    slow = firestore_sink(relay.address, PROJECT, timeout_s=DEADLINE_S)
    quick = firestore_sink(firestore_emulator, PROJECT)
    slow.deliver(stored(state(collection, 100.0, Driver="slow")))
    relay.stall()
    seconds_until_failure(slow, stored(lap(collection, 2), state(collection, 200.0, Driver="slow")))
    quick.deliver(stored(lap(collection, 3), state(collection, 300.0, Driver="quick")))
    relay.heal()
    slow.deliver(stored(lap(collection, 2), state(collection, 200.0, Driver="slow")))
    found = read_back(collection)
    assert found["state"]["Driver"] == "quick"
    assert {"2", "3"} < set(found)
    slow.close()
    quick.close()


def test_one_sinks_trouble_does_not_hold_the_other(
    relay: Relay, pubsub_emulator: str, topic: str, collection: str
) -> None:
    """Firestore is down, Pub/Sub gets everything at once; then Firestore gets everything too."""
    queue = MemoryQueue(*backlog(collection))
    documents = firestore_sink(relay.address, PROJECT, timeout_s=DEADLINE_S)
    messages = PubSubSink(topic, emulator=pubsub_emulator)
    down = Courier(FIRESTORE, lambda: documents, queue, IMPATIENT)
    up = Courier(PUBSUB, lambda: messages, queue, IMPATIENT)
    relay.refuse()
    with running(down, up):
        assert queue.wait_until_empty(PUBSUB, 10)
        assert queue.delivered.get(FIRESTORE) is None
        relay.heal()
        assert queue.wait_until_empty(FIRESTORE, 15)
    assert (down.status.state, up.status.state) == (SinkState.OK, SinkState.OK)
    assert messages.published == 30
