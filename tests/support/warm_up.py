"""One call of each kind that the tests make: a JVM takes seconds for the first, and no test should pay for it."""

from __future__ import annotations

import queue
from typing import Any

import grpc
from google.cloud.firestore_v1.services.firestore import FirestoreClient
from google.cloud.firestore_v1.services.firestore.transports import FirestoreGrpcTransport
from google.pubsub_v1.services.publisher import PublisherClient
from google.pubsub_v1.services.publisher.transports import PublisherGrpcTransport
from google.pubsub_v1.services.subscriber import SubscriberClient
from google.pubsub_v1.services.subscriber.transports import SubscriberGrpcTransport

PROJECT = "warm-up"
DATABASE = f"projects/{PROJECT}/databases/(default)"
_CALL: dict[str, Any] = {
    "retry": None,
    "timeout": 60.0,
    "metadata": [("authorization", "Bearer owner"), ("google-cloud-resource-prefix", DATABASE)],
}
_ROUNDS = 20
"""How often the calls of a lap are made: the first ones of a JVM are slow one by one, not only the very first."""


def warm_firestore(address: str) -> None:
    """Write, read, query, list and watch a document at the emulator *address*, and remove it."""
    documents = f"{DATABASE}/documents"
    name = f"{documents}/warm/1"
    with _channel(address) as channel:
        client: Any = FirestoreClient(transport=FirestoreGrpcTransport(channel=channel))
        for _ in range(_ROUNDS):
            write = {"update": {"name": name, "fields": {"n": {"integer_value": 1}}}}
            client.commit({"database": DATABASE, "writes": [write]}, **_CALL)
            list(client.batch_get_documents({"database": DATABASE, "documents": [name]}, **_CALL))
        begun = client.begin_transaction({"database": DATABASE}, **_CALL)
        list(
            client.batch_get_documents(
                {"database": DATABASE, "documents": [name], "transaction": begun.transaction}, **_CALL
            )
        )
        client.rollback({"database": DATABASE, "transaction": begun.transaction}, **_CALL)
        query = {"from_": [{"collection_id": "warm"}], "order_by": [{"field": {"field_path": "n"}}]}
        list(client.run_query({"parent": documents, "structured_query": query}, **_CALL))
        list(client.list_documents({"parent": documents, "collection_id": "warm"}, **_CALL))
        client.list_collection_ids({"parent": documents}, **_CALL)
        _watch(client, {"documents": {"documents": [name]}, "target_id": 1})
        _watch(client, {"query": {"parent": documents, "structured_query": query}, "target_id": 1})
        client.commit({"database": DATABASE, "writes": [{"delete": name}]}, **_CALL)


def _watch(client: Any, target: dict[str, Any]) -> None:
    """Listen until the document that is there was told."""
    requests: queue.SimpleQueue[dict[str, Any] | None] = queue.SimpleQueue()
    requests.put({"database": DATABASE, "add_target": target})
    answers = client.listen(iter(requests.get, None), **_CALL)
    next(answer for answer in answers if answer.document_change.document.name)
    answers.cancel()
    requests.put(None)


def warm_pubsub(address: str) -> None:
    """Make a topic and a subscription at the emulator *address*, publish, pull and acknowledge; remove both."""
    topic, subscription = f"projects/{PROJECT}/topics/warm", f"projects/{PROJECT}/subscriptions/warm"
    with _channel(address) as channel:
        publisher: Any = PublisherClient(transport=PublisherGrpcTransport(channel=channel))
        subscriber: Any = SubscriberClient(transport=SubscriberGrpcTransport(channel=channel))
        publisher.create_topic({"name": topic}, **_CALL)
        subscriber.create_subscription({"name": subscription, "topic": topic, "enable_message_ordering": True}, **_CALL)
        for _ in range(_ROUNDS):
            publisher.publish({"topic": topic, "messages": [{"data": b"{}", "ordering_key": "k"}]}, **_CALL)
        answer = subscriber.pull({"subscription": subscription, "max_messages": 1000}, **_CALL)
        ack_ids = [received.ack_id for received in answer.received_messages]
        subscriber.acknowledge({"subscription": subscription, "ack_ids": ack_ids}, **_CALL)
        subscriber.delete_subscription({"subscription": subscription}, **_CALL)
        publisher.delete_topic({"topic": topic}, **_CALL)


def _channel(address: str) -> Any:
    return grpc.insecure_channel(address, options=[("grpc.enable_http_proxy", 0)])
