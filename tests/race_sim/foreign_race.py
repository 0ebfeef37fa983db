"""
A team in one process into whose collection somebody else writes too.

Each member has the real tracker, team, debts and Firestore sinks; the database is a dictionary of the library's own
messages.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from itertools import count
from typing import Any, cast

from google.cloud.firestore_v1 import _helpers
from google.cloud.firestore_v1.types import document as document_types

from race_sim import truth
from teamtactics.cloud.firestore import NOTHING, Firestore, Found
from teamtactics.cloud.translate import AlreadyThere
from teamtactics.cloud.wire import ABSENT, PRESENT, Pb, Write, decoded, encoded
from teamtactics.contract.facts_text import write_facts
from teamtactics.contract.parcels import Ledger
from teamtactics.delivery.firestore_sink import FirestoreSink
from teamtactics.delivery.fold_in import FoldingSink
from teamtactics.delivery.owed.session_debt import SessionDebt
from teamtactics.demo import views
from teamtactics.demo.engine import ticks
from teamtactics.demo.script import Script
from teamtactics.demo.world import Quirk, World
from teamtactics.errors import Contended
from teamtactics.model.events import Event, LapSeen, SessionBegan
from teamtactics.model.mirror import Mirrored
from teamtactics.model.parcel import FIRESTORE, Document, Parcel, StoredParcel
from teamtactics.model.records import SessionClock, UtcMark
from teamtactics.race.tracker import Tracker
from teamtactics.settings.settings import Settings
from teamtactics.team.team import Team

LAG_TICKS = 30
"""A change reaches the members within half a second."""

LOOK_TICKS = 30

ROUNDS = 6
"""So often everybody looks after the race what is lacking: what one has told makes others tell more."""

Odd = Mapping[int, tuple[str, Mapping[str, Any]]]
"""
What somebody else writes: by the tick at which he does, which document, and which fields of it are not as they were.
A lap that is there already stays as it is.
"""


def google_document(fields: Mapping[str, Any]) -> Pb:
    """Encode any fields as Google's own client does: maps, lists, bytes and timestamps too."""
    document: Any = document_types.Document
    return document.pb(document(name="state", fields=_helpers.encode_dict(fields)))


class Documents:
    """Stands in for ``Firestore``: one collection, preconditions, and everybody is told of each document."""

    def __init__(self) -> None:
        self.kept: dict[str, tuple[Pb, int]] = {}
        self.told: deque[Mirrored] = deque()
        self._versions = count(1)

    def put(self, doc_id: str, document: Pb) -> int:
        version = next(self._versions)
        self.kept[doc_id] = (document, version)
        self.told.append(Mirrored(doc_id, decoded(document), version, version))
        return version

    def read(self, _collection: str, doc_ids: Sequence[str], _limit_s: float | None = None) -> dict[str, Found]:
        kept = {doc_id: self.kept[doc_id] for doc_id in doc_ids if doc_id in self.kept}
        found = {doc_id: Found(decoded(document), version) for doc_id, (document, version) in kept.items()}
        return {**dict.fromkeys(doc_ids, NOTHING), **found}

    def beginning_with(self, collection: str, begin: str) -> dict[str, Found]:
        return self.read(collection, [doc_id for doc_id in self.kept if doc_id.startswith(begin)])

    def commit(self, _collection: str, writes: Sequence[Write]) -> dict[str, int]:
        now = {}
        for write in writes:
            there = self.kept.get(write.doc_id)
            now[write.doc_id] = {**(decoded(there[0]) if there and write.is_partial else {}), **(write.document or {})}
            if write.expects == PRESENT and there is not None:
                continue
            version = self.kept[write.doc_id][1] if write.doc_id in self.kept else ABSENT
            if write.expects is not None and write.expects != version:
                kind = AlreadyThere if write.expects == ABSENT else Contended
                raise kind(FIRESTORE, f"{write.doc_id} is not as expected")
        assert all(write.document is not None for write in writes), "nothing is removed in a race"
        return {doc_id: self.put(doc_id, encoded(doc_id, document)) for doc_id, document in now.items()}

    def documents(self) -> dict[str, Document]:
        return {doc_id: decoded(document) for doc_id, (document, _) in self.kept.items()}


class Client:
    """One member's client, without threads: what collector, writer and courier do, in turns."""

    def __init__(self, settings: Settings, documents: Documents, now_s: list[float]) -> None:
        self.tracker = Tracker()
        self.team = Team(settings, _nobody_watches, lambda: now_s[0], self._own_clock)
        database = cast("Firestore", documents)
        plain = FirestoreSink(
            database,
            is_driving=lambda: self.tracker.is_driving,
            clock=lambda: self.team.clock,
            on_refused=self.team.complain,
        )
        self.debt = SessionDebt("c", "t")
        self.sink = FoldingSink(plain, database, lambda _session, *lap: self.debt.fold(*lap))
        self._sent: dict[str, Document | None] = {}
        self._now_s = now_s
        self._ledger: Ledger | None = None
        self._seqs = count(1)

    def tick(self, world: World, member: int, info: Any) -> None:
        if laps := self.team.laps():
            self.tracker.tell(laps)
        for state in self.team.take():
            self.tracker.hear(state)
        frame = views.frame(world, member)
        events = self.tracker.advance(frame, info)
        if events and isinstance(events[-1], SessionBegan):
            self._write(events[:-1])
            self._ledger = Ledger("c", "t", info, events[-1].session_num)
            self.tracker.begin()
            self.team.follow("c")
            events = self.tracker.advance(frame, info)
        self._write(events)
        if world.tick % LOOK_TICKS == 0:
            self.team.look(self.tracker.silent_driver)
            clock = self.tracker.clock
            self.pay(None if clock is None else clock.time_s)

    def hear(self, document: Mirrored) -> None:
        self.team._tell("c", document)
        self.debt.tell([document])

    def pay(self, session_s: float | None) -> bool:
        """Tell what the collection lacks; return whether it lacked anything."""
        has_paid = False
        for parcel in self.debt.parcels(session_s, self._now_s[0]):
            if parcel.key not in self._sent or self._sent[parcel.key] != parcel.document:
                self._sent[parcel.key] = parcel.document
                self.sink.deliver([StoredParcel(next(self._seqs), 1, parcel)])
                has_paid = True
        return has_paid

    def finish(self) -> None:
        self._write(self.tracker.finish())

    def _write(self, events: Sequence[Event]) -> None:
        for event in events:
            assert self._ledger is not None
            parcels: tuple[Parcel, ...] = self._ledger.parcels(event, UtcMark(0.0, datetime(2026, 3, 1, tzinfo=UTC)))
            if isinstance(event, LapSeen):
                self.debt.see([write_facts(event.facts)])
            self._sent.update({parcel.key: parcel.document for parcel in parcels})
            stored = [StoredParcel(next(self._seqs), 1, parcel) for parcel in parcels if parcel.document]
            if stored:
                self.sink.deliver(stored)

    def _own_clock(self) -> SessionClock | None:
        return self.tracker.clock


def race(script: Script, settings: Settings, odd: Odd) -> tuple[dict[str, Document], dict[int, Client]]:
    """Let the team drive *script* while somebody writes *odd* documents; return the collection and the clients."""
    documents, now_s = Documents(), [0.0]
    clients = {member.customer_id: Client(settings, documents, now_s) for member in script.members}
    on_the_way: deque[tuple[int, Mirrored]] = deque()
    infos: dict[int, Any] = {}
    text_version = -1
    for world in ticks(script):
        now_s[0] = world.tick / 60.0
        if world.tick in odd:
            doc_id, fields = odd[world.tick]
            there = decoded(documents.kept[doc_id][0]) if doc_id in documents.kept else {}
            if not there or doc_id == "state":
                documents.put(doc_id, google_document({**there, **fields}))
        if world.quirk is Quirk.MISSED:
            continue
        if world.text_version != text_version:
            text_version = world.text_version
            infos = {member: views.session_info(world, member) for member in clients}
        while documents.told:
            on_the_way.append((world.tick + LAG_TICKS, documents.told.popleft()))
        while on_the_way and on_the_way[0][0] <= world.tick:
            _tell(clients.values(), on_the_way.popleft()[1])
        for member, client in clients.items():
            client.tick(world, member, infos[member])
    for client in clients.values():
        client.finish()
    for _ in range(ROUNDS):
        told = [document for _, document in on_the_way] + list(documents.told)
        on_the_way.clear()
        documents.told.clear()
        for document in told:
            _tell(clients.values(), document)
        now_s[0] += 60.0
        has_paid = [client.pay(None) for client in clients.values()]
    assert not any(has_paid), "they correct one another for ever"
    return documents.documents(), clients


def _tell(clients: Iterable[Client], document: Mirrored) -> None:
    for client in clients:
        client.hear(document)


def laps_of(documents: Mapping[str, Document]) -> list[Document]:
    return [documents[doc_id] for doc_id in sorted((d for d in documents if d.isdigit()), key=int)]


def true_laps(script: Script) -> list[truth.Lap]:
    return truth.laps(script, 0)


def _nobody_watches(_settings: Settings, _collection: str, _since: int | None) -> Any:
    raise AssertionError("what is watched comes from the test")
