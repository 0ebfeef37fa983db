"""The pit crew: what it does, tick by tick, while the car stands in its stall, with or without a driver in it."""

from __future__ import annotations

from teamtactics.demo.actions import FAST_REPAIR_FLAG, FUEL_FLAG, TEAR_OFF_FLAG, Service
from teamtactics.demo.car import DT, RATE
from teamtactics.demo.world import World

_BEGIN_S = 0.6
"""Service begins this long after the car stands (field guide 7.4: 0.2 to 0.5 s)."""
_BLINK_TICKS = 2
_TYRE_S = 3.0
_TEAR_OFF_S = 2.0


class Crew:
    """
    Serves one request. ``PitSvFlags`` boxes clear as they are served (field guide 7.5).

    Attributes:
        is_done: True when nothing is left that the driver waits for.
    """

    def __init__(self, world: World, service: Service) -> None:
        self._world = world
        self._service = service
        self._ticks = 0
        self._fuel_left = service.fuel_l
        tyres = [bit for bit in (1, 2, 4, 8) if service.tyres & bit]
        self._tyre_done = [(round((_BEGIN_S + _TYRE_S * (n + 1)) * RATE), bit) for n, bit in enumerate(tyres)]
        self.is_done = False
        world.repair_left = service.repair_s
        world.opt_repair_left = service.optional_repair_s

    def work(self) -> None:
        """Work for one tick."""
        self._ticks += 1
        if self.is_done or self._ticks < _BEGIN_S * RATE:
            return
        self._world.pitstop_active = True
        fuelling, changing, repairing = self._fill(), self._change_tyres(), self._repair()
        self._small_things()
        # Even with nothing asked for the crew is shown at work for a tick or two (field guide 7.4).
        is_blinking = self._ticks < (_BEGIN_S * RATE) + _BLINK_TICKS
        self.is_done = not (fuelling or changing or repairing or is_blinking)
        if self.is_done:
            self._world.pitstop_active = False
            self._world.pit_flags &= ~self._service.flags

    def _fill(self) -> bool:
        world, car = self._world, self._world.script.car
        portion = min(self._fuel_left, car.fuel_rate_lps * DT, car.fuel_max_l - world.fuel)
        if portion <= 0.0:
            self._fuel_left = 0.0
            world.pit_flags &= ~FUEL_FLAG
            return False
        world.fuel += portion
        world.fuel_delivered += portion
        self._fuel_left -= portion
        return True

    def _change_tyres(self) -> bool:
        while self._tyre_done and self._ticks >= self._tyre_done[0][0]:
            self._world.pit_flags &= ~self._tyre_done.pop(0)[1]
            self._world.tire_compound = int(self._world.weather_declared_wet)
        return bool(self._tyre_done)

    def _repair(self) -> bool:
        world = self._world
        if world.repair_left > 0.0:
            world.repair_left = max(0.0, world.repair_left - DT)
            return True
        if world.opt_repair_left > 0.0 and self._service.serves_optional:
            world.opt_repair_left = max(0.0, world.opt_repair_left - DT)
            return True
        return False

    def _small_things(self) -> None:
        self._world.pit_flags &= ~FAST_REPAIR_FLAG
        if self._ticks >= (_BEGIN_S + _TEAR_OFF_S) * RATE:
            self._world.pit_flags &= ~TEAR_OFF_FLAG
