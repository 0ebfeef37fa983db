"""
What each member's simulator shows of the one world: the table of SIMULATOR#views.

The driver sees live values. For everybody else the driver's own variables read 0 or False, ``PlayerCarInPitStall`` is
frozen as it was when they last drove, and the car itself is seen through the ``CarIdx…`` arrays a second late.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from teamtactics.demo.car import RATE
from teamtactics.demo.world import Quirk, World
from teamtactics.model.frame import IN_PIT_STALL, ON_TRACK, Frame, InCar
from teamtactics.model.session import Entry, SessionEntry, SessionInfo

Shown = bool | int | float | Mapping[int, bool | int | float]
"""A value for the simulator's memory; arrays as index and value, as ``ImageWriter`` takes them."""


def frame(world: World, member_id: int) -> Frame:
    """Return what the simulator of member *member_id* publishes in this tick."""
    if world.quirk is Quirk.ZERO_FRAME:
        return _zero_frame(world)
    if world.driver == member_id:
        shown = _glitch_frame(world) if world.is_glitch else _driver_frame(world)
    else:
        shown = _watcher_frame(world, member_id)
    unset = world.unset.get(member_id) if world.unset else None
    return shown if unset is None else _with_zeros(shown, unset)


def _with_zeros(shown: Frame, names: Iterable[str]) -> Frame:
    """Return *shown* where nobody has set these variables in this tick (SIMULATOR#unset)."""
    return shown._replace(**{name: type(getattr(shown, name))() for name in names})


def _driver_frame(world: World) -> Frame:
    """Positional, in the order of ``Frame``: keywords would cost a third of the time, sixty times a second."""
    now = world.session_time
    return Frame(
        world.tick,
        now,
        world.session_num,
        world.session_num + 1,
        world.state,
        world.flags,
        world.time_of_day,
        world.session_tick,
        True,  # is_on_track
        True,  # is_on_track_car
        False,  # is_in_garage
        *world.counters,
        world.dist,
        world.dist / world.script.track.length_m,
        world.last_lap_time,
        now - world.current_lap_start,
        0.0 if world.quirk is Quirk.FUEL_ZERO else world.fuel,
        world.shows_pit_road,
        world.surface,
        world.in_stall,
        world.pitstop_active,
        world.pit_flags,
        world.tow_left,
        world.repair_left,
        world.opt_repair_left,
        world.speed,
        world.track_temp,
        *world.counters,
        world.car_last_lap_time,
        world.shows_pit_road,
        world.surface,
        world.air_temp,
        world.track_wetness,
        world.weather_declared_wet,
        world.tire_compound,
        world.team_incidents,
        world.in_car,
    )


def _glitch_frame(world: World) -> Frame:
    """
    The first ticks in the car, and a reset: no lap, no place, no speed, but the fuel is real (SIMULATOR#reset,
    SIMULATOR#spawn).
    """
    return _driver_frame(world)._replace(
        lap=0,
        lap_completed=0,
        lap_dist=0.0,
        lap_dist_pct=0.0,
        on_pit_road=False,
        player_car_in_pit_stall=False,
        speed=0.0,
    )


def _watcher_frame(world: World, member_id: int) -> Frame:
    """A member who does not drive; who has just left the car sees it vanish at once, the others a second later."""
    lag_ticks = world.script.quirks.picture_lag_s * RATE
    has_just_left = world.last_driver == member_id and world.tick - world.left_at_tick < lag_ticks
    lap, completed, car_last, on_pit_road, surface, last, lap_start = world.seen_now() if has_just_left else world.echo
    if world.is_flag_wrong and surface in (IN_PIT_STALL, ON_TRACK):
        on_pit_road = surface == ON_TRACK
    now = world.session_time
    return Frame(
        world.tick,
        now,
        world.session_num,
        world.session_num + 1,
        world.state,
        world.flags,
        world.time_of_day,
        world.session_tick,
        False,  # is_on_track
        False,  # is_on_track_car
        world.in_garage == member_id,
        0,
        0,
        0.0,
        0.0,
        last,
        now - lap_start,
        0.0,
        False,
        surface,
        world.frozen_stall.get(member_id, False),
        False,
        0,
        0.0,
        0.0,
        0.0,
        world.speed,
        world.track_temp,
        lap,
        completed,
        car_last,
        on_pit_road,
        surface,
        world.air_temp,
        world.track_wetness,
        world.weather_declared_wet,
        0,
        world.team_incidents,
        _nothing_set(world),
    )


def _zero_frame(world: World) -> Frame:
    return Frame(
        world.tick, 0.0, 0, 0, 0, 0, 0.0, 0,
        False, False, False, 0, 0, 0.0, 0.0, 0.0, 0.0, 0.0, False, 0, False, False, 0,
        0.0, 0.0, 0.0, 0.0, 0.0, 0, 0, 0.0, False, 0, 0.0, 0, False, 0, 0, _nothing_set(world),
    )  # fmt: skip


def _nothing_set(world: World) -> InCar:
    """Return what everybody sees of the in-car settings who is not in the car (SIMULATOR#in-car)."""
    return tuple((name, type(value)()) for name, value in world.script.car.in_car)


def session_info(world: World, member_id: int) -> SessionInfo:
    """Return the session text of member *member_id*, parsed; it changes when ``world.text_version`` does."""
    script = world.script
    is_team = script.team_name is not None
    return SessionInfo(
        sim_mode="full",
        team_racing=is_team,
        session_id=script.session_id,
        subsession_id=script.subsession_id,
        track_name=script.track.name,
        track_id=script.track.track_id,
        event_type=script.event_type,
        driver_user_id=member_id,
        driver_car_idx=script.car_idx,
        own=_own_entry(world, is_team),
        fuel_max_l=round(script.car.fuel_max_l, 6),
        sessions=tuple(
            SessionEntry(
                num,
                session.type,
                session.laps if session.is_race else None,
                session.time_limit_s,
                **_own_result(world, num),
            )
            for num, session in enumerate(script.sessions)
        ),
        stall_pct=round(script.track.stall_m / script.track.length_m, 6),
    )


def _own_result(world: World, num: int) -> dict[str, Any]:
    if num != world.session_num or not world.text_laps:
        return {}
    fastest = world.text_fastest
    return {
        "own_laps": world.text_laps,
        "own_last_time_s": round(world.text_last_time, 4) if world.text_last_time > 0.0 else None,
        "own_fastest_time_s": None if fastest is None else round(fastest[0], 4),
        "own_fastest_lap": None if fastest is None else fastest[1],
    }


def _own_entry(world: World, is_team: bool) -> Entry:
    script = world.script
    driver = script.member(world.text_driver)
    return Entry(
        car_idx=script.car_idx,
        user_id=driver.customer_id,
        user_name=driver.name,
        team_id=script.team_id if is_team and world.has_team else 0,
        team_name=script.team_name if script.team_name is not None else driver.name,
        car_path=script.car.path,
        car_screen_name=script.car.screen_name,
        car_id=script.car.car_id,
    )


def variables(shown: Frame, car_idx: int) -> dict[str, Shown]:
    """Return *shown* by the SDK's names, for writing into a memory image; other cars than *car_idx* stay 0."""
    named = zip(_SCALARS, shown[1:28], strict=True)
    values: dict[str, Shown] = {name: value for name, value in named if value is not None}
    values["TrackTempCrew"] = values["TrackTemp"]
    values["PlayerCarIdx"] = car_idx
    values["IsReplayPlaying"] = not shown.is_on_track
    arrays = zip(_ARRAYS, shown[28:33], strict=True)
    values.update({name: {car_idx: value} for name, value in arrays if value is not None})
    conditions = zip(_CONDITIONS, shown[33:38], strict=True)
    values.update({name: value for name, value in conditions if value is not None})
    values.update(shown.in_car or ())
    return values


_SCALARS = (
    "SessionTime",
    "SessionNum",
    "SessionUniqueID",
    "SessionState",
    "SessionFlags",
    "SessionTimeOfDay",
    "SessionTick",
    "IsOnTrack",
    "IsOnTrackCar",
    "IsInGarage",
    "Lap",
    "LapCompleted",
    "LapDist",
    "LapDistPct",
    "LapLastLapTime",
    "LapCurrentLapTime",
    "FuelLevel",
    "OnPitRoad",
    "PlayerTrackSurface",
    "PlayerCarInPitStall",
    "PitstopActive",
    "PitSvFlags",
    "PlayerCarTowTime",
    "PitRepairLeft",
    "PitOptRepairLeft",
    "Speed",
    "TrackTemp",
)
_ARRAYS = ("CarIdxLap", "CarIdxLapCompleted", "CarIdxLastLapTime", "CarIdxOnPitRoad", "CarIdxTrackSurface")
_CONDITIONS = ("AirTemp", "TrackWetness", "WeatherDeclaredWet", "PlayerTireCompound", "PlayerCarTeamIncidentCount")
