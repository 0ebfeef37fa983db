"""Parcels with the fields that a sink looks at and some of every type, as the outbox hands them out."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from teamtactics.model.parcel import Document, Message, Parcel, ParcelKind, StoredParcel, Value, iso_utc

SESSION: dict[str, Any] = {"SessionID": 118486868, "SubSessionID": 28814031, "SessionNum": 2}
NO_SESSION: dict[str, Any] = {"SessionID": 0, "SubSessionID": 0, "SessionNum": 0}
"""A session alone on the own PC: the simulator gives it no numbers."""


def lap(collection: str, number: int, **fields: Value) -> Parcel:
    """One lap, 100 s each, with its message."""
    document: Document = {
        "LapCompleted": number,
        "LapLastLapTime": None,
        "LapTimeMeasured": 99.98333,
        "CustomerID": 4711,
        "Driver": "Jörg Müller 🏁",
        "FuelLevel": 42.0,
        "FuelAdded": 0.0,
        "OnPitRoad": False,
        "PitSvFlags": 2**31,
        "SessionTime": number * 100.0,
        "Source": "driver",
        **fields,
    }
    message = _message(collection, "lap", f"{collection}/lap/{number}", number * 100.0, document)
    return Parcel(ParcelKind.LAP, f"lap/{number}", collection, number * 100.0, str(number), document, message)


def state(collection: str, session_time_s: float, **fields: Value) -> Parcel:
    document: Document = {
        "SchemaVersion": 1,
        **SESSION,
        "SessionTime": session_time_s,
        "CustomerID": 4711,
        "Stint": 1,
        "StintLap": 1,
        **fields,
    }
    return Parcel(ParcelKind.STATE, "state", collection, session_time_s, "state", document)


def info(collection: str, **fields: Value) -> Parcel:
    document: Document = {"SchemaVersion": 1, "SessionLaps": None, **SESSION, **fields}
    return Parcel(ParcelKind.INFO, "info", collection, 0.0, "info", document)


def purge(collection: str, **fields: Value) -> Parcel:
    document: Document = {"certain": False, "live": True, "SessionTime": 3.0, **SESSION, **fields}
    return Parcel(ParcelKind.PURGE, "purge", collection, 3.0, None, document)


def stored(*parcels: Parcel, first: int = 1) -> Sequence[StoredParcel]:
    """*parcels* as the outbox hands them out."""
    return [StoredParcel(seq, 1, parcel) for seq, parcel in enumerate(parcels, first)]


def _message(collection: str, kind: str, message_id: str, session_time_s: float, payload: Document) -> Message:
    data = {
        "schema": 1,
        "type": kind,
        "session": collection,
        "sessionTime": session_time_s,
        "customerId": 4711,
        "payload": {name: iso_utc(value) if isinstance(value, datetime) else value for name, value in payload.items()},
    }
    return Message(message_id, kind, data)
