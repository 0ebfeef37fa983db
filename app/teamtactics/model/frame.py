"""One tick of the simulator, reduced to what the race logic needs."""

from __future__ import annotations

from typing import NamedTuple

InCar = tuple[tuple[str, bool | int | float], ...]
"""The driver's in-car settings by their SDK names (``dcBrakeBias``, …), those that this car has, in order of name."""

NOT_IN_WORLD = -1
"""``PlayerTrackSurface`` / ``CarIdxTrackSurface`` of a car that is not in the world (irsdk_TrkLoc)."""
OFF_TRACK = 0
IN_PIT_STALL = 1
APPROACHING_PITS = 2
"""Entry road, the whole pit lane outside the own stall, and exit road (SIMULATOR#surface)."""
ON_TRACK = 3


class Frame(NamedTuple):
    """
    One tick. A variable that this build, car or recording does not have is None, never 0.

    Names are the SDK's in snake case. Seconds, metres, litres, °C, m/s, as the SDK gives them.
    A named tuple and not a dataclass: sixty a second are built from one ``struct`` read, and
    this is the cheapest typed thing Python can build.

    Attributes:
        tick: The simulator's tick counter (buffer header) or the record number of a recording; rises by one
            per tick while the source runs without a miss.

        session_time: ``SessionTime``, s since the session began; the clock all members share.

        is_on_track_car: ``IsOnTrackCar``: the car's physics run on this PC.

        car_lap, car_lap_completed, car_last_lap_time, car_on_pit_road, car_track_surface: The own car's
            entry of the ``CarIdx…`` arrays, which every member of the team sees.

        in_car: The in-car settings; only the driver's simulator shows them (SIMULATOR#in-car), all others' 0s. One
            value, and the same object while nothing is changed: a tick costs no more for a car that has many.
    """

    tick: int
    session_time: float
    session_num: int
    session_unique_id: int | None = None
    session_state: int | None = None
    session_flags: int | None = None
    session_time_of_day: float | None = None
    session_tick: int | None = None
    is_on_track: bool | None = None
    is_on_track_car: bool | None = None
    is_in_garage: bool | None = None
    lap: int | None = None
    lap_completed: int | None = None
    lap_dist: float | None = None
    lap_dist_pct: float | None = None
    lap_last_lap_time: float | None = None
    lap_current_lap_time: float | None = None
    fuel_level: float | None = None
    on_pit_road: bool | None = None
    player_track_surface: int | None = None
    player_car_in_pit_stall: bool | None = None
    pitstop_active: bool | None = None
    pit_sv_flags: int | None = None
    player_car_tow_time: float | None = None
    pit_repair_left: float | None = None
    pit_opt_repair_left: float | None = None
    speed: float | None = None
    track_temp: float | None = None
    car_lap: int | None = None
    car_lap_completed: int | None = None
    car_last_lap_time: float | None = None
    car_on_pit_road: bool | None = None
    car_track_surface: int | None = None
    air_temp: float | None = None
    track_wetness: int | None = None
    weather_declared_wet: bool | None = None
    player_tire_compound: int | None = None
    player_car_team_incident_count: int | None = None
    in_car: InCar | None = None
