"""Firestore in memory: documents with versions and preconditions, and the watch of a collection; one thread."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass

from teamtactics.cloud.fates import AlreadyThere
from teamtactics.cloud.firestore import NOTHING, PAGE, Found
from teamtactics.cloud.wire import ABSENT, PRESENT, Write
from teamtactics.errors import Contended, TemporaryFailure
from teamtactics.model.mirror import CaughtUp, Mirrored, Removed, Word
from teamtactics.model.parcel import FIRESTORE, Document


class Killed(BaseException):
    """The client's process ended here."""


class MemoryFirestore:
    """
    What all clients share.

    Attributes:
        there: By collection and id.

        now: The server's clock, one further with each commit.

        log: What each commit was, for whoever wonders.
    """

    def __init__(self) -> None:
        self.there: dict[str, dict[str, Mirrored]] = {}
        self.now = 1_000
        self.log: list[tuple[str, tuple[Write, ...]]] = []

    def commit(self, collection: str, writes: Sequence[Write]) -> dict[str, int]:
        there = self.there.setdefault(collection, {})
        for write in writes:
            version = there[write.doc_id].version if write.doc_id in there else ABSENT
            if write.expects == ABSENT and version != ABSENT:
                raise AlreadyThere(FIRESTORE, f"{write.doc_id} is there")
            is_other = version == ABSENT if write.expects == PRESENT else version != write.expects
            if write.expects is not None and is_other:
                raise Contended(FIRESTORE, f"{write.doc_id} is {version}, not {write.expects}")
        self.now += 1
        for write in writes:
            before = there.pop(write.doc_id, None)
            if write.document is not None:
                kept: Document = before.document if write.is_partial and before is not None else {}
                there[write.doc_id] = Mirrored(write.doc_id, {**kept, **write.document}, self.now, self.now)
        self.log.append((collection, tuple(writes)))
        return {write.doc_id: self.now for write in writes}

    def documents(self, collection: str) -> dict[str, Document]:
        return {doc_id: each.document for doc_id, each in self.there.get(collection, {}).items()}


@dataclass
class LineToFirestore:
    """
    One client's way to it: what ``cloud.firestore.Firestore`` has, as far as the sinks use it.

    Attributes:
        page: Documents listed at once.

        before_commit: Called with what is about to be written; may raise, or let others write in between.
    """

    server: MemoryFirestore
    is_online: bool = True
    page: int = PAGE
    before_commit: Callable[[str, Sequence[Write]], None] = lambda _collection, _writes: None

    def read(self, collection: str, doc_ids: Collection[str], limit_s: float | None = None) -> dict[str, Found]:  # noqa: ARG002
        self._ask()
        there = self.server.there.get(collection, {})
        return {
            doc_id: Found(dict(there[doc_id].document), there[doc_id].version) if doc_id in there else NOTHING
            for doc_id in doc_ids
        }

    def commit(self, collection: str, writes: Sequence[Write]) -> dict[str, int]:
        self._ask()
        self.before_commit(collection, writes)
        return self.server.commit(collection, writes)

    def versions(self, collection: str) -> dict[str, int]:
        self._ask()
        there = self.server.there.get(collection, {})
        return {doc_id: there[doc_id].version for doc_id in sorted(there)[: self.page]}

    def beginning_with(self, collection: str, prefix: str) -> dict[str, Found]:
        self._ask()
        there = self.server.there.get(collection, {})
        return {
            doc_id: Found(each.document, each.version) for doc_id, each in there.items() if doc_id.startswith(prefix)
        }

    def changed(self, collection: str, since: int | None, after: Mirrored | None, page: int) -> Sequence[Mirrored]:
        self._ask()
        there = sorted(self.server.there.get(collection, {}).values(), key=lambda each: (each.updated, each.doc_id))
        place = (0, "") if after is None else (after.updated, after.doc_id)
        behind = [each for each in there if each.updated >= (since or 0) and (each.updated, each.doc_id) > place]
        return behind[:page]

    def close(self) -> None:
        pass

    def _ask(self) -> None:
        if not self.is_online:
            raise TemporaryFailure(FIRESTORE, "the line is down")


class MemoryStream:
    """An open watch: of what is removed it tells only as long as it is open."""

    def __init__(self, server: MemoryFirestore, collection: str, since: int | None) -> None:
        self._server = server
        self._collection = collection
        self._since = since or 0
        self._told: dict[str, int] = {}

    def words(self) -> Iterator[Word]:
        """Tell what has changed since the last time."""
        there = self._server.there.get(self._collection, {})
        for doc_id in [each for each in self._told if each not in there]:
            del self._told[doc_id]
            yield Removed(doc_id, self._server.now)
        for each in sorted(there.values(), key=lambda each: (each.updated, each.doc_id)):
            if each.updated >= self._since and self._told.get(each.doc_id) != each.version:
                self._told[each.doc_id] = each.version
                yield each
        yield CaughtUp()
