"""The session text of the scripted world as the simulator writes it: the sections that the collector reads."""

from __future__ import annotations

from teamtactics.demo.script import Session
from teamtactics.demo.world import World

_RIVALS = ((1, 402_568, "Pat Rival", 42), (3, 491_261, "Sam Rival", 7))
"""Car index, customer id, name, number: with them the own car's list position is not its ``CarIdx``."""


def session_text(world: World, member_id: int) -> str:
    """Return what the simulator of member *member_id* publishes as session text; new with ``world.text_version``."""
    lines = ["---", *_weekend(world), "", *_sessions(world), "", *_drivers(world, member_id), "", "..."]
    return "\n".join(lines) + "\n"


def _weekend(world: World) -> list[str]:
    script, session = world.script, world.session
    minutes = int(session.time_of_day_s) // 60
    hour = minutes // 60 % 24
    return [
        "WeekendInfo:",
        f" TrackName: {script.track.name}",
        f" TrackID: {script.track.track_id}",
        f" TrackLength: {script.track.length_m / 1000.0:.2f} km",
        f" TrackDisplayName: {script.track.name.title()}",
        " TrackConfigName: ",
        f" TrackPitSpeedLimit: {script.track.pit_limit_mps * 3.6:.2f} kph",
        " TrackType: road course",
        f" TrackSurfaceTemp: {script.track.temp_c:.2f} C",
        " SeriesID: 228",
        " SeasonID: 2623",
        f" SessionID: {script.session_id}",
        f" SubSessionID: {script.subsession_id}",
        " LeagueID: 0",
        f" Official: {int(script.session_id != 0)}",
        f" EventType: {script.event_type}",
        " Category: Road",
        " SimMode: full",
        f" TeamRacing: {int(script.team_name is not None)}",
        f" MinDrivers: {min(2, len(script.members))}",
        f" MaxDrivers: {16 if script.team_name is not None else 1}",
        " DCRuleSet: None",
        " NumCarClasses: 1",
        " NumCarTypes: 1",
        " HeatRacing: 0",
        " BuildType: Release",
        " BuildTarget: Members",
        " WeekendOptions:",
        "  NumStarters: 20",
        "  CourseCautions: off",
        f"  TimeOfDay: {hour % 12 or 12}:{minutes % 60:02d} {'am' if hour < 12 else 'pm'}",
        "  Date: 2025-09-04",
        f"  EarthRotationSpeedupFactor: {session.speedup}",
        "  IncidentLimit: unlimited",
    ]


def _sessions(world: World) -> list[str]:
    lines = ["SessionInfo:", " Sessions:"]
    for num, session in enumerate(world.script.sessions):
        lines += _session(num, session)
        lines += _results(world) if num == world.session_num and world.text_laps else ["   ResultsPositions:"]
        lines += ["   ResultsAverageLapTime: -1.0000", "   ResultsOfficial: 0"]
    return lines


def _session(num: int, session: Session) -> list[str]:
    limit = session.time_limit_s
    return [
        f" - SessionNum: {num}",
        f"   SessionLaps: {session.laps if session.is_race else 'unlimited'}",
        f"   SessionTime: {'unlimited' if limit is None else f'{limit:.4f} sec'}",
        "   SessionNumLapsToAvg: 0",
        f"   SessionType: {session.type}",
        "   SessionTrackRubberState: moderately high usage",
        f"   SessionName: {session.type.upper()}",
        "   SessionSubType: ",
        "   SessionSkipped: 0",
        "   SessionRunGroupsUsed: 0",
    ]


def _results(world: World) -> list[str]:
    """The own car's line; laps and last time lag behind the telemetry (SIMULATOR#lag)."""
    fastest_s, fastest_lap = world.text_fastest or (-1.0, 0)
    return [
        "   ResultsPositions:",
        "   - Position: 1",
        "     ClassPosition: 0",
        f"     CarIdx: {world.script.car_idx}",
        f"     Lap: {world.text_laps}",
        f"     FastestLap: {fastest_lap}",
        f"     FastestTime: {fastest_s:.4f}",
        f"     LastTime: {world.text_last_time:.4f}",
        f"     LapsComplete: {world.text_laps}",
        "     JokerLapsComplete: 0",
        "     Incidents: 0",
        "     ReasonOutId: 0",
        "     ReasonOutStr: Running",
    ]


def _drivers(world: World, member_id: int) -> list[str]:
    script = world.script
    car = script.car
    lines = [
        "DriverInfo:",
        f" DriverCarIdx: {script.car_idx}",
        f" DriverUserID: {member_id}",
        " PaceCarIdx: 0",
        " DriverCarIdleRPM: 800.000",
        " DriverCarRedLine: 6400.000",
        " DriverCarFuelKgPerLtr: 0.750",
        f" DriverCarFuelMaxLtr: {car.tank_l:.3f}",
        f" DriverCarMaxFuelPct: {car.max_fuel_pct:.3f}",
        f" DriverPitTrkPct: {script.track.stall_m / script.track.length_m:.6f}",
        f" DriverCarEstLapTime: {script.lap_time_s:.4f}",
        " DriverSetupName: baseline.sto",
        " DriverSetupIsModified: 0",
        " Drivers:",
    ]
    lines += _driver(world, 0, -1, "Pace Car", 0, "Pace Car", 0)
    for car_idx, user_id, name, number in _RIVALS:
        if car_idx != script.car_idx:
            lines += _driver(world, car_idx, user_id, name, 0, name, number)
    driver = script.member(world.text_driver)
    is_team = script.team_name is not None
    team = script.team_name if script.team_name is not None else driver.name
    return lines + _driver(
        world, script.car_idx, driver.customer_id, driver.name, script.team_id if is_team else 0, team, 5
    )


def _driver(world: World, car_idx: int, user_id: int, name: str, team_id: int, team: str, number: int) -> list[str]:
    car = world.script.car
    first, _, last = name.partition(" ")
    return [
        f" - CarIdx: {car_idx}",
        f"   UserName: {name}",
        f"   AbbrevName: {last}, {first[:1]}",
        f"   Initials: {first[:1]}{last[:1]}",
        f"   UserID: {user_id}",
        f"   TeamID: {team_id}",
        f"   TeamName: {team}",
        f'   CarNumber: "{number:02d}"',
        f"   CarNumberRaw: {number}",
        f"   CarPath: {car.path}",
        "   CarClassID: 11",
        f"   CarID: {car.car_id}",
        f"   CarIsPaceCar: {int(user_id < 0)}",
        "   CarIsAI: 0",
        f"   CarScreenName: {car.screen_name}",
        f"   CarScreenNameShort: {car.screen_name}",
        "   CarClassShortName: ",
        "   CarClassMaxFuelPct: 1.000 %",
        "   CarClassColor: 0xffffff",
        "   IRating: 1350",
        "   LicString: B 3.21",
        "   IsSpectator: 0",
        "   ClubName: -none-",
        "   CurDriverIncidentCount: 0",
        "   TeamIncidentCount: 0",
    ]
