"""Events of the race as parcels: which document, which message, under which ids."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from teamtactics.contract.documents import (
    PIT_MOMENTS,
    SOURCE_DRIVER,
    info_document,
    lap_document,
    state_document,
)
from teamtactics.model.events import ANNOUNCED, Event, LapFinished, RunEvent
from teamtactics.model.parcel import SCHEMA_VERSION, Document, Message, Parcel, ParcelKind, Value, iso_utc
from teamtactics.model.precedence import RUN
from teamtactics.model.records import RunState, UtcMark
from teamtactics.model.session import SessionInfo

STATE_KEY = "state"


@dataclass(frozen=True, slots=True)
class Ledger:
    """
    Turns the events of one session into parcels.

    Attributes:
        collection: The session's collection id.

        token: Tells this session from others under the same collection id; part of every message id, because a
            subscriber that drops repeats must not drop tomorrow's lap 1.

        unique_id: Which run of the session it is; None when that is not known.
    """

    collection: str
    token: str
    info: SessionInfo
    session_num: int
    unique_id: int | None = None

    def info_parcel(self, session_time_s: float, customer_id: int | None) -> Parcel:
        """Build the info document with its ``session`` message; the same content always has the same message id."""
        document = info_document(self.info, self.session_num, self.unique_id)
        digest = _digest(json.dumps(document, sort_keys=True))
        message = _message(self.collection, self.token, "session", digest, session_time_s, customer_id, document)
        key = f"info/{session_time_s:.3f}/{digest}"
        return Parcel(ParcelKind.INFO, key, self.collection, session_time_s, "info", document, message)

    def parcels(self, event: Event, mark: UtcMark) -> tuple[Parcel, ...]:
        """
        Build what *event* has to leave behind; nothing for events that are for the log only.

        Args:
            mark: From which its ``Utc`` is counted.
        """
        if isinstance(event, LapFinished):
            # Of a lap that was not seen whole the document is folded, out of all that anybody has seen of it.
            lap = (lap_parcel(self.collection, self.token, event, mark),) if event.is_whole else ()
            return (*lap, self._state(event.state, mark))
        if isinstance(event, RunEvent):
            if event.kind in ANNOUNCED:
                return (self._announcement(event, mark), self._state(event.state, mark))
            return (self._state(event.state, mark),)
        return ()

    def _state(self, state: RunState, mark: UtcMark) -> Parcel:
        document = state_document(state, self.info, self.session_num, mark.utc_at(state.session_time_s))
        return Parcel(ParcelKind.STATE, STATE_KEY, self.collection, state.session_time_s, "state", document)

    def _announcement(self, event: RunEvent, mark: UtcMark) -> Parcel:
        at_s, state = event.at.session_time_s, event.state
        # The payload is the state "at that moment": an edge counts some ticks after it happened.
        payload = {**state_document(state, self.info, self.session_num, mark.utc_at(at_s)), "SessionTime": at_s}
        fact = f"{at_s:.3f}"
        message = _message(self.collection, self.token, event.kind.value, fact, at_s, state.customer_id, payload)
        key = f"event/{event.kind.value}/{fact}"
        return Parcel(ParcelKind.EVENT, key, self.collection, at_s, message=message)


def lap_parcel(collection: str, token: str, event: LapFinished, mark: UtcMark) -> Parcel:
    """Build the document of a completed lap with its message."""
    record = event.record
    fact = f"{record.lap_completed}/{record.customer_id}"
    document = lap_document(record, SOURCE_DRIVER, mark.utc_at(record.session_time_s))
    return _lap(collection, token, fact, document, record.session_time_s)


def told_anew(collection: str, token: str, document: Document) -> Parcel:
    """
    Build a lap that was told before, and of which more is known by now.

    With a message id of its own: a subscriber that drops repeats must not drop the better lap. Whoever tells the same
    tells it in the same words, its time included.
    """
    said = {name: _plain(value) for name, value in document.items()}
    fact = f"{document['LapCompleted']}/{_digest(json.dumps(said, sort_keys=True))}"
    return _lap(collection, token, fact, document, _latest_s(document))


def _latest_s(lap: Document) -> float:
    """Return when the line was crossed, s; where nobody saw that, when the last thing happened that somebody saw."""
    at_s = lap.get("SessionTime")
    known = [at_s] if isinstance(at_s, int | float) else [lap.get(f"{name}Time") for name in PIT_MOMENTS]
    return max((float(value) for value in known if isinstance(value, int | float)), default=0.0)


def _lap(collection: str, token: str, fact: str, document: Document, session_time_s: float) -> Parcel:
    number, customer_id = str(document["LapCompleted"]), document.get("CustomerID")
    driver = customer_id if isinstance(customer_id, int) else None
    message = _message(collection, token, "lap", fact, session_time_s, driver, document)
    return Parcel(ParcelKind.LAP, f"lap/{number}", collection, session_time_s, number, document, message)


def purge_parcel(collection: str, session_time_s: float, facts: Document) -> Parcel:
    """
    Build the order to remove an older session's documents from *collection*, as
    DATA.md#another-session-under-an-old-name says.
    """
    run = facts.get(RUN)
    return Parcel(ParcelKind.PURGE, f"purge/{run}" if run else "purge", collection, session_time_s, document=facts)


def _message(
    collection: str,
    token: str,
    kind: str,
    fact: str,
    session_time_s: float,
    customer_id: int | None,
    payload: Document,
) -> Message:
    data: Mapping[str, object] = {
        "schema": SCHEMA_VERSION,
        "type": kind,
        "session": collection,
        "sessionTime": session_time_s,
        "customerId": customer_id,
        "payload": {name: _plain(value) for name, value in payload.items()},
    }
    return Message(_digest(f"{collection}|{token}|{kind}|{fact}"), kind, data)


def _plain(value: Value) -> object:
    return iso_utc(value) if isinstance(value, datetime) else value


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:32]
