"""A running watch of a collection, or of its `state` alone, and what it was told."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from teamtactics.cloud.meter import Meter
from teamtactics.cloud.retry import RetryPolicy
from teamtactics.cloud.watch import CollectionStream
from teamtactics.cloud.wire import Database
from teamtactics.model.mirror import Mirrored, Word
from teamtactics.model.parcel import Document
from teamtactics.team.watch import TeamWatch

PROJECT = "teamtactics-test"
IMPATIENT = RetryPolicy(first_s=0.05, cap_s=0.2, least_s=0.02, refused_s=0.3)


class Follower:
    """
    A running watch and what it was told.

    Attributes:
        heard: Documents, as often as they were told.

        words: All that was told.
    """

    def __init__(self, address: str, policy: RetryPolicy = IMPATIENT, project: str = PROJECT, **keepalive: int) -> None:
        self.meter = Meter()
        self.opened: list[str] = []
        self.words: list[Word] = []
        self.heard: list[tuple[str, Document]] = []
        self._changed = threading.Condition()
        database = Database(project, None, address)

        def open_stream(collection: str) -> CollectionStream:
            self.opened.append(collection)
            return CollectionStream(database, collection, **keepalive, meter=self.meter)

        self.watch = TeamWatch(open_stream, self._hear, policy)

    def _hear(self, collection: str, word: Word) -> None:
        with self._changed:
            self.words.append(word)
            if isinstance(word, Mirrored):
                self.heard.append((collection, word.document))
            self._changed.notify_all()

    def times(self, collection: str) -> list[object]:
        return [document.get("SessionTime") for name, document in self.heard if name == collection]

    def hears(self, collection: str, session_time_s: float, limit_s: float = 10.0) -> bool:
        with self._changed:
            return self._changed.wait_for(lambda: session_time_s in self.times(collection), limit_s)


@contextmanager
def following(follower: Follower, collection: str | None) -> Iterator[Follower]:
    stop, others = threading.Event(), open_streams()
    thread = threading.Thread(target=follower.watch.run, args=(stop,))
    thread.start()
    follower.watch.follow(collection)
    try:
        yield follower
    finally:
        stop.set()
        thread.join(5)
        assert not thread.is_alive()
        assert open_streams() == others, "it leaves its stream's thread behind"


def open_streams() -> int:
    return sum(thread.name == "team-watch-stream" for thread in threading.enumerate())


def ignore(collection: str, word: Word) -> None:
    del collection, word


def becomes(fact: Callable[[], bool], limit_s: float = 10.0) -> bool:
    until_s = time.monotonic() + limit_s
    while time.monotonic() < until_s:
        if fact():
            return True
        time.sleep(0.01)
    return fact()


def is_connected(follower: Follower) -> Callable[[], bool]:
    return lambda: follower.watch.status.is_connected
