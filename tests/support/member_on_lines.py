"""Both couriers and the watch of one member, each on a line of its own, and how long they take to find it again."""

from __future__ import annotations

import random
import threading
import time
from collections.abc import Callable
from typing import Self

from support.cloud_parcels import lap, state
from support.memory_queue import MemoryQueue
from support.relay import Relay
from support.sinks import firestore_sink
from teamtactics.cloud.line import Line
from teamtactics.cloud.pubsub import PubSubSink
from teamtactics.cloud.retry import Chance
from teamtactics.cloud.watch import CollectionStream
from teamtactics.cloud.wire import Database
from teamtactics.delivery.courier import Courier
from teamtactics.model.mirror import Mirrored, Word
from teamtactics.model.parcel import FIRESTORE, PUBSUB
from teamtactics.team.watch import TeamWatch

PROJECT = "lines"
KINDS: dict[str, Callable[[Relay], None]] = {"refuse": Relay.refuse, "stall": Relay.stall, "forget": Relay.forget}
RECORD_EVERY_S = 1.0
LIMIT_S = 150.0


class MemberOnLines:
    """Both couriers and the watch of one member, who records a lap and a state every second."""

    def __init__(
        self, firestore: str, pubsub: str, topic: str, collection: str, chance: Chance = random.random
    ) -> None:
        self.relays = [Relay(firestore), Relay(pubsub), Relay(firestore)]
        documents, messages, watched = (relay.address for relay in self.relays)
        self._collection = collection
        self._queue = MemoryQueue()
        line = Line()
        sinks = {
            FIRESTORE: firestore_sink(documents, PROJECT),
            PUBSUB: PubSubSink(topic, emulator=messages),
        }
        self.couriers = [
            Courier(name, lambda sink=sink: sink, self._queue, chance=chance, line=line)  # type: ignore[misc]
            for name, sink in sinks.items()
        ]
        database = Database(PROJECT, None, watched)
        self.watch = TeamWatch(lambda name: CollectionStream(database, name), self._hear, chance=chance, line=line)
        self.watch.follow(collection)
        self._stop = threading.Event()
        self._bells = [threading.Event() for _ in self.couriers]
        self._heard_s = 0.0
        self._threads = [
            *(
                threading.Thread(target=courier.run, args=(self._stop, bell), daemon=True)
                for courier, bell in zip(self.couriers, self._bells, strict=True)
            ),
            threading.Thread(target=self.watch.run, args=(self._stop,), daemon=True),
            threading.Thread(target=self._record, daemon=True),
        ]

    def __enter__(self) -> Self:
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        for bell in self._bells:
            bell.set()
        for thread in self._threads:
            thread.join(30)
        for courier in self.couriers:
            courier.close()
        for relay in self.relays:
            relay.refuse()

    def recovers_s(self, kind: str, outage_s: float) -> list[float] | None:
        """Break all lines, heal them, and return after how many seconds each channel got through; None: not all did."""
        begin_s = time.monotonic()
        if not self._is_through(begin_s, LIMIT_S):
            return None
        for relay in self.relays:
            KINDS[kind](relay)
        time.sleep(outage_s)
        healed_s = time.monotonic()
        for relay in self.relays:
            relay.heal()
        return self._is_through(healed_s, LIMIT_S)

    def _is_through(self, since_s: float, limit_s: float) -> list[float] | None:
        through: dict[int, float] = {}
        while len(through) < 3:
            if time.monotonic() > since_s + limit_s:
                return None
            for number, courier in enumerate(self.couriers):
                confirmed_s = courier.status.confirmed_at_s or 0.0
                if confirmed_s > since_s:
                    through.setdefault(number, confirmed_s - since_s)
            if self._heard_s > since_s:
                through.setdefault(2, self._heard_s - since_s)
            time.sleep(0.01)
        return [through[number] for number in range(3)]

    def _hear(self, collection: str, word: Word) -> None:
        del collection
        if isinstance(word, Mirrored):
            self._heard_s = time.monotonic()

    def _record(self) -> None:
        number = 0
        while not self._stop.wait(RECORD_EVERY_S):
            number += 1
            self._queue.add(lap(self._collection, number), state(self._collection, number * 1.0))
            for bell in self._bells:
                bell.set()
