"""What the store holds of a session: read once, then with other names and numbers."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from teamtactics.errors import TeamtacticsError
from teamtactics.language import Said
from teamtactics.model.mirror import Mirrored
from teamtactics.model.parcel import Document, ParcelKind
from teamtactics.reports.known_laps import known_laps
from teamtactics.reports.problem import documents
from teamtactics.reports.problem.people import Found, People
from teamtactics.store.store import Outbox, OwnLap, StoredSession

LAST = "last"
_KINDS = (ParcelKind.INFO, ParcelKind.LAP, ParcelKind.PART, ParcelKind.NUMBERS, ParcelKind.STATE)
_NAMES = "names"
"""The store's text of who was ever in the car (``recording.names``)."""


class NoSuchSession(TeamtacticsError):
    """The session, or the lap of it, that is asked for is not recorded here."""


@dataclass(frozen=True, slots=True)
class Recorded:
    """
    One session as the store has it.

    Attributes:
        documents: By kind, what this client recorded.

        mirrored: What is known here of its collection.

        own: What this client saw of its laps.

        laps: What all of that comes to.
    """

    session: StoredSession
    documents: Mapping[str, Sequence[Document]]
    mirrored: Sequence[Mirrored]
    own: Sequence[OwnLap]
    laps: Sequence[Document]

    def span_of(self, lap: int) -> tuple[float, float]:
        """
        Return from when to when a lap was driven, session time in seconds.

        Raises:
            NoSuchSession: Nothing is known of that lap.
        """
        ends = {each["LapCompleted"]: each.get("SessionTime") for each in self.laps}
        of_lap = next((each for each in self.laps if each["LapCompleted"] == lap), None)
        end_s = None if of_lap is None else of_lap.get("SessionTime")
        if of_lap is None or not isinstance(end_s, int | float):
            known = Said("none is known yet")
            if ends:
                known = Said("known are {first} to {last}", first=next(iter(ends)), last=[*ends][-1])
            raise NoSuchSession(Said("When lap {lap} was driven is not recorded: {known}.", lap=lap, known=known))
        measured_s, before_s = of_lap.get("LapTimeMeasured"), ends.get(lap - 1)
        if isinstance(measured_s, int | float):
            return end_s - measured_s, end_s
        return (before_s if isinstance(before_s, int | float) else end_s), end_s


def read(outbox: Outbox, wanted: str | None) -> Recorded | None:
    """
    Read a session; None where nothing is recorded yet.

    Args:
        wanted: Number, collection id (its newest session) or ``last``; None for the last.

    Raises:
        NoSuchSession: It is none of those.

        OutboxError: The store cannot be read.
    """
    sessions = outbox.sessions()
    if wanted in (None, LAST):
        session = next(iter(sessions), None)
        if session is None:
            return None
    else:
        of_name = (one for one in sessions if wanted in (str(one.id), one.collection))
        session = next(of_name, None)
        if session is None:
            none = Said("There is no session {wanted!r}; `teamtactics show` lists those there are.", wanted=wanted)
            raise NoSuchSession(none)
    return Recorded(
        session,
        {kind.value: outbox.documents(session.id, kind) for kind in _KINDS},
        outbox.mirror(session.collection).documents,
        outbox.own_laps(session.id),
        known_laps(outbox, session),
    )


def look(outbox: Outbox, found: Found) -> None:
    """
    Note who occurs in any session of the store: the log tells of more than one.

    Raises:
        OutboxError: It cannot be read.
    """
    for session in outbox.sessions():
        found.collections.add(session.collection)
        documents.look(session.facts, found)
        for kind in _KINDS:
            for document in outbox.documents(session.id, kind):
                documents.look(document, found)
        for each in outbox.mirror(session.collection).documents:
            documents.look(each.document, found)
            documents.look_at_id(each.doc_id, found)
        for lap in outbox.own_laps(session.id):
            documents.look_at_facts(lap.facts, found)
    for number, name in _names(outbox.meta(_NAMES)).items():
        documents.look({"CustomerID": int(number) if number.isdecimal() else 0, "Name": name}, found)


def with_others(recorded: Recorded, people: People, prose: Callable[[str], str]) -> dict[str, Any]:
    """Return the session as a file can hold it, with other names and numbers."""

    def all_of(told: Sequence[Document]) -> list[dict[str, Any]]:
        return [documents.with_others(each, people, prose) for each in told]

    session = recorded.session
    return {
        "collection": people.collection(session.collection),
        "facts": documents.with_others(session.facts, people, prose),
        "began": documents.written(session.began_utc),
        "last": documents.written(session.last_utc),
        "laps": all_of(recorded.laps),
        "recorded": {kind: all_of(told) for kind, told in recorded.documents.items()},
        "there": {
            documents.other_id(each.doc_id, people): documents.with_others(each.document, people, prose)
            for each in recorded.mirrored
        },
        "seen": [documents.other_facts(lap.facts, people) for lap in recorded.own],
    }


def _names(text: str | None) -> Mapping[str, str]:
    try:
        found = json.loads(text or "{}")
    except ValueError:
        return {}
    return {str(number): str(name) for number, name in found.items()} if isinstance(found, dict) else {}
