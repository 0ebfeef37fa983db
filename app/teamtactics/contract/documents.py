"""Events of the race as the documents of the data contract; field names are the contract's own."""

from __future__ import annotations

from datetime import datetime

from teamtactics import __version__
from teamtactics.contract.values import AT_LINE
from teamtactics.model.parcel import SCHEMA_VERSION, Document, Value
from teamtactics.model.precedence import RUN
from teamtactics.model.records import LapRecord, LapTally, Moment, RunState
from teamtactics.model.session import SessionInfo

SOURCE_DRIVER = "driver"
SOURCE_TEAMMATE = "teammate"


def info_document(info: SessionInfo, session_num: int, unique_id: int | None = None) -> Document:
    """
    Build document ``info``.

    Args:
        unique_id: Which run of the session it is of; None where the simulator does not say.

    Raises:
        ValueError: The session text does not name the own car or the session yet.
    """
    own, entry = info.own, info.session(session_num)
    if own is None or entry is None:
        raise ValueError("the session text does not name the own car or the session")
    return {
        "SchemaVersion": SCHEMA_VERSION,
        "ClientVersion": __version__,
        "Track": info.track_name,
        "TrackID": info.track_id,
        "TeamName": own.team_name,
        "TeamID": own.team_id,
        "Car": own.car_screen_name,
        "CarID": own.car_id,
        "SessionType": entry.type,
        "EventType": info.event_type,
        "SessionLaps": entry.laps,
        "SessionTime": entry.time_s,
        "SessionID": info.session_id,
        "SubSessionID": info.subsession_id,
        "SessionNum": session_num,
        RUN: unique_id or None,
        "FuelMax": info.fuel_max_l,
    }


def lap_document(lap: LapRecord, source: str = SOURCE_DRIVER, utc: datetime | None = None) -> Document:
    """
    Build the document of a completed lap; its id is ``LapCompleted``.

    A lap whose line nobody saw has null for all that is true "at the line".

    Args:
        utc: When the car crossed the line, by this PC's clock; None when that is not known.
    """
    known = dict(lap.values)
    at_line: dict[str, Value] = {
        "OnPitRoad": lap.on_pit_road,
        "TrackTemp": lap.track_temp_c,
        **{row.name: known.get(row.field) for row in AT_LINE},
        "PitSvFlags": lap.pit_sv_flags,
        "SessionTime": lap.session_time_s,
        "SessionTimeOfDay": lap.time_of_day_s,
        "SessionState": lap.session_state,
        "SessionFlags": lap.session_flags,
        "Utc": utc,
    }
    if not lap.was_line_seen:
        at_line = {**dict.fromkeys(at_line), "PitSvFlags": lap.tally.pit_sv_flags}
    return {
        "LapCompleted": lap.lap_completed,
        "LapLastLapTime": lap.official_s,
        "LapTimeMeasured": lap.measured_s,
        "CustomerID": lap.customer_id,
        "Driver": lap.driver,
        "Stint": lap.stint,
        "StintLap": lap.stint_lap,
        "FuelLevel": lap.fuel_level_l,
        "FuelUsed": lap.fuel_used_l,
        "FuelAdded": lap.tally.fuel_added_l,
        **at_line,
        **_tally_fields(lap.tally),
        "Source": source,
        "Gap": lap.gap_s,
    }


def state_document(state: RunState, info: SessionInfo, session_num: int, utc: datetime | None = None) -> Document:
    """
    Build document ``state``.

    Args:
        utc: When it was true, by this PC's clock; None when that is not known.
    """
    return {
        "SchemaVersion": SCHEMA_VERSION,
        "ClientVersion": __version__,
        "SessionID": info.session_id,
        "SubSessionID": info.subsession_id,
        "SessionNum": session_num,
        "SessionTime": state.session_time_s,
        "CustomerID": state.customer_id,
        "Driver": state.driver,
        "Stint": state.stint,
        "StintLap": state.stint_lap,
        "LapCompleted": state.lap_completed,
        "LapLastLapTime": state.lap_last_lap_time_s,
        "LapStartTime": state.lap_start_s,
        "FuelLevel": state.fuel_level_l,
        "FuelAtLapStart": state.fuel_at_lap_start_l,
        "FuelAdded": state.tally.fuel_added_l,
        "OnPitRoad": state.on_pit_road,
        # Without it a stop's request would be lost at a driver change.
        "PitSvFlags": state.tally.pit_sv_flags,
        **_tally_fields(state.tally),
        "Utc": utc,
        "InCar": None if state.in_car is None else dict(state.in_car),
    }


PIT_MOMENTS = ("PitEnter", "StopMoving", "StartMoving", "PitExit")
"""The four moments of a lap in the pits, in the contract's words: each has a ``…Time`` and a ``…TimeOfDay``."""


def _tally_fields(tally: LapTally) -> dict[str, Value]:
    moments = (tally.pit_enter, tally.stop_moving, tally.start_moving, tally.pit_exit)
    return {
        "PlayerCarTowTime": tally.tow_s,
        "PitRepairLeft": tally.repair_s,
        "PitOptRepairLeft": tally.optional_repair_s,
        **{
            field: value
            for name, at in zip(PIT_MOMENTS, moments, strict=True)
            for field, value in _moment_fields(name, at).items()
        },
    }


def _moment_fields(name: str, at: Moment | None) -> dict[str, Value]:
    return {
        f"{name}TimeOfDay": None if at is None else at.time_of_day_s,
        f"{name}Time": None if at is None else at.session_time_s,
    }
