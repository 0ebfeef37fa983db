"""The world and its clients in step: nobody misses a tick, a dead or hanging client is found, the world can wait."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from race_sim.image_race import ImageRace
from race_sim.lockstep import RING, ClientLost, Lockstep, LockstepSource
from race_sim.named_scripts import ADA, script_named
from teamtactics.demo.engine import ticks
from teamtactics.errors import SimulatorGone

SCRIPT = script_named("drive-through")


class Reader:
    """A client's collector in short: reads until its simulator ends, and keeps the ticks."""

    def __init__(self, image: Path, address: Path, slow_s: float = 0.0) -> None:
        self.source = LockstepSource(image, address, "ada")
        self.ticks: list[int] = []
        self.missed = -1
        self._slow_s = slow_s
        self.thread = threading.Thread(target=self._read)
        self.thread.start()

    def _read(self) -> None:
        assert self.source.connect()
        while True:
            try:
                self.ticks += [frame.tick for frame in self.source.read(0.5)]
            except SimulatorGone:
                self.missed = self.source.missed_ticks
                return
            if self._slow_s:
                time.sleep(self._slow_s)


@pytest.fixture
def step(tmp_path: Path) -> Iterator[Lockstep]:
    made = Lockstep(tmp_path / "world.sock")
    yield made
    made.close()


@pytest.mark.parametrize("slow_s", [0.0, 0.002])
def test_a_client_sees_every_tick_however_fast_the_world_or_slow_the_client(
    slow_s: float, step: Lockstep, tmp_path: Path
) -> None:
    image = tmp_path / "ada.dump"
    race = ImageRace(SCRIPT, {ADA.customer_id: image})
    world = ticks(SCRIPT)
    race.show(next(world))
    reader = Reader(image, tmp_path / "world.sock", slow_s)
    step.await_here(["ada"], 5.0, lambda _: True)
    shown = 1
    for count, now in enumerate(world, 2):
        race.show(now)
        shown = count
        if count % RING == 0:
            step.look()
            step.await_seen()
        if count >= 900:
            break
    step.look()
    step.await_seen()
    race.close()
    reader.thread.join(5.0)
    assert reader.ticks == list(range(1, shown + 1))
    assert reader.missed == 0


def test_a_client_that_ends_is_lost_at_once(step: Lockstep, tmp_path: Path) -> None:
    image = tmp_path / "ada.dump"
    race = ImageRace(SCRIPT, {ADA.customer_id: image})
    race.show(next(ticks(SCRIPT)))
    reader = Reader(image, tmp_path / "world.sock")
    step.await_here(["ada"], 5.0, lambda _: True)
    race.close()
    reader.thread.join(5.0)
    reader.source.feed._end.close()
    began_s = time.monotonic()
    with pytest.raises(ClientLost, match="ada has died"):
        step.look()
        step.await_seen()
    assert time.monotonic() - began_s < 1.0


def test_a_client_that_never_comes_is_named(step: Lockstep) -> None:
    with pytest.raises(ClientLost, match="ben: not connected"):
        step.await_here(["ben"], 0.3, lambda _: True)
    with pytest.raises(ClientLost, match="ben: not connected"):
        step.await_here(["ben"], 30.0, lambda _: False)
