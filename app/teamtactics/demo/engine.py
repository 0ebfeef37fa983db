"""
Plays a script: the world at every tick, sixty times a second, always the same for the same script.

    for world in ticks(script):
        frame = views.frame(world, member_id)

No clock, no file, no global random number. Behaviour follows telemetry/SIMULATOR.md: each quirk names its paragraph.
"""

from __future__ import annotations

from collections.abc import Iterator
from random import Random

from teamtactics.demo import conditions
from teamtactics.demo.actions import (
    ActiveReset,
    DriveThrough,
    LeaveCar,
    PlacedAction,
    PutBack,
    Reset,
    SlowLap,
    Stop,
    Tow,
    Untimed,
)
from teamtactics.demo.car import BRAKING, Car
from teamtactics.demo.doubts import Doubts
from teamtactics.demo.pits import Pits
from teamtactics.demo.put import Put
from teamtactics.demo.script import Script, Session, StartKind
from teamtactics.demo.world import World
from teamtactics.model.frame import OFF_TRACK

GET_IN_CAR, WARM_UP, PARADE, RACING, CHECKERED, COOL_DOWN = 1, 2, 3, 4, 5, 6
"""``SessionState`` (SIMULATOR#state)."""
GREEN_FLAG, CHECKERED_FLAG = 0x4, 0x1

_PARADE_MPS = 22.0
_GRID_BEFORE_LINE_M = 25.0
_GREEN_BEFORE_LINE_M = 150.0
_CHECKERED_PART = 0.4
"""The leader finishes, and everybody sees the flag, in this part of the own last lap (SIMULATOR#finish)."""


def ticks(script: Script) -> Iterator[World]:
    """
    Yield the world at every tick of *script*; it is one object that changes.

    Raises:
        ValueError: The script cannot be driven: out of fuel, or an action that lies behind the car.
    """
    world = World(script)
    car = Car(world, script)
    for num, session in enumerate(script.sessions):
        if num:
            world.begin(num)
            car.begin()
        yield from _Stage(world, car, session).play()


class _Stage:
    """One session from its first tick to its last."""

    def __init__(self, world: World, car: Car, session: Session) -> None:
        self.world = world
        self.car = car
        self.session = session
        self.script = world.script
        self.pits = Pits(world, car)
        self.put = Put(self.pits)
        self._untimed = {action.lap for action in session.actions if isinstance(action, Untimed)}
        self._slow = {action.lap: action.factor for action in session.actions if isinstance(action, SlowLap)}
        self._to_do = [action for action in session.actions if not isinstance(action, Untimed | SlowLap)]
        self._quirk_chance = Random(f"{self.script.seed}:{world.session_num}:quirks")
        self._doubts = Doubts(world, car, self._quirk_chance)
        car.on_crossing = self._new_lap
        self._set_pace()

    def play(self) -> Iterator[World]:
        """Yield every tick of the session."""
        self._doubts.start()
        self.car.after(600.0, self._change_temperature)
        driver = self.session.first_driver or self.script.members[0].customer_id
        if self.session.start is StartKind.PITS:
            yield from self._start_from_pits(driver)
        else:
            yield from self._start_race(driver)
        yield from self._laps(self.session.laps)
        if self.session.is_race:
            yield from self._laps(self.session.laps + self.session.cool_down_laps)
        yield from self._go_on(self.session.tail_s)
        self.pits.leave_world()
        yield from self.pits.stand(self.session.after_s)

    def _start_from_pits(self, driver: int) -> Iterator[World]:
        if self.session.is_race:
            self.world.state = GET_IN_CAR
        yield from self.pits.stand(2.0)
        yield from self.pits.get_in(driver)
        yield from self.pits.stand(3.0)
        if self.session.is_race:
            self._green()
        yield from self.pits.leave()

    def _start_race(self, driver: int) -> Iterator[World]:
        world, length = self.world, self.car.length_m
        world.state = GET_IN_CAR
        yield from self.pits.stand(2.0)
        world.dist = length - _GRID_BEFORE_LINE_M if self.session.start is StartKind.GRID else length / 2
        yield from self.pits.get_in(driver, on_grid=True)
        yield from self.pits.stand(2.0)
        world.state = WARM_UP
        yield from self.pits.stand(1.0)
        if self.session.start is StartKind.ROLLING:
            world.state = PARADE
            yield from self.car.drive(
                length - _GREEN_BEFORE_LINE_M - world.dist, _PARADE_MPS, _PARADE_MPS, arrive=self._green
            )
        else:
            self._green()

    def _green(self) -> None:
        """Green: lap 1 of a race is timed from here, not from the line (SIMULATOR#lap-one)."""
        world = self.world
        world.state = RACING
        world.flags |= GREEN_FLAG
        self.car.green_time = world.session_time
        world.current_lap_start = world.session_time

        def put_away() -> None:
            world.flags &= ~GREEN_FLAG

        self.car.after(4.0, put_away)

    def _laps(self, wanted: int) -> Iterator[World]:
        """Drive until *wanted* laps are completed, doing on the way what the script says."""
        world, car = self.world, self.car
        while world.lap_completed < wanted:
            action = self._next_action()
            if action is None:
                yield from car.drive(car.length_m - world.dist, car.cruise_mps, car.cruise_mps)
            else:
                self._to_do.remove(action)
                yield from self._do(action)

    def _next_action(self) -> PlacedAction | None:
        due = [action for action in self._to_do if action.lap == self.world.lap]
        if not due:
            return None
        action = min(due, key=self._position)
        if self._position(action) < self.world.dist:
            raise ValueError(f"script {self.script.name!r}: the car is past {action}")
        return action

    def _position(self, action: PlacedAction) -> float:
        if isinstance(action, Tow | Reset | LeaveCar | ActiveReset):
            return action.pct * self.car.length_m
        return self.script.track.pit_entry_m - self.pits.ROAD_M

    def _do(self, action: PlacedAction) -> Iterator[World]:
        way = self._position(action) - self.world.dist
        pace = self.car.cruise_mps
        if isinstance(action, Stop):
            yield from self.pits.stop(action)
        elif isinstance(action, DriveThrough):
            yield from self.pits.drive_through()
        elif isinstance(action, PutBack):
            yield from self.put.put_back(action)
        elif isinstance(action, Tow):
            yield from self.car.drive(way, pace, pace)
            if not action.is_crash:
                yield from self._break_down()
            yield from self.put.tow(action)
        elif isinstance(action, Reset):
            yield from self.car.drive(way, pace, pace)
            yield from self.put.reset(action)
        elif isinstance(action, ActiveReset):
            yield from self.car.drive(way, pace, pace)
            yield from self.put.back_on_track(action)
        elif isinstance(action, LeaveCar):
            yield from self.car.drive(way, pace, pace)
            yield from self.put.leave_and_return(action)

    def _break_down(self) -> Iterator[World]:
        """Leave the track and come to rest there."""
        self.world.surface = OFF_TRACK
        self.car.show_others()
        speed = self.car.speed_mps
        yield from self.car.drive(speed * speed / (2.0 * BRAKING), speed, 0.0)
        self.car.settle(from_driving=True)
        yield from self.pits.stand(2.0)

    def _go_on(self, seconds: float) -> Iterator[World]:
        """Drive on for about *seconds* after the last lap, at half pace, without reaching the line."""
        pace = self.car.cruise_mps / 2.0
        way = min(seconds * pace, (self.car.length_m - self.world.dist) / 2.0)
        yield from self.car.drive(way, pace, pace)

    def _new_lap(self) -> None:
        world = self.world
        self.pits.unset.cross_line()
        missed = [action for action in self._to_do if action.lap < world.lap]
        if missed:
            raise ValueError(f"script {self.script.name!r}: {missed[0]} lies behind the car")
        self.car.is_timed = world.lap not in self._untimed
        self._set_pace()
        self.car.after(conditions.PART * self.car.length_m / self.car.cruise_mps, lambda: conditions.change(world))
        if self.session.is_race:
            self._wave_flags()

    def _set_pace(self) -> None:
        world, script = self.world, self.script
        chance = Random(f"{script.seed}:{world.session_num}:lap{world.lap}")
        lap_time = script.lap_time_s * (1.0 + script.variation * chance.uniform(-1.0, 1.0))
        if self.session.is_race and world.lap > self.session.laps:
            lap_time *= 1.2
        self.car.cruise_mps = self.car.length_m / (lap_time * self._slow.get(world.lap, 1.0))

    def _wave_flags(self) -> None:
        world = self.world
        part = _CHECKERED_PART * self.car.length_m / self.car.cruise_mps

        def checkered() -> None:
            world.state = CHECKERED
            world.flags |= CHECKERED_FLAG

        def cool_down() -> None:
            world.state = COOL_DOWN

        if world.lap == self.session.laps:
            self.car.after(part, checkered)
        elif world.lap == self.session.laps + 1:
            self.car.after(part, cool_down)

    def _change_temperature(self) -> None:
        """The track temperature moves in steps of 1 °F (SIMULATOR#track-temp)."""
        self.world.track_temp = round(self.world.track_temp + self._quirk_chance.choice((-5, 0, 5)) / 9.0, 3)
        self.car.after(600.0, self._change_temperature)
