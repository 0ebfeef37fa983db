"""A real gRPC server that answers every call with one status: what the cloud says when it does not want to."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import Any

import grpc


class _Everything(grpc.GenericRpcHandler):  # type: ignore[misc]  # grpc has no types
    def __init__(self, code: Any, words: str) -> None:
        self._code = code
        self._words = words

    def service(self, handler_call_details: Any) -> Any:
        del handler_call_details

        def refuse(request: bytes, context: Any) -> Iterator[bytes]:
            del request
            context.abort(self._code, self._words)
            yield b""

        # A stream of answers that ends before its first one serves the calls with a single answer as well.
        return grpc.unary_stream_rpc_method_handler(refuse)


@contextmanager
def refusing_server(code: str, words: str) -> Iterator[str]:
    """Give ``host:port`` of a server whose every answer is the gRPC status *code* with *words*."""
    server = grpc.server(ThreadPoolExecutor(max_workers=2), handlers=[_Everything(grpc.StatusCode[code], words)])
    port = server.add_insecure_port("127.0.0.1:0")
    server.start()
    try:
        yield f"127.0.0.1:{port}"
    finally:
        server.stop(grace=None).wait(5)
