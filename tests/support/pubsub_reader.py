"""Reads the Pub/Sub emulator back as a subscriber would: makes the topic and a subscription, and pulls."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from types import TracebackType
from typing import Any, Self

import grpc
from google.pubsub_v1.services.publisher import PublisherClient
from google.pubsub_v1.services.publisher.transports import PublisherGrpcTransport
from google.pubsub_v1.services.subscriber import SubscriberClient
from google.pubsub_v1.services.subscriber.transports import SubscriberGrpcTransport
from google.pubsub_v1.types import PullRequest

from support.schemas import wrong_message


@dataclass(frozen=True, slots=True)
class Received:
    """One delivery: its attributes, its ordering key, and its data as JSON gave it."""

    attributes: dict[str, str]
    ordering_key: str
    data: dict[str, Any]

    @property
    def id(self) -> str:
        return self.attributes["id"]

    @property
    def type(self) -> str:
        return self.attributes["type"]


class PubSubReader:
    """
    A subscriber of a topic of its own making.

    Args:
        address: ``host:port`` of the emulator.

        are_ours: Whether all messages are this version's; then each has to be as its schema has it.
    """

    def __init__(self, address: str, project: str, topic: str, are_ours: bool = True) -> None:
        self._are_ours = are_ours
        self._channel: Any = grpc.insecure_channel(address, options=[("grpc.enable_http_proxy", 0)])
        path = f"projects/{project}/topics/{topic}"
        PublisherClient(transport=PublisherGrpcTransport(channel=self._channel)).create_topic(name=path, timeout=10)
        transport = SubscriberGrpcTransport(channel=self._channel)
        self._subscriber: Any = SubscriberClient(transport=transport)
        self._subscription = path.replace("topics", "subscriptions")
        # An empty subscription answers only when a message comes, unless it is told not to wait; and a pull that was
        # given up still takes that message. Google's client warns of the flag for the sake of busy subscribers.
        self._request = PullRequest(subscription=self._subscription, max_messages=1000, return_immediately=True)
        # Its annotation leaves out what every call of Google's clients takes: timeout, metadata.
        self._pull_at_once: Callable[..., Any] = transport.pull
        self._subscriber.create_subscription(
            request={
                "name": self._subscription,
                "topic": path,
                "ack_deadline_seconds": 60,
                "enable_message_ordering": True,
            },
            timeout=10,
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._channel.close()

    def pull_all(self) -> list[Received]:
        """Return every delivery so far, repeats included, in the order in which they came."""
        got: list[Received] = []
        while True:
            answer = self._pull_at_once(self._request, timeout=10)
            if not answer.received_messages:
                return got
            for received in answer.received_messages:
                message = received.message
                data = json.loads(message.data)
                assert not self._are_ours or not (wrong := wrong_message(data)), wrong
                got.append(Received(dict(message.attributes), message.ordering_key, data))
            self._subscriber.acknowledge(
                subscription=self._subscription,
                ack_ids=[received.ack_id for received in answer.received_messages],
                timeout=10,
            )
