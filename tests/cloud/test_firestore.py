"""The adapter on Google's own emulator: what is read, what a precondition refuses, and in which words."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from support.sinks import PROJECT
from teamtactics.cloud.fates import AlreadyThere
from teamtactics.cloud.firestore import NOTHING, PAGE, Firestore
from teamtactics.cloud.meter import Meter
from teamtactics.cloud.wire import ABSENT, Database, Write
from teamtactics.errors import Contended
from teamtactics.model.usage import Usage

pytestmark = pytest.mark.emulator

LONG_AGO = 10**18
"""A version of 2001."""


@pytest.fixture
def documents(firestore_emulator: str, meter: Meter) -> Iterator[Firestore]:
    made = Firestore(Database(PROJECT, None, firestore_emulator), meter=meter)
    yield made
    made.close()


def test_what_a_commit_returns_is_the_version_that_the_next_one_may_expect(
    documents: Firestore, collection: str
) -> None:
    first = documents.commit(collection, [Write("a", {"n": 1}, ABSENT), Write("b", {"n": 1})])
    found = documents.read(collection, ["a", "b", "c"])
    assert {doc_id: each.version for doc_id, each in found.items()} == {**first, "c": ABSENT}
    assert (found["a"].document, found["c"]) == ({"n": 1}, NOTHING)
    second = documents.commit(collection, [Write("a", {"n": 2}, first["a"])])
    assert second["a"] > first["a"]
    assert documents.read(collection, ["a"])["a"].document == {"n": 2}


@pytest.mark.parametrize(
    ("write", "kind"),
    [
        (Write("there", {"n": 2}, ABSENT), AlreadyThere),
        (Write("there", {"n": 2}, LONG_AGO), Contended),
        (Write("there", None, LONG_AGO), Contended),
        (Write("missing", {"n": 2}, LONG_AGO), Contended),
        (Write("missing", None, LONG_AGO), Contended),
    ],
    ids=str,
)
def test_where_one_document_is_not_as_expected_nothing_of_the_commit_is_written(
    documents: Firestore, collection: str, meter: Meter, write: Write, kind: type[Contended]
) -> None:
    """Somebody was faster: no outage, no missing database, and it counts nothing."""
    documents.commit(collection, [Write("there", {"n": 1}, ABSENT)])
    with pytest.raises(kind):
        documents.commit(collection, [Write("beside", {"n": 1}, ABSENT), write])
    assert meter.total == Usage(commits=1, written=1)
    found = documents.read(collection, ["there", "beside", "missing"])
    assert [found[doc_id].document for doc_id in ("there", "beside", "missing")] == [{"n": 1}, None, None]


def test_documents_are_listed_a_page_at_a_time_and_an_empty_answer_costs_one_read(
    documents: Firestore, collection: str, meter: Meter
) -> None:
    assert documents.versions(collection) == {}
    versions = documents.commit(collection, [Write(str(n), {"n": n}) for n in range(PAGE + 5)])
    page = documents.versions(collection)
    assert len(page) == PAGE
    assert page.items() < versions.items()
    documents.commit(collection, [Write(doc_id, None, version) for doc_id, version in page.items()])
    assert len(documents.versions(collection)) == 5
    assert meter.total == Usage(commits=2, written=2 * PAGE + 5, read=1 + PAGE + 5)
