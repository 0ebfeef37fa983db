"""The gRPC channel to a Google service or its emulator, and the one seam where a library's error becomes ours."""

from __future__ import annotations

import contextlib
import logging
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from teamtactics.cloud.calls.channel import CallError, Channel, plain_channel, secure_channel
from teamtactics.cloud.calls.ended import ProtobufError, ended_by, ended_with
from teamtactics.cloud.fates import TooSlow, Unreachable, Where
from teamtactics.cloud.translate import translate
from teamtactics.errors import Contended, CredentialsRejected, DeliveryError, TemporaryFailure
from teamtactics.language import Said

if TYPE_CHECKING:
    from teamtactics.cloud.calls.sign_in import SignIn

log = logging.getLogger(__name__)

Answer = TypeVar("Answer")

_MAY_DO_EVERYTHING = [("authorization", "Bearer owner")]
"""The emulators' convention."""
_REBUILD_AFTER = 3
"""Failures in a row of whatever kind, after which the channel is replaced."""
_SLOW_REBUILD_AFTER = 2
"""Answers in a row that did not come in time."""
_SLOWEST_BYTES_S = 10_000
"""A line that carries less than this is no line for a batch; the courier makes the batches smaller."""
_LONGEST_S = 20.0

_OPTIONS: Mapping[str, int] = {
    "grpc.max_send_message_length": -1,
    "grpc.max_receive_message_length": -1,
    # A dead connection is found while a call waits for it; never pinged when idle, Google's servers resent that.
    "grpc.keepalive_time_ms": 30_000,
    "grpc.keepalive_timeout_ms": 10_000,
    "grpc.keepalive_permit_without_calls": 0,
    # When to connect again is our retry policy's decision, gRPC's own back-off (two minutes) must not outlast it.
    "grpc.initial_reconnect_backoff_ms": 500,
    "grpc.max_reconnect_backoff_ms": 5_000,
    # How long one attempt to connect may take: longer than a call, so that a slow link gets connected between two.
    "grpc.min_reconnect_backoff_ms": 10_000,
    # Else a new channel would inherit the broken connection of the one it replaces.
    "grpc.use_local_subchannel_pool": 1,
}


class Endpoint:
    """
    Where a service is and how to sign in there.

    Args:
        host: The service's host name at Google.

        credentials_path: The service account's key file; may be None only for an emulator.

        emulator: ``host:port`` of an emulator, which needs no credentials.
    """

    def __init__(self, host: str, credentials_path: Path | None, emulator: str | None) -> None:
        self._host = host
        self._credentials_path = credentials_path
        self._emulator = emulator

    def open_channel(self, where: Where, options: Mapping[str, int] | None = None) -> Channel:
        """
        Open a channel; the connection itself comes with the first call.

        Args:
            options: gRPC's, beside or in place of those that every channel has.

        Raises:
            CredentialsRejected: The key file is missing, unreadable or no service account's.
        """
        chosen = {**_OPTIONS, **(options or {})}
        if self._emulator:
            return plain_channel(self._emulator, chosen, lambda: _MAY_DO_EVERYTHING)
        return secure_channel(self._host, chosen, self._sign_in(where).metadata)

    def _sign_in(self, where: Where) -> SignIn:
        if self._credentials_path is None:
            raise CredentialsRejected(
                where.sink, Said("no credentials"), Said("Set googleAccessToken in teamtactics.ini.")
            )
        # Only here: with an emulator, nothing is signed.
        from teamtactics.cloud.calls.sign_in import SignIn

        try:
            return SignIn(self._credentials_path.read_bytes(), self._host)
        except (OSError, ValueError) as error:
            # Not chained: what the libraries say may quote the file.
            raise CredentialsRejected(
                where.sink,
                Said(
                    "the credentials file {path} cannot be used ({why})",
                    path=self._credentials_path,
                    why=type(error).__name__,
                ),
                Said(
                    "googleAccessToken must name the JSON key file of a service account; teamtactics check says more."
                ),
            ) from None


@contextlib.contextmanager
def translated(where: Where) -> Iterator[None]:
    """
    Let nothing of the libraries' errors out.

    Raises:
        DeliveryError: In place of whatever a library raised.
    """
    try:
        yield
    except CallError as error:
        raise translate(ended_by(error), where) from error
    except ProtobufError as error:
        raise translate(error, where) from error


def refusal(status: Any, where: Where, words: str = "") -> DeliveryError:
    """Say what a ``google.rpc.Status`` means that is no end of a call but in a message; *words* if it has none."""
    return translate(ended_with(status, words), where)


class Connection:
    """
    A channel that is opened on first use, and anew when it may be what is broken.

    After sleep, or a change of network, a channel can stay unavailable until it is replaced: a connection that was
    refused is tried again when gRPC likes, one that is dead waits for TCP's next repetition (up to two minutes). And a
    token that Google rejects would be sent again for an hour: channel and sign-in go together.

    Args:
        where: Named in errors.

        endpoint: Where to connect to.

    Threads:
        One; the sink's.
    """

    def __init__(self, where: Where, endpoint: Endpoint) -> None:
        self.where = where
        self._endpoint = endpoint
        self._channel: Channel | None = None
        self._failures = 0

    def call(self, ask: Callable[[Channel], Answer]) -> Answer:
        """
        Let *ask* make one remote call, which must carry a deadline.

        Raises:
            DeliveryError: In place of whatever the library raised.
        """
        try:
            with translated(self.where):
                answer = ask(self._channel or self._open())
        except (TemporaryFailure, CredentialsRejected) as error:
            self._count(error)
            raise
        self._failures = 0
        return answer

    def close(self) -> None:
        """Give the channel back; a later call opens a new one."""
        if self._channel is not None:
            self._channel.close()
        self._channel = None

    def _open(self) -> Channel:
        self._channel = self._endpoint.open_channel(self.where)
        return self._channel

    def _count(self, error: DeliveryError) -> None:
        if isinstance(error, Contended):
            return
        self._failures += 1
        # A slow answer may only be slow: what is on its way would be sent once more beside a new connection's greeting.
        is_dead = isinstance(error, CredentialsRejected | Unreachable) and not isinstance(error, TooSlow)
        if is_dead or self._failures >= (_SLOW_REBUILD_AFTER if isinstance(error, TooSlow) else _REBUILD_AFTER):
            log.debug("%s: a new connection after %d failures", self.where.sink, self._failures)
            self._failures = 0
            self.close()


def deadline_s(least_s: float, size: int) -> float:
    """Return how long a call may take that has to carry *size* bytes."""
    return max(least_s, min(_LONGEST_S, least_s + size / _SLOWEST_BYTES_S))
