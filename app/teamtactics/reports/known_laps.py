"""The laps of a session as all that is known here tells them: recorded, seen, and read in its collection."""

from __future__ import annotations

import logging
from collections.abc import Iterable

from teamtactics.contract.documents import SOURCE_DRIVER, SOURCE_TEAMMATE, lap_document
from teamtactics.contract.facts_text import read_facts
from teamtactics.contract.foreign import DocumentRefused
from teamtactics.contract.lap_facts import utc_of
from teamtactics.contract.told import lap_of, told
from teamtactics.model.facts import LapFacts
from teamtactics.model.parcel import Document, ParcelKind
from teamtactics.model.retold import Told
from teamtactics.race.record.record import Record
from teamtactics.store.store import Outbox, StoredSession

log = logging.getLogger(__name__)


def known_laps(outbox: Outbox, session: StoredSession) -> list[Document]:
    """
    Return the document of every lap of which anything is known, in order.

    What was recorded by a version that kept no facts is there as it was recorded.

    Raises:
        OutboxError: The store cannot be read.
    """
    record = Record(session.is_stall_first, session.is_single)
    record.tell(_in_collection(outbox, session))
    record.learn(_seen(outbox, session))
    found = {_number(lap): lap for lap in outbox.documents(session.id, ParcelKind.LAP)}
    for lap in record.laps:
        folded = record.lap(lap)
        if folded is not None and record.is_complete(lap):
            source = SOURCE_DRIVER if folded.is_drivers else SOURCE_TEAMMATE
            found[lap] = lap_document(folded.record, source, utc_of(folded.record))
    return [found[lap] for lap in sorted(found)]


def _seen(outbox: Outbox, session: StoredSession) -> Iterable[LapFacts]:
    for lap in outbox.own_laps(session.id):
        try:
            yield read_facts(lap.facts)
        except DocumentRefused as why:
            log.warning("what was seen of lap %d cannot be read: %s", lap.lap, why)


def _in_collection(outbox: Outbox, session: StoredSession) -> dict[int, Told]:
    latest = outbox.latest_session(session.collection)
    if latest is None or latest.token != session.token:
        return {}  # another session has the name now, and the collection
    laps: dict[int, dict[str, Document]] = {}
    for each in outbox.mirror(session.collection).documents:
        if (lap := lap_of(each.doc_id)) is not None:
            laps.setdefault(lap, {})[each.doc_id] = each.document
    return {lap: told(lap, documents) for lap, documents in laps.items()}


def _number(lap: Document) -> int:
    number = lap["LapCompleted"]
    assert isinstance(number, int), "it is the lap's id"
    return number
