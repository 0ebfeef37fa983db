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
    now, (lap, completed) = world.session_time, world.counters
    return Frame(
        tick=world.tick,
        session_time=now,
        session_num=world.session_num,
        session_unique_id=world.session_num + 1,
        session_state=world.state,
        session_flags=world.flags,
        session_time_of_day=world.time_of_day,
        session_tick=world.session_tick,
        is_on_track=True,
        is_on_track_car=True,
        is_in_garage=False,
        lap=lap,
        lap_completed=completed,
        lap_dist=world.dist,
        lap_dist_pct=world.dist / world.script.track.length_m,
        lap_last_lap_time=world.last_lap_time,
        lap_current_lap_time=now - world.current_lap_start,
        fuel_level=0.0 if world.quirk is Quirk.FUEL_ZERO else world.fuel,
        on_pit_road=world.shows_pit_road,
        player_track_surface=world.surface,
        player_car_in_pit_stall=world.in_stall,
        pitstop_active=world.pitstop_active,
        pit_sv_flags=world.pit_flags,
        player_car_tow_time=world.tow_left,
        pit_repair_left=world.repair_left,
        pit_opt_repair_left=world.opt_repair_left,
        speed=world.speed,
        track_temp=world.track_temp,
        car_lap=lap,
        car_lap_completed=completed,
        car_last_lap_time=world.car_last_lap_time,
        car_on_pit_road=world.shows_pit_road,
        car_track_surface=world.surface,
        air_temp=world.air_temp,
        track_wetness=world.track_wetness,
        weather_declared_wet=world.weather_declared_wet,
        player_tire_compound=world.tire_compound,
        player_car_team_incident_count=world.team_incidents,
        in_car=world.in_car,
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
        tick=world.tick,
        session_time=now,
        session_num=world.session_num,
        session_unique_id=world.session_num + 1,
        session_state=world.state,
        session_flags=world.flags,
        session_time_of_day=world.time_of_day,
        session_tick=world.session_tick,
        is_on_track=False,
        is_on_track_car=False,
        is_in_garage=world.in_garage == member_id,
        lap=0,
        lap_completed=0,
        lap_dist=0.0,
        lap_dist_pct=0.0,
        lap_last_lap_time=last,
        lap_current_lap_time=now - lap_start,
        fuel_level=0.0,
        on_pit_road=False,
        player_track_surface=surface,
        player_car_in_pit_stall=world.frozen_stall.get(member_id, False),
        pitstop_active=False,
        pit_sv_flags=0,
        player_car_tow_time=0.0,
        pit_repair_left=0.0,
        pit_opt_repair_left=0.0,
        speed=world.speed,
        track_temp=world.track_temp,
        car_lap=lap,
        car_lap_completed=completed,
        car_last_lap_time=car_last,
        car_on_pit_road=on_pit_road,
        car_track_surface=surface,
        air_temp=world.air_temp,
        track_wetness=world.track_wetness,
        weather_declared_wet=world.weather_declared_wet,
        player_tire_compound=0,
        player_car_team_incident_count=world.team_incidents,
        in_car=_nothing_set(world),
    )


def _zero_frame(world: World) -> Frame:
    """Of all that the simulator shows there is the tick's number alone."""
    return _with_zeros(_driver_frame(world), _OF_BUFFER)._replace(in_car=_nothing_set(world))


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
    scalars = ((name, getattr(shown, field)) for field, name in _SCALARS.items())
    values: dict[str, Shown] = {name: value for name, value in scalars if value is not None}
    values["TrackTempCrew"] = values["TrackTemp"]
    values["PlayerCarIdx"] = car_idx
    values["IsReplayPlaying"] = not shown.is_on_track
    arrays = ((name, getattr(shown, field)) for field, name in _ARRAYS.items())
    values.update({name: {car_idx: value} for name, value in arrays if value is not None})
    values.update(shown.in_car or ())
    return values


_SCALARS = {
    "session_time": "SessionTime",
    "session_num": "SessionNum",
    "session_unique_id": "SessionUniqueID",
    "session_state": "SessionState",
    "session_flags": "SessionFlags",
    "session_time_of_day": "SessionTimeOfDay",
    "session_tick": "SessionTick",
    "is_on_track": "IsOnTrack",
    "is_on_track_car": "IsOnTrackCar",
    "is_in_garage": "IsInGarage",
    "lap": "Lap",
    "lap_completed": "LapCompleted",
    "lap_dist": "LapDist",
    "lap_dist_pct": "LapDistPct",
    "lap_last_lap_time": "LapLastLapTime",
    "lap_current_lap_time": "LapCurrentLapTime",
    "fuel_level": "FuelLevel",
    "on_pit_road": "OnPitRoad",
    "player_track_surface": "PlayerTrackSurface",
    "player_car_in_pit_stall": "PlayerCarInPitStall",
    "pitstop_active": "PitstopActive",
    "pit_sv_flags": "PitSvFlags",
    "player_car_tow_time": "PlayerCarTowTime",
    "pit_repair_left": "PitRepairLeft",
    "pit_opt_repair_left": "PitOptRepairLeft",
    "speed": "Speed",
    "track_temp": "TrackTemp",
    "air_temp": "AirTemp",
    "track_wetness": "TrackWetness",
    "weather_declared_wet": "WeatherDeclaredWet",
    "player_tire_compound": "PlayerTireCompound",
    "player_car_team_incident_count": "PlayerCarTeamIncidentCount",
}
_ARRAYS = {
    "car_lap": "CarIdxLap",
    "car_lap_completed": "CarIdxLapCompleted",
    "car_last_lap_time": "CarIdxLastLapTime",
    "car_on_pit_road": "CarIdxOnPitRoad",
    "car_track_surface": "CarIdxTrackSurface",
}
_OF_BUFFER = (*_SCALARS, *_ARRAYS)
