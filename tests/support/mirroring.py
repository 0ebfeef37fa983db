"""One member's client, as far as it follows a collection into the mirror of its store."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from types import TracebackType
from typing import Self

from support.follower import IMPATIENT
from teamtactics.cloud.meter import Meter
from teamtactics.cloud.watch import CollectionStream
from teamtactics.cloud.wire import Database
from teamtactics.model.mirror import Known, Mirrored
from teamtactics.store.store import Outbox
from teamtactics.team.followed import Followed
from teamtactics.team.mirror_box import MirrorBox
from teamtactics.team.watch import TeamWatch


class MirroringClient:
    """
    Watch, mirror and a writer that takes its turn every few milliseconds; it ends as the program does.

    Args:
        address: ``host:port`` of Firestore, or of whatever stands before it.

        store: The store's file.

    Attributes:
        told: Ids of what the collector was told, in order, what the store knew first.

        cursors: From where each stream was opened.
    """

    def __init__(
        self, address: str, project: str, store: Path, collection: str | None = None, overlap_s: float = 0.0
    ) -> None:
        self.meter = Meter()
        self.told: list[str] = []
        self.cursors: list[int | None] = []
        self.outbox = Outbox.open(store, lambda: datetime.now(UTC))
        self.box = MirrorBox(self.outbox)
        self._database = Database(project, None, address)
        self._overlap_s = overlap_s
        self.watch = TeamWatch(self._open, lambda name, word: self.followed.heard(name, word), IMPATIENT)
        self.followed = Followed(self.box, self.watch.follow, self._tell, time.monotonic)
        self._collection = collection
        self._stop = threading.Event()
        self._threads = [
            threading.Thread(target=self.watch.run, args=(self._stop,)),
            threading.Thread(target=self._write),
        ]

    def __enter__(self) -> Self:
        for thread in self._threads:
            thread.start()
        self.followed.follow(self._collection)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stop.set()
        for thread in self._threads:
            thread.join(5)
            assert not thread.is_alive()
        self.outbox.close()

    @property
    def mirror(self) -> Known:
        return self.outbox.mirror(self._collection or "")

    def has(self, *doc_ids: str) -> Callable[[], bool]:
        """Ask whether all these are in the store, and that nothing is missing before them."""
        return lambda: (
            {*doc_ids} <= {each.doc_id for each in self.mirror.documents}
            and self.followed.is_caught_up
            and self.mirror.cursor == max(each.updated for each in self.mirror.documents)
        )

    def with_newest_stamp(self) -> int:
        """Count the documents in the store that have the newest time stamp of all: a new stream brings them again."""
        stamps = [each.updated for each in self.mirror.documents]
        return stamps.count(max(stamps))

    def _open(self, collection: str) -> CollectionStream:
        self.cursors.append(self.followed.cursor(collection))
        return CollectionStream(
            self._database, collection, self.cursors[-1], meter=self.meter, overlap_s=self._overlap_s
        )

    def _tell(self, _collection: str, document: Mirrored) -> None:
        self.told.append(document.doc_id)

    def _write(self) -> None:
        while not self._stop.wait(0.005):
            self.box.write()
        self.box.write()
