"""The Pub/Sub sink: one message per event. The only importer of the Pub/Sub library."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from teamtactics.cloud.calls.channel import Method, Pb
from teamtactics.cloud.calls.unopened import unopened
from teamtactics.cloud.connection import Connection, Endpoint, deadline_s
from teamtactics.cloud.fates import NotAllowed, Unwritable, Where
from teamtactics.errors import DeliveryError, SinkRefused, TemporaryFailure
from teamtactics.language import Said
from teamtactics.model.parcel import PUBSUB, StoredParcel

with unopened("google.pubsub_v1", "google.pubsub_v1.types"):
    from google.pubsub_v1.types import pubsub as types

_PUBLISHER = "/google.pubsub.v1.Publisher"
_PUBLISH = Method(f"{_PUBLISHER}/Publish", types.PublishRequest.pb(), types.PublishResponse.pb(), "topic")
_GET_TOPIC = Method(f"{_PUBLISHER}/GetTopic", types.GetTopicRequest.pb(), types.Topic.pb(), "topic")
_MAY_PUBLISH = "pubsub.topics.publish"
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
        self._is_emulator = bool(emulator)
        where = Where(
            sink=PUBSUB,
            place=Said("topic {topic}", topic=topic_path),
            role="roles/pubsub.publisher (Pub/Sub Publisher)",
            when_missing=Said(
                "Create the topic {topic} in the Google console, or correct messageTopic.", topic=topic_path
            ),
        )
        endpoint = Endpoint("pubsub.googleapis.com", credentials_path, emulator)
        self._connection = Connection(where, endpoint)

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
        request = _PUBLISH.request(topic=self._topic, messages=messages)
        limit_s = deadline_s(self._timeout_s, sum(len(message["data"]) + _BESIDE_BYTES for message in messages))
        answer = self._ask(_PUBLISH, request, limit_s)
        confirmed = len(answer.message_ids)
        self.published += confirmed
        if confirmed != len(messages):
            raise TemporaryFailure(
                PUBSUB,
                Said("only {some} of {all} messages were confirmed", some=confirmed, all=len(messages)),
            )

    def check(self) -> str:
        """
        Ask for the right to publish to the topic, publishing nothing; one line for the human.

        Raises:
            DeliveryError: It cannot be reached, does not exist, or the account may not publish to it.

        Source:
            TestIamPermissions of the Pub/Sub API: needs no right itself, and grants nothing where there is no topic
            instead of saying so. roles/pubsub.publisher alone has no right to get a topic: what that says is a hint.
        """
        # Only here: it is asked seldom, and what describes it is as large as all the rest.
        from google.iam.v1.iam_policy_pb2 import TestIamPermissionsRequest, TestIamPermissionsResponse

        path = "/google.iam.v1.IAMPolicy/TestIamPermissions"
        ask_rights = Method(path, TestIamPermissionsRequest, TestIamPermissionsResponse, "resource")
        request = TestIamPermissionsRequest(resource=self._topic, permissions=[_MAY_PUBLISH])
        where = self._connection.where
        granted: Sequence[str] | None = None
        try:
            granted = self._ask(ask_rights, request).permissions
        except DeliveryError as error:
            if isinstance(error, SinkRefused) or not self._is_emulator:
                raise
            # Emulators do not know the question; whoever is unreachable is so below as well.
        if granted is not None and _MAY_PUBLISH in granted:
            return Said("{place} takes messages of this account", place=where.place)
        try:
            self._ask(_GET_TOPIC, _GET_TOPIC.request(topic=self._topic))
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

    def _ask(self, method: Method, request: Pb, limit_s: float | None = None) -> Pb:
        return self._connection.call(lambda channel: channel.ask(method, request, limit_s or self._timeout_s))

    def close(self) -> None:
        """Give the connection back."""
        self._connection.close()


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
