"""
What a perfect observer would have written about a script: the documents of the data contract.

The observer sees the world itself, not what a simulator shows of it: no glitch, no late lap time, no frame of zeros, no
empty seat stands in its way. It shares no code with the race logic, so that the two can be compared.
"""

from __future__ import annotations

from copy import deepcopy
from dataclasses import dataclass, field
from functools import lru_cache

from teamtactics.contract.values import AT_LINE
from teamtactics.demo.engine import ticks
from teamtactics.demo.script import Script
from teamtactics.demo.world import World
from teamtactics.model.parcel import Value

Lap = dict[str, Value]
MOMENTS = ("PitEnter", "StopMoving", "StartMoving", "PitExit")
MAXIMA = ("PlayerCarTowTime", "PitRepairLeft", "PitOptRepairLeft")

_STOPPED_MPS, _STOPPED_TICKS, _MOVING_MPS = 0.5, 30, 1.0
"""A stop is below 0.5 m/s for half a second; a start is the last tick below it before 1.0 m/s (SIMULATOR#speed)."""


@dataclass(slots=True)
class SessionTruth:
    """
    What is true of one session.

    Attributes:
        collection: The Firestore collection's name by DATA.md#collection.

        laps: The lap documents in order; every field of the contract.

        stints: One per stint: ``Stint``, ``FirstLap``, ``LastLap``, ``Laps``, ``Drivers`` (customer ids in the order in
            which they completed laps), ``FuelAdded``.

        events: Type of the Pub/Sub message and the session time of what it tells.

        in_car: The in-car settings of who drove last, as he left them.
    """

    session_num: int
    collection: str
    laps: list[Lap] = field(default_factory=list)
    stints: list[dict[str, object]] = field(default_factory=list)
    events: list[tuple[str, float]] = field(default_factory=list)
    in_car: dict[str, Value] = field(default_factory=dict)


def sessions(script: Script) -> list[SessionTruth]:
    """Return what is true of each session of *script*; it is the caller's own, to be changed at will."""
    return deepcopy(_played(script))


@lru_cache(maxsize=8)
def _played(script: Script) -> list[SessionTruth]:
    found: list[SessionTruth] = []
    observer: _Observer | None = None
    for world in ticks(script):
        if observer is None or observer.truth.session_num != world.session_num:
            observer = _Observer(SessionTruth(world.session_num, collection(script, world.session_num)), world)
            found.append(observer.truth)
        observer.see(world)
    for truth in found:
        truth.stints = _stints_of(truth.laps)
    return found


def laps(script: Script, session_num: int | None = None) -> list[Lap]:
    """Return the lap documents of session *session_num*; None for those of all sessions, one after the other."""
    return [lap for truth in sessions(script) if session_num in (None, truth.session_num) for lap in truth.laps]


def stints(script: Script, session_num: int | None = None) -> list[dict[str, object]]:
    """Return the stints of session *session_num*, or of all."""
    return [stint for truth in sessions(script) if session_num in (None, truth.session_num) for stint in truth.stints]


def events(script: Script, session_num: int | None = None) -> list[tuple[str, float]]:
    """Return what happened in session *session_num*, or in all, in order: message type and session time."""
    return [event for truth in sessions(script) if session_num in (None, truth.session_num) for event in truth.events]


def collection(script: Script, session_num: int) -> str:
    """Return the name of the collection of session *session_num*."""
    if script.team_name is not None and script.team_id and script.session_id:
        return f"{script.team_name}@{script.session_id}#{script.subsession_id}#{session_num}"
    return f"{script.members[0].name}@{script.car.path}#{script.track.name}#{session_num}"


def info(script: Script, session_num: int) -> Lap:
    """Return the ``info`` document of session *session_num*, without schema and client version."""
    session, car = script.sessions[session_num], script.car
    team = script.team_name
    return {
        "Track": script.track.name,
        "TrackID": script.track.track_id,
        "TeamName": team if team is not None else script.members[0].name,
        "TeamID": script.team_id if team is not None else 0,
        "Car": car.screen_name,
        "CarID": car.car_id,
        "SessionType": session.type,
        "EventType": script.event_type,
        "SessionLaps": session.laps if session.is_race else None,
        "SessionTime": session.time_limit_s,
        "SessionID": script.session_id,
        "SubSessionID": script.subsession_id,
        "SessionNum": session_num,
        "FuelMax": round(car.fuel_max_l, 6),
    }


class _Observer:
    """Follows one session tick by tick."""

    def __init__(self, truth: SessionTruth, world: World) -> None:
        self.truth = truth
        self._stint, self._stint_lap = 1, 0
        self._has_been_on_track = False
        self._placements, self._cuts = world.placements, world.cuts
        self._lap_completed = world.lap_completed
        self._was_on_pit_road = False
        self._was_towed = False
        self._last_driver: int | None = None
        self._in_car, self._in_car_ticks = world.in_car, 0
        self._in_visit = self._has_stood = self._is_moving = False
        self._slow_since: tuple[float, float] | None = None
        self._slow_ticks = 0
        self._last_slow: tuple[float, float] = (0.0, 0.0)
        self._line: tuple[float, float, float] = (0.0, 0.0, 0.0)
        self._requested: int | None = None
        self._begin_lap(world)
        truth.events.append(("session", world.session_time))

    def see(self, world: World) -> None:
        """Take in one tick."""
        self._see_driver(world)
        self._see_settings(world)
        self._see_pit_road(world)
        if world.driver is None:
            self._see_empty()
        else:
            if self._in_visit:
                self._see_speed(world)
            self._see_stall_and_tow(world)
        if world.lap_completed != self._lap_completed:
            self._see_crossing(world)

    def _see_driver(self, world: World) -> None:
        if world.driver is not None and world.driver != self._last_driver:
            self._last_driver = world.driver
            self._note("driver", world.session_time)

    def _see_settings(self, world: World) -> None:
        """What held for less than a few ticks before somebody left the car, nobody can tell from a glitch."""
        is_new = world.driver is None or world.in_car != self._in_car
        self._in_car, self._in_car_ticks = world.in_car, 0 if is_new else self._in_car_ticks + 1
        if self._in_car_ticks >= 3:
            self.truth.in_car = dict(world.in_car)

    def _see_pit_road(self, world: World) -> None:
        is_placed, is_cut = world.placements != self._placements, world.cuts != self._cuts
        self._placements, self._cuts = world.placements, world.cuts
        if is_placed:
            if world.on_pit_road and (is_cut or not self._in_visit):
                self._begin_visit(is_moving=False)
            self._has_been_on_track |= not world.on_pit_road
        elif world.on_pit_road and not self._was_on_pit_road:
            self._begin_visit(is_moving=True)
            self._moment("PitEnter", world.session_time, world.time_of_day)
        elif self._was_on_pit_road and not world.on_pit_road:
            self._moment("PitExit", world.session_time, world.time_of_day)
            self._end_visit()
        self._was_on_pit_road = world.on_pit_road

    def _begin_visit(self, is_moving: bool) -> None:
        self._in_visit, self._has_stood, self._is_moving = True, False, is_moving
        self._slow_since, self._slow_ticks = None, 0

    def _end_visit(self) -> None:
        self._in_visit = False
        if self._has_stood and self._has_been_on_track:
            self._stint, self._stint_lap = self._stint + 1, 0
        self._has_been_on_track = True

    def _see_speed(self, world: World) -> None:
        """The car that is placed at rest does not stop: only one that moved on pit road does."""
        if world.speed < _STOPPED_MPS:
            self._last_slow = world.session_time, world.time_of_day
            self._slow_since = self._slow_since or self._last_slow
            self._slow_ticks += 1
            if self._is_moving and self._slow_ticks == _STOPPED_TICKS:
                self._is_moving = False
                self._moment("StopMoving", *self._slow_since, is_kept=True)
        else:
            self._slow_since, self._slow_ticks = None, 0
            if world.speed > _MOVING_MPS and not self._is_moving:
                self._is_moving = True
                self._moment("StartMoving", *self._last_slow)

    def _see_empty(self) -> None:
        """Who jumps out of the car while it stands has stopped there, however short a time ago."""
        if self._in_visit and self._is_moving and self._slow_since is not None:
            self._is_moving = False
            self._moment("StopMoving", *self._slow_since, is_kept=True)
        self._slow_since, self._slow_ticks = None, 0

    def _see_stall_and_tow(self, world: World) -> None:
        if world.in_stall:
            self._has_stood = True
            if "StopMoving" in self._moments:  # a car that was put into its stall made no stop
                self._requested = world.requested_flags
        if world.tow_left > 0.0 and not self._was_towed:
            self._note("tow", world.session_time)
        self._was_towed = world.tow_left > 0.0
        for name, value in zip(MAXIMA, (world.tow_left, world.repair_left, world.opt_repair_left), strict=True):
            if value > self._maxima[name]:
                self._maxima[name] = value

    def _see_crossing(self, world: World) -> None:
        self._lap_completed = world.lap_completed
        if world.lap_completed > 0:
            self._stint_lap += 1
            self.truth.laps.append(self._document(world))
            self._note("lap", world.session_time)
        self._begin_lap(world)

    def _begin_lap(self, world: World) -> None:
        self._line = world.session_time, world.fuel, world.fuel_delivered
        self._clock_sets = world.clock_sets
        self._moments: dict[str, tuple[float, float]] = {}
        self._maxima = dict.fromkeys(MAXIMA, 0.0)
        self._requested = None

    def _document(self, world: World) -> Lap:
        line_time, line_fuel, line_delivered = self._line
        added = world.fuel_delivered - line_delivered
        assert world.driver is not None, "the car crosses the line with somebody in it"
        # A clock that was set in mid-lap measures nothing.
        is_unmeasured = world.lap_was_cut or world.clock_sets != self._clock_sets
        document: Lap = {
            "LapCompleted": world.lap_completed,
            "LapLastLapTime": world.official_time,
            "LapTimeMeasured": None if is_unmeasured else world.session_time - line_time,
            "CustomerID": world.driver,
            "Driver": world.script.member(world.driver).name,
            "Stint": self._stint,
            "StintLap": self._stint_lap,
            "FuelLevel": world.fuel,
            "FuelUsed": None if world.lap_was_cut else line_fuel + added - world.fuel,
            "FuelAdded": added,
            "OnPitRoad": world.on_pit_road,
            "TrackTemp": world.track_temp,
            # What this world does not show is null.
            **dict.fromkeys(row.name for row in AT_LINE),
            "AirTemp": world.air_temp,
            "TrackWetness": world.track_wetness,
            "WeatherDeclaredWet": world.weather_declared_wet,
            "PlayerTireCompound": world.tire_compound,
            "PlayerCarTeamIncidentCount": world.team_incidents,
            "PitSvFlags": world.pit_flags if self._requested is None else self._requested,
            "SessionTime": world.session_time,
            "SessionTimeOfDay": world.time_of_day,
            "SessionState": world.state,
            "SessionFlags": world.flags,
        }
        document.update(self._maxima)
        for name in MOMENTS:
            moment = self._moments.get(name)
            document[f"{name}TimeOfDay"] = None if moment is None else moment[1]
            document[f"{name}Time"] = None if moment is None else moment[0]
        document.update(Source="driver", Gap=0.0)
        return document

    def _moment(self, name: str, session_time: float, time_of_day: float, is_kept: bool = False) -> None:
        """Note a moment of this lap: the first stop is kept, of the others the last counts."""
        if not (is_kept and name in self._moments):
            self._moments[name] = session_time, time_of_day
        self._note(name[0].lower() + name[1:], session_time)

    def _note(self, kind: str, session_time: float) -> None:
        self.truth.events.append((kind, session_time))


def _stints_of(laps: list[Lap]) -> list[dict[str, object]]:
    stints: dict[Value, list[Lap]] = {}
    for lap in laps:
        stints.setdefault(lap["Stint"], []).append(lap)
    return [
        {
            "Stint": number,
            "FirstLap": driven[0]["LapCompleted"],
            "LastLap": driven[-1]["LapCompleted"],
            "Laps": len(driven),
            "Drivers": list(dict.fromkeys(lap["CustomerID"] for lap in driven)),
            "FuelAdded": sum(lap["FuelAdded"] for lap in driven if isinstance(lap["FuelAdded"], float)),
        }
        for number, driven in stints.items()
    ]
