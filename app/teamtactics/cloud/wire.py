"""A Firestore database as the library reaches it, and our documents as its messages: its only importer."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from math import isfinite
from pathlib import Path
from typing import Any, Final

from teamtactics.cloud.calls.channel import Method, Pb
from teamtactics.cloud.calls.unopened import unopened
from teamtactics.cloud.connection import Endpoint
from teamtactics.cloud.fates import Unwritable, Where
from teamtactics.language import Said
from teamtactics.model.mirror import Mirrored
from teamtactics.model.parcel import FIRESTORE, Document, Scalar, Value

with unopened("google.cloud.firestore_v1", "google.cloud.firestore_v1.types"):
    from google.cloud.firestore_v1.types import document as document_types
    from google.cloud.firestore_v1.types import firestore as request_types
    from google.cloud.firestore_v1.types import write as write_types

_NANOS = 10**9
_INT64 = range(-(2**63), 2**63)

# The protobuf classes below the library's own: 20 times faster to fill, and a lap has 36 fields.
_PbValue = document_types.Value.pb()
_PbMap = document_types.MapValue.pb()
_PbDocument = document_types.Document.pb()
_PbWrite = write_types.Write.pb()
_FieldTransform = write_types.DocumentTransform.FieldTransform
_UPDATED = _FieldTransform.pb()(field_path="Updated", set_to_server_value=_FieldTransform.ServerValue.REQUEST_TIME)
"""
Firestore's own time of the write in every document, put in by the write itself: a transform is no further operation.
"""


def _method(name: str, request: Any, answer: Any, routed_by: str | None) -> Method:
    return Method(f"/google.firestore.v1.Firestore/{name}", request.pb(), answer.pb(), routed_by)


COMMIT: Final = _method("Commit", request_types.CommitRequest, request_types.CommitResponse, "database")
READ: Final = _method(
    "BatchGetDocuments",
    request_types.BatchGetDocumentsRequest,
    request_types.BatchGetDocumentsResponse,
    "database",
)
QUERY: Final = _method("RunQuery", request_types.RunQueryRequest, request_types.RunQueryResponse, "parent")
COLLECTIONS: Final = _method(
    "ListCollectionIds", request_types.ListCollectionIdsRequest, request_types.ListCollectionIdsResponse, "parent"
)
LISTEN: Final = _method("Listen", request_types.ListenRequest, request_types.ListenResponse, None)
NO_CHANGE = request_types.TargetChange.TargetChangeType.NO_CHANGE
REMOVED = request_types.TargetChange.TargetChangeType.REMOVE
CURRENT = request_types.TargetChange.TargetChangeType.CURRENT
RESET = request_types.TargetChange.TargetChangeType.RESET

ABSENT: Final = 0
"""The version of a document that does not exist."""
PRESENT: Final = -1
"""Any version of a document that exists."""

UPDATED: Final = "Updated"
"""The field with the server's own time of a document's last write."""

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_PLAIN = frozenset({"null_value", "boolean_value", "integer_value", "double_value", "string_value"})


@dataclass(frozen=True, slots=True)
class Write:
    """
    What is to become of one document.

    Attributes:
        document: Its whole new content; None removes it.

        expects: The version that must stand there, ``ABSENT`` for none, ``PRESENT`` for any, or else nothing of the
            commit is written; None: whatever stands there.

        is_partial: Only the fields of *document* are written, the others stay as they are.
    """

    doc_id: str
    document: Document | None
    expects: int | None = None
    is_partial: bool = False


class Database:
    """
    Where the team's documents are.

    Args:
        project_id: The Google project.

        credentials_path: The service account's key file; may be None only for an emulator.

        emulator: ``host:port`` of a Firestore emulator.

        name: The database's id.

    Attributes:
        path: Its full resource name.

        where: Named in errors.

        metadata: What every call sends along.
    """

    def __init__(
        self, project_id: str, credentials_path: Path | None, emulator: str | None, name: str = "(default)"
    ) -> None:
        self.path = f"projects/{project_id}/databases/{name}"
        named = {"name": name, "project": project_id}
        self.where = Where(
            sink=FIRESTORE,
            place=Said("Firestore database {name} of project {project}", **named),
            role="roles/datastore.user (Cloud Datastore User)",
            when_missing=Said("Create the Firestore database {name} (Native mode) in project {project}.", **named),
        )
        self.endpoint = Endpoint("firestore.googleapis.com", credentials_path, emulator)
        self.metadata = [("google-cloud-resource-prefix", self.path)]


def encoded(name: str, document: Document) -> Pb:
    """
    Build the message of *document* under its full resource *name*.

    Raises:
        Unwritable: It holds what Firestore cannot store; the text says what.
    """
    try:
        return _PbDocument(name=name, fields={key: _value(value) for key, value in document.items()})
    except (ValueError, TypeError) as error:
        raise Unwritable(FIRESTORE, f"{name.rpartition('/')[2]} cannot be written: {error}") from error


def commit_request(database: str, path: str, writes: Iterable[Write]) -> Pb:
    """
    Build the commit of *writes* to the collection at *path*.

    Raises:
        Unwritable: One of them holds what Firestore cannot store; the text says what.
    """
    messages = [_write(f"{path}/{write.doc_id}", write) for write in writes]
    return COMMIT.request(database=database, writes=messages)


def size_of(request: Pb) -> int:
    """Return how many bytes a request has."""
    return int(request.ByteSize())


def names_request(parent: str, collection: str, limit: int) -> dict[str, Any]:
    """Build the query for some documents of *collection*, without their fields."""
    query = {  # from_: the library's name for a keyword of the language
        "from_": [{"collection_id": collection}],
        "select": {"fields": [{"field_path": "__name__"}]},
        "limit": {"value": limit},
    }
    return {"parent": parent, "structured_query": query}


def changes_query(
    parent: str, collection: str, since: int | None, after: tuple[int, str] | None = None, limit: int = 0
) -> dict[str, Any]:
    """
    Build the query for the documents of *collection* in the order of ``Updated``; one without it is never told.

    Args:
        since: Only with an ``Updated`` of so many nanoseconds, or later; None: all.

        after: Only behind the document with this ``Updated`` and id.

        limit: At most so many; 0: all.
    """
    order = [{"field": {"field_path": name}, "direction": "ASCENDING"} for name in (UPDATED, "__name__")]
    query: dict[str, Any] = {"from_": [{"collection_id": collection}], "order_by": order}
    if since is not None:
        query["where"] = {
            "field_filter": {"field": {"field_path": UPDATED}, "op": "GREATER_THAN_OR_EQUAL", "value": _time(since)}
        }
    if after is not None:
        name = {"reference_value": f"{parent}/{collection}/{after[1]}"}
        query["start_at"] = {"values": [_time(after[0]), name], "before": False}
    if limit:
        query["limit"] = {"value": limit}
    return {"parent": parent, "structured_query": query}


def range_request(parent: str, collection: str, prefix: str, limit: int) -> dict[str, Any]:
    """Build the query for the documents of *collection* whose ids begin with *prefix*."""
    bounds = (("GREATER_THAN_OR_EQUAL", prefix), ("LESS_THAN", prefix[:-1] + chr(ord(prefix[-1]) + 1)))
    filters = [
        {
            "field_filter": {
                "field": {"field_path": "__name__"},
                "op": op,
                "value": {"reference_value": f"{parent}/{collection}/{bound}"},
            }
        }
        for op, bound in bounds
    ]
    query = {
        "from_": [{"collection_id": collection}],
        "where": {"composite_filter": {"op": "AND", "filters": filters}},
        "limit": {"value": limit},
    }
    return {"parent": parent, "structured_query": query}


def _time(nanoseconds: int) -> dict[str, Any]:
    seconds, nanos = divmod(nanoseconds, _NANOS)
    return {"timestamp_value": {"seconds": seconds, "nanos": nanos}}


def mirrored(document: Pb) -> Mirrored:
    """Read a document with what its versions are told apart by."""
    version = version_of(document.update_time)
    # Asked for membership first: to look a field up would add it to the message.
    is_stamped = UPDATED in document.fields and document.fields[UPDATED].HasField("timestamp_value")
    updated = version_of(document.fields[UPDATED].timestamp_value) if is_stamped else version
    # Somebody may have written it himself, of a year that 64 bits of nanoseconds do not reach.
    updated = min(max(0, updated), _INT64[-1])
    fields = {name: value for name, value in decoded(document).items() if name != UPDATED}
    return Mirrored(id_of(document.name), fields, version, updated)


def id_of(name: str) -> str:
    """Return the id at the end of a document's full name."""
    return name.rpartition("/")[2]


def version_of(update_time: Pb) -> int:
    """Return a version for the moment of a document's last write: whole nanoseconds, so that it can be compared."""
    return int(update_time.seconds) * _NANOS + int(update_time.nanos)


def decoded(document: Pb) -> dict[str, Value]:
    """Read a document; fields of types that the data contract does not have, somebody else's, are left out."""
    found: dict[str, Value] = dict(_plain(document.fields))
    for key, value in document.fields.items():
        match value.WhichOneof("value_type"):
            case "timestamp_value":
                found[key] = _moment(value.timestamp_value)
            case "map_value":
                found[key] = _plain(value.map_value.fields)
    return found


def _plain(fields: Mapping[str, Pb]) -> dict[str, Scalar]:
    kinds = ((key, value, value.WhichOneof("value_type")) for key, value in fields.items())
    return {key: None if kind == "null_value" else getattr(value, kind) for key, value, kind in kinds if kind in _PLAIN}


def _moment(stamp: Pb) -> datetime:
    """Read a timestamp; Firestore has microseconds, and years from 1 to 9999."""
    return _EPOCH + timedelta(seconds=stamp.seconds, microseconds=stamp.nanos // 1000)


def _write(name: str, write: Write) -> Pb:
    if write.document is None:
        made = _PbWrite(delete=name)
    else:
        made = _PbWrite(update=encoded(name, write.document), update_transforms=(_UPDATED,))
        if write.is_partial:
            made.update_mask.field_paths.extend(write.document)
    if write.expects in (ABSENT, PRESENT):
        made.current_document.exists = write.expects == PRESENT
    elif write.expects is not None:
        expected = made.current_document.update_time
        expected.seconds, expected.nanos = divmod(write.expects, _NANOS)
    return made


def _value(value: Value) -> Pb:
    if value is None:
        return _PbValue(null_value=0)
    if isinstance(value, bool):
        return _PbValue(boolean_value=value)
    if isinstance(value, int):
        if value not in _INT64:
            raise ValueError(f"{value} is no 64-bit number")
        return _PbValue(integer_value=value)
    if isinstance(value, float):
        if not isfinite(value):
            raise ValueError(f"{value} is no number")
        return _PbValue(double_value=value)
    if isinstance(value, datetime):
        made = _PbValue()
        made.timestamp_value.FromDatetime(value)
        return made
    if isinstance(value, Mapping):
        return _PbValue(map_value=_PbMap(fields={key: _value(one) for key, one in value.items()}))
    return _PbValue(string_value=value)
