"""One open watch of a collection's ``state`` document: what the server says, as long as it says anything."""

from __future__ import annotations

import queue
import threading
from collections.abc import Iterator
from typing import Any

from teamtactics.cloud.connection import refusal, translated
from teamtactics.cloud.meter import Meter
from teamtactics.cloud.wire import REMOVED, Database, ListenResponse, Pb, decoded
from teamtactics.errors import TemporaryFailure
from teamtactics.model.parcel import FIRESTORE, Document
from teamtactics.model.usage import Usage

_TARGET = 1
"""Our number of what is watched; a stream could watch several."""

KEEPALIVE_S = 30
"""Between two pings; Google's own Firestore clients for phones ping as often."""
KEEPALIVE_TIMEOUT_S = 10
"""How long an answer may take."""


class StateStream:
    """
    Listens on a channel of its own, so that a new stream inherits nothing of a broken connection.

    A half-open connection (sleep, a router that forgot us, an outage without a word) is found by HTTP/2 pings: one
    every *keepalive_s*, and without an answer for *keepalive_timeout_s* the stream ends as unreachable.

    Args:
        keepalive_s: Whole seconds.

        keepalive_timeout_s: Whole seconds.

        meter: Told what was told.

    Raises:
        CredentialsRejected: The key file is missing, unreadable or no service account's.

    Threads:
        ``answers`` in one; ``close`` from any.
    """

    def __init__(
        self,
        database: Database,
        collection: str,
        keepalive_s: int = KEEPALIVE_S,
        keepalive_timeout_s: int = KEEPALIVE_TIMEOUT_S,
        meter: Meter | None = None,
    ) -> None:
        self._database = database
        self._meter = meter or Meter()
        self._document = f"{database.path}/documents/{collection}/state"
        self._is_closed = threading.Event()
        self._requests: queue.SimpleQueue[Any] = queue.SimpleQueue()
        options = {
            "grpc.keepalive_time_ms": keepalive_s * 1000,
            "grpc.keepalive_timeout_ms": keepalive_timeout_s * 1000,
            # Seen with gRPC 1.85: without this one it waits its default of 60 s, whatever the one above says.
            "grpc.http2.ping_timeout_ms": keepalive_timeout_s * 1000,
            # A watch sends nothing after its first message, and gRPC would stop pinging after two pings without data:
            # the one connection that has to be proved alive would be the one that is not.
            "grpc.http2.max_pings_without_data": 0,
        }
        self._channel = database.endpoint.open_channel(database.where, options)

    def answers(self) -> Iterator[Document | None]:
        """
        Yield the document as it is now and after every change, and None for every other sign of life of the server.

        A document that does not exist, or is removed, is a sign of life only. Ends quietly after ``close``.

        Raises:
            DeliveryError: The stream has ended, whatever the reason; a new one can be opened.
        """
        with translated(self._database.where):
            try:
                for answer in self._listen():
                    yield self._read(answer)
            except ValueError:
                # gRPC's word for a channel that was closed before the call began.
                if not self._is_closed.is_set():
                    raise
            finally:
                # Ends gRPC's thread that waits for a next request; not before the call has ended, or that thread would
                # say "no more requests" on a channel that is being closed, and die of it.
                self._requests.put(None)
        if not self._is_closed.is_set():
            raise TemporaryFailure(FIRESTORE, f"{self._database.where.place} ended the watch")

    def close(self) -> None:
        """End the stream at once, also one that waits for the server."""
        self._is_closed.set()
        self._channel.close()

    def _listen(self) -> Iterator[Pb]:
        self._requests.put(
            {
                "database": self._database.path,
                "add_target": {"documents": {"documents": [self._document]}, "target_id": _TARGET},
            }
        )
        # The requests do not end before the answers: a stream that is half closed would be ended by the server.
        answers = self._database.client(self._channel).listen(
            iter(self._requests.get, None), retry=None, timeout=None, metadata=self._database.metadata
        )
        return map(ListenResponse.pb, answers)

    def _read(self, answer: Pb) -> Document | None:
        change = answer.target_change
        if answer.HasField("target_change") and change.target_change_type == REMOVED:
            # How the server ends a watch that it does not allow, or cannot keep up: in a message, not as the status.
            raise refusal(change.cause, self._database.where, "the watch was removed")
        if answer.HasField("document_change") and _TARGET in answer.document_change.target_ids:
            self._meter.count(Usage(told=1))
            return decoded(answer.document_change.document)
        return None
