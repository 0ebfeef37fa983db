"""A Firestore sink as the program composes it, for the tests."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from teamtactics.cloud.firestore import Firestore
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
    on_foreign_state: Callable[[str, Document], None] | None = None,
    is_driving: Callable[[], bool] | None = None,
    meter: Meter | None = None,
    clock: Callable[[], SessionClock | None] = lambda: None,
    on_refused: Callable[[DocumentRefused], None] | None = None,
) -> FirestoreSink:
    documents = Firestore(Database(project, credentials, emulator), timeout_s, meter)
    return FirestoreSink(documents, on_foreign_state, is_driving, clock, on_refused)
