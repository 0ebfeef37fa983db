"""
What may replace what, in a session's collection as in the local store: the data contract's law of precedence, pure.

Of laps it says nothing: what is there of one stays, and what more is known is folded in (``race.record``).

On the ground floor, because store and delivery decide by it and neither may know the other.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from teamtactics.model.parcel import SCHEMA_VERSION, Document, ParcelKind, StoredParcel

Stored = Mapping[str, object]
"""
A document of the collection. The law is for sound ones: what somebody else, perhaps another program, has left there
comes through ``contract.foreign.standing`` first, and what is none counts as not there.
"""

RUN = "SessionUniqueID"
"""Tells the runs of one session apart: one higher with each restart by the server (SIMULATOR#session)."""

_STAMPS = frozenset({"Updated", "Utc"})

_ROLLED_BACK_S = 5.0
"""s: more than the ticks between reading and stamping a session's begin; a time this far back is another session's."""


@dataclass(slots=True)
class Batch:
    """
    What one commit has to bring about.

    Attributes:
        laps: By document id, in order of recording.

        plain: Documents that are the same whoever writes them (``info``).

        state: The latest state; None when the parcels have none.
    """

    laps: dict[str, Document] = field(default_factory=dict)
    plain: dict[str, Document] = field(default_factory=dict)
    state: Document | None = None


def merge(parcels: Iterable[StoredParcel]) -> Batch:
    """Fold *parcels* of one collection into what they come to; one document is written once per commit."""
    batch = Batch()
    for stored in parcels:
        parcel = stored.parcel
        if parcel.kind in (ParcelKind.PART, ParcelKind.NUMBERS):
            raise ValueError(f"{parcel.key} is folded in, no law of precedence says what becomes of it")
        if parcel.document is None or parcel.doc_id is None:
            continue
        if parcel.kind is ParcelKind.STATE:
            if batch.state is None or state_wins(batch.state, parcel.document):
                batch.state = parcel.document
        elif parcel.kind is ParcelKind.LAP:
            batch.laps.setdefault(parcel.doc_id, parcel.document)
        else:
            batch.plain[parcel.doc_id] = parcel.document
    return batch


def is_of_newer_schema(stored: Stored | None) -> bool:
    """Tell whether a version to come has written it: whatever it says, it is left alone."""
    version = None if stored is None else stored.get("SchemaVersion")
    return isinstance(version, int) and version > SCHEMA_VERSION


def session_of(document: Stored) -> tuple[object, object, object]:
    """Return the three numbers that tell sessions apart; a missing one is 0."""
    return (document.get("SessionID") or 0, document.get("SubSessionID") or 0, document.get("SessionNum") or 0)


def is_of_earlier_run(one: Stored, other: Stored) -> bool:
    """
    Tell whether *one* is of an earlier run of the session that *other* is of: the server has begun it anew since.

    Its ids are the same then, and ``SessionUniqueID`` is higher. One that is missing, or 0, proves nothing; nor does
    any in a session without ids, where it begins with 1 every day.
    """
    then, now = _number(one, RUN), _number(other, RUN)
    if not then or not now or not any(_event_of(one)):
        return False
    return session_of(one) == session_of(other) and then < now


def state_wins(stored: Stored | None, ours: Stored) -> bool:
    """
    Tell whether *ours* may replace the *stored* state: it is later, or of another session under the same name.

    Of two that are equally late, the one told last stays if one member told both: what he did within the tick counts.
    Another member's gives way to a later one only. The same again wins nothing: it is there. What a version to come has
    written is never overwritten.
    """
    if is_of_newer_schema(stored):
        return False
    if stored is None or session_of(stored) != session_of(ours):
        return True
    then, now = _number(stored, "SessionTime"), _number(ours, "SessionTime")
    if then is None or now is None:
        return then is None
    is_own = stored.get("CustomerID") == ours.get("CustomerID")
    return now > then or (now == then and is_own and not says_the_same(stored, ours))


def is_foreign(stored: Stored, ours: Stored) -> bool:
    """
    Tell whether the *stored* state can tell us something: of our session, another member's or later than *ours*.

    One of our own that is as late is what a repeated delivery finds.
    """
    if is_of_newer_schema(stored) or session_of(stored) != session_of(ours):
        return False
    if stored.get("CustomerID") != ours.get("CustomerID"):
        return True
    then, now = _number(stored, "SessionTime"), _number(ours, "SessionTime")
    return then is not None and (now is None or then > now)


def says_the_same(stored: Stored | None, ours: Stored) -> bool:
    """
    Tell whether two documents tell the same facts: when the server took one, and what a PC's clock said, is none.

    A fact that is told again has another ``Utc`` by some milliseconds.
    """
    return stored is not None and _facts_of(stored) == _facts_of(ours)


def info_wins(stored: Stored | None, ours: Stored) -> bool:
    """
    Tell whether *ours* may replace the *stored* info: it is written once for a session, and again when it changes.

    Every member's client knows the same; that one of them is of another version is no change of the session. That of
    an earlier run never replaces a later one's, nor does one that does not know its run make anybody forget it.
    """
    if stored is None:
        return True
    is_forgetful = session_of(ours) == session_of(stored) and bool(_number(stored, RUN)) and not _number(ours, RUN)
    if is_of_newer_schema(stored) or is_of_earlier_run(ours, stored) or is_forgetful:
        return False
    return not says_the_same({**stored, "ClientVersion": None}, {**ours, "ClientVersion": None})


def must_purge(begins: Stored, info: Stored | None, state: Stored | None) -> bool:
    """
    Tell whether the collection holds an older session, or an older run, than what *begins*; in doubt it does not.

    Args:
        begins: The document of a PURGE parcel: ``certain``, ``live``, the session's three numbers, its run, and its
            ``SessionTime`` at its begin.
    """
    if info is not None and any(_event_of(info)) and _event_of(info) == _event_of(begins):
        if is_of_earlier_run(info, begins):
            return begins.get("certain") is True or not (is_of_newer_schema(info) or is_of_newer_schema(state))
        if _number(info, RUN) and _number(begins, RUN):
            # Another member's client has done it already: what stands there is of this run.
            return False
    if begins.get("certain") is True:
        return True
    if is_of_newer_schema(info) or is_of_newer_schema(state):
        return False
    there = state if info is None else info
    if there is not None and any((*_event_of(there), *_event_of(begins))):
        # An online session: its numbers prove it the same or another, times need not be asked.
        return _event_of(there) != _event_of(begins)
    then, now = _number(state or {}, "SessionTime"), _number(begins, "SessionTime")
    return begins.get("live") is True and then is not None and now is not None and then > now + _ROLLED_BACK_S


def _facts_of(document: Stored) -> Stored:
    return {name: value for name, value in document.items() if name not in _STAMPS}


def _event_of(document: Stored) -> tuple[object, object]:
    return session_of(document)[:2]


def _number(document: Stored, name: str) -> float | None:
    value = document.get(name)
    return float(value) if isinstance(value, (int, float)) and not isinstance(value, bool) else None
