"""Kill -9 at random moments of a client's life: at any time, while it starts, and beside what it writes."""

from __future__ import annotations

import signal
import time
from collections.abc import Callable
from random import Random

from e2e.client import Client

STARTING_S = 0.7
"""What a start takes on an idle machine, until the clouds are connected."""
BESIDE_A_WRITE_S = 0.03
"""From the store's commit through the clouds' answers to the note that they have it."""
MOST_WRITES = 12
LOOK_S = 0.001


class Victim:
    """
    A client that is killed again and again.

    Args:
        look: Called every few milliseconds of each wait.

    Attributes:
        kills: How often it was killed while it ran.
    """

    def __init__(self, client: Client, chance: Random, look: Callable[[], object] = lambda: None) -> None:
        self.client = client
        self.kills = 0
        self._chance = chance
        self._look = look
        self._store = client.folder / "data" / "teamtactics.sqlite3"

    def await_moment(self, longest_s: float) -> None:
        """Wait for the moment at which it is to be killed, at most *longest_s*; less when it ends by itself."""
        kind = self._chance.choices(("any", "start", "write"), (4, 3, 4))[0]
        if kind == "write":
            self._await_writes(self._chance.randint(1, MOST_WRITES), longest_s)
        self._pause(self._chance.uniform(0.0, {"any": longest_s, "start": STARTING_S, "write": BESIDE_A_WRITE_S}[kind]))

    def kill(self) -> bool:
        """Kill it; return False when it had ended by itself."""
        self.client.kill()
        process = self.client.process
        assert process is not None, "it was started"
        was_killed = process.returncode == -signal.SIGKILL
        self.kills += was_killed
        return was_killed

    def until(self, holds: Callable[[], bool], longest_s: float) -> bool:
        """Wait until *holds* or it ends by itself; return False when *longest_s* have passed before."""
        deadline_s = time.monotonic() + longest_s
        process = self.client.process
        assert process is not None, "it was started"
        while process.poll() is None and not holds():
            if time.monotonic() >= deadline_s:
                return False
            self._look()
            time.sleep(LOOK_S)
        return True

    def _pause(self, pause_s: float) -> None:
        self.until(lambda: False, pause_s)

    def _await_writes(self, count: int, longest_s: float) -> None:
        """Wait until the store was written *count* times."""
        left, before = count, self._written()

        def is_written() -> bool:
            nonlocal left, before
            now = self._written()
            left, before = left - (now != before), now
            return left <= 0

        self.until(is_written, longest_s)

    def _written(self) -> tuple[int, int]:
        try:
            there = self._store.stat()
        except OSError:
            return 0, 0
        return there.st_size, there.st_mtime_ns
