"""A Firestore that looks at the tokens: one that says it was made in the future is refused, as Google does."""

from __future__ import annotations

import base64
import json
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import Any

import grpc
from google.cloud.firestore_v1.types import firestore as messages

_SKEW_S = 300.0
"""Google forgives about so much."""


class TokenServer(grpc.GenericRpcHandler):  # type: ignore[misc]  # grpc has no types
    """
    Answers commits and watches.

    Attributes:
        address: ``host:port``.

        tokens: Every different token so far, in order.

        refused: Calls that were refused.
    """

    def __init__(self) -> None:
        self.address = ""
        self.tokens: list[str] = []
        self.refused = 0

    def service(self, handler_call_details: Any) -> Any:
        method = handler_call_details.method.rpartition("/")[2]
        if method == "Listen":
            return grpc.stream_stream_rpc_method_handler(
                self._listen, messages.ListenRequest.deserialize, messages.ListenResponse.serialize
            )
        assert method == "Commit", method
        return grpc.unary_unary_rpc_method_handler(
            self._commit, messages.CommitRequest.deserialize, messages.CommitResponse.serialize
        )

    def _commit(self, request: Any, context: Any) -> Any:
        self._look_at_token(context)
        return messages.CommitResponse({"write_results": [{"update_time": {"seconds": 1}} for _ in request.writes]})

    def _listen(self, requests: Iterator[Any], context: Any) -> Iterator[Any]:
        self._look_at_token(context)
        next(requests)
        yield messages.ListenResponse({"target_change": {"target_change_type": "CURRENT", "target_ids": [1]}})
        while context.is_active():
            time.sleep(0.05)

    def _look_at_token(self, context: Any) -> None:
        token = dict(context.invocation_metadata())["authorization"].removeprefix("Bearer ")
        if token not in self.tokens:
            self.tokens.append(token)
        claims = json.loads(base64.urlsafe_b64decode(token.split(".")[1] + "=="))
        if claims["iat"] > time.time() + _SKEW_S:
            self.refused += 1
            context.abort(grpc.StatusCode.UNAUTHENTICATED, "Request had invalid authentication credentials.")


@contextmanager
def token_server() -> Iterator[TokenServer]:
    """Run one; the other side of its connection speaks plain HTTP/2."""
    made = TokenServer()
    server = grpc.server(ThreadPoolExecutor(max_workers=8), handlers=[made])
    made.address = f"127.0.0.1:{server.add_insecure_port('127.0.0.1:0')}"
    server.start()
    try:
        yield made
    finally:
        server.stop(grace=None).wait(5)
