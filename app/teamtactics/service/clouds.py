"""
The cloud clients as the settings want them.

The Google libraries cost half a second and 45 MB: they are loaded by the thread that first needs one. Importing them
takes their loggers out of the hierarchy; they are put back, so that their warnings reach the log.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from teamtactics.cloud.meter import Meter
from teamtactics.contract.foreign import DocumentRefused
from teamtactics.delivery.ports import Sink
from teamtactics.model.parcel import Document, StoredParcel
from teamtactics.model.records import SessionClock
from teamtactics.settings.settings import Settings
from teamtactics.team.catch_up import Reader
from teamtactics.team.newest import Finder
from teamtactics.team.presence import Door
from teamtactics.team.watch import Stream

if TYPE_CHECKING:  # it loads the Google libraries
    from teamtactics.cloud.firestore import Firestore
    from teamtactics.delivery.fold_in import Fold
    from teamtactics.delivery.run_guard import Runs

_LOADING = threading.Lock()
"""
Couriers and watch begin at the same time. Two threads that load parts of the Firestore library at once wait for each
other in its circular imports, and Python then breaks one of them off with an error.
"""


def firestore_sink(
    settings: Settings,
    is_driving: Callable[[], bool] | None = None,
    clock: Callable[[], SessionClock | None] = lambda: None,
    on_refused: Callable[[DocumentRefused], None] | None = None,
    meter: Meter | None = None,
    runs: Runs | None = None,
    fold: Fold | None = None,
    on_folded: Callable[[StoredParcel, Document], None] = lambda _stored, _document: None,
) -> Sink:
    """
    Make the Firestore sink of *settings*; what the rest is for, ``FirestoreSink`` and ``FoldingSink`` say.

    Args:
        runs: Asked to which run of its session something belongs.

        fold: None for a sink that is only asked whether it works.
    """
    with _LOADING:
        from teamtactics.delivery.firestore_sink import FirestoreSink
        from teamtactics.delivery.fold_in import FoldingSink
        from teamtactics.delivery.run_guard import NoRuns, RunGuard

    documents = _firestore(settings, meter)
    guard = RunGuard(runs or NoRuns(), clock)
    plain = FirestoreSink(documents, is_driving, clock, on_refused, guard)
    return plain if fold is None else FoldingSink(plain, documents, fold, on_folded, guard=guard)


def collection_reader(settings: Settings, meter: Meter | None = None) -> Reader:
    """
    Make a reader of collections, for ``CatchUp``.

    Raises:
        CredentialsRejected: The key file is missing, unreadable or no service account's.
    """
    return _firestore(settings, meter)


def session_finder(settings: Settings, meter: Meter | None = None) -> Finder:
    """
    Open the way for ``newest_session``.

    Raises:
        CredentialsRejected: The key file is missing, unreadable or no service account's.
    """
    return _firestore(settings, meter)


def member_door(settings: Settings, meter: Meter | None = None) -> Door:
    """
    Open the way for ``Presence``.

    Raises:
        CredentialsRejected: The key file is missing, unreadable or no service account's.
    """
    return _firestore(settings, meter)


def _firestore(settings: Settings, meter: Meter | None) -> Firestore:
    with _LOADING:
        from teamtactics.cloud.firestore import Firestore
        from teamtactics.cloud.wire import Database

    database = Database(_project(settings), _key_path(settings), settings.cloud.firestore_emulator)
    return Firestore(database, meter=meter)


def pubsub_sink(settings: Settings) -> Sink:
    """Make the Pub/Sub sink of *settings*."""
    with _LOADING:
        from teamtactics.cloud.pubsub import PubSubSink

    cloud = settings.cloud
    if cloud.topic_path is None:
        raise ValueError("Pub/Sub is not configured")
    return PubSubSink(cloud.topic_path, _key_path(settings), cloud.pubsub_emulator)


def collection_stream(
    settings: Settings, collection: str, since: int | None = None, meter: Meter | None = None
) -> Stream:
    """
    Open a watch of *collection*, for ``TeamWatch``, from a cursor on; None: from the beginning.

    Raises:
        CredentialsRejected: The key file is missing, unreadable or no service account's.
    """
    with _LOADING:
        from teamtactics.cloud.watch import CollectionStream
        from teamtactics.cloud.wire import Database

    database = Database(_project(settings), _key_path(settings), settings.cloud.firestore_emulator)
    return CollectionStream(database, collection, since, meter=meter)


def _project(settings: Settings) -> str:
    project_id = settings.cloud.project_id
    if project_id is None:
        raise ValueError("Firestore is not configured")
    return project_id


def _key_path(settings: Settings) -> Path | None:
    credentials = settings.cloud.credentials
    return credentials.path if credentials is not None else None
