"""The lap documents that follow from what a store says was seen here."""

from __future__ import annotations

from teamtactics.contract.documents import lap_document
from teamtactics.contract.facts_text import read_facts
from teamtactics.model.parcel import Document
from teamtactics.race.record.record import Record
from teamtactics.store.store import Outbox


def own_laps(outbox: Outbox, session_id: int = 1) -> list[Document]:
    """The completed laps of the session as this client alone knows them."""
    record = Record()
    record.learn(read_facts(lap.facts) for lap in outbox.own_laps(session_id))
    return [lap_document(lap) for lap in record.completed()]
