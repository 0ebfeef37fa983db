"""
A TCP relay on loopback that can misbehave as networks do.

    with Relay(emulator_address) as relay:
        sink = firestore_sink(relay.address)
        relay.stall()           # nothing passes any more; what is sent arrives after heal()
        relay.forget()          # as stall, and what was connected stays dead after heal(): a router that forgot it
        relay.lose_replies()    # requests pass, answers vanish
        relay.thin(15_000)      # so many bytes a second, each way
        relay.cut()             # every open connection is reset; new ones pass
        relay.refuse()          # resets, and nobody listens any more
        relay.heal()            # all passes again
"""

from __future__ import annotations

import socket
import struct
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from types import TracebackType
from typing import Self

_RESET_ON_CLOSE = struct.pack("ii", 1, 0)
_JOIN_LIMIT_S = 5.0
_SMALL_BUFFER = 16_384
"""Of a thin line: what waits is seen by the sender, as far as a loopback allows it."""


class Relay:
    """Passes bytes between whoever connects to ``address`` and *target* (``host:port``)."""

    def __init__(self, target: str) -> None:
        host, _, port = target.rpartition(":")
        self._target = (host, int(port))
        self._port = 0
        self._passing = threading.Event()
        self._passing.set()
        self._replies_pass = True
        self._is_forgetting = False
        self._bytes_s: float | None = None
        self._free_s = {False: 0.0, True: 0.0}
        self.carried = 0
        self._dead: set[socket.socket] = set()
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
        self._replies_pass, self._is_forgetting = True, False
        self._passing.set()
        if self._listener is None:
            self._listen()

    def stall(self) -> None:
        self._passing.clear()

    def forget(self) -> None:
        self._is_forgetting = True
        with self._lock:
            self._dead |= self._open

    def thin(self, bytes_s: float) -> None:
        self._bytes_s = bytes_s

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
            if self._bytes_s is not None:
                for end in (near, far):
                    end.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, _SMALL_BUFFER)
            with self._lock:
                self._open |= {near, far}
                if self._is_forgetting:
                    self._dead |= {near, far}
            self._start(self._pump, near, far, False)
            self._start(self._pump, far, near, True)

    def _pump(self, source: socket.socket, sink: socket.socket, is_reply: bool) -> None:
        try:
            while data := source.recv(65536 if self._bytes_s is None else 1500):
                self._passing.wait()
                if source in self._dead:
                    continue
                if self._bytes_s is not None:
                    self._take_turns(len(data), is_reply, self._bytes_s)
                if self._replies_pass or not is_reply:
                    sink.sendall(data)
        except OSError:
            pass
        finally:
            with self._lock:
                self._open -= {source, sink}
                self._dead -= {source, sink}
            for end in (source, sink):
                with suppress(OSError):
                    end.shutdown(socket.SHUT_RDWR)
                end.close()

    def _take_turns(self, size: int, is_reply: bool, bytes_s: float) -> None:
        """Wait until all connections together have room for *size* bytes more in this direction."""
        with self._lock:
            now_s = time.monotonic()
            self._free_s[is_reply] = max(now_s, self._free_s[is_reply]) + size / bytes_s
            wait_s = self._free_s[is_reply] - now_s
            self.carried += 0 if is_reply else size
        time.sleep(wait_s)
