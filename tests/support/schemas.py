"""
Every document and message that a test gets to see, held against the schemas that ``teamtactics schema`` prints.

Stricter than for a reader: what is not in the schema must not be in the document.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import datetime
from functools import cache
from typing import Any

from jsonschema import Draft202012Validator
from referencing import Registry
from referencing.jsonschema import DRAFT202012

from teamtactics.cli.schema import NAMES, schema
from teamtactics.contract.member import member_of
from teamtactics.contract.part_document import part_of
from teamtactics.model.parcel import FIRESTORE, PUBSUB, ParcelKind, iso_utc
from teamtactics.store.store import Outbox

_PAYLOADS = {"session": "info", "lap": "lap"}
"""By type of message; of all others it is the state."""

_good: set[tuple[str, str]] = set()
"""What has been found good already: tests look at one document again and again."""


def kind_of(doc_id: str) -> str | None:
    """By which schema a document is; None for an id that none of ours has."""
    if doc_id in ("info", "state"):
        return doc_id
    if doc_id.isascii() and doc_id.isdecimal():
        return "lap"
    if part_of(doc_id) is not None:
        return "part"
    return None if member_of(doc_id) is None else "member"


def wrong(doc_id: str, document: Mapping[str, Any]) -> list[str]:
    """Say what of the document *doc_id* is not as its schema has it; an id of nobody's is as wrong."""
    kind = kind_of(doc_id)
    return [f"{doc_id}: no document of the contract"] if kind is None else faults(kind, document, doc_id)


def wrong_fields(doc_id: str, document: Mapping[str, Any]) -> list[str]:
    """As ``wrong``, of a write that changes some fields only."""
    found = wrong(doc_id, document)
    return [line for line in found if "is a required property" not in line]


def wrong_message(data: Mapping[str, Any]) -> list[str]:
    """Say what of a message's *data* is not as its schema has it."""
    kind, payload = data.get("type"), data.get("payload")
    found = faults("message", data, str(kind))
    if isinstance(payload, Mapping):
        found += faults(_PAYLOADS.get(str(kind), "state"), payload, f"{kind}'s payload")
    return found


def assert_documents(documents: Mapping[str, Mapping[str, Any]]) -> None:
    """Fail when one of *documents* (by id) is not as its schema has it."""
    found = [line for doc_id, document in documents.items() for line in wrong(doc_id, document)]
    assert not found, "\n".join(found)


def assert_told(outbox: Outbox) -> None:
    """Fail when a document or message that waits in *outbox* is not as its schema has it."""
    for sink in (FIRESTORE, PUBSUB):
        for parcel in (stored.parcel for stored in outbox.pending(sink, 100_000)):
            if parcel.document is not None and parcel.doc_id is not None:
                check = wrong_fields if parcel.kind is ParcelKind.NUMBERS else wrong
                assert not (found := check(parcel.doc_id, parcel.document)), found
            if parcel.message is not None:
                assert not (found := wrong_message(parcel.message.data)), found


def faults(kind: str, document: Mapping[str, Any], shown: str) -> list[str]:
    text = json.dumps(document, default=_plain, sort_keys=True)
    if (kind, text) in _good:
        return []
    try:
        plain = json.loads(text, parse_constant=_refuse)
    except ValueError as why:
        return [f"{shown}: {why}"]
    found = [f"{shown}: {each.json_path} {each.message}" for each in validator(kind).iter_errors(plain)]
    if not found:
        _good.add((kind, text))
    return found


@cache
def validator(kind: str) -> Draft202012Validator:
    resources = [(each["$id"], DRAFT202012.create_resource(each)) for each in map(schema, NAMES)]
    registry: Registry[Any] = Registry().with_resources(resources)
    closed = {**schema(kind), "unevaluatedProperties": False}
    Draft202012Validator.check_schema(closed)
    return Draft202012Validator(closed, registry=registry, format_checker=Draft202012Validator.FORMAT_CHECKER)


def _plain(value: object) -> object:
    """A time stamp as a message has it; ``Mapping`` that is no dict as one."""
    if isinstance(value, datetime):
        assert value.tzinfo is not None, "a time stamp without a zone"
        return iso_utc(value)
    if isinstance(value, Mapping):
        return dict(value)
    raise TypeError(f"{type(value).__name__} is in no document")


def _refuse(constant: str) -> Any:
    raise ValueError(f"{constant} is no number")
