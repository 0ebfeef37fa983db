"""One open watch of a session's collection: what the server says, as long as it says anything."""

from __future__ import annotations

import queue
import threading
from collections.abc import Iterator, Sequence
from typing import Any

from teamtactics.cloud.calls.channel import Pb
from teamtactics.cloud.connection import refusal, translated
from teamtactics.cloud.meter import Meter
from teamtactics.cloud.wire import (
    CURRENT,
    LISTEN,
    NO_CHANGE,
    REMOVED,
    RESET,
    Database,
    changes_query,
    id_of,
    mirrored,
    version_of,
)
from teamtactics.errors import TemporaryFailure
from teamtactics.language import Said
from teamtactics.model.mirror import CaughtUp, Mirrored, Removed, Word
from teamtactics.model.parcel import FIRESTORE
from teamtactics.model.usage import Usage

_TARGET = 1
"""Our number of what is watched; a stream could watch several."""

KEEPALIVE_S = 30
"""Between two pings; Google's own Firestore clients for phones ping as often."""
KEEPALIVE_TIMEOUT_S = 10
"""How long an answer may take."""

OVERLAP_S = 10.0
"""
So much from before the cursor is asked for again. ``Updated`` is when the server began with a write, not when others
could see it: one that had to wait for a held document comes behind later ones. Twice as long as our own writes may
take; it costs the reading of a document or two for each new stream, and one is billed in any case.
"""

_REPEATED = 500
"""
After so many documents told again a new stream, from the cursor on, is cheaper. Google's server tells a change alone;
its emulator resets the watch at every change of a collection and tells all of it again.
"""


class CollectionStream:
    """
    Listens on a channel of its own, so that a new stream inherits nothing of a broken connection.

    A half-open connection (sleep, a router that forgot us, an outage without a word) is found by HTTP/2 pings: one
    every *keepalive_s*, and without an answer for *keepalive_timeout_s* the stream ends as unreachable.

    Args:
        since: The latest ``Updated`` (nanoseconds) up to which nothing is missing; None: everything is told.

        keepalive_s: Whole seconds.

        keepalive_timeout_s: Whole seconds.

        meter: Told what was told, as Firestore bills it: a version that the stream has told before is not.

    Raises:
        CredentialsRejected: The key file is missing, unreadable or no service account's.

    Threads:
        ``answers`` in one; ``close`` from any.
    """

    def __init__(
        self,
        database: Database,
        collection: str,
        since: int | None = None,
        keepalive_s: int = KEEPALIVE_S,
        keepalive_timeout_s: int = KEEPALIVE_TIMEOUT_S,
        meter: Meter | None = None,
        overlap_s: float = OVERLAP_S,
    ) -> None:
        self._database = database
        self._meter = meter or Meter()
        self._collection = collection
        self._since = None if since is None else max(0, since - round(overlap_s * 10**9))
        self._told: dict[str, int] = {}
        self._doubted: set[str] = set()
        """Told before the last reset, and not again since."""
        self._repeated = 0
        self._is_current = False
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

    def answers(self) -> Iterator[Word | None]:
        """
        Yield every document as it is now and after every change, and None for every other sign of life of the server.

        ``CaughtUp`` follows when all that stood there a moment ago has been told, and again after every change. Ends
        quietly after ``close``.

        Raises:
            DeliveryError: The stream has ended, whatever the reason; a new one can be opened.
        """
        with translated(self._database.where):
            try:
                for answer in self._listen():
                    # Whatever it says, it is a sign of life.
                    yield from self._read(answer) or (None,)
            except ValueError:
                # gRPC's word for a channel that was closed before the call began.
                if not self._is_closed.is_set():
                    raise
            finally:
                # Ends gRPC's thread that waits for a next request; not before the call has ended, or that thread would
                # say "no more requests" on a channel that is being closed, and die of it.
                self._requests.put(None)
        if not self._is_closed.is_set():
            raise TemporaryFailure(FIRESTORE, Said("{place} ended the watch", place=self._database.where.place))

    def close(self) -> None:
        """End the stream at once, also one that waits for the server."""
        self._is_closed.set()
        self._channel.close()

    def _listen(self) -> Iterator[Pb]:
        target = {**self._target(), "target_id": _TARGET}
        self._requests.put(LISTEN.request(database=self._database.path, add_target=target))
        # The requests do not end before the answers: a stream that is half closed would be ended by the server.
        return self._channel.converse(LISTEN, iter(self._requests.get, None), self._database.metadata)

    def _target(self) -> dict[str, Any]:
        return {"query": changes_query(f"{self._database.path}/documents", self._collection, self._since)}

    def _read(self, answer: Pb) -> Sequence[Word]:
        if answer.HasField("target_change"):
            return self._changed(answer.target_change)
        if answer.HasField("document_change") and _TARGET in answer.document_change.target_ids:
            return self._told_document(mirrored(answer.document_change.document))
        if answer.HasField("document_remove"):
            # Written by somebody who knows no ``Updated``: billed as any change.
            self._meter.count(Usage(told=1))
        if answer.HasField("document_delete"):
            gone = answer.document_delete
            self._told.pop(id_of(gone.document), None)
            return (Removed(id_of(gone.document), version_of(gone.read_time)),)
        return ()

    def _changed(self, change: Pb) -> Sequence[Word]:
        """Read what is said of the watch as a whole."""
        kind = change.target_change_type
        if kind == REMOVED:
            # How the server ends a watch that it does not allow, or cannot keep up: in a message, not as the status.
            raise refusal(change.cause, self._database.where, "the watch was removed")
        if kind == RESET:
            # All is told again, and what is not told again by CURRENT is gone.
            self._is_current, self._doubted = False, set(self._told)
        elif kind == CURRENT:
            self._is_current = True
            return self._gone(version_of(change.read_time))
        # Only with a time, and for all that is watched, is it a moment at which nothing is missing.
        elif self._is_current and kind == NO_CHANGE and change.HasField("read_time") and not change.target_ids:
            return (CaughtUp(self._repeated >= _REPEATED),)
        return ()

    def _gone(self, version: int) -> Sequence[Word]:
        doubted, self._doubted = self._doubted, set()
        for doc_id in doubted:
            del self._told[doc_id]
        return [Removed(doc_id, version) for doc_id in sorted(doubted)]

    def _told_document(self, told: Mirrored) -> Sequence[Word]:
        self._doubted.discard(told.doc_id)
        if self._told.get(told.doc_id) == told.version:
            self._repeated += 1
            return ()
        self._told[told.doc_id] = told.version
        self._meter.count(Usage(told=1))
        return (told,)
