"""How the scripted car moves, burns fuel and crosses the line: sixty steps a second."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from heapq import heappop, heappush
from random import Random

from teamtactics.demo.script import Script
from teamtactics.demo.world import World

RATE = 60
DT = 1.0 / RATE

ACCELERATION = 6.0
BRAKING = 10.0
STALL_BRAKING = 5.0
"""m/s². In the last metres to the stall, so that 1.0 and 0.5 m/s are crossed at definite ticks."""

IDLE_LPS = 0.0008
"""Burned by the running engine at rest (SIMULATOR#fuel: 60.0 → 59.9967 l in 4 s)."""

_ARRIVED_M = 0.003
_NEVER = 1 << 62
_REBOUND_FROM, _REBOUND_TICKS, _REBOUND_MPS = 25, 24, 0.386
"""After braking the car rocks once, up to 0.386 m/s within 2 s (SIMULATOR#speed)."""


class Car:
    """
    The moving part of the world: generators that yield once a tick, after that tick's world is complete.

    Attributes:
        cruise_mps: Full pace in the lap under way.

        green_time: When the race began; None outside races and before green.

        slew_per_tick_s: By so much the session's clock runs faster than the ticks.

        is_timed: False when the simulator will give the lap under way no time.

        was_cut: True when the car was put somewhere in the lap under way, so that its beginning does not count.
    """

    def __init__(self, world: World, script: Script) -> None:
        self.world = world
        self.script = script
        self.length_m = script.track.length_m
        self.cruise_mps = self.length_m / script.lap_time_s
        self.on_crossing: Callable[[], None] = lambda: None
        self.work: Callable[[], None] | None = None
        noise = Random(f"{script.seed}:rest")
        self._rest = [0.0001 + 0.0899 * noise.random() ** 3 for _ in range(251)]
        self._tick_events: list[tuple[int, int, Callable[[], None]]] = []
        self._event_count = 0
        self._due = _NEVER
        self.begin()

    def begin(self) -> None:
        """Forget the session before: nothing of it may still arrive."""
        self._tick_events.clear()
        self._due = _NEVER
        self.green_time: float | None = None
        self.is_timed = False
        self.was_cut = False
        self.speed_mps = 0.0
        self._line_time = 0.0
        self._rest_ticks = 0
        self._delay = Random(f"{self.script.seed}:{self.world.session_num}:delay")
        self._delay_of_counter = Random(f"{self.script.seed}:{self.world.session_num}:counter")
        self._rocks = False
        self._origin = self.world.session.start_time_s
        self._slew_s = self.slew_per_tick_s = 0.0

    def after(self, seconds: float, what: Callable[[], None]) -> None:
        """Let *what* happen in the tick that lies *seconds* ahead (the next one at the earliest)."""
        tick = self.world.tick + max(1, round(seconds * RATE))
        self._event_count += 1
        heappush(self._tick_events, (tick, self._event_count, what))
        self._due = self._tick_events[0][0]

    def after_text(self, seconds: float, what: Callable[[], None]) -> None:
        """Let *what* happen with the first session text after *seconds*; it is rewritten every 2 s at most."""
        late = (self.world.session_tick / RATE + seconds) % 2.0
        self.after(seconds + (2.0 - late if late else 0.0), what)

    def show_others(self) -> None:
        """Let the members who do not drive see the car as it is now, about a second later (SIMULATOR#picture)."""
        seen = self.world.seen_now()
        world = self.world

        def arrive() -> None:
            world.echo = seen

        self.after(self.script.quirks.picture_lag_s, arrive)

    def clock(self) -> None:
        """Begin a tick: advance the clocks and let happen what is due."""
        world = self.world
        world.tick = tick = world.tick + 1
        world.session_tick = count = world.session_tick + 1
        self._slew_s += self.slew_per_tick_s
        world.session_time = self._origin + count / RATE + self._slew_s
        if tick >= self._due:
            self._let_happen(tick)

    def set_back(self, by_s: float) -> None:
        """Set the session's clock back; that the lap's time goes on being counted right is a belief."""
        world = self.world
        world.clock_sets += 1
        self._slew_s -= by_s
        self._line_time -= by_s
        if self.green_time is not None:
            self.green_time -= by_s
        world.current_lap_start -= by_s
        world.echo = (*world.echo[:-1], world.echo[-1] - by_s)

    def _let_happen(self, tick: int) -> None:
        events = self._tick_events
        while events and events[0][0] <= tick:
            heappop(events)[2]()
        self._due = events[0][0] if events else _NEVER

    def drive(
        self,
        distance_m: float,
        cap_mps: float,
        end_mps: float,
        arrive: Callable[[], None] | None = None,
        braking: float = BRAKING,
    ) -> Iterator[World]:
        """
        Drive *distance_m*, not faster than *cap_mps*, to be at *end_mps* or less at its end.

        Args:
            arrive: Called in the tick that reaches the end, before it is yielded.
        """
        world = self.world
        clock, length = self.clock, self.length_m
        gain, loss, reach, end_square = ACCELERATION * DT, braking * DT, 2.0 * braking, end_mps * end_mps
        per_m, idle = self.script.car.per_lap_l / length, IDLE_LPS * DT
        speed = self.speed_mps
        self._rest_ticks = 0
        while True:
            clock()
            speed = min(speed + gain, cap_mps) if speed <= cap_mps else max(speed - loss, cap_mps)
            allowed = end_square + reach * distance_m
            if speed * speed > allowed:
                speed = math.sqrt(allowed)
            step = speed * DT
            distance_m -= step
            world.speed = speed
            world.fuel -= per_m * step + idle
            world.dist = dist = world.dist + step
            if dist >= length:
                self.speed_mps = speed
                self._cross()
            if distance_m <= _ARRIVED_M:
                break
            yield world
        self.speed_mps = speed
        if world.fuel <= 0.0:
            raise ValueError(f"script {self.script.name!r}: out of fuel in lap {world.lap}")
        if arrive is not None:
            arrive()
        yield world

    def stand(self, seconds: float) -> Iterator[World]:
        """Stand still for *seconds*: the engine idles, the crew works if there is work."""
        world = self.world
        self.speed_mps = 0.0
        for _ in range(max(1, round(seconds * RATE))):
            self.clock()
            self.rest()
            yield world

    def rest(self) -> None:
        """One tick at rest: noise, never exactly 0.0 while somebody is in the car (SIMULATOR#speed)."""
        world = self.world
        before = world.fuel
        if self.work is not None:
            self.work()
        if world.driver is None:
            world.speed = 0.0
            return
        if world.fuel == before:  # burn while the crew fills is hidden in the filling (SIMULATOR#filling)
            world.fuel -= IDLE_LPS * DT
        self._rest_ticks += 1
        rocking = self._rest_ticks - _REBOUND_FROM
        if 0 < rocking < _REBOUND_TICKS and self._rocks:
            world.speed = _REBOUND_MPS * math.sin(math.pi * rocking / _REBOUND_TICKS)
        else:
            world.speed = self._rest[world.tick % 251]

    def settle(self, from_driving: bool) -> None:
        """Say how the car came to rest: it rocks only *from_driving*."""
        self._rest_ticks = 0
        self._rocks = from_driving

    def _cross(self) -> None:
        """The line: counters step now, the time arrives late (SIMULATOR#lap-time)."""
        world = self.world
        world.dist -= self.length_m
        exact = world.session_time - world.dist / self.speed_mps
        is_first = world.lap_completed < 0
        world.official_time = self._official(exact, is_first)
        world.lap_was_cut = self.was_cut
        world.lap += 1
        world.lap_completed += 1
        self._count_laps()
        self._line_time = exact
        self.is_timed, self.was_cut = True, False
        if not (is_first and self.green_time is not None):
            self._publish_late(world.official_time, exact)
        self.show_others()
        self.on_crossing()

    def _count_laps(self) -> None:
        """The counters step at the line, or some ticks behind the wrap of LapDistPct (SIMULATOR#line)."""
        world = self.world
        laps = world.lap, world.lap_completed

        def arrive() -> None:
            world.counters = laps
            self.show_others()

        most = self.script.quirks.late_counter_ticks
        ticks = self._delay_of_counter.randint(0, most) if most else 0
        if ticks:
            self.after(ticks * DT, arrive)
        else:
            arrive()

    def _official(self, exact: float, is_first: bool) -> float | None:
        if is_first or not self.is_timed:
            return None
        is_race_lap_1 = self.world.lap_completed == 0 and self.green_time is not None
        begun = self.green_time if is_race_lap_1 and self.green_time is not None else self._line_time
        return round(exact - begun, 4)

    def _publish_late(self, official: float | None, exact: float) -> None:
        world = self.world
        shown = -1.0 if official is None else official
        laps = world.lap_completed

        def arrive() -> None:
            world.last_lap_time = world.car_last_lap_time = shown
            world.current_lap_start = exact
            self.show_others()

        def reach_text() -> None:
            world.text_laps, world.text_last_time = laps, shown
            if shown > 0.0:
                world.text_fastest = min(world.text_fastest or (shown, laps), (shown, laps))
            world.text_version += 1

        self.after(self._delay.uniform(0.1, 1.85), arrive)
        self.after_text(2.4, reach_text)
