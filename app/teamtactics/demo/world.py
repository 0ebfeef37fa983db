"""The state of the scripted world at one tick: what really is, before anybody's simulator shows it."""

from __future__ import annotations

from enum import IntEnum

from teamtactics.demo.script import Script, Session
from teamtactics.model.frame import NOT_IN_WORLD


class Quirk(IntEnum):
    """What is wrong with this one tick on its way to the readers; see ``script.Quirks``."""

    NONE = 0
    FUEL_ZERO = 1
    ZERO_FRAME = 2
    MISSED = 3


Echo = tuple[int, int, float, bool, int, float, float]
"""Lap, laps completed, last lap time of the car (−1 none), on pit road, surface; the last lap time as the scalar shows
it; the session time from which the current lap time counts."""


class World:
    """
    The world at one tick. One object for a whole script: the engine changes it and yields it again.

    Attributes:
        tick: Counts ticks from 1, on through all sessions.

        lap, lap_completed, dist: The car's counters as they really are, also while nobody is in the car; metres since
            the line.

        clock_sets: How often the session's clock was set.

        counters: ``Lap`` and ``LapCompleted`` as the simulator publishes them.

        driver: Customer id of who is in the car; None while nobody is.

        is_glitch: True for the first ticks in the car and for the tick of a reset: the driver's simulator shows
            rubbish then (SIMULATOR#reset, SIMULATOR#spawn).

        crashed: Customer id of whose simulator died while he drove, until somebody gets in; None for nobody.

        in_garage: Customer id of who is in the garage with the car; None for nobody.

        pit_road_hole: ``OnPitRoad`` reads False although the car is between the cones (SIMULATOR#lane-holes).

        placements: How often the car was put somewhere instead of driving there.

        cuts: How often that ended what it was doing before: not where the next driver gets in.

        fuel, fuel_delivered: Litres in the tank; litres put in by the crew since the session began.

        last_lap_time, current_lap_start: As the simulator publishes them: both change 0.1 to 1.85 s after the line.

        official_time, lap_was_cut: Of the lap completed last, known from the tick of its crossing on: the official time
            (None when there is none), and whether the lap began with the car being put somewhere (reset, left car).

        team_incidents, tire_compound, in_car: The team's count; 0 for dry tyres, 1 for wet ones; the driver's in-car
            settings, which stand as they always do when somebody gets in.

        requested_flags: ``PitSvFlags`` requested for the visit under way or the last one.

        echo: What the members who do not drive see of the car: about one second old.

        unset: Customer id → variable, by its name in ``Frame`` → the tick before which it reads zero in that member's
            simulator.

        is_flag_wrong: ``CarIdxOnPitRoad`` reads True on the track and False in the stall, for who does not drive
            (SIMULATOR#lane-holes).

        has_team: False while the session text has no team for the own entry.

        left_at_tick, last_driver: Who left the car last, and when; ``frozen_stall`` keeps what each saw then.

        text_driver, text_laps, text_last_time, text_fastest, text_version: The session text: behind the world by
            seconds. The version rises when anything in it changes.
    """

    __slots__ = (
        "air_temp",
        "car_last_lap_time",
        "clock_sets",
        "counters",
        "crashed",
        "current_lap_start",
        "cuts",
        "dist",
        "driver",
        "echo",
        "flags",
        "frozen_stall",
        "fuel",
        "fuel_delivered",
        "has_team",
        "in_car",
        "in_garage",
        "in_stall",
        "in_world",
        "is_flag_wrong",
        "is_glitch",
        "lap",
        "lap_completed",
        "lap_was_cut",
        "last_driver",
        "last_lap_time",
        "left_at_tick",
        "official_time",
        "on_pit_road",
        "opt_repair_left",
        "pit_flags",
        "pit_road_hole",
        "pitstop_active",
        "placements",
        "quirk",
        "repair_left",
        "requested_flags",
        "script",
        "session",
        "session_num",
        "session_tick",
        "session_time",
        "speed",
        "state",
        "surface",
        "team_incidents",
        "text_driver",
        "text_fastest",
        "text_laps",
        "text_last_time",
        "text_version",
        "tick",
        "tire_compound",
        "tow_left",
        "track_temp",
        "track_wetness",
        "unset",
        "weather_declared_wet",
    )

    def __init__(self, script: Script) -> None:
        self.script = script
        self.tick = 0
        self.text_version = 0
        self.text_driver = script.sessions[0].first_driver or script.members[0].customer_id
        self.frozen_stall: dict[int, bool] = {}
        self.placements = 0
        self.cuts = 0
        self.begin(0)

    def begin(self, session_num: int) -> None:
        """Start session *session_num*: everything but the connection, the text's driver and frozen values is new."""
        session = self.script.sessions[session_num]
        self.session: Session = session
        self.session_num = session_num
        self.session_tick = 0
        self.session_time = session.start_time_s
        self.state = 4
        self.flags = 0x10040000  # start lights hidden, serviceable: what a running session shows all the time
        self.track_temp = self.script.track.temp_c
        self.air_temp = 21.5
        self.track_wetness = 1
        self.weather_declared_wet = False
        self.tire_compound = 0
        self.team_incidents = 0
        self.in_car = self.script.car.in_car
        self.quirk = Quirk.NONE
        self.is_flag_wrong = False
        self.clock_sets = 0
        self.has_team = True
        self.unset: dict[int, dict[str, int]] = {}
        self._place_nowhere(session)
        self._forget_laps()

    def _place_nowhere(self, session: Session) -> None:
        self.driver: int | None = None
        self.last_driver: int | None = None
        self.left_at_tick = -1_000
        self.in_garage: int | None = None
        self.crashed: int | None = None
        self.in_world = False
        self.is_glitch = False
        self.dist = 0.0
        self.speed = 0.0
        self.on_pit_road = self.pit_road_hole = False
        self.surface = NOT_IN_WORLD
        self.in_stall = False
        self.fuel = session.fuel_l
        self.fuel_delivered = 0.0
        self.tow_left = 0.0
        self.repair_left = 0.0
        self.opt_repair_left = 0.0
        self.pit_flags = 0
        self.requested_flags = 0
        self.pitstop_active = False

    def _forget_laps(self) -> None:
        self.lap = 0
        self.lap_completed = -1
        self.counters = self.lap, self.lap_completed
        self.last_lap_time = 0.0
        self.car_last_lap_time = -1.0
        self.current_lap_start = self.session_time
        self.official_time: float | None = None
        self.lap_was_cut = False
        self.text_laps = 0
        self.text_last_time = -1.0
        self.text_fastest: tuple[float, int] | None = None
        self.text_version += 1
        self.echo: Echo = self.seen_now()

    def seen_now(self) -> Echo:
        """Return what everybody will see of the car in a second, and the driver sees now."""
        if not self.in_world:
            # In the arrays the last lap time reads −1 as the counters do (nine finish captures), while the scalar
            # keeps it (SIMULATOR#last-lap).
            return -1, -1, -1.0, False, NOT_IN_WORLD, self.last_lap_time, self.current_lap_start
        return (
            *self.counters,
            self.car_last_lap_time,
            self.shows_pit_road,
            self.surface,
            self.last_lap_time,
            self.current_lap_start,
        )

    @property
    def shows_pit_road(self) -> bool:
        """``OnPitRoad`` as the simulator has it."""
        return self.on_pit_road and not self.pit_road_hole

    @property
    def time_of_day(self) -> float:
        """``SessionTimeOfDay``: whole seconds, wraps at midnight (SIMULATOR#day)."""
        session = self.session
        return float(int(session.time_of_day_s + self.session_time * session.speedup) % 86_400)
