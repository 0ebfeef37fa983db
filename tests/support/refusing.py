"""A real gRPC server that answers every call, or all but some, with one status: the cloud when it does not want to."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import Any

import grpc


class _Everything(grpc.GenericRpcHandler):  # type: ignore[misc]  # grpc has no types
    def __init__(self, code: Any, words: str, answers: Mapping[str, bytes]) -> None:
        self._code = code
        self._words = words
        self._answers = answers

    def service(self, handler_call_details: Any) -> Any:
        answer = self._answers.get(handler_call_details.method.rpartition("/")[2])

        def refuse(request: bytes, context: Any) -> Iterator[bytes]:
            del request
            if answer is not None:
                yield answer
                return
            context.abort(self._code, self._words)
            yield b""

        # A stream of answers that ends before its first one serves the calls with a single answer as well.
        return grpc.unary_stream_rpc_method_handler(refuse)


@contextmanager
def refusing_server(code: str, words: str, answers: Mapping[str, bytes] | None = None) -> Iterator[str]:
    """Give ``host:port`` of a server whose every answer, but *answers*, is the gRPC status *code* with *words*."""
    everything = _Everything(grpc.StatusCode[code], words, answers or {})
    server = grpc.server(ThreadPoolExecutor(max_workers=2), handlers=[everything])
    port = server.add_insecure_port("127.0.0.1:0")
    server.start()
    try:
        yield f"127.0.0.1:{port}"
    finally:
        server.stop(grace=None).wait(5)
