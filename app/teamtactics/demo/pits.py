"""Everything that happens on pit road, in the stall and on the way into the car."""

from __future__ import annotations

import math
from collections.abc import Iterator
from random import Random

from teamtactics.demo.actions import LeaveCar, Reset, Service, Stop, Tow
from teamtactics.demo.car import ACCELERATION, BRAKING, DT, STALL_BRAKING, Car
from teamtactics.demo.crew import Crew
from teamtactics.demo.world import World
from teamtactics.model.frame import APPROACHING_PITS, IN_PIT_STALL, NOT_IN_WORLD, ON_TRACK

_STALL_M = 5.0
_LEAVING_MPS = 0.75
"""``PlayerCarInPitStall`` drops between 0.70 and 0.79 m/s (field guide 7.3)."""
_SHOWN_ON_TRACK_S = 0.25
"""``PlayerCarTowTime`` is there before the car is on pit road (field guide 9.2)."""
_NIW_AT_LEAST_S = 2.0


class Pits:
    """
    The pit road as a place where things are done with the car.

    Attributes:
        ROAD_M: Approach and exit road reach this far beyond the cones (surface 2 without ``OnPitRoad``).
    """

    ROAD_M = 40.0

    def __init__(self, world: World, car: Car) -> None:
        self.world = world
        self.car = car
        self.track = world.script.track
        self._chance = Random(f"{world.script.seed}:{world.session_num}:pits")

    def stand(self, seconds: float) -> Iterator[World]:
        """Stand where the car is, or wait while it is nowhere."""
        return self.car.stand(seconds)

    def stop(self, stop: Stop) -> Iterator[World]:
        """Come in, stand in the stall, be served, change drivers, leave."""
        self._request(stop.service)  # the driver sets the boxes before pit entry
        yield from self._come_in()
        limit = self.track.pit_limit_mps
        way = self.track.ahead(self.world.dist, self.track.stall_m)
        at_stall = math.sqrt(2.0 * STALL_BRAKING * _STALL_M)
        yield from self.car.drive(
            way - _STALL_M, limit, at_stall, arrive=lambda: self._surface(IN_PIT_STALL), braking=STALL_BRAKING
        )
        yield from self.car.drive(_STALL_M, limit, 0.0, braking=STALL_BRAKING)
        self.car.settle(from_driving=True)
        yield from self._be_served(stop)
        yield from self.leave()

    def drive_through(self) -> Iterator[World]:
        """Come in and go on to the exit without standing."""
        yield from self._come_in()
        yield from self._to_exit()

    def leave(self) -> Iterator[World]:
        """Start from the stall and drive to the end of the exit road."""
        world = self.world
        self.car.work = None
        world.pitstop_active = False
        limit = self.track.pit_limit_mps
        yield from self.car.drive(_LEAVING_MPS**2 / (2.0 * ACCELERATION), limit, limit, arrive=self._out_of_stall)
        yield from self.car.drive(_STALL_M, limit, limit, arrive=lambda: self._surface(APPROACHING_PITS))
        yield from self._to_exit()

    def get_in(self, driver: int, on_grid: bool = False) -> Iterator[World]:
        """*driver* appears in the car: one or two ticks of rubbish, then all is real (field guide 9.4)."""
        world = self.world
        if on_grid:
            world.pit_flags = world.script.rearm_flags
        else:
            world.dist = self.track.stall_m
        world.driver = driver
        world.in_car = world.script.car.in_car
        world.in_world = True
        world.on_pit_road = world.in_stall = not on_grid
        world.surface = ON_TRACK if on_grid else IN_PIT_STALL
        self.car.settle(from_driving=False)
        self._name_in_text(driver)
        yield from self._glitch(self._chance.choice((1, 1, 2)))

    def leave_world(self) -> None:
        """Whoever drives leaves the car: it is out of the world from the next tick on."""
        world = self.world
        if world.driver is not None:
            world.frozen_stall[world.driver] = world.in_stall
            world.last_driver, world.left_at_tick = world.driver, world.tick + 1
        world.driver = None
        world.in_world = False
        world.surface = NOT_IN_WORLD
        world.speed = 0.0
        self.car.speed_mps = 0.0
        self.car.show_others()

    def tow(self, tow: Tow) -> Iterator[World]:
        """Be towed to the stall and served there; there is no pit entry, and no time for the lap."""
        world, car = self.world, self.car
        car.is_timed = False
        if tow.service != Service():
            self._request(tow.service)
        else:
            world.requested_flags = world.pit_flags
        world.tow_left = tow.tow_s
        end = world.tick + round(tow.tow_s * 60)
        yield from self._towed(_SHOWN_ON_TRACK_S)
        if tow.leaves_car or tow.next_driver is not None:
            driver = world.driver if tow.next_driver is None else tow.next_driver
            self.leave_world()
            yield from self._towed(max(_NIW_AT_LEAST_S, tow.away_s))
            assert driver is not None, "a car that breaks down has a driver"
            yield from self.get_in(driver)
        else:
            self._place_in_stall()
        yield from self._towed(max(0.5, (end - world.tick) * DT))
        world.tow_left = 0.0
        yield from self._be_served(Stop(tow.lap, tow.service))
        yield from self.leave()

    def reset(self, reset: Reset) -> Iterator[World]:
        """Reset to the pits: one tick of rubbish with the new fuel level, then the car stands in its stall (9.3)."""
        self._cut_lap(reset.fuel_l)
        self._place_in_stall()
        yield from self._glitch(1, is_placed=True)
        yield from self.stand(3.0)
        yield from self.leave()

    def leave_and_return(self, action: LeaveCar) -> Iterator[World]:
        """Leave the car where it is; it comes back in its stall."""
        world = self.world
        driver = world.driver if action.next_driver is None else action.next_driver
        assert driver is not None, "a car on the track has a driver"
        self.leave_world()
        yield from self.stand(max(_NIW_AT_LEAST_S, action.away_s))
        self._cut_lap(action.fuel_l)
        yield from self.get_in(driver)
        yield from self.stand(3.0)
        yield from self.leave()

    def _come_in(self) -> Iterator[World]:
        """Drive to the entry cone, over the approach road."""
        car, track = self.car, self.track
        to_cone = track.ahead(self.world.dist, track.pit_entry_m)
        limit = track.pit_limit_mps
        at_road = math.sqrt(limit * limit + 2.0 * BRAKING * self.ROAD_M)
        yield from car.drive(
            to_cone - self.ROAD_M, car.cruise_mps, at_road, arrive=lambda: self._surface(APPROACHING_PITS)
        )
        yield from car.drive(self.ROAD_M, car.cruise_mps, limit, arrive=self._onto_pit_road)

    def _to_exit(self) -> Iterator[World]:
        car, track = self.car, self.track
        way = track.ahead(self.world.dist, track.pit_exit_m)
        yield from car.drive(way, track.pit_limit_mps, track.pit_limit_mps, arrive=self._off_pit_road)
        yield from car.drive(self.ROAD_M, car.cruise_mps, car.cruise_mps, arrive=lambda: self._surface(ON_TRACK))

    def _be_served(self, stop: Stop) -> Iterator[World]:
        """Stand until the crew is done and, where the script says so, another driver sits in the car."""
        world, car = self.world, self.car
        yield from self.stand(0.2)
        world.in_stall = True
        crew = Crew(world, stop.service)
        car.work = crew.work
        if stop.next_driver is not None:
            yield from self.stand(max(1.5, stop.change_after_s))
            self.leave_world()
            yield from self.stand(max(_NIW_AT_LEAST_S, stop.away_s))
            yield from self.get_in(stop.next_driver)
            yield from self.stand(1.5)
        yield from self.stand(max(1.0, stop.wait_s))
        while not crew.is_done:
            yield from self.stand(0.1)
        yield from self.stand(0.5 + self._chance.random())

    def _glitch(self, count: int, is_placed: bool = False) -> Iterator[World]:
        world = self.world
        if not is_placed:
            world.placements += 1
        world.is_glitch = True
        self.car.show_others()
        yield from self.stand(count * DT)
        world.is_glitch = False

    def _place_in_stall(self) -> None:
        world = self.world
        world.placements += 1
        world.dist = self.track.stall_m
        world.on_pit_road = world.in_stall = True
        world.speed = self.car.speed_mps = 0.0
        self.car.settle(from_driving=False)
        self._surface(IN_PIT_STALL)

    def _towed(self, seconds: float) -> Iterator[World]:
        world = self.world
        for _ in self.stand(seconds):
            yield world
            world.tow_left = max(0.0, world.tow_left - DT)

    def _cut_lap(self, fuel_l: float | None) -> None:
        self.car.is_timed = False
        self.car.was_cut = True
        self.world.requested_flags = self.world.pit_flags
        if fuel_l is not None:
            self.world.fuel = fuel_l

    def _request(self, service: Service) -> None:
        self.world.pit_flags = self.world.requested_flags = service.flags

    def _out_of_stall(self) -> None:
        """Leaving arms the boxes again, and optional repairs that nobody waited for are gone (field guide 7.5, 9.1)."""
        world = self.world
        world.in_stall = False
        world.opt_repair_left = 0.0
        world.pit_flags = world.script.rearm_flags

    def _onto_pit_road(self) -> None:
        self.world.on_pit_road = True
        self.car.show_others()

    def _off_pit_road(self) -> None:
        self.world.on_pit_road = False
        self.car.show_others()

    def _surface(self, surface: int) -> None:
        self.world.surface = surface
        self.car.show_others()

    def _name_in_text(self, driver: int) -> None:
        """The session text names the new driver 2 to 5 s later (field guide 11)."""
        world = self.world
        if world.text_driver == driver:
            return

        def arrive() -> None:
            world.text_driver = driver
            world.text_version += 1

        self.car.after_text(2.0 + self._chance.random(), arrive)
