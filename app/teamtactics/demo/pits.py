"""Everything that is done on pit road by driving there, and the way into the car."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from random import Random

from teamtactics.demo.actions import Service, Stop, Ticked
from teamtactics.demo.car import ACCELERATION, BRAKING, DT, STALL_BRAKING, Car
from teamtactics.demo.crew import BEGIN_S, Crew
from teamtactics.demo.doubts import Unset
from teamtactics.demo.world import World
from teamtactics.model.frame import APPROACHING_PITS, IN_PIT_STALL, NOT_IN_WORLD, ON_TRACK

_STALL_M = 5.0
_LEAVING_MPS = 0.75
"""``PlayerCarInPitStall`` drops between 0.70 and 0.79 m/s (SIMULATOR#stall)."""
_CHANGE_AT_LEAST_S, NIW_AT_LEAST_S = 0.05, 0.5
"""Who jumps out at once; a real change of drivers takes 0.5 to 1.5 s (SIMULATOR#change)."""
_PARKED_S = 0.6
"""``PlayerCarInPitStall`` rises so much later than the car stands, or sooner (SIMULATOR#stall, SIMULATOR#stop)."""
_ALL_BOXES = 0x7F
"""What ``PitSvFlags`` reads in the tick in which ``OnPitRoad`` falls at the exit (SIMULATOR#stop)."""
_HAND_S = 0.25
"""
Nobody ticks his boxes in the very tick behind the line: were the line's own tick torn (SIMULATOR#torn), nobody could
tell what was ticked in it.
"""
_HOLE_S = (0.016, 4.0)
"""A hole of 3.18 s was measured, 3 s behind the stall (SIMULATOR#lane-holes)."""


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
        self.unset = Unset(world, car)
        self._chance = Random(f"{world.script.seed}:{world.session_num}:pits")
        self._has_stood = False
        self._hole_chance = Random(f"{world.script.seed}:{world.session_num}:holes")

    def stand(self, seconds: float) -> Iterator[World]:
        """Stand where the car is, or wait while it is nowhere."""
        return self.car.stand(seconds)

    def stop(self, stop: Stop) -> Iterator[World]:
        """Come in, stand in the stall, be served, change drivers, leave."""
        self.car.after(_HAND_S, lambda: self._ask_for(stop))
        yield from self.come_in()
        limit = self.track.pit_limit_mps
        way = self.track.ahead(self.world.dist, self.track.stall_m)
        self._plan_hole(way - _STALL_M)
        if stop.ticked is Ticked.LANE:
            self.car.after(self._chance.uniform(0.0, (way - _STALL_M) / limit), lambda: self._tick_boxes(stop.service))
        yield from self.into_stall(way, lambda: self._show_crew(stop))
        yield from self.be_served(stop)
        yield from self.leave()

    def into_stall(self, way_m: float, arrive: Callable[[], None] = lambda: None) -> Iterator[World]:
        """
        Drive the *way_m* ahead to the stall and stop there; its surface begins some metres before (SIMULATOR#stop).
        """
        limit, at_stall = self.track.pit_limit_mps, math.sqrt(2.0 * STALL_BRAKING * _STALL_M)

        def begin() -> None:
            self._surface(IN_PIT_STALL)
            arrive()

        yield from self.car.drive(way_m - _STALL_M, limit, at_stall, arrive=begin, braking=STALL_BRAKING)
        yield from self.car.drive(_STALL_M, limit, 0.0, braking=STALL_BRAKING)
        self.car.settle(from_driving=True)

    def drive_through(self) -> Iterator[World]:
        """Come in and go on to the exit without standing."""
        yield from self.come_in()
        yield from self._to_exit()

    def leave(self) -> Iterator[World]:
        """Start from the stall and drive to the end of the exit road."""
        world = self.world
        self.car.work = None
        world.pitstop_active = False
        limit = self.track.pit_limit_mps
        yield from self.car.drive(_LEAVING_MPS**2 / (2.0 * ACCELERATION), limit, limit, arrive=self._out_of_stall)
        yield from self.car.drive(_STALL_M, limit, limit, arrive=lambda: self._surface(APPROACHING_PITS))
        self._has_stood = True
        yield from self._to_exit()

    def get_in(self, driver: int, on_grid: bool = False) -> Iterator[World]:
        """*driver* appears in the car: one or two ticks of rubbish, then all is real (SIMULATOR#spawn)."""
        world = self.world
        if on_grid:
            world.pit_flags = world.script.rearm_flags
        else:
            world.dist = self.track.stall_m
        world.driver, world.crashed = driver, None
        world.in_car = world.script.car.in_car
        world.in_world = True
        world.on_pit_road = world.in_stall = not on_grid
        world.surface = ON_TRACK if on_grid else IN_PIT_STALL
        self.car.settle(from_driving=False)
        self._name_in_text(driver)
        glitch_ticks = self._chance.choice((1, 1, 2))
        self.unset.take_seat(driver, glitch_ticks)
        yield from self.glitch(glitch_ticks)

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

    def come_in(self) -> Iterator[World]:
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
        self._plan_hole(way)
        yield from car.drive(way, track.pit_limit_mps, track.pit_limit_mps, arrive=self._off_pit_road)
        yield from car.drive(self.ROAD_M, car.cruise_mps, car.cruise_mps, arrive=lambda: self._surface(ON_TRACK))

    def be_served(self, stop: Stop) -> Iterator[World]:
        """Stand until the crew is done and, where the script says so, another driver sits in the car."""
        world, car = self.world, self.car
        parked_s = self._chance.uniform(0.0, _PARKED_S)
        begin_s = parked_s + BEGIN_S
        if stop.ticked is Ticked.STALL:
            # At the latest in the tick before the driver is gone, and before the crew begins.
            late_s = self._chance.uniform(0.0, 3.0)
            late_s = late_s if stop.next_driver is None else min(late_s, stop.change_after_s - 2 * DT)
            self.car.after(late_s, lambda: self._tick_boxes(stop.service))
            begin_s += max(0.0, late_s)
        self.car.after(parked_s, self.park)
        crew = Crew(world, stop.service, begin_s, stop.filling)
        car.work = crew.work
        if stop.next_driver is not None:
            crew.is_changing = True
            yield from self.stand(max(_CHANGE_AT_LEAST_S, stop.change_after_s))
            self.leave_world()
            yield from self.stand(max(NIW_AT_LEAST_S, stop.away_s))
            yield from self.get_in(stop.next_driver)
            yield from self.stand(0.5)
            crew.is_changing = False
        yield from self.stand(max(1.0, stop.wait_s))
        while not crew.is_done:
            yield from self.stand(0.1)
        yield from self.stand(0.5 + self._chance.random())

    def glitch(self, count: int, is_placed: bool = False) -> Iterator[World]:
        """
        Show *count* ticks of rubbish (SIMULATOR#reset, SIMULATOR#spawn); where *is_placed*, that it was put is noted
        already.
        """
        world = self.world
        if not is_placed:
            world.placements += 1
        world.is_glitch = True
        self.car.show_others()
        yield from self.stand(count * DT)
        world.is_glitch = False

    def place_in_stall(self) -> None:
        """The car stands in its stall from one tick to the next."""
        world = self.world
        world.placements += 1
        world.dist = self.track.stall_m
        world.on_pit_road = world.in_stall = True
        world.speed = self.car.speed_mps = 0.0
        self.car.settle(from_driving=False)
        self._surface(IN_PIT_STALL)

    def request(self, service: Service) -> None:
        """Let the driver tick the boxes of *service*."""
        self.world.pit_flags = self.world.requested_flags = service.flags

    def _ask_for(self, stop: Stop) -> None:
        self.request(stop.service)
        if stop.ticked is not Ticked.BEFORE:
            self.world.pit_flags = stop.first_flags

    def _tick_boxes(self, service: Service) -> None:
        self.world.pit_flags = service.flags

    def _show_crew(self, stop: Stop) -> None:
        """``PitstopActive`` comes on before the car stands, for a blink where nothing is asked (SIMULATOR#service)."""
        world, chance = self.world, self._chance
        if chance.random() < 0.5:
            return

        def off() -> None:
            world.pitstop_active = False

        def on() -> None:
            world.pitstop_active = True
            if not stop.service.flags or stop.ticked is Ticked.STALL:
                self.car.after(2 * DT, off)

        self.car.after(chance.uniform(0.0, 1.4), on)

    def park(self) -> None:
        """Let ``PlayerCarInPitStall`` rise."""
        self.world.in_stall = True

    def _out_of_stall(self) -> None:
        """Optional repairs that nobody waited for are gone (SIMULATOR#repair)."""
        self.world.in_stall = False
        self.world.opt_repair_left = 0.0

    def _arm_boxes(self) -> None:
        """Leaving pit road arms the boxes of the next stop (SIMULATOR#stop)."""
        world = self.world

        def settle() -> None:
            world.pit_flags = world.script.rearm_flags

        world.pit_flags = _ALL_BOXES
        self.car.after(DT, settle)

    def _plan_hole(self, way_m: float) -> None:
        """
        Let ``OnPitRoad`` read False for a while on the *way_m* ahead in the lane, surface 2 (SIMULATOR#lane-holes).
        """
        world, chance = self.world, self._hole_chance
        if chance.random() >= world.script.quirks.pit_road_hole:
            return
        # Who accelerates or brakes needs longer: the hole is over before the way is.
        last_s = way_m / self.track.pit_limit_mps - 0.2
        from_s = chance.uniform(0.1, max(0.1, last_s))
        until_s = min(last_s, from_s + chance.uniform(*_HOLE_S))
        if until_s > from_s:
            self.car.after(from_s, lambda: self._hole(True))
            self.car.after(until_s, lambda: self._hole(False))

    def _hole(self, is_open: bool) -> None:
        self.world.pit_road_hole = is_open
        self.car.show_others()

    def _onto_pit_road(self) -> None:
        self.world.on_pit_road = True
        self.car.show_others()

    def _off_pit_road(self) -> None:
        self.world.on_pit_road = False
        if self._has_stood:
            self._arm_boxes()
        self._has_stood = False
        self.car.show_others()

    def _surface(self, surface: int) -> None:
        self.world.surface = surface
        self.car.show_others()

    def _name_in_text(self, driver: int) -> None:
        """The session text names the new driver 2 to 5 s later (SIMULATOR#change)."""
        world = self.world
        if world.text_driver == driver:
            return

        def arrive() -> None:
            world.text_driver = driver
            world.text_version += 1

        late_s, lag_s = 2.0 + self._chance.random(), self.world.script.quirks.text_lag_s
        if lag_s is None:
            self.car.after_text(late_s, arrive)
        else:
            self.car.after(lag_s[0] + (late_s - 2.0) * (lag_s[1] - lag_s[0]), arrive)
