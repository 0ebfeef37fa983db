"""By what a session is known again later, and told from another one under the same name; pure."""

from __future__ import annotations

from teamtactics.contract.parcels import purge_parcel
from teamtactics.model.parcel import Document, Parcel, Value
from teamtactics.race.eyes.continuity import RESTART_FALL_S
from teamtactics.race.identity import SessionSeen, is_another
from teamtactics.recording.journal import LIVE, Began
from teamtactics.store.records import IS_TEAM, STALL_PCT, StoredSession


def is_proved_another(known: StoredSession, began: Began) -> bool:
    """Tell whether the session that *began* is certainly not the *known* one, which has the same collection."""
    if began.source_key != LIVE and known.facts.get("Source") == began.source_key:
        return False  # the same recording again begins where it began before
    before = SessionSeen(
        _number(known.facts.get("SessionID")), _number(known.facts.get("SubSessionID")), known.last_session_time_s
    )
    return is_another(before, seen(began))


def seen(began: Began) -> SessionSeen:
    """Note by which numbers the session that *began* was seen."""
    event, info = began.event, began.event.info
    return SessionSeen(info.session_id, info.subsession_id, event.session_time_s, event.lap_completed)


def facts(began: Began) -> Document:
    """Write down the numbers that a session is recognised by, and where its laps are counted."""
    info = began.event.info
    return {
        "SessionID": info.session_id,
        "SubSessionID": info.subsession_id,
        "SessionUniqueID": began.event.session_unique_id,
        "Source": began.source_key,
        STALL_PCT: info.stall_pct,
        IS_TEAM: info.is_team_session,
    }


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


def purge(began: Began, *, is_certain: bool) -> Parcel:
    """
    Build the order to remove what an older session left under the same name; only for single sessions.

    Args:
        is_certain: The store proves it; else what the collection holds must, for a session that has just begun.
    """
    event = began.event
    begins: Document = {
        "certain": is_certain,
        "SessionID": event.info.session_id,
        "SubSessionID": event.info.subsession_id,
        "SessionNum": event.session_num,
        "SessionTime": event.session_time_s,
        "live": began.source_key == LIVE and seen(began).has_just_begun,
    }
    return purge_parcel(began.collection, event.session_time_s, begins)


def _number(value: Value) -> int | None:
    return int(value) if isinstance(value, int | float) else None
