"""What a perfect observer would have left behind of a race, to be spoilt by tests of the judge."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

from race_sim import truth
from race_sim.outcome import Outcome
from race_sim.timeline import timeline
from support.pubsub_reader import Received
from teamtactics.demo.script import Script
from teamtactics.model.parcel import iso_utc

UTC_NOW = datetime(2026, 11, 26, 3, 0, tzinfo=UTC)
"""What its clock says at every line: the truth knows none."""

Change = Callable[[dict[str, Any], list[Received]], object]
"""What a test does to the documents and the messages of a session."""


def perfect(script: Script) -> Outcome:
    """Return the record of *script*, which has one session, without a flaw."""
    (told,), (line,) = truth.sessions(script), timeline(script)
    documents: dict[str, dict[str, Any]] = {str(lap["LapCompleted"]): {**lap, "Utc": UTC_NOW} for lap in told.laps}
    last = told.laps[-1]
    left_s = line.seats[-1].span.until_s - line.shift_s
    same = ("CustomerID", "LapCompleted", "LapLastLapTime", "Stint", "StintLap")
    documents["state"] = {**{name: last[name] for name in same}, "OnPitRoad": False, "SessionTime": left_s}
    documents["state"]["InCar"] = dict(told.in_car)
    documents["info"] = {}
    messages = [message(told.collection, kind, at_s) for kind, at_s in told.events if kind != "lap"]
    messages += [
        message(told.collection, "lap", float(str(lap["SessionTime"])), {**lap, "Utc": iso_utc(UTC_NOW)})
        for lap in told.laps
    ]
    return Outcome({told.collection: documents}, messages, {}, {}, 0, 0.0)


def message(collection: str, kind: str, at_s: float, payload: dict[str, Any] | None = None) -> Received:
    """Return a message of that type."""
    attributes = {"id": f"{kind} {at_s}", "type": kind, "schema": "1", "session": collection}
    data = {"type": kind, "session": collection, "sessionTime": at_s, "payload": payload or {}}
    return Received(attributes, collection, data)


def lap_field(lap: int, name: str, value: object) -> Change:
    """Change a field in the document and in its message."""

    def change(documents: dict[str, Any], messages: list[Received]) -> None:
        documents[str(lap)][name] = value
        for found in messages:
            if found.type == "lap" and found.data["payload"]["LapCompleted"] == lap:
                found.data["payload"][name] = value

    return change
