"""Cars that are put somewhere instead of driving there: towed, reset, left and found again, back on the track."""

from __future__ import annotations

from collections.abc import Iterator

from teamtactics.demo.actions import ActiveReset, LeaveCar, PutBack, Reset, Service, Stop, Tow, Way
from teamtactics.demo.car import DT
from teamtactics.demo.pits import NIW_AT_LEAST_S, Pits
from teamtactics.demo.world import World

_SHOWN_ON_TRACK_S = 0.25
"""``PlayerCarTowTime`` is there before the car is on pit road (SIMULATOR#tow)."""


class Put:
    """Whatever puts the car of *pits* somewhere."""

    def __init__(self, pits: Pits) -> None:
        self.pits = pits
        self.world, self.car, self.track = pits.world, pits.car, pits.track

    def tow(self, tow: Tow) -> Iterator[World]:
        """Be towed to the stall and served there; there is no pit entry, and no time for the lap."""
        world, car = self.world, self.car
        car.is_timed = False
        if tow.service != Service():
            self.pits.request(tow.service)
        else:
            world.requested_flags = world.pit_flags
        world.tow_left = tow.tow_s
        end = world.tick + round(tow.tow_s * 60)
        is_left = tow.is_escape or tow.is_crash
        driver = world.driver if tow.next_driver is None else tow.next_driver
        if not is_left:
            yield from self._towed(_SHOWN_ON_TRACK_S)
        if is_left or tow.leaves_car or tow.next_driver is not None:
            if tow.is_crash:
                world.driver, world.crashed, world.last_driver = None, world.driver, None
                yield from self._towed(tow.stays_s)
            self.pits.leave_world()
            yield from self._towed(max(NIW_AT_LEAST_S, tow.away_s))
            assert driver is not None, "a car that breaks down has a driver"
            yield from self.pits.get_in(driver)
        else:
            self.pits.place_in_stall()
        yield from self._towed(max(0.5, (end - world.tick) * DT))
        world.tow_left = 0.0
        yield from self.pits.be_served(Stop(tow.lap, tow.service))
        yield from self.pits.leave()

    def reset(self, reset: Reset) -> Iterator[World]:
        """
        Reset to the pits: one tick of rubbish with the new fuel level, then the car stands in its stall
        (SIMULATOR#reset).
        """
        self._cut_lap(reset.fuel_l)
        self.pits.place_in_stall()
        yield from self.pits.glitch(1, is_placed=True)
        yield from self.pits.stand(3.0)
        yield from self.pits.leave()

    def leave_and_return(self, action: LeaveCar) -> Iterator[World]:
        """Leave the car where it is; it comes back in its stall."""
        world = self.world
        driver = world.driver if action.next_driver is None else action.next_driver
        assert driver is not None, "a car on the track has a driver"
        self.pits.leave_world()
        yield from self.pits.stand(max(NIW_AT_LEAST_S, action.away_s))
        self._cut_lap(action.fuel_l)
        yield from self.pits.get_in(driver)
        yield from self.pits.stand(3.0)
        yield from self.pits.leave()

    def put_back(self, action: PutBack) -> Iterator[World]:
        """Come in, and be put into the stall from the lane or from where the car stands in it already."""
        world, driver = self.world, self.world.driver
        yield from self.pits.come_in()
        way, limit = self.track.ahead(world.dist, self.track.stall_m), self.track.pit_limit_mps
        if action.in_stall:
            yield from self.pits.into_stall(way)
            self.pits.park()
            yield from self.pits.stand(2.0)
        else:
            yield from self.car.drive(way / 2.0, limit, limit)
        if action.way is Way.RESET:
            yield from self.reset(Reset(action.lap, 0.0, action.fuel_l))
            return
        assert driver is not None, "a car that is driven in has a driver"
        self.pits.leave_world()
        yield from self.pits.stand(action.away_s / 2.0)
        world.in_garage = driver if action.way is Way.GARAGE else None
        yield from self.pits.stand(action.away_s / 2.0)
        world.in_garage = None
        self._cut_lap(action.fuel_l)
        yield from self.pits.get_in(driver)
        yield from self.pits.stand(3.0)
        yield from self.pits.leave()

    def back_on_track(self, action: ActiveReset) -> Iterator[World]:
        """Be back at another place of the lap, with the fuel that the way from there has cost, at full pace."""
        world, car = self.world, self.car
        self._cut_lap(world.fuel + ((action.pct - action.to_pct) % 1.0) * world.script.car.per_lap_l)
        world.placements += 1
        world.dist = action.to_pct * self.track.length_m
        car.show_others()
        if action.shows_rubbish:
            speed = car.speed_mps
            yield from self.pits.glitch(1, is_placed=True)
            car.speed_mps = speed
        yield from car.drive(1.0, car.cruise_mps, car.cruise_mps)

    def _towed(self, seconds: float) -> Iterator[World]:
        world = self.world
        for _ in self.pits.stand(seconds):
            yield world
            world.tow_left = max(0.0, world.tow_left - DT)

    def _cut_lap(self, fuel_l: float | None) -> None:
        self.car.is_timed = False
        self.car.was_cut = True
        self.world.cuts += 1
        self.world.requested_flags = self.world.pit_flags
        if fuel_l is not None:
            self.world.fuel = fuel_l
