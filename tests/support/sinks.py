"""A Firestore sink as the program composes it, for the tests."""

from __future__ import annotations

from collections.abc import Callable, Collection
from pathlib import Path

from teamtactics.cloud.firestore import NOTHING, Firestore, Found
from teamtactics.cloud.meter import Meter
from teamtactics.cloud.wire import Database
from teamtactics.contract.foreign import DocumentRefused
from teamtactics.delivery.firestore_sink import FirestoreSink
from teamtactics.model.parcel import Document
from teamtactics.model.records import SessionClock

PROJECT = "teamtactics-test"


def firestore_sink(
    emulator: str | None,
    project: str = PROJECT,
    *,
    credentials: Path | None = None,
    timeout_s: float = 5.0,
    on_look: Callable[[str, Document], None] | None = None,
    is_driving: Callable[[], bool] | None = None,
    meter: Meter | None = None,
    clock: Callable[[], SessionClock | None] = lambda: None,
    on_refused: Callable[[DocumentRefused], None] | None = None,
) -> FirestoreSink:
    """
    Make one.

    Args:
        on_look: Told the collection and its state whenever that was read and is there.
    """
    documents = _Watched(Database(project, credentials, emulator), timeout_s, meter)
    documents.on_look = on_look
    return FirestoreSink(documents, is_driving, clock, on_refused)


class _Watched(Firestore):
    on_look: Callable[[str, Document], None] | None = None

    def read(self, collection: str, doc_ids: Collection[str], limit_s: float | None = None) -> dict[str, Found]:
        found = super().read(collection, doc_ids, limit_s)
        there = found.get("state", NOTHING).document
        if self.on_look is not None and there is not None:
            self.on_look(collection, there)
        return found
