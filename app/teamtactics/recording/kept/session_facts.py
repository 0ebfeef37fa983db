"""By what a session is known again later, and told from another one under the same name; pure."""

from __future__ import annotations

from dataclasses import replace

from teamtactics.contract.parcels import Ledger, purge_parcel
from teamtactics.model.events import SessionBegan
from teamtactics.model.parcel import Document, Parcel, Scalar, Value
from teamtactics.model.precedence import RUN
from teamtactics.model.session import SessionEntry
from teamtactics.race.eyes.continuity import RESTART_FALL_S
from teamtactics.race.identity import SessionSeen, is_another
from teamtactics.recording.journal import LIVE, Began
from teamtactics.store.records import IS_TEAM, MEMBER, STALL_PCT, StoredSession


def is_proved_another(known: StoredSession, began: Began) -> bool:
    """Tell whether the session that *began* is certainly not the *known* one, which has the same collection."""
    if began.source_key != LIVE and known.facts.get("Source") == began.source_key:
        return False  # the same recording again begins where it began before
    before = SessionSeen(
        _number(known.facts.get("SessionID")),
        _number(known.facts.get("SubSessionID")),
        known.last_session_time_s,
        unique_id=_number(known.facts.get(RUN)),
    )
    return is_another(before, seen(began))


def seen(began: Began) -> SessionSeen:
    """Note by which numbers the session that *began* was seen."""
    event, info = began.event, began.event.info
    ids, run = (info.session_id, info.subsession_id), event.session_unique_id
    return SessionSeen(*ids, event.session_time_s, event.lap_completed, run)


def facts(began: Began) -> Document:
    """Write down the numbers that a session is recognised by, where its laps are counted, and who sits at this PC."""
    info = began.event.info
    return {
        "SessionID": info.session_id,
        "SubSessionID": info.subsession_id,
        "SessionNum": began.event.session_num,
        RUN: began.event.session_unique_id,
        "Source": began.source_key,
        STALL_PCT: info.stall_pct,
        IS_TEAM: info.is_team_session,
        MEMBER: began.customer_id,
    }


def results(entry: SessionEntry) -> Document:
    """Return what is kept of the own car's line of the results: the record is held against it."""
    return {
        "ResultLaps": entry.own_laps,
        "ResultLastTime": entry.own_last_time_s,
        "ResultFastestTime": entry.own_fastest_time_s,
        "ResultFastestLap": entry.own_fastest_lap,
    }


def ledger(known: StoredSession, event: SessionBegan) -> Ledger:
    """Return the ledger of a session that goes on, or begins, with *event*."""
    run = _number(known.facts.get(RUN)) or event.session_unique_id
    return Ledger(known.collection, known.token, event.info, event.session_num, run)


def usable_checkpoint(known: StoredSession, began: Began) -> str | None:
    """Return the tracker's text in the checkpoint of *known* if the session that *began* can go on behind it."""
    written_by, _, text = (known.checkpoint or "").partition("\n")
    # Whoever joins again may see a clock some tenths behind: the tracker waits until it has come that far.
    is_earlier = began.event.session_time_s < known.last_session_time_s - RESTART_FALL_S
    if written_by != began.source_key or (is_earlier and began.source_key == LIVE):
        # Another recording of the same session, or another client on this store: it tells its own story.
        return None
    return text


def token(began: Began) -> str:
    """Make the text that tells this session from others under the same collection id; a name, it decides nothing."""
    event = began.event
    if event.info.subsession_id:
        return f"{event.info.subsession_id}/{event.session_num}/{event.session_unique_id}"
    began_utc_s = began.utc.timestamp() - event.session_time_s
    return f"offline/{round(began_utc_s)}/{event.session_num}/{event.session_unique_id}"


def purge(began: Began, info: Document, *, is_certain: bool) -> Parcel:
    """
    Build the order to remove what an older session, or an older run of this one, left under the same name.

    Args:
        info: The document that takes the place of the older one's.

        is_certain: The store proves it; else what the collection holds must, for a session that has just begun.
    """
    event = began.event
    begins: Document = {
        "certain": is_certain,
        "SessionID": event.info.session_id,
        "SubSessionID": event.info.subsession_id,
        "SessionNum": event.session_num,
        RUN: event.session_unique_id,
        "info": {name: value for name, value in info.items() if isinstance(value, Scalar)},
        "SessionTime": event.session_time_s,
        "live": began.source_key == LIVE and seen(began).has_just_begun,
    }
    return purge_parcel(began.collection, event.session_time_s, begins)


def purge_again(order: Parcel) -> Parcel | None:
    """
    Return what of a purge *order* may be given to a store that has lost it; None for nothing.

    Obeyed a second time it must not remove laps that nobody tells again: without ids nothing would show that they are
    of the session itself.
    """
    begins = order.document or {}
    if not (begins.get("SessionID") or begins.get("SubSessionID")):
        return None
    return replace(order, document={**begins, "certain": False})


def _number(value: Value) -> int | None:
    return int(value) if isinstance(value, int | float) else None
