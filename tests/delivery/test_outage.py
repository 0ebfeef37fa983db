"""The line is back, or was never wide: how soon everything gets through."""

from __future__ import annotations

import time

import grpc
import pytest
from google.pubsub_v1.services.publisher import PublisherClient
from google.pubsub_v1.services.publisher.transports import PublisherGrpcTransport

from support.cloud_parcels import lap
from support.member_on_lines import KINDS, PROJECT, MemberOnLines
from support.memory_queue import MemoryQueue
from support.relay import Relay
from support.sinks import firestore_sink
from teamtactics.delivery.courier import Courier
from teamtactics.model.parcel import FIRESTORE

pytestmark = [pytest.mark.emulator, pytest.mark.timeout(120)]

TOPIC = f"projects/{PROJECT}/topics/race"


@pytest.fixture(scope="module")
def topic(pubsub_emulator: str) -> str:
    with grpc.insecure_channel(pubsub_emulator, options=[("grpc.enable_http_proxy", 0)]) as channel:
        PublisherClient(transport=PublisherGrpcTransport(channel=channel)).create_topic(name=TOPIC, timeout=5)
    return TOPIC


@pytest.mark.slow
@pytest.mark.parametrize("kind", KINDS)
def test_after_an_outage_every_channel_is_back_within_seconds(
    kind: str, firestore_emulator: str, pubsub_emulator: str, topic: str, collection: str
) -> None:
    """With the worst dice. Doubled waits up to a minute would leave half of it to a wait that has just begun."""
    with MemberOnLines(firestore_emulator, pubsub_emulator, topic, collection, chance=lambda: 1.0) as member:
        took_s = member.recovers_s(kind, 20.0)
    assert took_s is not None
    assert min(took_s[:2]) < 12.0, "the first delivery"
    assert max(took_s) - min(took_s) < 8.0, "and the others with it"


def test_a_thin_line_drains(relay: Relay, collection: str) -> None:
    """Sixty laps of a kilobyte at 15 kB/s take some four seconds, and little more is sent than has to be."""
    relay.thin(15_000)
    rest = {f"FieldWithALongName{number}": number * 1.5 for number in range(24)}
    queue = MemoryQueue(*(lap(collection, number, **rest) for number in range(1, 61)))
    sink = firestore_sink(relay.address)
    courier = Courier(FIRESTORE, lambda: sink, queue)
    until_s = time.monotonic() + 60
    while queue.pending(FIRESTORE, 1) and time.monotonic() < until_s:
        time.sleep(courier.step())
    courier.close()
    assert queue.delivered[FIRESTORE] == list(range(1, 61))
    assert relay.carried < 150_000
