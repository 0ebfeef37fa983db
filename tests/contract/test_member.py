"""Document ``member``: each field as the contract names it, there and back, and what is refused at the door."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from teamtactics.contract.foreign import DocumentRefused
from teamtactics.contract.member import member_document, member_id, member_of, read_member
from teamtactics.model.status import Member

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
ADA = Member(
    410_001, "Ada Falk", "1.2.3+4", is_in_car=True, waiting=7, check="a topic", text_encoding="latin-1", utc=NOW
)
DOCUMENT: dict[str, Any] = {
    "SchemaVersion": 1,
    "ClientVersion": "1.2.3+4",
    "CustomerID": 410_001,
    "Name": "Ada Falk",
    "Utc": NOW,
    "IsInCar": True,
    "Waiting": 7,
    "Check": "a topic",
    "TextEncoding": "latin-1",
}


def test_the_document_has_the_contracts_fields() -> None:
    assert member_document(ADA) == DOCUMENT
    assert member_id(410_001) == "member 410001"


def test_it_is_read_as_it_was_written() -> None:
    assert read_member(410_001, DOCUMENT) == ADA


@pytest.mark.parametrize("name", ["ClientVersion", "Utc", "Waiting", "TextEncoding"])
@pytest.mark.parametrize("is_there", [True, False])
def test_what_need_not_be_told_may_be_null_or_absent(name: str, is_there: bool) -> None:
    others = {key: value for key, value in DOCUMENT.items() if key != name}
    found = member_document(read_member(410_001, {**others, name: None} if is_there else others))
    assert found == {**DOCUMENT, name: 0 if name == "Waiting" else None}


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("SchemaVersion", 2),
        ("ClientVersion", "<b>"),
        ("CustomerID", None),
        ("CustomerID", 410_002),
        ("CustomerID", "410001"),
        ("Name", None),
        ("Name", 5),
        ("Utc", "yesterday"),
        ("IsInCar", None),
        ("IsInCar", 1),
        ("Waiting", -1),
        ("Waiting", True),
        ("Waiting", 2**31 + 1),
        ("Check", None),
        ("Check", "  "),
        ("Check", 3),
        ("TextEncoding", ""),
        ("TextEncoding", "x" * 25),
        ("TextEncoding", "utf 8"),
    ],
)
def test_what_no_client_can_have_written_is_refused(name: str, value: object) -> None:
    with pytest.raises(DocumentRefused):
        read_member(410_001, {**DOCUMENT, name: value})


def test_a_sentence_is_no_novel() -> None:
    assert len(read_member(410_001, {**DOCUMENT, "Check": "no " * 500}).check) <= 200


@pytest.mark.parametrize(
    ("doc_id", "customer_id"),
    [
        ("member 410001", 410_001),
        ("member 1", 1),
        ("member 01", None),
        ("member 0", None),
        ("member", None),
        ("member 1 ", None),
        ("part 1 2", None),
        ("member ١", None),
        ("member 12345678901234567", None),
    ],
)
def test_whose_document_it_is(doc_id: str, customer_id: int | None) -> None:
    assert member_of(doc_id) == customer_id
