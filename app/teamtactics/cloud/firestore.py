"""Documents of a Firestore database, read, and written by preconditions: knows Google, no law of the contract."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import uuid4

from teamtactics.cloud.calls.channel import Method, Pb
from teamtactics.cloud.connection import Connection, deadline_s
from teamtactics.cloud.meter import Meter
from teamtactics.cloud.wire import (
    ABSENT,
    COLLECTIONS,
    COMMIT,
    QUERY,
    READ,
    UPDATED,
    Database,
    Write,
    changes_query,
    commit_request,
    decoded,
    id_of,
    mirrored,
    names_request,
    range_request,
    size_of,
    version_of,
)
from teamtactics.language import Said
from teamtactics.model.mirror import Mirrored
from teamtactics.model.parcel import Document
from teamtactics.model.usage import Usage

PAGE = 90
"""
Documents listed, and so removed, at once. Firestore takes 500 writes and 10 MiB in a commit, and a removal weighs what
its entries in the indexes weigh: two for each of a lap's 37 fields, each with the document's whole name in it.
"""

CHANGES_PAGE = 300
"""Documents of a collection read at once: half a megabyte, a few seconds of a thin line."""

COLLECTIONS_PAGE = 1_000
"""Names of collections listed at once: some 50 KB."""

MOST_COLLECTIONS = 10_000
"""Of a database, listed: they come by name, so that a team's newest are among the last. Three are made in a race."""

_NAME_BYTES = 50

_DOCUMENT_BYTES = 2_000
"""A lap as it comes back, with its long names of fields; only for how long to wait."""


@dataclass(frozen=True, slots=True)
class Found:
    """A document as it was read, None where there is none; a write can say that it expects this version."""

    document: Document | None
    version: int


NOTHING = Found(None, ABSENT)


class Firestore:
    """
    Reads and writes documents. Nothing is ever locked: a client that dies between two calls leaves nothing behind.

    Args:
        timeout_s: The deadline of a small call; large ones have more time.

        meter: Told what was asked.

    Raises:
        Contended: By ``commit``: a document was not as expected, or is held by somebody. Nothing was written.

        DeliveryError: By every method, in place of what the library raised.

    Threads:
        One.
    """

    def __init__(self, database: Database, timeout_s: float = 5.0, meter: Meter | None = None) -> None:
        self._database = database
        self._meter = meter or Meter()
        self._timeout_s = timeout_s
        self._connection = Connection(database.where, database.endpoint)

    def read(self, collection: str, doc_ids: Collection[str], limit_s: float | None = None) -> dict[str, Found]:
        """Read some documents of a collection in one call, held ones too; each asked for is in the answer."""
        if not doc_ids:
            return {}
        path = self._path(collection)
        names = [f"{path}/{doc_id}" for doc_id in doc_ids]
        request = READ.request(database=self._database.path, documents=names)
        answers = self._ask_for_all(READ, request, limit_s or deadline_s(self._timeout_s, len(names) * _DOCUMENT_BYTES))
        self._meter.count(Usage(read=len(doc_ids)))
        found = dict.fromkeys(doc_ids, NOTHING)
        for answer in answers:
            if answer.HasField("found"):
                found[id_of(answer.found.name)] = Found(decoded(answer.found), version_of(answer.found.update_time))
        return found

    def commit(self, collection: str, writes: Sequence[Write]) -> dict[str, int]:
        """
        Write all or nothing.

        Returns:
            The new version of each document.

        Durability:
            After it returns, the server has confirmed everything.
        """
        request = commit_request(self._database.path, self._path(collection), writes)
        limit_s = deadline_s(self._timeout_s, size_of(request))
        answer = self._connection.call(lambda channel: channel.ask(COMMIT, request, limit_s, self._database.metadata))
        self._meter.count(Usage(commits=1, written=len(writes)))
        return {
            write.doc_id: version_of(result.update_time)
            for write, result in zip(writes, answer.write_results, strict=True)
        }

    def put(self, collection: str, doc_id: str, document: Document) -> None:
        """Write one document, whatever stands there."""
        self.commit(collection, [Write(doc_id, document)])

    def versions(self, collection: str) -> dict[str, int]:
        """Return the versions of some documents of a collection, at most ``PAGE``; empty when there are none."""
        request = names_request(f"{self._database.path}/documents", collection, PAGE)
        return {id_of(document.name): version_of(document.update_time) for document in self._query(request, 0)}

    def changed(
        self, collection: str, since: int | None, after: Mirrored | None = None, page: int = CHANGES_PAGE
    ) -> list[Mirrored]:
        """
        Return documents in the order of ``Updated``, at most *page*; fewer, when there are no more.

        Args:
            since: With an ``Updated`` of so many nanoseconds, or later; None: from the first one.

            after: The last one of the page before.
        """
        behind = None if after is None else (after.updated, after.doc_id)
        request = changes_query(f"{self._database.path}/documents", collection, since, behind, page)
        return [mirrored(document) for document in self._query(request, page)]

    def beginning_with(self, collection: str, prefix: str) -> dict[str, Found]:
        """Read the documents of a collection whose ids begin with *prefix*, in one call; at most ``PAGE``."""
        request = range_request(f"{self._database.path}/documents", collection, prefix, PAGE)
        return {
            id_of(document.name): Found(decoded(document), version_of(document.update_time))
            for document in self._query(request, PAGE)
        }

    def collections(self, most: int = MOST_COLLECTIONS, page: int = COLLECTIONS_PAGE) -> list[str]:
        """
        Return the ids of the database's own collections, those below documents left out; about *most* of them.

        Needs the right ``datastore.entities.list``, as a query does; ``roles/datastore.viewer`` has it.

        Args:
            page: How many are asked for at once.

        Source:
            "Required permissions for API methods" and "Predefined roles", as for ``check``.
        """
        found: list[str] = []
        token = ""
        while len(found) < most:
            request = COLLECTIONS.request(
                parent=f"{self._database.path}/documents", page_size=min(page, most - len(found)), page_token=token
            )
            answer = self._ask_for_collections(request, deadline_s(self._timeout_s, page * _NAME_BYTES))
            self._meter.count(Usage(read=1))  # a list of names costs as much as a document
            found.extend(answer.collection_ids)
            token = answer.next_page_token
            if not token:
                break
        return found

    def in_each(self, collections: Collection[str], doc_id: str) -> dict[str, Document]:
        """Read the document *doc_id* of each of some collections, in one call; those that have none are left out."""
        if not collections:
            return {}
        ids = {f"{self._path(collection)}/{doc_id}": collection for collection in collections}
        request = READ.request(database=self._database.path, documents=ids)
        answers = self._ask_for_all(READ, request, deadline_s(self._timeout_s, len(ids) * _DOCUMENT_BYTES))
        self._meter.count(Usage(read=len(ids)))
        return {ids[each.found.name]: decoded(each.found) for each in answers if each.HasField("found")}

    def latest(self, collection: str) -> Document | None:
        """Read the document of *collection* that was written last, by its ``Updated``; None where none has any."""
        latest_first = [{"field": {"field_path": UPDATED}, "direction": "DESCENDING"}]
        query = {"from_": [{"collection_id": collection}], "order_by": latest_first, "limit": {"value": 1}}
        found = self._query({"parent": f"{self._database.path}/documents", "structured_query": query}, 1)
        return decoded(found[0]) if found else None

    def check(self) -> str:
        """
        Prove what will be done, leaving nothing behind; one line for the human.

        A document is read, and in one commit written without a precondition and removed: for that the account needs the
        rights to get, create, update and delete, all that a delivery needs. Nobody can see it in between.

        Source:
            "Required permissions for API methods", Firestore, Security for server client libraries. A write that must
            fail by its precondition proves nothing: whether right or precondition is looked at first stands nowhere.
        """
        collection, doc_id = "teamtactics", f"check-{uuid4().hex}"
        self.read(collection, [doc_id])
        self.commit(collection, [Write(doc_id, {"check": True}), Write(doc_id, None)])
        return Said("{place} can be read and written", place=self._database.where.place)

    def close(self) -> None:
        """Give the connection back; a later call opens a new one."""
        self._connection.close()

    def _query(self, request: dict[str, Any], expected: int) -> list[Any]:
        """Ask for documents; *expected* of full size, only for how long to wait. An empty answer costs a read."""
        limit_s = deadline_s(self._timeout_s, expected * _DOCUMENT_BYTES)
        answers = self._ask_for_all(QUERY, QUERY.request(**request), limit_s)
        found = [answer.document for answer in answers if answer.document.name]
        self._meter.count(Usage(read=max(1, len(found))))
        return found

    def _path(self, collection: str) -> str:
        return f"{self._database.path}/documents/{collection}"

    def _ask_for_collections(self, request: Pb, limit_s: float) -> Pb:
        metadata = self._database.metadata
        return self._connection.call(lambda channel: channel.ask(COLLECTIONS, request, limit_s, metadata))

    def _ask_for_all(self, method: Method, request: Pb, limit_s: float) -> list[Pb]:
        metadata = self._database.metadata
        return self._connection.call(lambda channel: channel.ask_for_all(method, request, limit_s, metadata))
