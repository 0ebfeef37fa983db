"""A session as all that is known here tells it: recorded, seen, and read in its collection."""

from __future__ import annotations

import logging
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from itertools import chain

from teamtactics.contract.documents import SOURCE_DRIVER, SOURCE_TEAMMATE, lap_document
from teamtactics.contract.facts_text import read_facts
from teamtactics.contract.foreign import DocumentRefused, sound
from teamtactics.contract.lap_facts import utc_of
from teamtactics.contract.member import member_of
from teamtactics.contract.told import lap_of, told
from teamtactics.model.facts import LapFacts
from teamtactics.model.mirror import Mirrored
from teamtactics.model.parcel import FIRESTORE, Document, ParcelKind, Value
from teamtactics.model.precedence import is_of_earlier_run
from teamtactics.race.record.record import Record
from teamtactics.reports.wholeness import NO_RESULTS, Results, Wholeness, is_under_way, results_of, wholeness
from teamtactics.store.store import Outbox, StoredSession

log = logging.getLogger(__name__)

_NOT_COMPARED = frozenset({"Utc", "Updated", "Source", "Stint", "StintLap"})
"""What another look at the clock, another author or a stop that became known changes: the lap itself is the same."""


_ROUNDING = 1e-6


class Mark(StrEnum):
    """What can be told of a lap besides its document."""

    ONLY_HERE = "only here"
    """The collection is not known to hold it, or not all of it."""
    ONLY_THERE = "only there"
    """This client saw nothing of it: others have told it."""
    AMENDED = "amended"
    """It was corrected since it was first recorded, or several members' clients have told of it."""


@dataclass(frozen=True, slots=True)
class KnownSession:
    """
    All that is known here of one session.

    Attributes:
        laps: The document of every completed lap of which anything is known, in order.

        info: Document ``info``; empty where nobody has written one.

        state: The latest ``state`` that is known, this client's or another's; None without one.

        marks: By lap, what else can be told of it; laps of which there is nothing are not in it.

        told_utc: When the newest document of the collection that is known here was written there, by the server's
            clock; None when nothing of it is known.

        results: What the simulator says of the own car.

        members: The members' documents of the collection.
    """

    laps: Sequence[Document]
    info: Document
    state: Document | None
    marks: Mapping[int, frozenset[Mark]]
    told_utc: datetime | None
    results: Results = NO_RESULTS
    members: Sequence[Mirrored] = ()


def known_laps(outbox: Outbox, session: StoredSession, seen: Iterable[LapFacts] | None = None) -> list[Document]:
    """
    Return the document of every lap of which anything is known, in order.

    What was recorded by a version that kept no facts is there as it was recorded.

    Args:
        seen: What was seen here; None for what is kept of it.

    Raises:
        OutboxError: The store cannot be read.
    """
    recorded = _by_number(outbox.documents(session.id, ParcelKind.LAP))
    own = seen_laps(outbox, session) if seen is None else seen
    return _folded(session, _mirrored(outbox, session), own, recorded)


def known_session(outbox: Outbox, session: StoredSession) -> KnownSession:
    """
    Return all that is known of *session*.

    Raises:
        OutboxError: The store cannot be read.
    """
    mirrored, seen = _mirrored(outbox, session), seen_laps(outbox, session)
    there = {each.doc_id: each.document for each in mirrored}
    recorded = _by_number(outbox.documents(session.id, ParcelKind.LAP))
    laps = _folded(session, mirrored, seen, recorded)
    sources = _Sources(recorded, {facts.lap for facts in seen}, there, outbox.unconfirmed(session.id, FIRESTORE))
    marks = {_number(lap): found for lap in laps if (found := sources.marks(lap))}
    infos = outbox.documents(session.id, ParcelKind.INFO)
    states = [*outbox.documents(session.id, ParcelKind.STATE), there.get("state", {})]
    newest = max((each.known_at for each in mirrored), default=None)
    told_utc = None if newest is None else _moment(newest)
    info = infos[-1] if infos else there.get("info", {})
    members = [each for each in mirrored if member_of(each.doc_id) is not None]
    return KnownSession(laps, info, _latest(states), marks, told_utc, results_of(session.facts), members)


def known_wholeness(outbox: Outbox, session: StoredSession, now_utc: datetime) -> Wholeness:
    """
    Hold all that is known of *session* against the simulator's results.

    Args:
        now_utc: By which it is under way or over.

    Raises:
        OutboxError: The store cannot be read.
    """
    laps = known_laps(outbox, session)
    return wholeness(laps, results_of(session.facts), is_under_way=is_under_way(laps, now_utc))


class _Sources:
    """
    Where laps are known from.

    Args:
        recorded: As this client first recorded them, by number.

        seen: Those of which it saw anything.

        there: The collection's documents by id.

        waiting: Ids of documents that the collection has not confirmed.
    """

    def __init__(
        self,
        recorded: Mapping[int, Document],
        seen: Collection[int],
        there: Mapping[str, Document],
        waiting: Collection[str],
    ) -> None:
        self._recorded, self._seen, self._there, self._waiting = recorded, seen, there, waiting
        self._with_parts = {lap_of(doc_id) for doc_id in there if not doc_id.isdecimal()}
        self._with_waiting_part = {lap_of(doc_id) for doc_id in waiting if not doc_id.isdecimal()}

    def marks(self, lap: Document) -> frozenset[Mark]:
        """Return what can be told of *lap* beside what stands in it."""
        number = _number(lap)
        is_there, is_recorded = str(number) in self._there, number in self._recorded
        is_confirmed = is_there or (is_recorded and str(number) not in self._waiting)
        found = {
            Mark.ONLY_HERE: not is_confirmed or number in self._with_waiting_part,
            Mark.ONLY_THERE: is_there and not is_recorded and number not in self._seen,
            Mark.AMENDED: number in self._with_parts or _differs(lap, self._recorded.get(number)),
        }
        return frozenset(mark for mark, holds in found.items() if holds)


def _folded(
    session: StoredSession, mirrored: Iterable[Mirrored], seen: Iterable[LapFacts], recorded: Mapping[int, Document]
) -> list[Document]:
    if session.is_followed:
        return _as_told(mirrored)
    documents: dict[int, dict[str, Document]] = {}
    for each in mirrored:
        if (lap := lap_of(each.doc_id)) is not None:
            documents.setdefault(lap, {})[each.doc_id] = each.document
    in_collection = {lap: told(lap, of_lap) for lap, of_lap in documents.items()}
    record = Record(session.is_stall_first, session.is_single)
    # In one go, so that each lap is folded once: a race of a thousand takes a third of a second otherwise.
    record.close(lap for lap, now in in_collection.items() if now.is_over)
    parts = (part for now in in_collection.values() for part in now.parts)
    record.learn(chain(parts, seen))
    record.show({lap: now.from_document for lap, now in in_collection.items()})
    found = dict(recorded)
    for lap in record.laps:
        folded = record.lap(lap)
        if folded is not None and record.is_complete(lap):
            source = SOURCE_DRIVER if folded.is_drivers else SOURCE_TEAMMATE
            found[lap] = lap_document(folded.record, source, utc_of(folded.record))
    return [found[lap] for lap in sorted(found)]


def _as_told(mirrored: Iterable[Mirrored]) -> list[Document]:
    """Return the laps as they stand in the collection: who only reads has no rules to put to them."""
    found: dict[int, Document] = {}
    for each in mirrored:
        if each.doc_id.isdecimal() and (lap := lap_of(each.doc_id)) is not None:
            try:
                document = {**each.document, **sound(each.doc_id, each.document)}
                document.pop("Updated", None)  # when it was written there is no word of the lap
            except DocumentRefused as why:
                log.warning("what the collection says of lap %d cannot be used: %s", lap, why)
                continue
            if document.get("LapCompleted") == lap:
                found[lap] = document
    return [found[lap] for lap in sorted(found)]


def seen_laps(outbox: Outbox, session: StoredSession) -> list[LapFacts]:
    """
    Return what this client saw of the laps of *session*; what cannot be read of it is left out.

    Raises:
        OutboxError: The store cannot be read.
    """
    found = []
    for lap in outbox.own_laps(session.id):
        try:
            found.append(read_facts(lap.facts))
        except DocumentRefused as why:
            log.warning("what was seen of lap %d cannot be read: %s", lap.lap, why)
    return found


def _mirrored(outbox: Outbox, session: StoredSession) -> Sequence[Mirrored]:
    """Return what stands in the session's collection, as far as it is this session's."""
    latest = outbox.latest_session(session.collection)
    if latest is None or latest.token != session.token:
        return ()  # another session has the name now, and the collection
    mirrored = outbox.mirror(session.collection).documents
    info = next((each.document for each in mirrored if each.doc_id == "info"), {})
    if is_of_earlier_run(info, session.facts) or is_of_earlier_run(session.facts, info):
        return ()  # of the race before or behind a restart by the server
    return mirrored


def _latest(states: Iterable[Document]) -> Document | None:
    """Return the state of the latest session time; what cannot be used of it is no state."""
    usable = []
    for state in states:
        try:
            usable.append(sound("state", state))
        except DocumentRefused as why:
            if state:
                log.debug("the state is not shown: %s", why)
    return max(usable, key=lambda state: float(state["SessionTime"]), default=None)


def _differs(lap: Document, recorded: Document | None) -> bool:
    if recorded is None:
        return False
    return any(
        is_another(recorded[name], value)
        for name, value in lap.items()
        if name in recorded and name not in _NOT_COMPARED
    )


def is_another(one: Value, other: Value) -> bool:
    """Tell whether two values of one field differ by more than rounding."""
    if isinstance(one, float) and isinstance(other, float):
        return abs(one - other) > _ROUNDING  # litres are reckoned anew with each fold
    return one != other


def _moment(known_at: int) -> datetime:
    try:
        return datetime.fromtimestamp(known_at / 1e9, UTC)
    except (OverflowError, OSError, ValueError):  # of a clock that nobody has
        return datetime.fromtimestamp(0, UTC)


def _by_number(laps: Iterable[Document]) -> dict[int, Document]:
    return {_number(lap): lap for lap in laps}


def _number(lap: Document) -> int:
    number = lap["LapCompleted"]
    assert isinstance(number, int), "it is the lap's id"
    return number
