"""Laps that several clients know something of: a part, and the lap folded of all parts, in one commit; no lock."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Protocol

from teamtactics.cloud.fates import Held
from teamtactics.cloud.firestore import NOTHING, Firestore, Found
from teamtactics.cloud.wire import PRESENT, Write
from teamtactics.delivery.ports import Sink
from teamtactics.delivery.run_guard import INFO, NoRuns, RunGuard, Superseded
from teamtactics.errors import Contended, DeliveryError
from teamtactics.model.parcel import FIRESTORE, Document, ParcelKind, StoredParcel
from teamtactics.model.precedence import says_the_same

log = logging.getLogger(__name__)

FOLDED = frozenset({ParcelKind.PART, ParcelKind.NUMBERS})
"""What is folded in; everything else is another sink's."""

_ATTEMPTS = 5
"""So often at once: each time somebody else's part has come into it, and there are six members."""


class Fold(Protocol):
    """Pure: whatever it is given, and in whatever order it comes, it answers the same."""

    def __call__(
        self, session_id: int, lap: int, there: Mapping[str, Document], ours: Mapping[str, Document]
    ) -> Mapping[str, Document] | None:
        """
        Say what has to stand in its collection of one *lap*.

        Args:
            session_id: Whose lap it is, by the store's number: sessions follow one another under one name.

            there: What stands there of it, the lap's document and all parts, by id, as it was read.

            ours: Our parts, by id. What stands under such an id is ours as well, perhaps from another PC.

        Returns:
            The lap's document, and of the parts those that stand there otherwise or not at all; of what comes before
            lap 1 parts alone. None when something of it cannot be used and has to be left alone.
        """


class FoldingSink:
    """
    Delivers parts and numbers itself, and everything else to the sink behind it, which gets its parcels first.

    Of a lap everything that stands there is read, ours is folded in, and what comes out is written only if the lap's
    document is still as it was read. Whoever writes a part writes the lap's document in the same commit, so that one
    version stands for all of them: two clients that fold at once find each other out, and the slower one reads again.
    A client that dies in between leaves nothing behind, and delivering again finds all as it should be.

    Args:
        on_folded: Told of every lap whose document shows our part in the database, with that document, before the
            delivery counts as done, and perhaps again.

        on_left_alone: Told of a lap of which something cannot be used: nothing of it was written.

        guard: Keeps what is of a former run of the race from the present one's documents.

    Threads:
        One, the courier's: whoever calls ``deliver``.
    """

    name = FIRESTORE

    def __init__(
        self,
        inner: Sink,
        documents: Firestore,
        fold: Fold,
        on_folded: Callable[[StoredParcel, Document], None] = lambda _stored, _document: None,
        on_left_alone: Callable[[StoredParcel], None] = lambda _stored: None,
        guard: RunGuard | None = None,
    ) -> None:
        self.max_batch = inner.max_batch
        self._inner = inner
        self._documents = documents
        self._fold = fold
        self._on_folded = on_folded
        self._on_left_alone = on_left_alone
        self._guard = guard or RunGuard(NoRuns())
        self._tried: set[int] = set()
        self._is_first = True
        """Until something was delivered: another run of the program may have done it, and ended before it was noted."""

    @property
    def conflict(self) -> str | None:
        """In plain words, that another client records the same car; None normally."""
        return self._inner.conflict

    def check(self) -> str:
        """
        See that documents can be read and written; one line for the human.

        Raises:
            DeliveryError: They cannot.
        """
        return self._inner.check()

    def close(self) -> None:
        """Give the connections back."""
        self._inner.close()
        self._documents.close()

    def deliver(self, parcels: Sequence[StoredParcel]) -> None:
        """
        Bring *parcels*, all of one collection and in order of recording, into the database.

        Raises:
            DeliveryError: Of what is not ``confirmed`` in it nothing is certain to be there; delivering it again is
                harmless.

        Durability:
            After it returns, the server has confirmed everything.
        """
        plain = [stored for stored in parcels if stored.parcel.kind not in FOLDED]
        if plain:
            self._inner.deliver(plain)
        confirmed = [stored.seq for stored in plain]
        collection = parcels[0].parcel.collection
        try:
            for (session_id, lap), parts in _by_lap(parcels).items():
                with self._unless_superseded(session_id, collection):
                    self._fold_in(collection, lap, parts)
                confirmed += [stored.seq for stored in parts]
            for session_id, numbers in _numbers(parcels).items():
                with self._unless_superseded(session_id, collection):
                    self._renumber(collection, session_id, numbers)
        except DeliveryError as error:
            error.confirmed = confirmed
            raise
        self._is_first = False

    @contextmanager
    def _unless_superseded(self, session_id: int, collection: str) -> Iterator[None]:
        """Do what is done inside, as far as the session's run is not over; then it counts as done."""
        try:
            yield
        except Superseded:
            self._guard.said(session_id, collection)

    def _fold_in(self, collection: str, lap: int, parts: Sequence[StoredParcel]) -> None:
        """
        Write *parts* and the lap of all parts.

        Raises:
            Contended: Somebody else was faster several times.

            Superseded: They are of a former run.
        """
        session_id = parts[0].session_id
        looks = {INFO} if self._guard.has_runs(session_id) else set()
        ours = {stored.parcel.doc_id or "": stored.parcel.document or {} for stored in parts}
        is_doubtful = self._is_first or any(stored.seq in self._tried for stored in parts)
        self._tried |= {stored.seq for stored in parts}
        for attempt in range(1, _ATTEMPTS + 1):
            there, info = self._read(collection, lap, ours, looks)
            guarding = self._guard.admit(session_id, info) if looks else None
            documents = {doc_id: found.document for doc_id, found in there.items() if found.document is not None}
            folded = self._fold(session_id, lap, documents, ours)
            if folded is None:
                log.info("%s: lap %d of %s is left alone: it cannot be read here", FIRESTORE, lap, collection)
                self._on_left_alone(parts[0])
                break
            writes = _writes(str(lap), folded, there)
            if writes and guarding is not None and there.get(str(lap), NOTHING) == NOTHING:
                writes.append(guarding)  # else the lap's version says as much: it was read behind info
            try:
                if writes:
                    self._documents.commit(collection, writes)
            except Contended as error:
                if attempt == _ATTEMPTS or isinstance(error, Held):
                    raise
                continue
            if str(lap) in folded and (writes or is_doubtful):
                self._on_folded(parts[0], folded[str(lap)])
            break
        self._tried -= {stored.seq for stored in parts}

    def _read(
        self, collection: str, lap: int, ours: Iterable[str], looks: Iterable[str]
    ) -> tuple[dict[str, Found], Found]:
        """Read all that stands of *lap*, its document first: whatever comes into it later changes its version."""
        found = self._documents.read(collection, [*looks, str(lap)])
        info = found.pop(INFO, NOTHING)
        parts = self._documents.beginning_with(collection, f"part {lap} ")
        return {**dict.fromkeys(ours, NOTHING), **parts, **found}, info

    def _renumber(self, collection: str, session_id: int, numbers: Sequence[StoredParcel]) -> None:
        """Write the stint numbers of laps that are there; of one that is gone there is nothing to number."""
        wanted = {stored.parcel.doc_id or "": stored.parcel.document or {} for stored in numbers}
        looks = [INFO] if self._guard.has_runs(session_id) else []
        for attempt in range(1, _ATTEMPTS + 1):
            if not wanted:
                return
            writes = [Write(doc_id, document, PRESENT, is_partial=True) for doc_id, document in wanted.items()]
            for info in self._documents.read(collection, looks).values():
                guarding = self._guard.admit(session_id, info)
                writes += [] if guarding is None else [guarding]
            try:
                self._documents.commit(collection, writes)
            except Contended as error:
                if attempt == _ATTEMPTS or isinstance(error, Held):
                    raise
                there = self._documents.read(collection, wanted)
                wanted = {doc_id: wanted[doc_id] for doc_id, found in there.items() if found != NOTHING}
            else:
                return


def _by_lap(parcels: Iterable[StoredParcel]) -> dict[tuple[int, int], list[StoredParcel]]:
    """Sort the parts among *parcels* by their session and lap, in order of recording."""
    found: dict[tuple[int, int], list[StoredParcel]] = {}
    for stored in parcels:
        if stored.parcel.kind is ParcelKind.PART:
            _, _, rest = (stored.parcel.doc_id or "").partition(" ")
            found.setdefault((stored.session_id, int(rest.partition(" ")[0])), []).append(stored)
    return found


def _numbers(parcels: Iterable[StoredParcel]) -> dict[int, list[StoredParcel]]:
    """Sort the numbers among *parcels* by their session, in order of recording."""
    found: dict[int, list[StoredParcel]] = {}
    for stored in parcels:
        if stored.parcel.kind is ParcelKind.NUMBERS:
            found.setdefault(stored.session_id, []).append(stored)
    return found


def _writes(lap_id: str, folded: Mapping[str, Document], there: Mapping[str, Found]) -> list[Write]:
    """
    Say what of *folded* has to be written over what is *there*: nothing, or the lap's document with what is new.

    The lap's document is written with a part even where it says the same: its version stands for all parts.
    """
    new = {
        doc_id: document
        for doc_id, document in folded.items()
        if not says_the_same(there.get(doc_id, NOTHING).document, document)
    }
    if new and lap_id in folded:
        new[lap_id] = folded[lap_id]
    return [Write(doc_id, document, there.get(doc_id, NOTHING).version) for doc_id, document in new.items()]
