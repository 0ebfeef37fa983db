"""A lap as it stands in a collection, its document and its parts: through the door. Pure."""

from __future__ import annotations

from collections.abc import Mapping

from teamtactics.contract.foreign import DocumentRefused
from teamtactics.contract.lap_facts import shown_lap
from teamtactics.contract.part_document import part_facts, part_of
from teamtactics.model.parcel import Document
from teamtactics.model.precedence import is_of_newer_schema
from teamtactics.model.retold import Told


def lap_of(doc_id: str) -> int | None:
    """Return the lap that a document is of, itself or as a part: what comes before lap 1 has parts alone. Else None."""
    if doc_id.isdecimal() and doc_id.isascii() and str(int(doc_id)) == doc_id:
        return int(doc_id) or None
    named = part_of(doc_id)
    return None if named is None else named[0]


def told(lap: int, documents: Mapping[str, Document]) -> Told:
    """Read what stands there of *lap*; it is left alone where something of it cannot be used."""
    try:
        return sound_lap(lap, documents)
    except DocumentRefused:
        return Told(is_left_alone=True)


def sound_lap(lap: int, documents: Mapping[str, Document]) -> Told:
    """
    Read what stands there of *lap*.

    Raises:
        DocumentRefused: Something of it cannot be used.
    """
    if any(is_of_newer_schema(document) for doc_id, document in documents.items() if lap_of(doc_id) is not None):
        return Told(is_left_alone=True)
    parts = tuple(part_facts(doc_id, documents[doc_id]) for doc_id in sorted(documents) if part_of(doc_id))
    document = documents.get(str(lap)) if lap_of(str(lap)) else None
    return Told(parts=parts) if document is None else Told(*shown_lap(str(lap), document), parts)
