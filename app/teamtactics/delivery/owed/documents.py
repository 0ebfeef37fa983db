"""A lap that is known as the documents that show it: its own, and its parts. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta

from teamtactics.contract.documents import SOURCE_DRIVER, SOURCE_TEAMMATE, lap_document
from teamtactics.contract.part_document import part_document, part_id
from teamtactics.model.facts import LapFacts
from teamtactics.model.parcel import Document
from teamtactics.race.record.fold import FoldedLap, fold

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


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
