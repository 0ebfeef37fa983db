"""
A gRPC relay in front of the Firestore emulator that counts what it is asked and what it tells, by project.

    with CountingRelay(firestore_emulator) as relay:
        sink = firestore_sink(relay.address, "p")
        ...
        relay.counted("p").commits

It passes every call through as bytes and reads the protobufs beside: what it counts is what the server heard and said,
and nothing of what a client thinks it asked. For the tests that count; the others are faster without it.
"""

from __future__ import annotations

import threading
import time
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from functools import partial
from types import TracebackType
from typing import Any, Self

import grpc
from google.cloud.firestore_v1.types import firestore as messages

Pb = Any
"""A protobuf message; the library has no types."""

_CALLS_AT_ONCE = 64
"""Each open watch holds one."""
_A_DAY_S = 86_400.0
_OPTIONS = [
    ("grpc.enable_http_proxy", 0),
    ("grpc.max_receive_message_length", -1),
    ("grpc.max_send_message_length", -1),
    # The clients under test ping their watches; a gRPC server of default settings hangs up on whoever does so often.
    ("grpc.http2.min_ping_interval_without_data_ms", 1_000),
    ("grpc.keepalive_permit_without_calls", 1),
]


@dataclass(slots=True)
class Counts:
    """
    What the clients of one project asked for.

    Attributes:
        calls: Every method's calls, by its name.

        commits: Commits that were answered well.

        infos: Of these those with nothing but info documents.

        writes: Documents written or removed by them.

        written: How many commits wrote or removed each document, by its id.

        reads: Documents read by name, found or not.

        queried: Documents told to queries; an empty answer is one read, as Firestore bills it.

        told: Documents told to watches, each version once to each stream, as Google's server tells and bills them.

        told_of: The same by the document's id.

        repeated: Those told again: at every change the emulator resets a watch and tells all that it ever told.

        states: Of each state that somebody asked to write its session time, s, and when, s of the epoch: when it came
            here, so before anybody can have been told of it.
    """

    calls: Counter[str] = field(default_factory=Counter)
    commits: int = 0
    infos: int = 0
    writes: int = 0
    written: Counter[str] = field(default_factory=Counter)
    reads: int = 0
    queried: int = 0
    told: int = 0
    told_of: Counter[str] = field(default_factory=Counter)
    repeated: int = 0
    states: list[tuple[float, float]] = field(default_factory=list)


class CountingRelay:
    """
    Args:
        target: ``host:port`` of the emulator.

    Attributes:
        address: ``host:port`` for the clients.

        open_calls: How many calls are under way.
    """

    def __init__(self, target: str) -> None:
        self._lock = threading.Lock()
        self._counts: defaultdict[str, Counts] = defaultdict(Counts)
        self.open_calls = 0
        self._channel = grpc.insecure_channel(target, options=_OPTIONS)
        self._server = grpc.server(ThreadPoolExecutor(_CALLS_AT_ONCE), handlers=[_Every(self._pass)], options=_OPTIONS)
        self.address = f"127.0.0.1:{self._server.add_insecure_port('127.0.0.1:0')}"

    def __enter__(self) -> Self:
        self._server.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._server.stop(grace=None).wait()
        self._channel.close()

    def counted(self, project: str) -> Counts:
        """Return what was counted so far."""
        with self._lock:
            return self._counts[project]

    def _pass(self, path: str, requests: Iterable[bytes], context: Any) -> Iterator[bytes]:
        """Pass one call on, of whatever kind: on the wire a single message is a stream of one."""
        seen = _Call(path.rpartition("/")[2], self._counts[_project(context)], self._lock)
        call = self._channel.stream_stream(path)(
            map(seen.asked, requests),
            timeout=_remaining_s(context),
            metadata=[pair for pair in context.invocation_metadata() if pair[0] != "user-agent"],
        )
        context.add_callback(call.cancel)
        with self._lock:
            self.open_calls += 1
        try:
            for raw in call:
                seen.answered(raw)
                yield raw
        except grpc.RpcError:
            context.set_trailing_metadata(call.trailing_metadata() or ())
            context.abort(call.code(), call.details())
        finally:
            seen.ended()
            with self._lock:
                self.open_calls -= 1


class _Call:
    """Counts one call while it passes by."""

    def __init__(self, method: str, counts: Counts, lock: threading.Lock) -> None:
        self._method = method
        self._counts = counts
        self._lock = lock
        self._commit: Pb = None
        self._answers = 0
        self._told: set[tuple[str, int, int]] = set()
        with lock:
            counts.calls[method] += 1

    def asked(self, raw: bytes) -> bytes:
        with self._lock:
            if self._method == "Commit":
                self._commit = messages.CommitRequest.pb().FromString(raw)
                self._counts.states += ((at_s, time.time()) for at_s in _states(self._commit))
            elif self._method == "BatchGetDocuments":
                self._counts.reads += len(messages.BatchGetDocumentsRequest.pb().FromString(raw).documents)
        return raw

    def answered(self, raw: bytes) -> None:
        with self._lock:
            if self._method == "Commit":
                self._counts.commits += 1
                self._counts.infos += all(name.endswith("/info") for name in _names(self._commit))
                self._counts.writes += len(self._commit.writes)
                self._counts.written.update({name.rpartition("/")[2] for name in _names(self._commit)})
            elif self._method == "RunQuery":
                told = bool(messages.RunQueryResponse.pb().FromString(raw).document.name)
                self._counts.queried += told
                self._answers += told
            elif self._method == "Listen":
                self._tell(messages.ListenResponse.pb().FromString(raw))

    def _tell(self, answer: Pb) -> None:
        if answer.HasField("document_change"):
            document = answer.document_change.document
            version = (document.name, document.update_time.seconds, document.update_time.nanos)
            self._counts.told += version not in self._told
            self._counts.told_of[document.name.rpartition("/")[2]] += version not in self._told
            self._counts.repeated += version in self._told
            self._told.add(version)
        self._counts.told += answer.HasField("document_remove")

    def ended(self) -> None:
        with self._lock:
            self._counts.queried += self._method == "RunQuery" and not self._answers


class _Every(grpc.GenericRpcHandler):  # type: ignore[misc]  # the library has no types
    """Hands every call there is, with its path, to one function that passes bytes on."""

    def __init__(self, serve: Callable[[str, Iterable[bytes], Any], Iterator[bytes]]) -> None:
        self._serve = serve

    def service(self, call: Any) -> Any:
        return grpc.stream_stream_rpc_method_handler(partial(self._serve, call.method))


def _project(context: Any) -> str:
    """Read which project a call is for where Google's own servers do; empty when it does not say."""
    prefix = dict(context.invocation_metadata()).get("google-cloud-resource-prefix", "projects/")
    return str(prefix).split("/")[1]


def _remaining_s(context: Any) -> float | None:
    remaining_s: float | None = context.time_remaining()
    return None if remaining_s is None or remaining_s > _A_DAY_S else remaining_s


def _names(commit: Pb) -> list[str]:
    return [write.update.name or write.delete for write in commit.writes]


def _states(commit: Pb) -> list[float]:
    """Return the session time of every state in a commit, s."""
    documents = (write.update for write in commit.writes)
    return [each.fields["SessionTime"].double_value for each in documents if each.name.endswith("/state")]
