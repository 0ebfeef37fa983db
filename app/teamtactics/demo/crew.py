"""
The pit crew: what it does, tick by tick, while the car stands in its stall, with or without a driver in it.

Order and times are those of a real full service (SIMULATOR#stop): active before the car is parked, then the boxes
clear in this order: tear-off, fuel, the tyres one by one; active off some seconds after the last one.
"""

from __future__ import annotations

from teamtactics.demo.actions import FAST_REPAIR_FLAG, FUEL_FLAG, TEAR_OFF_FLAG, Filling, Service
from teamtactics.demo.car import DT, RATE
from teamtactics.demo.world import World

BEGIN_S = 0.66
"""``PlayerCarPitSvStatus`` 1 so long after the car is parked (SIMULATOR#stop)."""

_BLINK_TICKS = 2
"""Even with nothing asked for the crew is shown at work for a tick or two (SIMULATOR#service)."""

_TEAR_OFF_S = 1.44
_FIRST_TYRE_S, _TYRE_S, _PACKING_S = 1.0, 5.0, 4.5
"""From the fuel box to the first tyre, from tyre to tyre, from the last one to active off (SIMULATOR#stop)."""

_TYRE_ORDER = (2, 1, 4, 8)

_SLOW_REPAIR_S, _SLOW_PACE = 20.0, 0.25
"""The first seconds of repairing run at a quarter of the pace (SIMULATOR#repair)."""


class Crew:
    """
    Serves one request. ``PitSvFlags`` boxes clear as they are served (SIMULATOR#boxes).

    Attributes:
        is_changing: A driver change is still to come or under way; it is over half a second after the seat is taken.

        is_done: True when nothing is left that the driver waits for.
    """

    def __init__(self, world: World, service: Service, begin_s: float = BEGIN_S, filling: Filling = Filling.GOES_ON):
        self._world = world
        self._service = service
        self._filling = filling
        self._begin = round(begin_s * RATE)
        self._ticks = 0
        self._fuel_left = service.fuel_l
        self._tyres = [bit for bit in _TYRE_ORDER if service.tyres & bit]
        self._tyre_tick = round((_TYRE_S if not service.fuel_l else _FIRST_TYRE_S) * RATE)
        self._repair_ticks = 0
        self._packing = 0
        self._is_left = False
        self.is_changing = False
        self.is_done = False
        world.repair_left = service.repair_s
        world.opt_repair_left = service.optional_repair_s

    def work(self) -> None:
        """Work for one tick."""
        self._begin -= 1
        if self.is_done or self._begin >= 0:
            return
        self._ticks += 1
        world = self._world
        world.pitstop_active = True
        fuelling, repairing = self._fill(), self._repair()
        changing = fuelling or self._change_tyres()
        self._small_things()
        is_busy = fuelling or changing or repairing or self._ticks < _BLINK_TICKS
        self._packing = 0 if is_busy else self._packing + 1
        if not is_busy:
            world.pit_flags &= ~self._service.flags
        self.is_done = not is_busy and (not self._service.flags or self._packing >= _PACKING_S * RATE)
        if self.is_done:
            world.pitstop_active = False

    def _fill(self) -> bool:
        world, car = self._world, self._world.script.car
        if self._fuel_left > 0.0 and self.is_changing:
            self._is_left = self._is_left or world.driver is None
            if self._filling is Filling.WAITS or (self._filling is Filling.PAUSES and self._is_left):
                return True
            if self._filling is Filling.STOPS and world.driver is None:
                self._fuel_left = 0.0
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
        if not self._tyres:
            return False
        self._tyre_tick -= 1
        if self._tyre_tick <= 0:
            self._world.pit_flags &= ~self._tyres.pop(0)
            self._world.tire_compound = int(self._world.weather_declared_wet)
            self._tyre_tick = round(_TYRE_S * RATE)
        return True

    def _repair(self) -> bool:
        world = self._world
        if world.repair_left > 0.0:
            world.repair_left = max(0.0, world.repair_left - self._repaired_s())
            return True
        if world.opt_repair_left > 0.0 and self._service.serves_optional:
            world.opt_repair_left = max(0.0, world.opt_repair_left - self._repaired_s())
            return True
        return False

    def _repaired_s(self) -> float:
        self._repair_ticks += 1
        return DT * (_SLOW_PACE if self._repair_ticks <= _SLOW_REPAIR_S * RATE else 1.0)

    def _small_things(self) -> None:
        self._world.pit_flags &= ~FAST_REPAIR_FLAG
        if self._ticks >= _TEAR_OFF_S * RATE:
            self._world.pit_flags &= ~TEAR_OFF_FLAG
