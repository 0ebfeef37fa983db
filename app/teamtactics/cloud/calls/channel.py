"""A gRPC channel to a Google service, and calls on it. The only importer of gRPC."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

import grpc

Pb = Any
"""A protobuf message; the library has no types."""
PbClass = Any
Metadata = Sequence[tuple[str, str]]

CallError = grpc.RpcError
"""Whatever ends a call; :func:`teamtactics.cloud.calls.ended.ended_by` reads it."""


@dataclass(frozen=True, slots=True)
class Method:
    """
    A method of a service.

    Attributes:
        path: As gRPC names it, ``/service/method``.

        request: The class of what is asked.

        answer: The class of the answers.

        routed_by: The field of the request that tells Google's front which of its places the call is for; None for
            calls that need none.
    """

    path: str
    request: PbClass
    answer: PbClass
    routed_by: str | None = None


class Channel:
    """
    What Google's generated clients do around a call, without their retrying: name the place, sign, read the answer.

    The connection itself comes with the first call.

    Args:
        opened: gRPC's channel.

        sign: Gives what each call sends along to say who asks.

    Threads:
        All methods may be called from any.
    """

    def __init__(self, opened: Any, sign: Callable[[], Metadata]) -> None:
        self._opened = opened
        self._sign = sign

    def ask(self, method: Method, request: Pb, limit_s: float, metadata: Metadata = ()) -> Pb:
        """
        Return the one answer.

        Raises:
            CallError: There is none, or not within *limit_s*.
        """
        call = self._opened.unary_unary(method.path, method.request.SerializeToString, method.answer.FromString)
        return call(request, timeout=limit_s, metadata=self._metadata(method, request, metadata))

    def ask_for_all(self, method: Method, request: Pb, limit_s: float, metadata: Metadata = ()) -> list[Pb]:
        """
        Return all answers of a method that gives them one after the other.

        Raises:
            CallError: They did not all come within *limit_s*.
        """
        call = self._opened.unary_stream(method.path, method.request.SerializeToString, method.answer.FromString)
        return list(call(request, timeout=limit_s, metadata=self._metadata(method, request, metadata)))

    def converse(self, method: Method, requests: Iterable[Pb], metadata: Metadata = ()) -> Iterator[Pb]:
        """
        Yield what is answered to *requests*, without a limit of time.

        Raises:
            CallError: It has ended; while iterating.

            ValueError: The channel is closed.
        """
        call = self._opened.stream_stream(method.path, method.request.SerializeToString, method.answer.FromString)
        answers: Iterator[Pb] = call(iter(requests), metadata=[*metadata, *self._sign()])
        return answers

    def close(self) -> None:
        """End all calls."""
        self._opened.close()

    def _metadata(self, method: Method, request: Pb, metadata: Metadata) -> Metadata:
        if method.routed_by is None:
            return [*metadata, *self._sign()]
        routing = f"{method.routed_by}={quote(getattr(request, method.routed_by), safe='/')}"
        return [*metadata, ("x-goog-request-params", routing), *self._sign()]


def plain_channel(address: str, options: Mapping[str, int], sign: Callable[[], Metadata]) -> Channel:
    """Open a channel without encryption and without a proxy: to ``host:port`` of an emulator."""
    opened = grpc.insecure_channel(address, options=[*options.items(), ("grpc.enable_http_proxy", 0)])
    return Channel(opened, sign)


def secure_channel(host: str, options: Mapping[str, int], sign: Callable[[], Metadata]) -> Channel:
    """Open a channel to a Google service; gRPC finds the proxy and the authorities' certificates by itself."""
    opened = grpc.secure_channel(f"{host}:443", grpc.ssl_channel_credentials(), options=list(options.items()))
    return Channel(opened, sign)
