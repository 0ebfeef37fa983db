"""The Firestore sink: documents of one collection in one commit."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from google.cloud.firestore_v1.types import firestore as request_types
from google.cloud.firestore_v1.types import write as write_types

from teamtactics.cloud.conflict import Conflict
from teamtactics.cloud.connection import Connection
from teamtactics.cloud.translate import AlreadyThere, Contended
from teamtactics.cloud.wire import Database, Pb, decoded, encoded
from teamtactics.errors import DeliveryError
from teamtactics.model.parcel import FIRESTORE, Document, ParcelKind, StoredParcel, is_back_filled
from teamtactics.model.precedence import Batch, info_wins, is_foreign, lap_wins, merge, must_purge, state_wins

log = logging.getLogger(__name__)

_STATE = "state"
_INFO = "info"
_PAGE = 300
"""Documents removed in one commit; Firestore's limit was 500 writes."""
_ROLLBACK_LIMIT_S = 1.0

_PbWrite = write_types.Write.pb()
_PbCommit = request_types.CommitRequest.pb()


class FirestoreSink:
    """
    Delivers documents; the data contract's rules of precedence hold whoever else writes.

    A lap and the state after it cost one read, one commit and two writes; documents without a state cost no read.

    Args:
        project_id: The Google project.

        credentials_path: The service account's key file; may be None only for an emulator.

        emulator: ``host:port`` of a Firestore emulator.

        timeout_s: The deadline of every single call.

        database: The database's id.

        on_foreign_state: Told the collection and its stored state when that is another member's, or later than the one
            that is to replace it; before it is replaced, and again with every repetition. Must not wait.

        on_created: Told of every back-filled lap whose document is ours in the database, before the delivery counts as
            done, and again with every repetition: whoever is told announces it.

        is_driving: Whether the member of this PC drives now; ``Conflict`` asks.

    Attributes:
        reads: Document reads so far, as Firestore counts them.

        writes: Document writes and removals so far.

    Threads:
        One, the uploader's: whoever calls ``deliver``.
    """

    name = FIRESTORE
    max_batch = 200

    def __init__(
        self,
        project_id: str,
        credentials_path: Path | None = None,
        emulator: str | None = None,
        timeout_s: float = 5.0,
        database: str = "(default)",
        on_foreign_state: Callable[[str, Document], None] | None = None,
        on_created: Callable[[StoredParcel], None] | None = None,
        is_driving: Callable[[], bool] | None = None,
    ) -> None:
        self.reads = 0
        self.writes = 0
        where = Database(project_id, credentials_path, emulator, database)
        self._database = where.path
        self._timeout_s = timeout_s
        self._on_foreign_state = on_foreign_state
        self._on_created = on_created
        self._conflict = Conflict(is_driving or (lambda: False))
        self._confirmed_seq = 0
        self._in_doubt = True
        """
        What is delivered next may be there already, by our own hand: an answer was lost, or another run of the program
        ended before it was noted. (Deliveries go in order, so the first one that succeeds ends the doubt.)
        """
        self._left_open = b""
        """A transaction whose commit failed or was never answered."""
        self._connection = Connection(where.where, where.endpoint, where.client)
        self._metadata = where.metadata

    def deliver(self, parcels: Sequence[StoredParcel]) -> None:
        """
        Bring *parcels*, all of one collection and in order of recording, into the database; a PURGE comes alone.

        Raises:
            DeliveryError: None of it is certain to be there; delivering it again is harmless.

        Durability:
            After it returns, the server has confirmed everything.
        """
        collection = parcels[0].parcel.collection
        self._roll_back(self._left_open)
        if parcels[0].parcel.kind is ParcelKind.PURGE:
            self._purge(collection, parcels[0].parcel.document or {})
            return
        batch = merge(parcels)
        # Numbers only rise: one that comes again was delivered, and that could not be noted.
        was_in_doubt, self._in_doubt = self._in_doubt or parcels[0].seq <= self._confirmed_seq, True
        try:
            created = self._write(collection, batch, was_in_doubt)
        except (AlreadyThere, Contended):
            self._in_doubt = was_in_doubt
            raise
        if self._on_created is not None:
            for stored in created:
                self._on_created(stored)
        self._in_doubt, self._confirmed_seq = False, parcels[-1].seq

    @property
    def conflict(self) -> str | None:
        """In plain words, that another client records the same car and ours yielded; None normally."""
        return self._conflict.text

    def check(self) -> str:
        """
        Read one document to see that the database answers; one line for the human.

        Raises:
            DeliveryError: It does not.
        """
        self._read(f"{self._database}/documents/teamtactics", ["check"])
        return f"{self._connection.where.place} answers"

    def close(self) -> None:
        """Give the connection back."""
        self._connection.close()

    def _write(self, collection: str, batch: Batch, in_doubt: bool) -> list[StoredParcel]:
        """Commit *batch*; return the back-filled laps whose documents are ours."""
        if not batch.amended:
            try:
                self._commit_at_first_sight(collection, batch)
                return list(batch.back_filled.values())
            except AlreadyThere:
                self._roll_back(self._left_open)
            is_alone = len(batch.laps) == 1 and not batch.plain and batch.state is None
            if is_alone and batch.back_filled and not in_doubt:
                return []
        return self._commit_compared(collection, batch, in_doubt)

    def _commit_at_first_sight(self, collection: str, batch: Batch) -> None:
        """Write laps and info as if nobody had written them; the state only if it wins."""
        path = self._path(collection)
        new = {**batch.laps, **batch.plain}
        writes = [_set(f"{path}/{doc_id}", document, only_new=True) for doc_id, document in new.items()]
        if batch.state is None:
            self._commit(writes)
            return
        found, transaction = self._read(path, [_STATE], in_transaction=True)
        self._commit(writes + self._state_write(collection, found.get(_STATE), batch.state), transaction)

    def _commit_compared(self, collection: str, batch: Batch, in_doubt: bool) -> list[StoredParcel]:
        """Look at what is there and write what wins: after a lost reply, or where a team-mate filled in."""
        path = self._path(collection)
        wanted = [*batch.laps, *batch.plain, *([_STATE] if batch.state is not None else [])]
        found, transaction = self._read(path, wanted, in_transaction=True)
        writes = list(self._lap_writes(path, found, batch, in_doubt))
        writes += [
            _set(f"{path}/{doc_id}", document)
            for doc_id, document in batch.plain.items()
            if info_wins(found.get(doc_id), document)
        ]
        if batch.state is not None:
            writes += self._state_write(collection, found.get(_STATE), batch.state)
        self._commit(writes, transaction)
        return [
            stored
            for doc_id, stored in batch.back_filled.items()
            if doc_id not in found or (in_doubt and found[doc_id] == batch.laps[doc_id])
        ]

    def _lap_writes(self, path: str, found: Mapping[str, Document], batch: Batch, in_doubt: bool) -> Iterator[Pb]:
        for doc_id, lap in batch.laps.items():
            stored, is_amended = found.get(doc_id), doc_id in batch.amended
            if stored != lap and lap_wins(stored, lap, is_amended):
                yield _set(f"{path}/{doc_id}", lap, only_new=stored is None)
            elif stored is not None and not is_back_filled(lap):
                self._conflict.lap_yields(doc_id, stored, lap, is_told_once=not (in_doubt or is_amended))

    def _state_write(self, collection: str, stored: Document | None, ours: Document) -> list[Pb]:
        """Decide about the state; before a foreign one is lost, whoever keeps our race is told what stood there."""
        if self._on_foreign_state is not None and stored is not None and is_foreign(stored, ours):
            self._on_foreign_state(collection, stored)
        if state_wins(stored, ours):
            self._conflict.state_wins(stored, ours)
            return [_set(f"{self._path(collection)}/{_STATE}", ours)]
        if stored is not None:
            self._conflict.state_yields(stored, ours)
        log.debug(
            "%s: a state at least as late is there already, ours of %s s yields", FIRESTORE, ours.get("SessionTime")
        )
        return []

    def _purge(self, collection: str, begins: Document) -> None:
        """Remove an older session's documents, those that prove it older last: cut short, it can be done again."""
        path = self._path(collection)
        found, _ = self._read(path, [_INFO, _STATE])
        if not must_purge(begins, found.get(_INFO), found.get(_STATE)):
            log.debug("%s: nothing of an older session in %s", FIRESTORE, collection)
            return
        removed = 0
        while page := self._list(collection):
            rest = [name for name in page if name.rpartition("/")[2] not in (_INFO, _STATE)]
            self._commit([_PbWrite(delete=name) for name in rest or page])
            removed += len(rest or page)
        log.info("%s: removed %d documents of an older session from %s", FIRESTORE, removed, collection)

    def _path(self, collection: str) -> str:
        return f"{self._database}/documents/{collection}"

    def _read(
        self, path: str, doc_ids: Sequence[str], in_transaction: bool = False
    ) -> tuple[dict[str, Document], bytes]:
        """Read some documents of a collection in one call; return those that exist, and the transaction begun."""
        request: dict[str, Any] = {
            "database": self._database,
            "documents": [f"{path}/{doc_id}" for doc_id in doc_ids],
        }
        if in_transaction:
            request["new_transaction"] = {"read_write": {}}
        answers = self._ask(lambda client, **options: list(client.batch_get_documents(request, **options)))
        self.reads += len(doc_ids)
        found: dict[str, Document] = {}
        transaction = b""
        for answer in map(request_types.BatchGetDocumentsResponse.pb, answers):
            transaction = transaction or answer.transaction
            if answer.HasField("found"):
                found[answer.found.name.rpartition("/")[2]] = decoded(answer.found)
        return found, transaction

    def _list(self, collection: str) -> list[str]:
        """Return the full names of some documents of the collection; empty when there are none."""
        query = {  # from_: the library's name for a keyword of the language
            "from_": [{"collection_id": collection}],
            "select": {"fields": [{"field_path": "__name__"}]},
            "limit": {"value": _PAGE},
        }
        request = {"parent": f"{self._database}/documents", "structured_query": query}
        answers = self._ask(lambda client, **options: list(client.run_query(request, **options)))
        names = [pb.document.name for pb in map(request_types.RunQueryResponse.pb, answers) if pb.document.name]
        self.reads += max(1, len(names))
        return names

    def _commit(self, writes: Sequence[Pb], transaction: bytes = b"") -> None:
        """Write all or nothing; a transaction that has nothing to write gives its locks back."""
        if not writes:
            self._roll_back(transaction)
            return
        request = request_types.CommitRequest.wrap(
            _PbCommit(database=self._database, writes=writes, transaction=transaction)
        )
        self._left_open = transaction
        self._ask(lambda client, **options: client.commit(request, **options))
        self._left_open = b""
        self.writes += len(writes)

    def _roll_back(self, transaction: bytes) -> None:
        """Give the locks of a transaction back that was not committed, so that nobody waits for them."""
        self._left_open = b""
        if not transaction:
            return
        request = {"database": self._database, "transaction": transaction}
        try:
            self._ask(lambda client, **options: client.rollback(request, **options), _ROLLBACK_LIMIT_S)
        except DeliveryError as error:
            # Only a courtesy: the server drops an idle transaction by itself after a minute.
            log.debug("%s: roll back: %s", FIRESTORE, error)

    def _ask(self, call: Callable[..., Any], limit_s: float | None = None) -> Any:
        """Make one call, with a deadline and without the library's own retry, which would block for a minute."""
        options = {"retry": None, "timeout": limit_s or self._timeout_s, "metadata": self._metadata}
        return self._connection.call(lambda client: call(client, **options))


def _set(name: str, document: Document, only_new: bool = False) -> Pb:
    write = _PbWrite(update=encoded(name, document))
    if only_new:
        write.current_document.exists = False
    return write
