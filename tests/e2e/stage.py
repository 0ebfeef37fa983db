"""
A scripted race in memory images, played beside the test that looks at the clients which read them.

    with Stage(script, folder) as stage:
        client = Client(folder / "ada", {"simulate": str(stage.images[410_001])}, firestore)
        ...
        stage.go()
        stage.until("Ben is in the car")

The simulators publish at their own pace and wait for nobody. What the machine does not let them do in time is done
later, never in a burst: no client sees a race that runs faster than it may.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Mapping
from contextlib import closing
from pathlib import Path

from e2e.client import until
from race_sim.image_race import ImageRace
from race_sim.member_image import MemberImage
from teamtactics.demo.engine import ticks
from teamtactics.demo.script import Script
from teamtactics.demo.world import World

RATE = 60.0
"""Ticks a second of the simulator."""


class Stage:
    """
    Args:
        marks: What is waited for, by name: whether it holds in a tick.

        make_image: Makes a member's image for a path.

        rate: Ticks a second.

    Attributes:
        images: Path of each member's image by customer id; they hold the first tick.

        session_time_s: How far the session has come.

        rate: May be changed while it is played.

        held: When each mark has first held: session time, s, and the clock on the wall (monotonic), s.
    """

    def __init__(
        self,
        script: Script,
        folder: Path,
        marks: Mapping[str, Callable[[World], bool]],
        make_image: Callable[[Path], MemberImage] = MemberImage,
        rate: float = RATE,
    ) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self.images = {member.customer_id: folder / f"{member.customer_id}.dump" for member in script.members}
        self.session_time_s = 0.0
        self._marks = dict(marks)
        self.held: dict[str, tuple[float, float]] = {}
        self._race = ImageRace(script, self.images, make_image=make_image)
        self._worlds = ticks(script)
        self._race.show(next(self._worlds))
        self.rate = rate
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._play, name="stage")

    def __enter__(self) -> Stage:
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        if self._thread.is_alive():
            self._thread.join()
        elif self._thread.ident is None:
            self._race.close()

    def go(self) -> None:
        """Let the race begin."""
        self._thread.start()

    def until(self, mark: str, limit_s: float = 120.0) -> None:
        """Wait until *mark* has held."""
        until(lambda: mark in self.held or not self._thread.is_alive(), limit_s, lambda: f"{mark} did not happen")
        assert mark in self.held, f"the race ended before {mark}"

    def since(self, mark: str) -> tuple[float, float]:
        """Return how long ago *mark* first held, s: of the session, and by the clock on the wall."""
        session_s, wall_s = self.held[mark]
        return self.session_time_s - session_s, time.monotonic() - wall_s

    def until_end(self, limit_s: float = 300.0) -> None:
        """Wait until the race is over and the simulators have ended."""
        self._thread.join(limit_s)
        assert not self._thread.is_alive(), f"the race was not over after {limit_s:.0f} s"

    def _play(self) -> None:
        due_s = time.monotonic()
        with closing(self._race):
            for world in self._worlds:
                due_s = max(due_s + 1.0 / self.rate, time.monotonic())
                if self._stop.wait(max(0.0, due_s - time.monotonic())):
                    return
                self._race.show(world)
                self.session_time_s = world.session_time
                for name in [name for name, holds in self._marks.items() if holds(world)]:
                    del self._marks[name]
                    self.held[name] = (world.session_time, time.monotonic())
