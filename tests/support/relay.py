"""
A TCP relay on loopback that can misbehave as networks do.

    with Relay(emulator_address) as relay:
        sink = firestore_sink(relay.address)
        relay.stall()           # nothing passes any more; what is sent arrives after heal()
        relay.lose_replies()    # requests pass, answers vanish
        relay.cut()             # every open connection is reset; new ones pass
        relay.refuse()          # resets, and nobody listens any more
        relay.heal()            # all passes again
"""

from __future__ import annotations

import socket
import struct
import threading
from collections.abc import Callable
from contextlib import suppress
from types import TracebackType
from typing import Self

_RESET_ON_CLOSE = struct.pack("ii", 1, 0)
_JOIN_LIMIT_S = 5.0


class Relay:
    """Passes bytes between whoever connects to ``address`` and *target* (``host:port``)."""

    def __init__(self, target: str) -> None:
        host, _, port = target.rpartition(":")
        self._target = (host, int(port))
        self._port = 0
        self._passing = threading.Event()
        self._passing.set()
        self._replies_pass = True
        self._lock = threading.Lock()
        self._open: set[socket.socket] = set()
        self._threads: list[threading.Thread] = []
        self._listener: socket.socket | None = None
        self._listen()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.refuse()
        self._passing.set()
        for thread in self._threads:
            thread.join(_JOIN_LIMIT_S)
            assert not thread.is_alive(), "a relay thread does not end"

    @property
    def address(self) -> str:
        return f"127.0.0.1:{self._port}"

    def heal(self) -> None:
        self._replies_pass = True
        self._passing.set()
        if self._listener is None:
            self._listen()

    def stall(self) -> None:
        self._passing.clear()

    def lose_replies(self) -> None:
        self._replies_pass = False

    def cut(self) -> None:
        with self._lock:
            doomed = list(self._open)
            self._open.clear()
        for end in doomed:
            with suppress(OSError):
                end.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET_ON_CLOSE)
                end.shutdown(socket.SHUT_RDWR)
            end.close()

    def refuse(self) -> None:
        listener, self._listener = self._listener, None
        if listener is not None:
            with suppress(OSError):
                listener.shutdown(socket.SHUT_RDWR)  # wakes the thread in accept()
            listener.close()
        self.cut()

    def _listen(self) -> None:
        self._listener = socket.create_server(("127.0.0.1", self._port))
        self._port = self._listener.getsockname()[1]
        self._start(self._accept, self._listener)

    def _start(self, work: Callable[..., None], *arguments: object) -> None:
        thread = threading.Thread(target=work, args=arguments, daemon=True)
        self._threads.append(thread)
        thread.start()

    def _accept(self, listener: socket.socket) -> None:
        while True:
            try:
                near, _ = listener.accept()
            except OSError:
                return
            try:
                far = socket.create_connection(self._target, timeout=_JOIN_LIMIT_S)
            except OSError:
                near.close()
                continue
            far.settimeout(None)
            with self._lock:
                self._open |= {near, far}
            self._start(self._pump, near, far, False)
            self._start(self._pump, far, near, True)

    def _pump(self, source: socket.socket, sink: socket.socket, is_reply: bool) -> None:
        try:
            while data := source.recv(65536):
                self._passing.wait()
                if self._replies_pass or not is_reply:
                    sink.sendall(data)
        except OSError:
            pass
        finally:
            with self._lock:
                self._open -= {source, sink}
            for end in (source, sink):
                with suppress(OSError):
                    end.shutdown(socket.SHUT_RDWR)
                end.close()
