"""
The pace of a race in real time: as fast as asked where the machine gives the client its CPU, slower where it does not.

The simulator publishes and waits for nobody, so a client that is not let run for 50 ms at 60 Hz loses ticks, whoever is
to blame. Faster than the simulator itself nobody has promised anything: then the race is played again at half the pace.
At its own pace the kernel tells: how long the client's threads stood in the queue for a CPU (Linux, ``schedstat``).
Ticks missed for less than that are the machine's doing; ticks missed without are the client's own, and a failure.
Most of the ticks that are missed tell nothing that the next one does not: only a race that is not as it was driven is
played again.
"""

from __future__ import annotations

import re
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from e2e.client import Client

REAL_RATE = 60.0
"""Ticks a second of the simulator."""
SLOWEST_RATE = 15.0
"""A machine that is too busy for this cannot be waited for."""
_MISSED = re.compile(r"(\d+) (?:missed|ticks were missed)")
"""At its end the client says the one, when the simulator has ended before it the other."""


@dataclass(frozen=True, slots=True)
class Played:
    """
    A race that was played to its end.

    Attributes:
        missed: Ticks that were published and never read, by the client's own count.

        queued_s: So long the client's threads waited for a CPU.

        judge: Asserts what the race is to show.
    """

    missed: int
    queued_s: float
    judge: Callable[[], None]


def at_the_machines_pace(play: Callable[[float, int], Played], rate: float) -> None:
    """
    Let *play* play a race at *rate* ticks a second and judge it; slower when the machine was too busy for it.

    Args:
        play: Is given the rate and the number of the attempt, for names of its own.
    """
    attempt, present = 0, rate
    while True:
        began_s = time.monotonic()
        played = play(present, attempt)
        print(f"{present:g} ticks a second: {played.missed} missed, {time.monotonic() - began_s:.0f} s")
        if played.missed == 0:
            played.judge()
            return
        missed_s = played.missed / present
        said = f"{played.missed} ticks missed at {present:g} a second, {played.queued_s:.2f} s in the queue for a CPU"
        assert present > REAL_RATE or played.queued_s >= missed_s, said
        try:
            played.judge()
        except AssertionError as wrong:
            assert present > SLOWEST_RATE, f"{said}: {wrong}"
            print(f"played again: {str(wrong)[:2000]}")
        else:
            return
        attempt, present = attempt + 1, present / 2


def queued_s(client: Client) -> float:
    """Return how long the threads of a running client have waited for a CPU so far."""
    assert client.process is not None
    waited_ns = 0
    for task in Path(f"/proc/{client.process.pid}/task").iterdir():
        try:
            waited_ns += int((task / "schedstat").read_text().split()[1])
        except (OSError, IndexError):
            continue  # it has just ended
    return waited_ns / 1e9


def missed_ticks(log: str) -> int:
    """Add up what the client's log says of each of its connections."""
    return sum(map(int, _MISSED.findall(log)))
