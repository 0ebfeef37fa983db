"""A lap as it stands in a collection, its document and its parts: through the door, and back as documents. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime, timedelta

from teamtactics.contract.documents import SOURCE_DRIVER, SOURCE_TEAMMATE, lap_document
from teamtactics.contract.foreign import DocumentRefused
from teamtactics.contract.lap_facts import shown_lap
from teamtactics.contract.part_document import part_document, part_facts, part_id, part_of
from teamtactics.model.facts import LapFacts
from teamtactics.model.parcel import Document
from teamtactics.model.precedence import is_of_newer_schema
from teamtactics.race.record.fold import FoldedLap, fold
from teamtactics.race.record.owed import Told

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def lap_of(doc_id: str) -> int | None:
    """Return the lap that a document is of, itself or as a part; None when it is no lap's."""
    if doc_id.isdecimal() and doc_id.isascii() and str(int(doc_id)) == doc_id:
        return int(doc_id)
    named = part_of(doc_id)
    return None if named is None else named[0]


def told(lap: int, documents: Mapping[str, Document]) -> Told:
    """Read what stands there of *lap*; it is left alone where something of it cannot be used."""
    if any(is_of_newer_schema(document) for document in documents.values()):
        return Told(is_left_alone=True)
    try:
        parts = tuple(part_facts(doc_id, documents[doc_id]) for doc_id in sorted(documents) if part_of(doc_id))
        document = documents.get(str(lap))
        if document is None:
            return Told(parts=parts)
        return Told(*shown_lap(str(lap), document), parts)
    except DocumentRefused:
        return Told(is_left_alone=True)


def shown(folded: FoldedLap) -> Document:
    """Build the lap's document."""
    utc_s = folded.record.utc_s
    utc = None if utc_s is None else _EPOCH + timedelta(seconds=utc_s)
    return lap_document(folded.record, SOURCE_DRIVER if folded.is_drivers else SOURCE_TEAMMATE, utc)


def parts(facts: Iterable[LapFacts]) -> dict[str, Document]:
    """Build the part of each, by id."""
    found = {}
    for each in facts:
        alone = fold([each])
        if alone is not None:
            found[part_id(each.lap, each.member)] = part_document(each, alone.record, alone.is_drivers)
    return found
