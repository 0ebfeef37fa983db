"""A lap as it stands in a collection, its document and its parts: through the door. Pure."""

from __future__ import annotations

from collections.abc import Mapping

from teamtactics.contract.foreign import DocumentRefused
from teamtactics.contract.lap_facts import shown_lap
from teamtactics.contract.part_document import part_facts, part_of
from teamtactics.model.facts import LapFacts
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
    """Read what stands there of *lap*; it is left alone where it cannot be used."""
    return read_lap(lap, documents)[0]


def read_lap(lap: int, documents: Mapping[str, Document]) -> tuple[Told, DocumentRefused | None]:
    """
    Read what stands there of *lap*; return also what is wrong with one of its documents.

    A part that makes no sense counts as not there, so that whoever wrote it blocks nobody. What a version to come has
    written somebody can read.
    """
    if any(is_of_newer_schema(document) for doc_id, document in documents.items() if lap_of(doc_id) is not None):
        return Told(is_left_alone=True), None
    parts, unusable, wrong = list[LapFacts](), set[int](), None
    try:
        for doc_id in sorted(documents):
            if (named := part_of(doc_id)) is None:
                continue
            try:
                parts.append(part_facts(doc_id, documents[doc_id]))
            except DocumentRefused as why:
                if why.newer_schema is not None:
                    raise
                wrong = why
                unusable.add(named[1])
        document = documents.get(str(lap)) if lap_of(str(lap)) else None
        record, is_drivers = (None, False) if document is None else shown_lap(str(lap), document)
    except DocumentRefused as why:
        return Told(is_left_alone=True), why
    return Told(record, is_drivers, tuple(parts), unusable=frozenset(unusable)), wrong
