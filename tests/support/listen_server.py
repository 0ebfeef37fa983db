"""A real gRPC server whose `Listen` plays a script: what Google's server does and the emulator never would."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import Any

import grpc
from google.cloud.firestore_v1.types import firestore as messages

Answer = dict[str, Any]
"""A ``ListenResponse`` as a dictionary."""

NO_CHANGE: Answer = {"target_change": {"target_change_type": "NO_CHANGE"}}
"""What Google's server says now and then so that the connection stays open."""
CURRENT: Answer = {"target_change": {"target_change_type": "CURRENT", "target_ids": [1]}}
RESET: Answer = {"target_change": {"target_change_type": "RESET", "target_ids": [1]}}


def removed(code: int, message: str) -> Answer:
    """The server takes the watch away, and says why in a message."""
    return {
        "target_change": {
            "target_change_type": "REMOVE",
            "target_ids": [1],
            "cause": {"code": code, "message": message},
        }
    }


def document(session_time_s: float, doc_id: str = "state", at_s: int = 0, **fields: Any) -> Answer:
    """A change of a document; *fields* are Firestore values as dictionaries, *at_s* is the moment of its write."""
    values = {"SessionTime": {"double_value": session_time_s}, "Updated": {"timestamp_value": time(at_s)}, **fields}
    written = {"name": name_of(doc_id), "fields": values, "update_time": time(at_s)}
    return {"document_change": {"document": written, "target_ids": [1]}}


def deleted(doc_id: str = "state", at_s: int = 0) -> Answer:
    """The document is gone, or was never there."""
    return {"document_delete": {"document": name_of(doc_id), "removed_target_ids": [1], "read_time": time(at_s)}}


def moment(at_s: int) -> Answer:
    """All that stood there then has been told."""
    return {"target_change": {"target_change_type": "NO_CHANGE", "read_time": time(at_s)}}


def current(at_s: int) -> Answer:
    """From then on the server tells changes alone."""
    return {"target_change": {"target_change_type": "CURRENT", "target_ids": [1], "read_time": time(at_s)}}


def name_of(doc_id: str) -> str:
    return f"projects/p/databases/(default)/documents/c/{doc_id}"


def time(at_s: int) -> dict[str, int]:
    return {"seconds": at_s}


class ListenServer:
    """
    Plays the next script for every stream; a script's last word is None (the stream stays open and silent) or the end.

    Attributes:
        address: ``host:port``.

        asked: The first request of every stream so far.
    """

    def __init__(self, scripts: Sequence[Sequence[Answer | None]]) -> None:
        self.asked: list[Any] = []
        self.address = ""
        self._scripts = list(scripts)
        self._stopping = threading.Event()

    def play(self, requests: Iterator[Any], context: Any) -> Iterator[Any]:
        self.asked.append(next(requests))
        script = self._scripts.pop(0) if self._scripts else [None]
        for answer in script:
            if answer is None:
                while context.is_active() and not self._stopping.wait(0.05):
                    pass
                return
            yield messages.ListenResponse(answer)

    def stop(self) -> None:
        self._stopping.set()


class _Listen(grpc.GenericRpcHandler):  # type: ignore[misc]  # grpc has no types
    def __init__(self, play: Callable[..., Any]) -> None:
        self._play = play

    def service(self, handler_call_details: Any) -> Any:
        assert handler_call_details.method == "/google.firestore.v1.Firestore/Listen"
        return grpc.stream_stream_rpc_method_handler(
            self._play, messages.ListenRequest.deserialize, messages.ListenResponse.serialize
        )


@contextmanager
def listen_server(*scripts: Sequence[Answer | None]) -> Iterator[ListenServer]:
    """Run a server that plays *scripts*, one for each stream; later streams stay open and silent."""
    made = ListenServer(scripts)
    server = grpc.server(ThreadPoolExecutor(max_workers=4), handlers=[_Listen(made.play)])
    made.address = f"127.0.0.1:{server.add_insecure_port('127.0.0.1:0')}"
    server.start()
    try:
        yield made
    finally:
        made.stop()
        server.stop(grace=None).wait(5)
