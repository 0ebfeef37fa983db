"""The Firestore sink: the data contract's law, brought about by commits that say what they expect to find."""

from __future__ import annotations

import logging
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import groupby

from teamtactics.cloud.fates import AlreadyThere, Held, TooSlow
from teamtactics.cloud.firestore import NOTHING, Firestore, Found
from teamtactics.cloud.wire import ABSENT, Write
from teamtactics.contract.foreign import DocumentRefused, standing
from teamtactics.delivery.conflict import Conflict
from teamtactics.delivery.run_guard import INFO, NoRuns, RunGuard, Superseded, touch
from teamtactics.errors import Contended, DeliveryError
from teamtactics.language import Said
from teamtactics.model.parcel import FIRESTORE, Document, ParcelKind, StoredParcel
from teamtactics.model.precedence import Batch, info_wins, merge, must_purge, state_wins
from teamtactics.model.records import SessionClock

log = logging.getLogger(__name__)

_STATE = "state"

_ATTEMPTS = 3
"""So often at once; where six clients write the same every time, who loses three times waits a moment instead."""
_LOOK_S = 1.0
"""How long a read may take that is to tell a held document from a broken line."""


class FirestoreSink:
    """
    Delivers documents; the data contract's rules of precedence hold whoever else writes.

    Nothing is locked. What is new is written "must not exist", without a look; the state says which one it replaces,
    which is known from our own last write: a lap and the state after it cost one commit and no read. Whoever finds that
    somebody was faster reads, decides by the law and tries again. A lap that is there stays, whatever it says: what we
    know of it is folded in (``fold_in``).

    Args:
        documents: The database.

        is_driving: Whether the member of this PC drives now; ``Conflict`` asks.

        clock: How far the own simulator's session has come; None when it cannot tell. A state that is further was seen
            by nobody, and is replaced.

        on_refused: Told what is wrong with a document that somebody else has left there; it counts as not there.

        guard: Keeps what is of a former run of the race from the present one's documents.

    Threads:
        One, the courier's: whoever calls ``deliver``.
    """

    name = FIRESTORE
    max_batch = 200

    def __init__(
        self,
        documents: Firestore,
        is_driving: Callable[[], bool] | None = None,
        clock: Callable[[], SessionClock | None] = lambda: None,
        on_refused: Callable[[DocumentRefused], None] | None = None,
        guard: RunGuard | None = None,
    ) -> None:
        self._documents = documents
        self._conflict = Conflict(is_driving or (lambda: False))
        self._clock = clock
        self._on_refused = on_refused
        self._guard = guard or RunGuard(NoRuns())
        self._own: tuple[str, Found] | None = None
        """The collection we wrote a state to last, and that state."""
        self._is_held = False
        """The last state could not be written because of somebody else: the next one is tried when it is alone."""

    @property
    def conflict(self) -> str | None:
        """In plain words, that another client records the same car and ours yielded; None normally."""
        return self._conflict.text

    def check(self) -> str:
        """
        See that documents can be read and written; one line for the human. Nothing is left behind.

        Raises:
            DeliveryError: They cannot.
        """
        return self._documents.check()

    def close(self) -> None:
        """Give the connection back."""
        self._documents.close()

    def deliver(self, parcels: Sequence[StoredParcel]) -> None:
        """
        Bring *parcels*, all of one collection and in order of recording, into the database; a PURGE comes alone.

        Raises:
            Contended: Somebody else writes the same documents, or holds one of them.

            DeliveryError: Of what is not ``confirmed`` in it nothing is certain to be there; delivering it again is
                harmless.

        Durability:
            After it returns, the server has confirmed everything.
        """
        for session_id, of_session in groupby(parcels, lambda stored: stored.session_id):
            try:
                self._deliver(session_id, tuple(of_session))
            except Superseded:
                self._guard.said(session_id, parcels[0].parcel.collection)

    def _deliver(self, session_id: int, parcels: Sequence[StoredParcel]) -> None:
        has_runs, collection = self._guard.has_runs(session_id), parcels[0].parcel.collection
        if parcels[0].parcel.kind is ParcelKind.PURGE:
            self._purge(collection, parcels[0].parcel.document or {})
            return
        batch, of = merge(parcels), session_id if has_runs else None
        if batch.state is None or not (batch.laps or batch.plain):
            self._settle(collection, batch, of)
        else:
            others = [stored.seq for stored in parcels if stored.parcel.kind is not ParcelKind.STATE]
            self._settle_both(collection, batch, others, of)

    def _settle_both(self, collection: str, batch: Batch, others: Sequence[int], session_id: int | None) -> None:
        """Write the state and what comes with it together; where that does not work out, the state has to wait."""
        if not self._is_held:
            try:
                self._settle(collection, batch, session_id)
            except Contended as error:
                log.debug("%s: the state does not go along: %s", FIRESTORE, error)
                self._is_held = True
            else:
                return
        self._settle(collection, replace(batch, state=None), session_id)
        # Not tried at once: the server may wait for seconds, and what is confirmed is to be noted now.
        waits = Contended(FIRESTORE, Said("the state waits until somebody else's write of it has ended"))
        waits.confirmed = others
        raise waits

    def _settle(self, collection: str, batch: Batch, session_id: int | None) -> None:
        """
        Write of *batch* what the law lets win, all in one commit.

        Args:
            session_id: Whose it is, where that session may have had other runs; else None.

        Raises:
            Contended: Somebody else was faster several times, or holds one of the documents.

            Superseded: It is of a former run.
        """
        known = self._known(collection, batch.state)
        unknown = {_STATE} if batch.state is not None and not known else set()
        has_to_look = session_id is not None and bool(batch.laps or batch.state)
        if has_to_look and not known:
            unknown.add(INFO)
        for attempt in range(1, _ATTEMPTS + 1):
            known |= self._read(collection, unknown, self._clock())
            writes = list(self._writes(batch, known))
            if session_id is not None and INFO in known:
                writes += self._guarding(session_id, known[INFO], writes)
            try:
                versions = self._commit(collection, writes)
                break
            except Contended as error:
                if attempt == _ATTEMPTS or isinstance(error, Held):
                    raise
                unknown = {*batch.laps, *batch.plain, *known} if isinstance(error, AlreadyThere) else set(known)
                if has_to_look:
                    unknown.add(INFO)
        if batch.state is not None:
            self._state_settled(collection, batch.state, known[_STATE].document, versions.get(_STATE))

    def _guarding(self, session_id: int, info: Found, writes: Sequence[Write]) -> Sequence[Write]:
        """Return what has to go along with *writes*, so that they come to their own run's documents or nowhere."""
        guarding = self._guard.admit(session_id, info)
        is_enough = not writes or any(write.expects != ABSENT for write in writes)  # read together with info
        return () if guarding is None or is_enough else (guarding,)

    def _read(self, collection: str, doc_ids: Collection[str], now: SessionClock | None = None) -> dict[str, Found]:
        """Read what is there and counts; what somebody else left there and makes no sense has a version only."""
        found = self._documents.read(collection, doc_ids)
        for doc_id, there in found.items():
            document, why = standing(doc_id, there.document, now)
            if why is not None:
                found[doc_id] = Found(document, there.version)
                if self._on_refused is not None:
                    self._on_refused(why)
        return found

    def _known(self, collection: str, state: Document | None) -> dict[str, Found]:
        """Return the state that we wrote last, if it is one that *state* may replace; if not, somebody has to look."""
        own_collection, own = self._own or ("", NOTHING)
        if state is None or own_collection != collection or not state_wins(own.document, state):
            return {}
        return {_STATE: own}

    def _writes(self, batch: Batch, known: Mapping[str, Found]) -> Iterator[Write]:
        """Say what to write over what is *known*; what nobody has looked at yet is written as if it were new."""
        for doc_id, lap in batch.laps.items():
            there = known.get(doc_id, NOTHING)
            if there.version == ABSENT:
                yield Write(doc_id, lap, ABSENT)
            elif there.document is not None:
                self._conflict.lap_yields(doc_id, there.document, lap)
        for doc_id, info in batch.plain.items():
            there = known.get(doc_id, NOTHING)
            if info_wins(there.document, info):
                yield Write(doc_id, info, there.version)
        if batch.state is not None:
            there = known[_STATE]
            if state_wins(there.document, batch.state):
                yield Write(_STATE, batch.state, there.version)

    def _commit(self, collection: str, writes: Collection[Write]) -> dict[str, int]:
        """Write all or nothing; return the new versions."""
        if not writes:
            return {}
        has_state = any(write.doc_id == _STATE for write in writes)
        if has_state:
            self._own = None  # until the answer: it may get lost
        try:
            return self._documents.commit(collection, list(writes))
        except TooSlow as error:
            # Google waits longer for a held document than we for Google; a read waits for nobody.
            if has_state and self._is_answering(collection):
                held = Said("{error}; reading works, so the state is held by somebody", error=error.said)
                raise Held(FIRESTORE, held) from error
            raise

    def _is_answering(self, collection: str) -> bool:
        try:
            self._documents.read(collection, [_STATE], _LOOK_S)
        except DeliveryError as error:
            log.debug("%s: nor is a read answered: %s", FIRESTORE, error)
            return False
        return True

    def _state_settled(self, collection: str, ours: Document, there: Document | None, version: int | None) -> None:
        """Remember what became of our state, where *there* stood before; *version* is None when ours yielded."""
        self._is_held = False
        if version is not None:
            self._conflict.state_wins(there, ours)
            self._own = (collection, Found(ours, version))
        elif there is not None:
            log.debug("%s: a state at least as late is there, ours of %s s yields", FIRESTORE, ours.get("SessionTime"))
            self._conflict.state_yields(there, ours)

    def _purge(self, collection: str, begins: Document) -> None:
        """
        Remove an older session's documents, those that prove it older last: cut short, it can be done again.

        What somebody writes meanwhile is not removed, and several may do it at once: each commit expects ``info`` as it
        was found or as the last one left it, and whoever is too late is Contended and decides anew. With the last
        documents the new session's ``info`` takes the older one's place, so that at any time it says whose the
        documents are.
        """
        self._own = None
        proof = self._read(collection, [INFO, _STATE])
        if not must_purge(begins, proof[INFO].document, proof[_STATE].document):
            log.debug("%s: nothing of an older session in %s", FIRESTORE, collection)
            return
        info, new, removed = proof[INFO], begins.get("info"), 0
        while page := self._documents.versions(collection):
            rest = {doc_id: version for doc_id, version in page.items() if doc_id not in proof}
            writes = [Write(doc_id, None, version) for doc_id, version in (rest or page).items() if doc_id != INFO]
            removed += len(writes)
            if rest:
                guarding = () if info.version == ABSENT else (touch(info),)
                versions = self._documents.commit(collection, [*writes, *guarding])
                info = replace(info, version=versions.get(INFO, ABSENT))
                continue
            last = Write(INFO, new if isinstance(new, Mapping) else None, info.version)
            is_there = last.document is not None or info.version != ABSENT
            self._documents.commit(collection, [*writes, last] if is_there else writes)
            break
        log.info("%s: removed %d documents of an older session from %s", FIRESTORE, removed, collection)
