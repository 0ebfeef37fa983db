"""Parcels of every kind, made short, for tests that only care how they are kept."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from teamtactics.model.parcel import Message, Parcel, ParcelKind, Value, iso_utc

COLLECTION = "FBP Racing  ORANGE@118486868#28814031#2"
START = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)


def at(seconds: float) -> datetime:
    """The moment *seconds* after START."""
    return START + timedelta(seconds=seconds)


def lap(number: int, source: str = "driver", collection: str = COLLECTION, **fields: Value) -> Parcel:
    """A lap document with its message, completed at 90 s a lap; only a driver's client knows its fuel."""
    seen: dict[str, Value] = {"FuelLevel": 30.0 if source == "driver" else None, "LapTimeMeasured": 90.0, "Gap": 0.0}
    document: dict[str, Value] = {"LapCompleted": number, "Source": source, **seen, **fields}
    payload = {name: iso_utc(value) if isinstance(value, datetime) else value for name, value in document.items()}
    data = {"type": "lap", "session": collection, "payload": payload}
    message = Message(f"{collection}/lap/{number}", "lap", data)
    return Parcel(ParcelKind.LAP, f"lap/{number}", collection, number * 90.0, str(number), document, message)


def state(session_time_s: float, collection: str = COLLECTION, **fields: Value) -> Parcel:
    """A state document; it has no message."""
    document: dict[str, Value] = {"SessionTime": session_time_s, **fields}
    return Parcel(ParcelKind.STATE, "state", collection, session_time_s, "state", document)


def event(session_time_s: float, kind: str = "pitEnter", collection: str = COLLECTION, **payload: Value) -> Parcel:
    """A message without a document."""
    message = Message(f"{kind}/{session_time_s}", kind, {"type": kind, "payload": payload})
    return Parcel(ParcelKind.EVENT, f"event/{kind}/{session_time_s}", collection, session_time_s, message=message)


def info(name: str = "a", collection: str = COLLECTION) -> Parcel:
    """An info document with its message; another name is another content and so another key."""
    message = Message(f"info/{name}", "session", {"payload": {"TeamName": name}})
    return Parcel(ParcelKind.INFO, f"info/{name}", collection, 0.0, "info", {"TeamName": name}, message)


def purge(collection: str = COLLECTION) -> Parcel:
    """The order to remove an older session's documents."""
    return Parcel(ParcelKind.PURGE, "purge", collection, 0.0, document={"SessionID": 1})
