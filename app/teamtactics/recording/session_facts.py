"""By what a session is known again later, and told from another one under the same name; pure."""

from __future__ import annotations

from teamtactics.contract.parcels import purge_parcel
from teamtactics.model.events import SessionBegan
from teamtactics.model.parcel import Document, Parcel
from teamtactics.race.identity import SessionSeen, Verdict, compare
from teamtactics.recording.journal import Began
from teamtactics.store.records import StoredSession


def seen(stored: StoredSession) -> SessionSeen:
    """Read back from *stored* when and by which numbers its session was last seen."""
    unique = stored.facts.get("SessionUniqueID")
    return SessionSeen(
        int(stored.facts.get("SessionID") or 0),
        int(stored.facts.get("SubSessionID") or 0),
        int(unique) if unique is not None else None,
        stored.last_session_time_s,
        stored.last_utc.timestamp(),
    )


def now(began: Began) -> SessionSeen:
    """Note when and by which numbers the session that *began* was seen."""
    event, info = began.event, began.event.info
    unique = event.session_unique_id
    return SessionSeen(info.session_id, info.subsession_id, unique, event.session_time_s, began.utc.timestamp())


def is_same(known: StoredSession, began: Began) -> bool:
    """Tell whether the session that *began* is the *known* one, which has the same collection."""
    return compare(seen(known), now(began)) is Verdict.SAME


def facts(now: SessionSeen) -> Document:
    """Write down the numbers that a session is recognised by."""
    return {
        "SessionID": now.session_id,
        "SubSessionID": now.subsession_id,
        "SessionUniqueID": now.session_unique_id,
    }


def token(now: SessionSeen, session_num: int) -> str:
    """Make the text that tells this session from others under the same collection id."""
    if now.subsession_id:
        return f"{now.subsession_id}/{session_num}/{now.session_unique_id}"
    return f"offline/{round(now.began_utc_s)}/{session_num}/{now.session_unique_id}"


def purge(collection: str, began: SessionBegan, *, is_certain: bool, is_live: bool) -> Parcel:
    """Build the order to remove what an older session left under the same name; only for single sessions."""
    begins: Document = {
        "certain": is_certain,
        "SessionID": began.info.session_id,
        "SubSessionID": began.info.subsession_id,
        "SessionNum": began.session_num,
        "SessionTime": began.session_time_s,
        "live": is_live,
    }
    return purge_parcel(collection, began.session_time_s, begins)
