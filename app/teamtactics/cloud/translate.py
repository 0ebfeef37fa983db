"""
What the end of a call means for us: tables.

The status decides, and the details that Google gives with it; words only where it gives nothing else. Unknown is always
temporary: keep, back off, try again.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from teamtactics.cloud.calls.ended import Ended
from teamtactics.cloud.fates import AlreadyThere, Held, NotAllowed, SignInRejected, TooSlow, Unreachable, Where
from teamtactics.errors import Contended, DeliveryError, PermanentFailure, SinkRefused, TemporaryFailure
from teamtactics.language import Said, joined, later
from teamtactics.redaction import Redactor


@dataclass(frozen=True, slots=True)
class Row:
    """What to raise, in which words; ``{place}``, ``{role}`` and ``{when_missing}`` come from :class:`Where`."""

    kind: type[DeliveryError]
    says: str
    hint: str = ""
    with_detail: bool = True


_CREDENTIALS_HINT = later(
    "Check that this PC's clock and time zone are right (synchronise the time in the Windows settings), and that the "
    "key in the googleAccessToken file was not deleted in the Google console; make a new key if it was."
)
_PROXY_HINT = later("Something between here and Google answers in its place: check proxy in teamtactics.ini.")

TEMPORARY = Row(TemporaryFailure, later("{place} did not take it"))
UNREACHABLE = Row(Unreachable, later("{place} cannot be reached"))
TOO_SLOW = Row(TooSlow, later("{place} did not answer in time"))
CONTENDED = Row(Contended, later("{place} was busy with another write"))
HELD = Row(Held, later("{place} was busy with another write"))
NOT_GOOGLE = Row(TemporaryFailure, later("an unexpected answer instead of {place}"), _PROXY_HINT)
QUOTA = Row(
    TemporaryFailure,
    later("the quota for {place} is used up"),
    later(
        "Delivery goes on by itself; the free daily quota begins anew at midnight Pacific time. "
        "If it happens every day, enable billing for the project."
    ),
)
CANNOT_EVER = Row(PermanentFailure, later("{place} refuses it as malformed or too large"), "{when_missing}")
CREDENTIALS = Row(SignInRejected, later("Google does not accept the credentials"), _CREDENTIALS_HINT, with_detail=False)
FORBIDDEN = Row(NotAllowed, later("no permission for {place}"), later("Give the service account the role {role}."))
MISSING = Row(SinkRefused, later("{place} does not exist"), "{when_missing}")
TAKEN = Row(AlreadyThere, later("{place} already has it"))
WRONG_NAME = Row(SinkRefused, later("{place} is no valid name"), "{when_missing}")
SWITCHED_OFF = Row(
    SinkRefused,
    later("the service of {place} is switched off"),
    later("Enable its API for the project in the Google console."),
)
NO_BILLING = Row(
    SinkRefused, later("{place} needs billing"), later("Enable billing for the project in the Google console.")
)
NO_PROJECT = Row(
    SinkRefused,
    later("the project of {place} does not exist"),
    later(
        "Check the project in teamtactics.ini and in the key file; a deleted one can be restored in the Google console "
        "for 30 days."
    ),
)
SUSPENDED = Row(
    SinkRefused, later("Google has suspended the project or the account for {place}"), later("Its console says why.")
)


def _by_name(*rows: tuple[Row, str]) -> dict[str, Row]:
    return {name: row for row, names in rows for name in names.split()}


_BY_STATUS = _by_name(
    (TEMPORARY, "CANCELLED UNKNOWN INTERNAL DATA_LOSS"),
    (TOO_SLOW, "DEADLINE_EXCEEDED"),
    (UNREACHABLE, "UNAVAILABLE"),
    (NOT_GOOGLE, "UNIMPLEMENTED"),
    (CANNOT_EVER, "INVALID_ARGUMENT OUT_OF_RANGE"),
    (CONTENDED, "FAILED_PRECONDITION"),
    (HELD, "ABORTED"),
    (TAKEN, "ALREADY_EXISTS"),
    (CREDENTIALS, "UNAUTHENTICATED"),
    (FORBIDDEN, "PERMISSION_DENIED"),
    (MISSING, "NOT_FOUND"),
    (QUOTA, "RESOURCE_EXHAUSTED"),
)
_PROTOBUF = _by_name(
    (TEMPORARY, "Error FrozenInstanceError"), (CANNOT_EVER, "EncodeError"), (NOT_GOOGLE, "DecodeError")
)
"""By the name of the class; one that only newer versions have is read as its ancestor."""

_BY_REASON = _by_name(
    (SWITCHED_OFF, "SERVICE_DISABLED"),
    (NO_BILLING, "BILLING_DISABLED"),
    (NO_PROJECT, "CONSUMER_INVALID RESOURCE_PROJECT_INVALID"),
    (SUSPENDED, "CONSUMER_SUSPENDED ACCOUNT_STATE_INVALID"),
    (CREDENTIALS, "ACCESS_TOKEN_EXPIRED ACCESS_TOKEN_TYPE_UNSUPPORTED CREDENTIALS_MISSING"),
    (QUOTA, "RATE_LIMIT_EXCEEDED RESOURCE_QUOTA_EXCEEDED"),
)
"""
The reason in a ``google.rpc.ErrorInfo`` goes before the status that it comes with.

Source:
    google/api/error_reason.proto; those that only API keys meet are left to the status.
"""

_PLACE_FIELD = re.compile(r"(name|parent|topic|project|database)\b")
"""A field of a request that says where to, not what; the contents are ``messages[0].data``, ``writes[3].update``."""

# The same status can mean different things, and no detail tells which: the words decide. First match wins.
_BY_TEXT: tuple[tuple[str, re.Pattern[str], Row], ...] = (
    (
        "UNAVAILABLE",
        re.compile(r"CERTIFICATE_VERIFY_FAILED|handshake failed|tls_validate", re.I),
        Row(
            TemporaryFailure,
            later("the encrypted connection to {place} failed"),
            later(
                "A virus scanner or a company proxy that opens encrypted connections needs its certificate in the file "
                "that the variable GRPC_DEFAULT_SSL_ROOTS_FILE_PATH names."
            ),
        ),
    ),
    (
        "UNAVAILABLE",
        re.compile(r"HTTP proxy", re.I),
        Row(
            TemporaryFailure,
            later("the proxy does not let us through to {place}"),
            later("Check proxy in teamtactics.ini."),
        ),
    ),
    # Told without details by older services, and where the details got lost on the way.
    ("PERMISSION_DENIED", re.compile(r"billing", re.I), NO_BILLING),
    ("PERMISSION_DENIED", re.compile(r"has not been used in project|it is disabled", re.I), SWITCHED_OFF),
    (
        "PERMISSION_DENIED NOT_FOUND",
        re.compile(r"Project \S+ has been deleted|permission denied on resource project|project not found", re.I),
        NO_PROJECT,
    ),
    (
        "FAILED_PRECONDITION",
        re.compile(r"Datastore Mode|Cloud Datastore projects", re.I),
        Row(SinkRefused, later("{place} is in Datastore mode"), later("Create a Firestore database in Native mode.")),
    ),
    (
        # One document, not the database: it was to be as it was read, and somebody has removed it.
        "NOT_FOUND",
        re.compile(r"no (document|entity) to update", re.I),
        CONTENDED,
    ),
    (
        # Of a commit: less of it may pass. Not contention, whatever status it comes with.
        "FAILED_PRECONDITION ABORTED RESOURCE_EXHAUSTED UNKNOWN INTERNAL",
        re.compile(r"too (big|large)|larger than max|exceeds maximum size|payload size exceeds|status: 413", re.I),
        CANNOT_EVER,
    ),
    ("INVALID_ARGUMENT", re.compile(r"resource name given|invalid project", re.I), WRONG_NAME),
)

_redact = Redactor()
_DETAIL_LENGTH = 200


def translate(error: Ended | Exception, where: Where) -> DeliveryError:
    """Say what the end of a call, or an error of protobuf, means: what to do about it, and what a human can do."""
    row = _row_of_end(error) if isinstance(error, Ended) else _row_of_class(type(error))
    facts = {"place": where.place, "role": where.role, "when_missing": where.when_missing}
    says = Said(row.says, **facts)
    detail = _detail(error) if row.with_detail else ""
    text = joined(says, f"({detail})") if detail else says
    return row.kind(where.sink, text, Said(row.hint, **facts) if row.hint else "")


def row_of(name: str) -> Row | None:
    """Return the row that stands in a table for a status, or for a class of protobuf."""
    return _BY_STATUS.get(name) or _PROTOBUF.get(name)


def _row_of_end(end: Ended) -> Row:
    row = _BY_REASON.get(end.reason)
    if row is not None:
        return row
    if end.status == "INVALID_ARGUMENT" and end.fields and all(map(_PLACE_FIELD.match, end.fields)):
        return WRONG_NAME
    for statuses, pattern, row in _BY_TEXT:
        if end.status in statuses.split() and pattern.search(end.message):
            return row
    return _BY_STATUS.get(end.status, TEMPORARY)


def _row_of_class(kind: type[Exception]) -> Row:
    rows = (_PROTOBUF.get(ancestor.__name__) for ancestor in kind.__mro__)
    return next((row for row in rows if row is not None), TEMPORARY)


def _detail(error: Ended | Exception) -> str:
    """Return the library's own words on one line, short, without anything that could be a secret."""
    words = " ".join(_redact(str(error)).split())
    name = error.status.lower().replace("_", " ") if isinstance(error, Ended) else type(error).__name__
    return f"{name}: {words[:_DETAIL_LENGTH]}" if words else name
