"""Collection ids: one per session, as DATA.md#collection names them."""

from __future__ import annotations

import hashlib
import re

from teamtactics.model.session import SessionInfo

MAX_BYTES = 1500
"""Firestore's limit for an id, bytes of UTF-8."""

LAST_OF_LATIN_1 = 0xFF

_CUT_TO = 1400
_OF_TEAM = re.compile(r".*@([0-9]{1,18})#([0-9]{1,18})#([0-9]{1,9})", re.DOTALL)


def collection_id(info: SessionInfo, session_num: int) -> str:
    """
    Name the collection of session *session_num*.

    Raises:
        ValueError: The session text does not name the own car yet.
    """
    own = info.own
    if own is None:
        raise ValueError("the session text does not name the own car")
    if info.is_team_session:
        return escape(latin_1(f"{own.team_name}@{info.session_id}#{info.subsession_id}#{session_num}"))
    return escape(latin_1(f"{own.user_name}@{own.car_path}#{info.track_name}#{session_num}"))


def ids_of_team(collection: str) -> tuple[int, int, int] | None:
    """
    Read SubSessionID, SessionID and number of the session in the name of a team session's *collection*.

    iRacing's ids rise, so that they order sessions. None for any other name, also for one that was cut for its length.
    """
    found = _OF_TEAM.fullmatch(collection)
    return (int(found[2]), int(found[1]), int(found[3])) if found else None


def latin_1(name: str) -> str:
    """
    Return *name* as every member's simulator writes it, whether UTF-8 is switched on there or not.

    Each character above U+00FF is ``?``, as it is in a text in ISO-8859-1 (SIMULATOR#encoding).
    """
    return "".join(letter if ord(letter) <= LAST_OF_LATIN_1 else "?" for letter in name)


def escape(name: str) -> str:
    """
    Change *name* only where Firestore would refuse it or take it for a path.

    ``/`` becomes ``%2F``. A name that is ``.``, ``..`` or of the form ``__x__`` gets its first character as ``%`` and
    two hexadecimal digits. Characters that are no text (lone surrogates, NUL) become U+FFFD. A name of more than 1,500
    bytes keeps its first 1,400 and ends in ``%~`` and a hash of the whole, so that two long names stay two. An empty
    name becomes ``%00``.
    """
    name = name.encode("utf-8", "replace").decode("utf-8").replace("\0", "\ufffd")
    name = name.replace("/", "%2F")
    if not name:
        return "%00"
    if name in (".", "..") or (name.startswith("__") and name.endswith("__") and len(name) >= 4):
        name = f"%{ord(name[0]):02X}{name[1:]}"
    raw = name.encode("utf-8")
    if len(raw) > MAX_BYTES:
        digest = hashlib.sha256(raw).hexdigest()[:32]
        name = raw[:_CUT_TO].decode("utf-8", "ignore") + "%~" + digest
    return name
