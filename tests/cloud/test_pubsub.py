"""The Pub/Sub sink against Google's own emulator, received through a real subscriber."""

from __future__ import annotations

import itertools
import json
from collections.abc import Callable, Iterator, Mapping
from typing import Any

import grpc
import pytest
from google.iam.v1 import iam_policy_pb2
from google.pubsub_v1.services.publisher import PublisherClient
from google.pubsub_v1.services.publisher.transports import PublisherGrpcTransport
from google.pubsub_v1.services.subscriber import SubscriberClient
from google.pubsub_v1.services.subscriber.transports import SubscriberGrpcTransport

from support.cloud_parcels import lap, state, stored
from support.memory_queue import MemoryQueue
from support.refusing import refusing_server
from teamtactics.cloud.pubsub import PubSubSink
from teamtactics.delivery.courier import Courier
from teamtactics.errors import CredentialsRejected, PermanentFailure, SinkRefused, TemporaryFailure
from teamtactics.model.parcel import PUBSUB, Message, Parcel, ParcelKind
from teamtactics.model.status import SinkState

pytestmark = pytest.mark.emulator

_numbers = itertools.count()
Receive = Callable[[int], list[Any]]


@pytest.fixture
def channel(pubsub_emulator: str) -> Iterator[Any]:
    with grpc.insecure_channel(pubsub_emulator, options=[("grpc.enable_http_proxy", 0)]) as made:
        yield made


@pytest.fixture
def topic(channel: Any) -> str:
    path = f"projects/teamtactics-test/topics/race-{next(_numbers)}"
    PublisherClient(transport=PublisherGrpcTransport(channel=channel)).create_topic(name=path, timeout=5)
    return path


@pytest.fixture
def receive(channel: Any, topic: str) -> Receive:
    """Pull and acknowledge until as many messages came as were asked for."""
    subscriber = SubscriberClient(transport=SubscriberGrpcTransport(channel=channel))
    path = topic.replace("topics", "subscriptions")
    subscriber.create_subscription(
        request={"name": path, "topic": topic, "ack_deadline_seconds": 10, "enable_message_ordering": True}, timeout=5
    )

    def pull(count: int) -> list[Any]:
        got: list[Any] = []
        for _ in range(10):
            if len(got) >= count:
                break
            answer = subscriber.pull(request={"subscription": path, "max_messages": 1000}, timeout=5)
            got += [received.message for received in answer.received_messages]
            if ids := [received.ack_id for received in answer.received_messages]:
                subscriber.acknowledge(subscription=path, ack_ids=ids, timeout=5)
        return got

    return pull


@pytest.fixture
def sink(pubsub_emulator: str, topic: str) -> Iterator[PubSubSink]:
    made = PubSubSink(topic, emulator=pubsub_emulator)
    yield made
    made.close()


def event(collection: str, data: Mapping[str, object], message_id: str = "id") -> Parcel:
    return Parcel(ParcelKind.EVENT, "event", collection, 1.0, message=Message(message_id, "tow", data))


def test_messages_arrive_as_the_contract_says(sink: PubSubSink, receive: Receive, collection: str) -> None:
    """UTF-8 JSON, the four attributes, the collection as ordering key; what has no message sends none."""
    sink.deliver(stored(lap(collection, 1), state(collection, 100.0), lap(collection, 2)))
    got = sorted(receive(2), key=lambda message: str(message.attributes["id"]))
    assert [dict(message.attributes) for message in got] == [
        {"schema": "1", "type": "lap", "session": collection, "id": f"{collection}/lap/{n}"} for n in (1, 2)
    ]
    assert [message.ordering_key for message in got] == [collection, collection]
    first = lap(collection, 1)
    assert first.message is not None
    assert json.loads(got[0].data.decode("utf-8")) == first.message.data
    assert "Jörg Müller 🏁".encode() in got[0].data
    assert sink.published == 2


def test_the_id_is_the_same_for_every_delivery(sink: PubSubSink, receive: Receive, collection: str) -> None:
    for _ in range(2):
        sink.deliver(stored(lap(collection, 1)))
    assert len({message.attributes["id"] for message in receive(2)}) == 1


def test_the_messages_of_a_batch_are_sent_in_order(sink: PubSubSink, receive: Receive, collection: str) -> None:
    """And so a subscription with ordering gives them."""
    sink.deliver(stored(*(lap(collection, n) for n in range(1, 101))))
    assert [json.loads(message.data)["payload"]["LapCompleted"] for message in receive(100)] == list(range(1, 101))


def test_names_beyond_the_limits_are_shortened_and_stay_distinct(sink: PubSubSink, receive: Receive) -> None:
    """Ordering key and attributes may have 1,024 bytes; the body keeps the whole name."""
    names = ["ö" * 700 + "1", "ö" * 700 + "2"]
    for name in names:
        sink.deliver(stored(lap(name, 1)))
    got = receive(2)
    keys = [message.ordering_key for message in got]
    assert len(set(keys)) == 2
    for message in got:
        assert message.attributes["session"] == message.ordering_key
        assert all(len(value.encode()) <= 1024 for value in message.attributes.values())
    assert {json.loads(message.data)["session"] for message in got} == set(names)


def test_a_missing_topic_is_for_the_human(pubsub_emulator: str, collection: str) -> None:
    sink = PubSubSink("projects/teamtactics-test/topics/nowhere", emulator=pubsub_emulator)
    for attempt in (lambda: sink.deliver(stored(lap(collection, 1))), sink.check):
        with pytest.raises(SinkRefused, match="does not exist") as caught:
            attempt()
        assert "Create the topic projects/teamtactics-test/topics/nowhere" in caught.value.hint
    sink.close()


@pytest.mark.parametrize("poison", [float("nan"), "\ud800", object()])
def test_what_is_no_json_is_permanent(sink: PubSubSink, collection: str, poison: object) -> None:
    with pytest.raises(PermanentFailure, match="cannot be written as JSON"):
        sink.deliver(stored(event(collection, {"schema": 1, "payload": poison})))


def test_check_asks_for_the_topic_and_publishes_nothing(sink: PubSubSink, topic: str) -> None:
    assert sink.check() == f"topic {topic} answers"
    assert sink.published == 0


@pytest.mark.parametrize("may", [True, False])
def test_check_tells_whether_this_account_may_publish(collection: str, may: bool) -> None:
    """roles/pubsub.publisher has no right to get a topic, a viewer has; only the first may publish."""
    rights = iam_policy_pb2.TestIamPermissionsResponse(
        permissions=["pubsub.topics.publish"] if may else []
    ).SerializeToString()
    answers = {"TestIamPermissions": rights} if may else {"TestIamPermissions": rights, "GetTopic": b""}
    with refusing_server("PERMISSION_DENIED", "User not authorized to perform this action.", answers) as address:
        sink = PubSubSink("projects/p/topics/t", emulator=address)
        if may:
            assert sink.check() == "topic projects/p/topics/t takes messages of this account"
        else:
            with pytest.raises(SinkRefused, match="no permission to publish to topic projects/p/topics/t") as caught:
                sink.check()
            assert "roles/pubsub.publisher" in caught.value.hint
        with pytest.raises(SinkRefused) as caught:
            sink.deliver(stored(lap(collection, 1)))
        assert "roles/pubsub.publisher" in caught.value.hint
        assert sink.published == 0
        sink.close()


BOTH = (
    "topic projects/p/topics/t does not exist, or the account may not publish to it",
    "Create the topic in the Google console, or correct messageTopic; "
    "if it is there, give the account the role roles/pubsub.publisher (Pub/Sub Publisher) for it.",
)
ONE = ("topic projects/p/topics/t does not exist", "Create the topic projects/p/topics/t in the Google console")


@pytest.mark.parametrize(
    ("hint", "words", "says"),
    [
        ("PERMISSION_DENIED", "User not authorized to perform this action.", BOTH),
        ("NOT_FOUND", "Resource not found (resource=t).", ONE),
        ("UNAVAILABLE", "try again", BOTH),
    ],
)
def test_a_topic_that_grants_nothing_is_missing_or_not_for_this_account(
    hint: str, words: str, says: tuple[str, str]
) -> None:
    """With the two roles of the guide nobody may get a topic: then both causes are named, in one sentence."""
    with refusing_server(hint, words, {"TestIamPermissions": b""}) as address:
        sink = PubSubSink("projects/p/topics/t", emulator=address)
        with pytest.raises(SinkRefused) as caught:
            sink.check()
        sink.close()
    assert str(caught.value).startswith(says[0])
    assert caught.value.hint.startswith(says[1])


def test_google_itself_knows_the_question_what_it_answers_else_is_told() -> None:
    """Only an emulator's "what is that?" makes the weaker question the proof."""
    with refusing_server("UNIMPLEMENTED", "no such method", {"GetTopic": b""}) as address:
        sink = PubSubSink("projects/p/topics/t", emulator=address)
        assert sink.check() == "topic projects/p/topics/t answers"
        sink._is_emulator = False
        with pytest.raises(TemporaryFailure):
            sink.check()
        sink.close()


def test_rejected_credentials_are_told_apart(collection: str) -> None:
    with refusing_server("UNAUTHENTICATED", "Request had invalid authentication credentials.") as address:
        sink = PubSubSink("projects/p/topics/t", emulator=address)
        with pytest.raises(CredentialsRejected):
            sink.deliver(stored(lap(collection, 1)))
        sink.close()


@pytest.mark.parametrize("words", ["Request contains an invalid argument.", "Invalid resource name given (name=x)"])
def test_a_complaint_about_the_topic_parks_no_message(words: str) -> None:
    """Two hundred wait; with and without words that say what it is about, a human is asked and all of it is kept."""
    queue = MemoryQueue(*(lap("c", number) for number in range(1, 201)))
    with refusing_server("INVALID_ARGUMENT", words) as address:
        courier = Courier(PUBSUB, lambda: PubSubSink("projects/p/topics/t", emulator=address), queue)
        while courier.step() == 0:
            pass
        courier.close()
    assert (queue.parked, queue.delivered) == ({}, {})
    assert courier.status.state is SinkState.REFUSED
    assert "messageTopic" in courier.status.hint
