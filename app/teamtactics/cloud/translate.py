"""
What the Google libraries' errors mean for us: tables, no library imported.

The status decides, and the details that Google gives with it; words only where it gives nothing else. Classes are
looked up by name along the error's ancestors, so that one which only newer or older libraries have is no trouble.
Unknown is always temporary: keep, back off, try again.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from teamtactics.cloud.fates import (
    CANNOT_EVER,
    CONTENDED,
    CREDENTIALS,
    FORBIDDEN,
    HELD,
    MISSING,
    NO_BILLING,
    NO_PROJECT,
    NO_TOKEN,
    NOT_GOOGLE,
    QUOTA,
    SUSPENDED,
    SWITCHED_OFF,
    TAKEN,
    TEMPORARY,
    TOO_SLOW,
    UNREACHABLE,
    WRONG_NAME,
    Row,
    Where,
)
from teamtactics.errors import DeliveryError, SinkRefused, TemporaryFailure
from teamtactics.redaction import Redactor

API_ROWS: dict[str, Row] = {
    "GoogleAPIError": TEMPORARY,
    "GoogleAPICallError": TEMPORARY,
    "RetryError": TOO_SLOW,
    "DuplicateCredentialArgs": TEMPORARY,
    "AsyncRestUnsupportedParameterError": TEMPORARY,
    "Redirection": NOT_GOOGLE,
    "MovedPermanently": NOT_GOOGLE,
    "NotModified": NOT_GOOGLE,
    "TemporaryRedirect": NOT_GOOGLE,
    "ResumeIncomplete": NOT_GOOGLE,
    "ResumableTransferError": TEMPORARY,
    "MissingStatusHeaderError": TEMPORARY,
    "TransferStalledError": TOO_SLOW,
    "UnseekableStreamError": TEMPORARY,
    "UploadCancelledError": TEMPORARY,
    "ClientError": TEMPORARY,
    "BadRequest": CANNOT_EVER,
    "InvalidArgument": CANNOT_EVER,
    "OutOfRange": CANNOT_EVER,
    "FailedPrecondition": CONTENDED,
    "Unauthorized": CREDENTIALS,
    "Unauthenticated": CREDENTIALS,
    "Forbidden": FORBIDDEN,
    "PermissionDenied": FORBIDDEN,
    "NotFound": MISSING,
    "MethodNotAllowed": NOT_GOOGLE,
    "Conflict": HELD,
    "AlreadyExists": TAKEN,
    "Aborted": HELD,
    "LengthRequired": NOT_GOOGLE,
    "PreconditionFailed": TEMPORARY,
    "RequestRangeNotSatisfiable": TEMPORARY,
    "TooManyRequests": QUOTA,
    "ResourceExhausted": QUOTA,
    "Cancelled": TEMPORARY,
    "ServerError": TEMPORARY,
    "InternalServerError": TEMPORARY,
    "Unknown": TEMPORARY,
    "DataLoss": TEMPORARY,
    "MethodNotImplemented": NOT_GOOGLE,
    "BadGateway": NOT_GOOGLE,
    "ServiceUnavailable": UNREACHABLE,
    "GatewayTimeout": TOO_SLOW,
    "DeadlineExceeded": TOO_SLOW,
}

AUTH_ROWS: dict[str, Row] = {
    "GoogleAuthError": Row(TemporaryFailure, "signing in to Google failed", with_detail=False),
    "TransportError": NO_TOKEN,
    "TimeoutError": NO_TOKEN,
    "ResponseError": NO_TOKEN,
    "RefreshError": CREDENTIALS,
    "ReauthFailError": CREDENTIALS,
    "ReauthSamlChallengeFailError": CREDENTIALS,
    "UserAccessTokenError": CREDENTIALS,
    "DefaultCredentialsError": CREDENTIALS,
    "InvalidOperation": CREDENTIALS,
    "InvalidResource": CREDENTIALS,
    "InvalidType": CREDENTIALS,
    "InvalidValue": CREDENTIALS,
    "MalformedError": CREDENTIALS,
    "OSError": CREDENTIALS,
    "OAuthError": CREDENTIALS,
    "ClientCertError": CREDENTIALS,
    "MutualTLSChannelError": CREDENTIALS,
}

_TABLES = {
    "google.api_core.exceptions": API_ROWS,
    "google.auth.exceptions": AUTH_ROWS,
    "google.protobuf.message": {
        "Error": TEMPORARY,
        "EncodeError": CANNOT_EVER,
        "DecodeError": NOT_GOOGLE,
        "FrozenInstanceError": TEMPORARY,
    },
}

BY_REASON: dict[str, Row] = {
    "SERVICE_DISABLED": SWITCHED_OFF,
    "BILLING_DISABLED": NO_BILLING,
    "CONSUMER_INVALID": NO_PROJECT,
    "RESOURCE_PROJECT_INVALID": NO_PROJECT,
    "CONSUMER_SUSPENDED": SUSPENDED,
    "ACCOUNT_STATE_INVALID": SUSPENDED,
    "ACCESS_TOKEN_EXPIRED": CREDENTIALS,
    "ACCESS_TOKEN_TYPE_UNSUPPORTED": CREDENTIALS,
    "CREDENTIALS_MISSING": CREDENTIALS,
    "RATE_LIMIT_EXCEEDED": QUOTA,
    "RESOURCE_QUOTA_EXCEEDED": QUOTA,
}
"""
The reason in a ``google.rpc.ErrorInfo`` goes before the status that it comes with.

Source:
    google/api/error_reason.proto; those that only API keys meet are left to the status.
"""

_PLACE_FIELD = re.compile(r"(name|parent|topic|project|database)\b")
"""A field of a request that says where to, not what; the contents are ``messages[0].data``, ``writes[3].update``."""

# The same class can mean different things, and no detail tells which: the words decide. First match wins.
_BY_TEXT: tuple[tuple[frozenset[str], re.Pattern[str], Row], ...] = (
    (
        # A stopped sign-in is wrapped by gRPC: a missing network must not read as a broken key.
        frozenset({"ServiceUnavailable", "Unauthenticated", "RefreshError"}),
        re.compile(r"Max retries|Connection|NameResolution|timed? ?out|TransportError|ProxyError|SSLError", re.I),
        NO_TOKEN,
    ),
    (
        frozenset({"ServiceUnavailable", "Unknown", "InternalServerError"}),
        re.compile(r"metadata from plugin failed|invalid_grant|Invalid JWT|RefreshError"),
        CREDENTIALS,
    ),
    (
        frozenset({"ServiceUnavailable"}),
        re.compile(r"CERTIFICATE_VERIFY_FAILED|handshake failed|tls_validate", re.I),
        Row(
            TemporaryFailure,
            "the encrypted connection to {place} failed",
            "A virus scanner or a company proxy that opens encrypted connections needs its certificate in the file "
            "that the variable GRPC_DEFAULT_SSL_ROOTS_FILE_PATH names.",
        ),
    ),
    (
        frozenset({"ServiceUnavailable"}),
        re.compile(r"HTTP proxy", re.I),
        Row(TemporaryFailure, "the proxy does not let us through to {place}", "Check proxy in teamtactics.ini."),
    ),
    # Told without details by older services, and where the details got lost on the way.
    (frozenset({"Forbidden"}), re.compile(r"billing", re.I), NO_BILLING),
    (frozenset({"Forbidden"}), re.compile(r"has not been used in project|it is disabled", re.I), SWITCHED_OFF),
    (
        frozenset({"Forbidden", "NotFound"}),
        re.compile(r"Project \S+ has been deleted|permission denied on resource project|project not found", re.I),
        NO_PROJECT,
    ),
    (
        frozenset({"FailedPrecondition"}),
        re.compile(r"Datastore Mode|Cloud Datastore projects", re.I),
        Row(SinkRefused, "{place} is in Datastore mode", "Create a Firestore database in Native mode."),
    ),
    (
        # One document, not the database: it was to be as it was read, and somebody has removed it.
        frozenset({"NotFound"}),
        re.compile(r"no (document|entity) to update", re.I),
        CONTENDED,
    ),
    (
        # Of a commit: less of it may pass. Not contention, whatever status it comes with.
        frozenset({"FailedPrecondition", "Aborted", "ResourceExhausted", "Unknown", "InternalServerError"}),
        re.compile(r"too (big|large)|larger than max|payload size exceeds|status: 413", re.I),
        CANNOT_EVER,
    ),
    (frozenset({"InvalidArgument"}), re.compile(r"resource name given|invalid project", re.I), WRONG_NAME),
)

_redact = Redactor()
_DETAIL_LENGTH = 200


def translate(error: Exception, where: Where) -> DeliveryError:
    """Say what a library's *error* means: what to do with the parcels, and what a human can do about it."""
    row = _row_for(error)
    facts = {"place": where.place, "role": where.role, "when_missing": where.when_missing}
    says = row.says.format(**facts)
    detail = _detail(error) if row.with_detail else ""
    return row.kind(where.sink, f"{says} ({detail})" if detail else says, row.hint.format(**facts))


def row_of(kind: type[BaseException]) -> Row | None:
    """Return the row that stands in the table for *kind* itself, not for an ancestor."""
    return _TABLES.get(kind.__module__, {}).get(kind.__name__)


def _row_for(error: Exception) -> Row:
    if getattr(error, "retryable", False):  # of google.auth: "the sign-in server says: later"
        return NO_TOKEN
    names = {ancestor.__name__ for ancestor in type(error).__mro__}
    row = BY_REASON.get(str(getattr(error, "reason", "")))
    if row is not None:
        return row
    fields = list(_bad_fields(error))
    if "InvalidArgument" in names and fields and all(map(_PLACE_FIELD.match, fields)):
        return WRONG_NAME
    text = str(error)
    hidden_sign_in = "metadata from plugin failed" in text or "RefreshError" in names
    for kinds, pattern, row in _BY_TEXT:
        if kinds & names and pattern.search(text) and (row is not NO_TOKEN or hidden_sign_in):
            return row
    rows = (row_of(ancestor) for ancestor in type(error).__mro__)
    return next((row for row in rows if row is not None), TEMPORARY)


def _bad_fields(error: Exception) -> Iterator[str]:
    """Name the fields of the request that a ``google.rpc.BadRequest`` complains about."""
    details = getattr(error, "details", ())
    for detail in () if callable(details) else details:  # a plain error of gRPC has a method of that name
        for violation in getattr(detail, "field_violations", ()):
            yield violation.field


def _detail(error: Exception) -> str:
    """Return the library's own words on one line, short, without anything that could be a secret."""
    text = str(getattr(error, "message", "") or error)
    words = " ".join(_redact(text).split())
    name = type(error).__name__
    return f"{name}: {words[:_DETAIL_LENGTH]}" if words else name
