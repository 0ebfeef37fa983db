"""
What is wrong with what the simulators show: torn ticks, clocks that run away, flags that lie, variables left out.

Variables that nobody set in a tick read zero, each alone, at any time, and longer where a seat is taken. A tick's
buffer is zeroed first and filled variable by variable (SIMULATOR#tick, SIMULATOR#unset). How often that happens, and
which variables it spares, nobody has measured: any of them, some times a minute.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from random import Random

from teamtactics.demo.car import RATE, Car
from teamtactics.demo.world import Quirk, World

OF_DRIVER = (
    "lap",
    "lap_completed",
    "lap_dist",
    "lap_dist_pct",
    "lap_last_lap_time",
    "lap_current_lap_time",
    "fuel_level",
    "on_pit_road",
    "player_track_surface",
    "player_car_in_pit_stall",
    "pitstop_active",
    "pit_sv_flags",
    "player_car_tow_time",
    "pit_repair_left",
    "pit_opt_repair_left",
    "speed",
    "player_tire_compound",
)
OF_EVERYBODY = (
    "session_time",
    "session_num",
    "session_unique_id",
    "session_state",
    "session_flags",
    "session_time_of_day",
    "session_tick",
    "is_on_track_car",
    "track_temp",
    "air_temp",
    "track_wetness",
    "weather_declared_wet",
    "player_car_team_incident_count",
    "car_lap",
    "car_lap_completed",
    "car_last_lap_time",
    "car_on_pit_road",
    "car_track_surface",
)
OF_COUNTERS = ("lap", "lap_completed")

_AT_LINE = 0.3
"""Of the lines so many are crossed in such a tick: else it would never be seen what that does."""
_COUNTERS_TICKS, _OTHERS_TICKS = 30, 4
"""The counters come "some ticks after the seat" (SIMULATOR#seat), the others sooner; nobody has counted either."""


class Unset:
    """Decides which variables of whose simulator nobody sets; ``World.unset`` has them while it lasts."""

    def __init__(self, world: World, car: Car) -> None:
        self._world, self._car = world, car
        quirks = world.script.quirks
        self._per_minute, self._is_seat_slow = quirks.unset, quirks.slow_seat
        self._chance = Random(f"{world.script.seed}:{world.session_num}:unset")
        if self._per_minute > 0.0:
            self._plan()

    def take_seat(self, driver: int, glitch_ticks: int) -> None:
        """
        *driver* gets in: behind the ticks of rubbish each variable comes by itself (SIMULATOR#seat, SIMULATOR#unset).
        """
        if not self._is_seat_slow:
            return
        late = glitch_ticks + self._chance.randint(0, _COUNTERS_TICKS)
        self._unset(driver, OF_COUNTERS, late)
        for name in OF_DRIVER[2:]:
            if self._chance.random() < 0.3:
                self._unset(driver, (name,), glitch_ticks + self._chance.randint(0, _OTHERS_TICKS))

    def cross_line(self) -> None:
        """The car crosses the line: sometimes in a tick in which something is not set."""
        driver = self._world.driver
        if self._per_minute > 0.0 and driver is not None and self._chance.random() < _AT_LINE:
            self._unset(driver, (self._chance.choice(OF_DRIVER + OF_EVERYBODY),), 1)

    def _plan(self) -> None:
        world = self._world

        def strike() -> None:
            member = self._chance.choice(world.script.members).customer_id
            names = OF_DRIVER + OF_EVERYBODY if world.driver == member else OF_EVERYBODY
            self._unset(member, (self._chance.choice(names),), 1)
            self._plan()

        self._car.after(1.0 + self._chance.expovariate(self._per_minute / 60.0), strike)

    def _unset(self, member: int, names: Sequence[str], ticks: int) -> None:
        """Let *names* read zero for *member* in this tick and the following, *ticks* in all."""
        world = self._world
        unset = world.unset.setdefault(member, {})
        until = world.tick + ticks
        unset.update({name: max(until, unset.get(name, 0)) for name in names})

        def over() -> None:
            left = {name: tick for name, tick in world.unset.get(member, {}).items() if tick > world.tick}
            if left:
                world.unset[member] = left
            else:
                world.unset.pop(member, None)

        self._car.after(ticks / 60.0, over)


class Doubts:
    """
    Plans what is wrong for everybody; ``script.Quirks`` says what, and by which paragraph of SIMULATOR.md.

    Args:
        chance: When single ticks are torn or missed.
    """

    def __init__(self, world: World, car: Car, chance: Random) -> None:
        self._world, self._car = world, car
        self._quirk_chance = chance
        self._shown_chance = Random(f"{world.script.seed}:{world.session_num}:shown")

    def start(self) -> None:
        """Plan all that the script asks for."""
        quirks = self._world.script.quirks
        for quirk, per_minute in (
            (Quirk.FUEL_ZERO, quirks.fuel_zero),
            (Quirk.ZERO_FRAME, quirks.zero_frame),
            (Quirk.MISSED, quirks.missed),
        ):
            if per_minute > 0.0:
                self._plan_quirk(quirk, per_minute)
        if quirks.slew:
            self._plan_slew()
        if quirks.clock_falls:
            self._plan_fall()
        if quirks.no_team > 0.0:
            self._plan_no_team()
        if quirks.wrong_flag > 0.0:
            self._plan_wrong_flag()

    def _plan_slew(self) -> None:
        """Let the clock run away from the ticks as it was measured: soon after the begin, and once more later."""
        way = self._shown_chance.choice((-1.0, 1.0))
        spells = ((0.0, 10.0, 0.17 * way), (self._shown_chance.uniform(15.0, 200.0), 110.0, 1.07))
        for from_s, for_s, by_s in spells:
            self._car.after(from_s, partial(self._slew, by_s / for_s / RATE))
            self._car.after(from_s + for_s, partial(self._slew, 0.0))

    def _slew(self, per_tick_s: float) -> None:
        self._car.slew_per_tick_s = per_tick_s

    def _plan_fall(self) -> None:
        chance = self._shown_chance
        self._car.after(chance.uniform(20.0, 300.0), partial(self._car.set_back, chance.choice((0.883, 1.05, 1.5))))

    def _plan_no_team(self) -> None:
        self._car.after(5.0 + self._shown_chance.expovariate(self._world.script.quirks.no_team / 60.0), self._lose_team)

    def _lose_team(self) -> None:
        self._name_team(False)
        self._car.after_text(0.1, partial(self._name_team, True))
        self._plan_no_team()

    def _name_team(self, is_named: bool) -> None:
        self._world.has_team = is_named
        self._world.text_version += 1

    def _plan_wrong_flag(self) -> None:
        world, chance = self._world, self._shown_chance

        def over() -> None:
            world.is_flag_wrong = False
            self._plan_wrong_flag()

        def begin() -> None:
            world.is_flag_wrong = True
            self._car.after(chance.choice((0.1, 1.0, 5.0, 30.0)), over)

        self._car.after(chance.expovariate(self._world.script.quirks.wrong_flag / 60.0), begin)

    def _plan_quirk(self, quirk: Quirk, per_minute: float) -> None:
        world = self._world

        def over() -> None:
            world.quirk = Quirk.NONE

        def strike() -> None:
            world.quirk = quirk
            self._car.after(0.0, over)
            self._plan_quirk(quirk, per_minute)

        self._car.after(1.0 + self._quirk_chance.expovariate(per_minute / 60.0), strike)
