"""One tick of the simulator, reduced to what the race logic needs."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import partial
from typing import Annotated, Any, NamedTuple, TypeVar, get_type_hints

Values = tuple[tuple[str, bool | int | float], ...]
"""Values that are known, by name and in order of name."""

InCar = Values
"""The driver's in-car settings by their SDK names (``dcBrakeBias``, …), those that this car has, in order of name."""

T = TypeVar("T")
_AT_LINE, _AT_LINE_OF_CAR = "at the line", "at the line, in the car"

AtLine = Annotated[T | None, _AT_LINE]
"""A variable of which a lap's document has what is true at the line. All members' simulators show it, and at once."""

AtLineOfCar = Annotated[T | None, _AT_LINE_OF_CAR]
"""The same of one that only the driver's simulator shows."""

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
    this is the cheapest typed thing Python can build. Made by name all the same: ``Frame(tick=…)``, or ``in_order`` of
    values that were put in order by the names.

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
    air_temp: AtLine[float] = None
    track_wetness: AtLine[int] = None
    weather_declared_wet: AtLine[bool] = None
    player_tire_compound: AtLineOfCar[int] = None
    player_car_team_incident_count: AtLine[int] = None
    in_car: InCar | None = None


in_order: Callable[[Iterable[Any]], Frame] = partial(tuple.__new__, Frame)
"""
Makes a frame of as many values as ``Frame._fields`` has names, in their order, and looks at none of them.

For who reads sixty a second: it puts its values in order by those names, once for all that follow.
"""


def _marked(*marks: str) -> tuple[str, ...]:
    hints = get_type_hints(Frame, include_extras=True).items()
    return tuple(sorted(name for name, hint in hints if set(marks).intersection(getattr(hint, "__metadata__", ()))))


AT_LINE = _marked(_AT_LINE, _AT_LINE_OF_CAR)
AT_LINE_FOR_ALL = _marked(_AT_LINE)
"""The fields that are marked so, in order of name."""


def values_of(frame: Frame, names: Iterable[str]) -> Values:
    """Return what *frame* shows of *names*, which are in order."""
    shown = ((name, getattr(frame, name)) for name in names)
    return tuple((name, value) for name, value in shown if value is not None)
