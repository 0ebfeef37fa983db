"""
What the Google libraries' errors mean for us: one table, no library imported.

Looked up by class name along the error's ancestors, so that a class which only newer or older library versions have
is no trouble. Unknown is always temporary: keep, back off, try again.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from teamtactics.errors import (
    Contended,
    CredentialsRejected,
    DeliveryError,
    PermanentFailure,
    SinkRefused,
    TemporaryFailure,
)
from teamtactics.redaction import Redactor


class AlreadyThere(Contended):
    """A document that was to be created exists."""


class Held(Contended):
    """Somebody holds a document, and the server waited in vain for it: seconds, so the next attempt would as well."""


class TooSlow(TemporaryFailure):
    """No answer within the deadline: nobody knows what the server did."""


class NotAllowed(SinkRefused):
    """The account is known and lacks a right."""


@dataclass(frozen=True, slots=True)
class Where:
    """
    What an error text has to name.

    Attributes:
        sink: The sink's name, e.g. ``firestore``.

        place: What was to be reached, e.g. "topic projects/x/topics/y".

        role: The role that the service account needs.

        when_missing: What a human does when the place does not exist.
    """

    sink: str
    place: str
    role: str
    when_missing: str


@dataclass(frozen=True, slots=True)
class Row:
    """What to raise, in which words; ``{place}``, ``{role}`` and ``{when_missing}`` come from :class:`Where`."""

    kind: type[DeliveryError]
    says: str
    hint: str = ""
    with_detail: bool = True


_CREDENTIALS_HINT = (
    "Check that this PC's clock and time zone are right (synchronise the time in the Windows settings), and that the "
    "key in the googleAccessToken file was not deleted in the Google console; make a new key if it was."
)
_PROXY_HINT = "Something between here and Google answers in its place: check proxy in teamtactics.ini."

TEMPORARY = Row(TemporaryFailure, "{place} did not take it")
_UNREACHABLE = Row(TemporaryFailure, "{place} cannot be reached")
_TOO_SLOW = Row(TooSlow, "{place} did not answer in time")
_CONTENDED = Row(Contended, "{place} was busy with another write")
_HELD = Row(Held, "{place} was busy with another write")
_NOT_GOOGLE = Row(TemporaryFailure, "an unexpected answer instead of {place}", _PROXY_HINT)
_QUOTA = Row(
    TemporaryFailure,
    "the quota for {place} is used up",
    "Delivery goes on by itself; the free daily quota begins anew at midnight Pacific time. "
    "If it happens every day, enable billing for the project.",
)
_CANNOT_EVER = Row(PermanentFailure, "{place} refuses it as malformed or too large")
_CREDENTIALS = Row(CredentialsRejected, "Google does not accept the credentials", _CREDENTIALS_HINT, with_detail=False)
_FORBIDDEN = Row(NotAllowed, "no permission for {place}", "Give the service account the role {role}.")
_MISSING = Row(SinkRefused, "{place} does not exist", "{when_missing}")
_TAKEN = Row(AlreadyThere, "{place} already has it")
_NO_TOKEN = Row(
    TemporaryFailure,
    "Google's sign-in cannot be reached",
    "Check the connection to the internet, and proxy in teamtactics.ini.",
    with_detail=False,
)

API_ROWS: dict[str, Row] = {
    "GoogleAPIError": TEMPORARY,
    "GoogleAPICallError": TEMPORARY,
    "RetryError": _TOO_SLOW,
    "DuplicateCredentialArgs": TEMPORARY,
    "AsyncRestUnsupportedParameterError": TEMPORARY,
    "Redirection": _NOT_GOOGLE,
    "MovedPermanently": _NOT_GOOGLE,
    "NotModified": _NOT_GOOGLE,
    "TemporaryRedirect": _NOT_GOOGLE,
    "ResumeIncomplete": _NOT_GOOGLE,
    "ResumableTransferError": TEMPORARY,
    "MissingStatusHeaderError": TEMPORARY,
    "TransferStalledError": _TOO_SLOW,
    "UnseekableStreamError": TEMPORARY,
    "UploadCancelledError": TEMPORARY,
    "ClientError": TEMPORARY,
    "BadRequest": _CANNOT_EVER,
    "InvalidArgument": _CANNOT_EVER,
    "OutOfRange": _CANNOT_EVER,
    "FailedPrecondition": _CONTENDED,
    "Unauthorized": _CREDENTIALS,
    "Unauthenticated": _CREDENTIALS,
    "Forbidden": _FORBIDDEN,
    "PermissionDenied": _FORBIDDEN,
    "NotFound": _MISSING,
    "MethodNotAllowed": _NOT_GOOGLE,
    "Conflict": _HELD,
    "AlreadyExists": _TAKEN,
    "Aborted": _HELD,
    "LengthRequired": _NOT_GOOGLE,
    "PreconditionFailed": TEMPORARY,
    "RequestRangeNotSatisfiable": TEMPORARY,
    "TooManyRequests": _QUOTA,
    "ResourceExhausted": _QUOTA,
    "Cancelled": TEMPORARY,
    "ServerError": TEMPORARY,
    "InternalServerError": TEMPORARY,
    "Unknown": TEMPORARY,
    "DataLoss": TEMPORARY,
    "MethodNotImplemented": _NOT_GOOGLE,
    "BadGateway": _NOT_GOOGLE,
    "ServiceUnavailable": _UNREACHABLE,
    "GatewayTimeout": _TOO_SLOW,
    "DeadlineExceeded": _TOO_SLOW,
}

AUTH_ROWS: dict[str, Row] = {
    "GoogleAuthError": Row(TemporaryFailure, "signing in to Google failed", with_detail=False),
    "TransportError": _NO_TOKEN,
    "TimeoutError": _NO_TOKEN,
    "ResponseError": _NO_TOKEN,
    "RefreshError": _CREDENTIALS,
    "ReauthFailError": _CREDENTIALS,
    "ReauthSamlChallengeFailError": _CREDENTIALS,
    "UserAccessTokenError": _CREDENTIALS,
    "DefaultCredentialsError": _CREDENTIALS,
    "InvalidOperation": _CREDENTIALS,
    "InvalidResource": _CREDENTIALS,
    "InvalidType": _CREDENTIALS,
    "InvalidValue": _CREDENTIALS,
    "MalformedError": _CREDENTIALS,
    "OSError": _CREDENTIALS,
    "OAuthError": _CREDENTIALS,
    "ClientCertError": _CREDENTIALS,
    "MutualTLSChannelError": _CREDENTIALS,
}

_TABLES = {
    "google.api_core.exceptions": API_ROWS,
    "google.auth.exceptions": AUTH_ROWS,
    "google.protobuf.message": {
        "Error": TEMPORARY,
        "EncodeError": _CANNOT_EVER,
        "DecodeError": _NOT_GOOGLE,
        "FrozenInstanceError": TEMPORARY,
    },
}

# The same class can mean different things; what the server writes decides. First match wins.
_BY_TEXT: tuple[tuple[frozenset[str], re.Pattern[str], Row], ...] = (
    (
        # A stopped sign-in is wrapped by gRPC: a missing network must not read as a broken key.
        frozenset({"ServiceUnavailable", "Unauthenticated", "RefreshError"}),
        re.compile(r"Max retries|Connection|NameResolution|timed? ?out|TransportError|ProxyError|SSLError", re.I),
        _NO_TOKEN,
    ),
    (
        frozenset({"ServiceUnavailable", "Unknown", "InternalServerError"}),
        re.compile(r"metadata from plugin failed|invalid_grant|Invalid JWT|RefreshError"),
        _CREDENTIALS,
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
    (
        frozenset({"Forbidden", "PermissionDenied"}),
        re.compile(r"SERVICE_DISABLED|has not been used|is disabled", re.I),
        Row(
            SinkRefused,
            "the service of {place} is switched off",
            "Enable its API for the project in the Google console.",
        ),
    ),
    (
        frozenset({"Forbidden", "PermissionDenied"}),
        re.compile(r"billing", re.I),
        Row(SinkRefused, "{place} needs billing", "Enable billing for the project in the Google console."),
    ),
    (
        frozenset({"FailedPrecondition"}),
        re.compile(r"Datastore Mode", re.I),
        Row(SinkRefused, "{place} is in Datastore mode", "Create a Firestore database in Native mode."),
    ),
    (
        # One document, not the database: it was to be as it was read, and somebody has removed it.
        frozenset({"NotFound"}),
        re.compile(r"no (document|entity) to update", re.I),
        _CONTENDED,
    ),
    (
        # About the place, not about the parcel: parking every parcel would be wrong.
        frozenset({"InvalidArgument"}),
        re.compile(r"resource name|invalid project|\bdatabase\b|invalid resource", re.I),
        Row(SinkRefused, "{place} is no valid name", "{when_missing}"),
    ),
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
        return _NO_TOKEN
    names = {ancestor.__name__ for ancestor in type(error).__mro__}
    text = str(error)
    hidden_sign_in = "metadata from plugin failed" in text or "RefreshError" in names
    for kinds, pattern, row in _BY_TEXT:
        if kinds & names and pattern.search(text) and (row is not _NO_TOKEN or hidden_sign_in):
            return row
    rows = (row_of(ancestor) for ancestor in type(error).__mro__)
    return next((row for row in rows if row is not None), TEMPORARY)


def _detail(error: Exception) -> str:
    """Return the library's own words on one line, short, without anything that could be a secret."""
    text = str(getattr(error, "message", "") or error)
    words = " ".join(_redact(text).split())
    name = type(error).__name__
    return f"{name}: {words[:_DETAIL_LENGTH]}" if words else name
