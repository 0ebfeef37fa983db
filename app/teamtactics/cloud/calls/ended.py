"""How a call ended that did not succeed: the status, and the details that Google's servers give with it."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from google.protobuf.message import DecodeError
from google.protobuf.message import Error as ProtobufError
from google.rpc.error_details_pb2 import BadRequest, ErrorInfo
from google.rpc.status_pb2 import Status

__all__ = ["Ended", "ProtobufError", "ended_by", "ended_with"]

_DETAILS = "grpc-status-details-bin"
"""Where gRPC servers put a ``google.rpc.Status``."""
_STATUSES = (
    *("OK", "CANCELLED", "UNKNOWN", "INVALID_ARGUMENT", "DEADLINE_EXCEEDED", "NOT_FOUND", "ALREADY_EXISTS"),
    *("PERMISSION_DENIED", "RESOURCE_EXHAUSTED", "FAILED_PRECONDITION", "ABORTED", "OUT_OF_RANGE", "UNIMPLEMENTED"),
    *("INTERNAL", "UNAVAILABLE", "DATA_LOSS", "UNAUTHENTICATED"),
)
"""By number (google/rpc/code.proto)."""


class Ended(Exception):
    """
    A call that did not succeed.

    Attributes:
        status: gRPC's name for it, e.g. ``NOT_FOUND``; empty when it has none.

        message: What the server, or gRPC, says about it.

        reason: Google's word for the cause, from a ``google.rpc.ErrorInfo``; empty when it gave none.

        fields: Of the request, which a ``google.rpc.BadRequest`` complains about.
    """

    def __init__(self, status: str, message: str, reason: str = "", fields: Iterable[str] = ()) -> None:
        super().__init__(message)
        self.status = status
        self.message = message
        self.reason = reason
        self.fields = tuple(fields)


def ended_by(error: Any) -> Ended:
    """Read what gRPC raised; it is an error and a call in one, or in rare cases only an error."""
    code = getattr(error, "code", None)
    if not callable(code):
        return Ended("", str(error))
    try:
        details = [Status.FromString(value) for key, value in error.trailing_metadata() or () if key == _DETAILS]
    except DecodeError:
        details = []
    return Ended(code().name, error.details() or "", *(_cause(details[0]) if details else ()))


def ended_with(status: Any, words: str = "") -> Ended:
    """Read a ``google.rpc.Status`` that is no end of a call but in a message; *words* if it has none."""
    name = _STATUSES[status.code] if 0 <= status.code < len(_STATUSES) else ""
    return Ended(name, status.message or words, *_cause(status))


def _cause(status: Any) -> tuple[str, list[str]]:
    reasons = [ErrorInfo.FromString(each.value).reason for each in status.details if each.Is(ErrorInfo.DESCRIPTOR)]
    complaints = [BadRequest.FromString(each.value) for each in status.details if each.Is(BadRequest.DESCRIPTOR)]
    fields = [violation.field for complaint in complaints for violation in complaint.field_violations]
    return next(iter(reasons), ""), fields
