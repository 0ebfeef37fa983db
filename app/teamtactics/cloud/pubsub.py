"""The Pub/Sub sink: one message per event. The only importer of the Pub/Sub library."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from google.pubsub_v1.services.publisher import PublisherClient
from google.pubsub_v1.services.publisher.transports import PublisherGrpcTransport

from teamtactics.cloud.connection import Channel, Connection, Endpoint, deadline_s
from teamtactics.cloud.fates import NotAllowed, Unwritable, Where
from teamtactics.errors import DeliveryError, SinkRefused, TemporaryFailure
from teamtactics.language import Said
from teamtactics.model.parcel import PUBSUB, StoredParcel

_PUBLISH = "pubsub.topics.publish"
_LIMIT_BYTES = 1024
"""Of an ordering key and of an attribute's value (Pub/Sub quotas, resource limits)."""
_BESIDE_BYTES = 400
"""Of a message beside its body: ordering key and attributes; only for how long to wait."""


class PubSubSink:
    """
    Delivers messages; one counts as sent only when the server has given it an id.

    The plain synchronous call, not the library's publisher: that one publishes from a daemon thread, so what it was
    given is lost at exit, and one failure pauses its ordering key.

    Args:
        topic_path: ``projects/…/topics/…``.

        credentials_path: The service account's key file; may be None only for an emulator.

        emulator: ``host:port`` of a Pub/Sub emulator.

        timeout_s: The deadline of a small call; large ones have more time.

    Attributes:
        published: Messages the server confirmed so far.

    Threads:
        One, the uploader's: whoever calls ``deliver``.
    """

    name = PUBSUB
    max_batch = 200
    conflict = None
    """Messages of two clients do not meet."""

    def __init__(
        self,
        topic_path: str,
        credentials_path: Path | None = None,
        emulator: str | None = None,
        timeout_s: float = 5.0,
    ) -> None:
        self.published = 0
        self._topic = topic_path
        self._timeout_s = timeout_s
        where = Where(
            sink=PUBSUB,
            place=f"topic {topic_path}",
            role="roles/pubsub.publisher (Pub/Sub Publisher)",
            when_missing=f"Create the topic {topic_path} in the Google console, or correct messageTopic.",
        )
        endpoint = Endpoint("pubsub.googleapis.com", credentials_path, emulator)
        self._connection = Connection(where, endpoint, _client)

    def deliver(self, parcels: Sequence[StoredParcel]) -> None:
        """
        Publish the messages of *parcels* in their order.

        Raises:
            DeliveryError: None of it is certain to be there; subscribers drop repeats by their ``id``.

        Durability:
            After it returns, the server has confirmed every message.
        """
        messages = [message for message in map(_message, parcels) if message is not None]
        if not messages:
            return
        request = {"topic": self._topic, "messages": messages}
        limit_s = deadline_s(self._timeout_s, sum(len(message["data"]) + _BESIDE_BYTES for message in messages))
        answer = self._ask(lambda client, **options: client.publish(request=request, **options), limit_s)
        confirmed = len(answer.message_ids)
        self.published += confirmed
        if confirmed != len(messages):
            raise TemporaryFailure(PUBSUB, f"only {confirmed} of {len(messages)} messages were confirmed")

    def check(self) -> str:
        """
        Ask for the right to publish to the topic, publishing nothing; one line for the human.

        Raises:
            DeliveryError: It cannot be reached, does not exist, or the account may not publish to it.

        Source:
            TestIamPermissions of the Pub/Sub API: needs no right itself, and grants nothing where there is no topic
            instead of saying so. roles/pubsub.publisher alone has no right to get a topic: what that says is a hint.
        """
        request = {"resource": self._topic, "permissions": [_PUBLISH]}
        where, is_emulator = self._connection.where, bool(self._connection.metadata)
        granted: Sequence[str] | None = None
        try:
            granted = self._ask(lambda client, **of: client.test_iam_permissions(request=request, **of)).permissions
        except DeliveryError as error:
            if isinstance(error, SinkRefused) or not is_emulator:
                raise
            # Emulators do not know the question; whoever is unreachable is so below as well.
        if granted is not None and _PUBLISH in granted:
            return Said("{place} takes messages of this account", place=where.place)
        try:
            self._ask(lambda client, **options: client.get_topic(request={"topic": self._topic}, **options))
        except (NotAllowed, TemporaryFailure) as error:
            if granted is None:
                raise
            raise SinkRefused(
                PUBSUB,
                Said("{place} does not exist, or the account may not publish to it", place=where.place),
                Said(
                    "Create the topic in the Google console, or correct messageTopic; if it is there, give the account "
                    "the role {role} for it.",
                    role=where.role,
                ),
            ) from error
        if granted is None:
            return Said("{place} answers", place=where.place)
        raise NotAllowed(
            PUBSUB,
            Said("no permission to publish to {place}", place=where.place),
            Said("Give the account the role {role}.", role=where.role),
        )

    def _ask(self, call: Callable[..., Any], limit_s: float | None = None) -> Any:
        """Make one call, with a deadline and without the library's own retry."""
        options = {"retry": None, "timeout": limit_s or self._timeout_s, "metadata": self._connection.metadata}
        return self._connection.call(lambda client: call(client, **options))

    def close(self) -> None:
        """Give the connection back."""
        self._connection.close()


def _client(channel: Channel) -> PublisherClient:
    return PublisherClient(transport=PublisherGrpcTransport(channel=channel))


def _message(stored: StoredParcel) -> dict[str, Any] | None:
    parcel = stored.parcel
    if parcel.message is None:
        return None
    session = _fitting(parcel.collection)
    attributes = {
        "schema": str(parcel.message.data.get("schema", "")),
        "type": parcel.message.type,
        "session": session,
        "id": _fitting(parcel.message.id),
    }
    try:
        body = json.dumps(parcel.message.data, ensure_ascii=False, separators=(",", ":"), allow_nan=False)
        return {"data": body.encode("utf-8"), "attributes": attributes, "ordering_key": session}
    except (ValueError, TypeError) as error:
        raise Unwritable(PUBSUB, f"message {parcel.message.id} cannot be written as JSON: {error}") from error


def _fitting(text: str) -> str:
    """Return *text*, or where it is too long its beginning and a fingerprint of the whole."""
    raw = text.encode("utf-8", "replace")
    if len(raw) <= _LIMIT_BYTES:
        return text
    fingerprint = hashlib.sha256(raw).hexdigest()
    return f"{raw[: _LIMIT_BYTES - 1 - len(fingerprint)].decode('utf-8', 'ignore')}~{fingerprint}"
