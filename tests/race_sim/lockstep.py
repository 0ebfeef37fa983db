"""
The world and the clients of a race in step, over a Unix socket: no client misses a tick however fast the race goes.

The world shows up to a ring of ticks, gives each client leave to look, and shows more only when each has answered that
it took in what was there. Waiting is done in the kernel (a blocking read), so nobody spins; a client that dies closes
its socket and is known to be gone at once.

On the wire each packet is one word. From the client: its name (once, when it connects), then ``here`` (connected to its
image, from now on it keeps step) and ``seen`` (all that was there has been taken in and is on disk). From the world:
``look``.
"""

from __future__ import annotations

import select
import socket
import time
from collections.abc import Callable, Iterable
from pathlib import Path

from teamtactics.telemetry.image import ImageFile
from teamtactics.telemetry.layout import Memory
from teamtactics.telemetry.live import LiveSource

RING = 3
"""Ticks that a memory image holds: so many may be shown before the oldest is overwritten."""

HERE, SEEN, LOOK = b"here", b"seen", b"look"
_PACKET = 64
_ANSWER_LIMIT_S = 30.0
_LOOK_AROUND_S = 0.25
"""How long a client without leave waits before it looks whether its simulator is still there."""
_WAITING_COUNTS = 0.2
"""
The part of a wait for leave that counts as time: the simulator has not fallen silent because the world waits for
somebody else to start.
"""


class ClientLost(Exception):
    """A client that keeps step has died or does not answer; the text says which."""


class Lockstep:
    """
    The world's side.

    Args:
        address: The socket to make; clients connect to it.

    Attributes:
        attached: Names of the clients that keep step.
    """

    def __init__(self, address: Path) -> None:
        self.address = address
        self.attached: set[str] = set()
        self._ends: dict[str, socket.socket] = {}
        self._owed: set[str] = set()
        self._listener = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        self._listener.bind(str(address))
        self._listener.listen(16)

    def close(self) -> None:
        self._listener.close()
        for end in self._ends.values():
            end.close()

    def look(self) -> None:
        """Give every attached client leave to look at what was shown since the last time."""
        for name in self.attached:
            try:
                self._ends[name].send(LOOK)
            except OSError as error:
                raise ClientLost(f"{name} has died: {error}") from error
        self._owed = set(self.attached)

    def await_seen(self) -> None:
        """Wait until every client that was given leave has answered."""
        for name in tuple(self._owed):
            self._owed.discard(name)
            word = self._receive(name)
            if word not in (SEEN, HERE):  # a client that connected anew has taken in what is there as well
                raise ClientLost(f"{name} has died" if not word else f"{name} said {word!r}")

    def await_here(self, names: Iterable[str], limit_s: float, is_alive: Callable[[str], bool]) -> None:
        """
        Wait until each of *names* has connected to its image; from then on it keeps step.

        Raises:
            ClientLost: One has ended, or is not there after *limit_s*.
        """
        missing = set(names) - self.attached
        deadline_s = time.monotonic() + limit_s
        while missing:
            if time.monotonic() > deadline_s or not all(map(is_alive, missing)):
                raise ClientLost(f"{', '.join(sorted(missing))}: not connected after {limit_s:.0f} s, or ended")
            waiting = {end.fileno(): name for name, end in self._ends.items() if name in missing}
            ready, _, _ = select.select([self._listener, *waiting], [], [], 0.1)
            for found in ready:
                if found is self._listener:
                    end, _ = self._listener.accept()
                    end.settimeout(_ANSWER_LIMIT_S)
                    name = end.recv(_PACKET).decode()
                    self.detach(name)
                    self._ends[name] = end
                    continue
                name = waiting[found]
                word = self._receive(name)
                if word == HERE:
                    self.attached.add(name)
                    missing.discard(name)
                elif not word:  # the former life of a client that was killed
                    self._ends.pop(name).close()

    def leave_behind(self, name: str) -> None:
        """Do not wait for *name* until ``await_here``: its simulator is away."""
        self.attached.discard(name)
        self._owed.discard(name)

    def detach(self, name: str) -> None:
        """Forget *name*: it was killed or has ended."""
        self.leave_behind(name)
        if (end := self._ends.pop(name, None)) is not None:
            end.close()

    def _receive(self, name: str) -> bytes:
        try:
            return self._ends[name].recv(_PACKET)
        except TimeoutError as error:
            raise ClientLost(f"{name} has not answered for {_ANSWER_LIMIT_S:.0f} s") from error
        except ConnectionError:
            return b""


class LockstepFeed:
    """
    A live memory image that is read in step with the world; the client's side.

    ``wait`` is where a client stands when it has taken in and recorded all there is (``LiveSource.read`` waits only
    then, and looks after every wait): that is where it answers, and waits for the next leave.

    Args:
        address: The world's socket.

        name: What this client is called there.

    Attributes:
        on_world_gone: Called when the world has closed its end, or has died.

        before_answer: Called before the client answers that all it has seen is on disk.
    """

    def __init__(self, image: Path, address: Path, name: str) -> None:
        self.on_world_gone: Callable[[], object] = lambda: None
        self.before_answer: Callable[[], object] = lambda: None
        self._image = ImageFile(image, time.sleep, self.monotonic)
        self._end = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        self._end.connect(str(address))
        self._end.send(name.encode())
        self._owes_answer = False
        self._says_here = False
        self._is_released = False
        self._not_counted_s = 0.0

    def monotonic(self) -> float:
        """Tell the time without most of what was spent waiting for leave."""
        return time.monotonic() - self._not_counted_s

    def release(self) -> None:
        """Keep step no more: the client ends."""
        self._is_released = True

    def open(self) -> Memory | None:
        self._says_here = True
        return self._image.open()

    def wait(self, timeout_s: float) -> None:
        if self._is_released:
            time.sleep(min(timeout_s, 0.02))
            return
        began_s = time.monotonic()
        try:
            word = self._answer_and_wait(min(timeout_s, _LOOK_AROUND_S))
        except TimeoutError:
            self._not_counted_s += (time.monotonic() - began_s) * (1.0 - _WAITING_COUNTS)
            return
        except OSError:
            word = b""
        if not word:
            self.release()
            self.on_world_gone()
        self._owes_answer = word == LOOK

    def _answer_and_wait(self, timeout_s: float) -> bytes:
        if self._says_here:
            self._says_here = self._owes_answer = False
            self._end.send(HERE)
        elif self._owes_answer:
            self._owes_answer = False
            self.before_answer()
            self._end.send(SEEN)
        self._end.settimeout(timeout_s)
        return self._end.recv(_PACKET)

    def arrived(self, ticks: int, now_s: float) -> None:
        pass

    def is_gone(self, now_s: float) -> bool:
        return self._image.is_gone(now_s)

    def close(self) -> None:
        self._image.close()


class LockstepSource(LiveSource):
    """The product's live source behind a ``LockstepFeed``."""

    def __init__(self, image: Path, address: Path, name: str) -> None:
        self.feed = LockstepFeed(image, address, name)
        super().__init__(self.feed, image.name, self.feed.monotonic)
