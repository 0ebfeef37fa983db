"""The adapter on Google's own emulator: what is read, what a precondition refuses, and in which words."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest
from google.cloud.firestore_v1.base_query import FieldFilter

from support.sinks import PROJECT
from teamtactics.cloud.fates import AlreadyThere
from teamtactics.cloud.firestore import NOTHING, PAGE, Firestore, Found
from teamtactics.cloud.meter import Meter
from teamtactics.cloud.wire import ABSENT, Database, Write, commit_request
from teamtactics.errors import Contended
from teamtactics.model.parcel import Document
from teamtactics.model.usage import Usage

pytestmark = pytest.mark.emulator

LONG_AGO = 10**18
"""A version of 2001."""


@pytest.fixture
def documents(firestore_emulator: str, meter: Meter) -> Iterator[Firestore]:
    made = Firestore(Database(PROJECT, None, firestore_emulator), meter=meter)
    yield made
    made.close()


def without_updated(found: Found) -> Document | None:
    return None if found.document is None else {k: v for k, v in found.document.items() if k != "Updated"}


def test_every_document_says_when_the_server_took_it_and_a_client_has_no_say_in_it(
    documents: Firestore, collection: str
) -> None:
    """A PC whose clock is years off stamps nothing: it is the server's own moment, and rises with every write."""
    lied = datetime(2001, 1, 1, tzinfo=UTC)
    before = datetime.now(UTC)
    versions = documents.commit(collection, [Write("a", {"n": 1, "Updated": lied}, ABSENT), Write("info", {"n": 1})])
    after = datetime.now(UTC)
    found = documents.read(collection, ["a", "info"])
    stamps = {doc_id: (each.document or {})["Updated"] for doc_id, each in found.items()}
    slack = timedelta(milliseconds=5)  # the emulator's clock is this machine's, in whole milliseconds
    for stamp in stamps.values():
        assert isinstance(stamp, datetime)
        assert before - slack <= stamp <= after + slack
        assert stamp.tzinfo is UTC
    documents.commit(collection, [Write("a", {"n": 2}, versions["a"])])
    again = (documents.read(collection, ["a"])["a"].document or {})["Updated"]
    assert isinstance(again, datetime)
    assert isinstance(stamps["a"], datetime)
    assert again > stamps["a"]


def test_who_asks_for_what_is_later_than_the_last_he_has_reads_nothing_twice(
    documents: Firestore, collection: str, cloud: Any
) -> None:
    """What a strategy program does, with Google's own client: a document written again comes again, the others not."""
    documents.commit(collection, [Write("1", {"n": 1}), Write("2", {"n": 2})])
    newest = max(each.to_dict()["Updated"] for each in cloud.collection(collection).stream(timeout=5))
    later = cloud.collection(collection).where(filter=FieldFilter("Updated", ">", newest)).order_by("Updated")
    assert [each.id for each in later.stream(timeout=5)] == []
    documents.commit(collection, [Write("3", {"n": 3}, ABSENT)])
    documents.commit(collection, [Write("1", {"n": 1})])
    assert [each.id for each in later.stream(timeout=5)] == ["3", "1"]


def test_moments_and_the_map_of_settings_come_back_as_they_were(
    documents: Firestore, collection: str, cloud: Any
) -> None:
    utc = datetime(2026, 11, 26, 1, 2, 3, 456_000, tzinfo=UTC)
    written: Document = {"Utc": utc, "InCar": {"dcBrakeBias": 54.5, "dcABS": 3, "dcABSToggle": True}, "Empty": {}}
    documents.commit(collection, [Write("state", written)])
    found = without_updated(documents.read(collection, ["state"])["state"])
    assert found == written
    in_car: Any = dict(found or {})["InCar"]
    assert {name: type(value) for name, value in in_car.items()} == {
        "dcBrakeBias": float,
        "dcABS": int,
        "dcABSToggle": bool,
    }
    theirs = cloud.collection(collection).document("state").get().to_dict()
    assert (theirs["Utc"], theirs["InCar"], theirs["Empty"]) == (utc, written["InCar"], {})


def test_the_servers_stamp_is_no_further_write(documents: Firestore, collection: str, meter: Meter) -> None:
    """A lap and its state are two operations in one commit, as they were without it."""
    documents.commit(collection, [Write("1", {"n": 1}, ABSENT), Write("state", {"n": 1}, ABSENT)])
    assert meter.total == Usage(commits=1, written=2)
    request = commit_request("d", "p", [Write("1", {"n": 1}, ABSENT), Write("state", {"n": 1}), Write("2", None)])
    assert [len(write.update_transforms) for write in request.writes] == [1, 1, 0]
    assert [write.update_transforms[0].field_path for write in request.writes[:2]] == ["Updated"] * 2


def test_what_a_commit_returns_is_the_version_that_the_next_one_may_expect(
    documents: Firestore, collection: str
) -> None:
    first = documents.commit(collection, [Write("a", {"n": 1}, ABSENT), Write("b", {"n": 1})])
    found = documents.read(collection, ["a", "b", "c"])
    assert {doc_id: each.version for doc_id, each in found.items()} == {**first, "c": ABSENT}
    assert (without_updated(found["a"]), found["c"]) == ({"n": 1}, NOTHING)
    second = documents.commit(collection, [Write("a", {"n": 2}, first["a"])])
    assert second["a"] > first["a"]
    assert without_updated(documents.read(collection, ["a"])["a"]) == {"n": 2}


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
    assert without_updated(found["there"]) == {"n": 1}
    assert [found[doc_id].document for doc_id in ("beside", "missing")] == [None, None]


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


def test_the_databases_own_collections_are_listed_page_by_page(firestore_emulator: str, meter: Meter) -> None:
    documents = Firestore(Database(f"list-{uuid4().hex[:12]}", None, firestore_emulator), meter=meter)
    try:
        assert documents.collections() == []
        names = [f"Zoë %2F@{number}#2#0" for number in range(7)]
        for name in names:
            documents.put(name, "1", {"n": 1})
        documents.put(f"{names[0]}/1/below", "1", {"n": 1})
        documents.put("strategy", "1", {"n": 1})
        reads = meter.total.read
        assert documents.collections(page=3) == [*names, "strategy"]
        assert meter.total.read - reads == 3
        assert documents.collections(most=4, page=3) == names[:4]
    finally:
        documents.close()


def test_one_document_of_each_of_some_collections_is_read_in_one_call(
    documents: Firestore, collection: str, meter: Meter
) -> None:
    other, empty = f"{collection} %2F#é", f"{collection}-none"
    documents.commit(collection, [Write("state", {"n": 1})])
    documents.commit(other, [Write("state", {"n": 2}), Write("1", {"n": 3})])
    before = meter.total
    found = documents.in_each([collection, other, empty], "state")
    assert {name: each["n"] for name, each in found.items()} == {collection: 1, other: 2}
    assert meter.total == before + Usage(read=3)
    assert documents.in_each([], "state") == {}


def test_the_document_written_last_is_found(documents: Firestore, collection: str) -> None:
    assert documents.latest(collection) is None
    documents.commit(collection, [Write("1", {"n": 1}), Write("2", {"n": 2})])
    documents.commit(collection, [Write("1", {"n": 3})])
    found = documents.latest(collection)
    assert found is not None
    assert found["n"] == 3
    assert isinstance(found["Updated"], datetime)
