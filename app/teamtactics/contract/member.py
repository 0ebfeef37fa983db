"""Document ``member <CustomerID>``: a client tells of itself, and another's is read through the door. Pure."""

from __future__ import annotations

import re
from functools import partial

from teamtactics.contract import values
from teamtactics.contract.foreign import VERSION, DocumentRefused, Rule, check_schema, read, utc
from teamtactics.model.parcel import SCHEMA_VERSION, Document
from teamtactics.model.precedence import Stored
from teamtactics.model.status import Member

_ID = re.compile(r"member ([1-9][0-9]{0,15})", re.ASCII)
_LONGEST_SENTENCE = 200


def member_id(customer_id: int) -> str:
    """Return the id of the document of member *customer_id*."""
    return f"member {customer_id}"


def member_of(doc_id: str) -> int | None:
    """Return whose document it is; None when it is no member's."""
    found = _ID.fullmatch(doc_id)
    return None if found is None else int(found[1])


def member_document(member: Member) -> Document:
    """Build the document."""
    return {
        "SchemaVersion": SCHEMA_VERSION,
        "ClientVersion": member.client_version,
        "CustomerID": member.customer_id,
        "Name": member.name,
        "Utc": member.utc,
        "IsInCar": member.is_in_car,
        "Waiting": member.waiting,
        "Check": member.check,
        "TextEncoding": member.text_encoding,
    }


def read_member(customer_id: int, document: Stored) -> Member:
    """
    Read the document of member *customer_id*.

    Raises:
        DocumentRefused: Something in it is what no client can have written.
    """
    check_schema(document.get("SchemaVersion"))
    found = read(_FIELDS, document, _NEEDED)
    if found["CustomerID"] != customer_id:
        raise DocumentRefused("CustomerID", "a member's document is another member's by its CustomerID")
    return Member(
        customer_id,
        found["Name"],
        found["ClientVersion"],
        found["IsInCar"],
        found["Waiting"] or 0,
        found["Check"],
        found["TextEncoding"],
        found["Utc"],
    )


def _sentence(value: object) -> str:
    if type(value) is str and value.strip():
        return values.text(value, _LONGEST_SENTENCE)
    raise ValueError("allowed is a sentence")


_FIELDS: dict[str, Rule] = {
    "ClientVersion": VERSION,
    "CustomerID": values.MEMBER,
    "Name": values.name,
    "Utc": utc,
    "IsInCar": values.truth,
    "Waiting": partial(values.number, int, 0, 2**31),
    "Check": _sentence,
    "TextEncoding": partial(values.word, r"[A-Za-z0-9_-]{1,24}"),
}
_NEEDED = frozenset({"CustomerID", "Name", "IsInCar", "Check"})
