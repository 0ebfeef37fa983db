"""A stop at which the car changes hands twice: three drivers have their part in one lap."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from teamtactics.demo import engine
from teamtactics.demo.actions import Stop
from teamtactics.demo.pits import Pits
from teamtactics.demo.world import World


@dataclass(frozen=True, slots=True)
class Relay(Stop):
    """
    ``next_driver`` sits in the car while the crew works, gets out again, and ``third_driver`` leaves with it.

    Attributes:
        third_driver: Customer id.
    """

    third_driver: int = 0


class RelayPits(Pits):
    """The demo's pits, where a stop may be a ``Relay``."""

    def be_served(self, stop: Stop) -> Iterator[World]:
        yield from super().be_served(stop)
        if isinstance(stop, Relay):
            yield from self.stand(1.5)
            self.leave_world()
            yield from self.stand(max(2.0, stop.away_s))
            yield from self.get_in(stop.third_driver)
            yield from self.stand(2.5)


engine.Pits = RelayPits  # type: ignore[misc]  # a script of the demo has one change at a stop, and needs no more
