"""
What the Google libraries' errors mean for us: tables, no library imported.

The status decides, and the details that Google gives with it; words only where it gives nothing else. Classes are
looked up by name along the error's ancestors, so that one which only newer or older libraries have is no trouble.
Unknown is always temporary: keep, back off, try again.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from teamtactics.cloud.fates import AlreadyThere, Held, NotAllowed, SignInRejected, TooSlow, Unreachable, Where
from teamtactics.errors import Contended, DeliveryError, PermanentFailure, SinkRefused, TemporaryFailure
from teamtactics.redaction import Redactor


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
UNREACHABLE = Row(Unreachable, "{place} cannot be reached")
TOO_SLOW = Row(TooSlow, "{place} did not answer in time")
CONTENDED = Row(Contended, "{place} was busy with another write")
HELD = Row(Held, "{place} was busy with another write")
NOT_GOOGLE = Row(TemporaryFailure, "an unexpected answer instead of {place}", _PROXY_HINT)
QUOTA = Row(
    TemporaryFailure,
    "the quota for {place} is used up",
    "Delivery goes on by itself; the free daily quota begins anew at midnight Pacific time. "
    "If it happens every day, enable billing for the project.",
)
CANNOT_EVER = Row(PermanentFailure, "{place} refuses it as malformed or too large", "{when_missing}")
CREDENTIALS = Row(SignInRejected, "Google does not accept the credentials", _CREDENTIALS_HINT, with_detail=False)
FORBIDDEN = Row(NotAllowed, "no permission for {place}", "Give the service account the role {role}.")
MISSING = Row(SinkRefused, "{place} does not exist", "{when_missing}")
TAKEN = Row(AlreadyThere, "{place} already has it")
NO_TOKEN = Row(
    Unreachable,
    "Google's sign-in cannot be reached",
    "Check the connection to the internet, and proxy in teamtactics.ini.",
    with_detail=False,
)

WRONG_NAME = Row(SinkRefused, "{place} is no valid name", "{when_missing}")
SWITCHED_OFF = Row(
    SinkRefused, "the service of {place} is switched off", "Enable its API for the project in the Google console."
)
NO_BILLING = Row(SinkRefused, "{place} needs billing", "Enable billing for the project in the Google console.")
NO_PROJECT = Row(
    SinkRefused,
    "the project of {place} does not exist",
    "Check the project in teamtactics.ini and in the key file; a deleted one can be restored in the Google console "
    "for 30 days.",
)
SUSPENDED = Row(SinkRefused, "Google has suspended the project or the account for {place}", "Its console says why.")


def _by_name(*rows: tuple[Row, str]) -> dict[str, Row]:
    return {name: row for row, names in rows for name in names.split()}


_API = _by_name(
    (
        TEMPORARY,
        "GoogleAPIError GoogleAPICallError DuplicateCredentialArgs "
        "AsyncRestUnsupportedParameterError ResumableTransferError MissingStatusHeaderError "
        "UnseekableStreamError UploadCancelledError ClientError PreconditionFailed "
        "RequestRangeNotSatisfiable Cancelled ServerError InternalServerError Unknown "
        "DataLoss",
    ),
    (TOO_SLOW, "RetryError TransferStalledError GatewayTimeout DeadlineExceeded"),
    (
        NOT_GOOGLE,
        "Redirection MovedPermanently NotModified TemporaryRedirect ResumeIncomplete "
        "MethodNotAllowed LengthRequired MethodNotImplemented BadGateway",
    ),
    (CANNOT_EVER, "BadRequest InvalidArgument OutOfRange"),
    (CONTENDED, "FailedPrecondition"),
    (CREDENTIALS, "Unauthorized Unauthenticated"),
    (FORBIDDEN, "Forbidden PermissionDenied"),
    (MISSING, "NotFound"),
    (HELD, "Conflict Aborted"),
    (TAKEN, "AlreadyExists"),
    (QUOTA, "TooManyRequests ResourceExhausted"),
    (UNREACHABLE, "ServiceUnavailable"),
)
_AUTH = _by_name(
    (NO_TOKEN, "TransportError TimeoutError ResponseError"),
    (
        CREDENTIALS,
        "RefreshError ReauthFailError ReauthSamlChallengeFailError UserAccessTokenError "
        "DefaultCredentialsError InvalidOperation InvalidResource InvalidType InvalidValue "
        "MalformedError OSError OAuthError ClientCertError MutualTLSChannelError",
    ),
    (Row(TemporaryFailure, "signing in to Google failed", with_detail=False), "GoogleAuthError"),
)
_PROTOBUF = _by_name(
    (TEMPORARY, "Error FrozenInstanceError"),
    (CANNOT_EVER, "EncodeError"),
    (NOT_GOOGLE, "DecodeError"),
)
_TABLES = {"google.api_core.exceptions": _API, "google.auth.exceptions": _AUTH, "google.protobuf.message": _PROTOBUF}

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

# The same class can mean different things, and no detail tells which: the words decide. First match wins.
_BY_TEXT: tuple[tuple[str, re.Pattern[str], Row], ...] = (
    (
        # A stopped sign-in is wrapped by gRPC: a missing network must not read as a broken key.
        "ServiceUnavailable Unauthenticated RefreshError",
        re.compile(r"Max retries|Connection|NameResolution|timed? ?out|TransportError|ProxyError|SSLError", re.I),
        NO_TOKEN,
    ),
    (
        "ServiceUnavailable Unknown InternalServerError",
        re.compile(r"metadata from plugin failed|invalid_grant|Invalid JWT|RefreshError"),
        CREDENTIALS,
    ),
    (
        "ServiceUnavailable",
        re.compile(r"CERTIFICATE_VERIFY_FAILED|handshake failed|tls_validate", re.I),
        Row(
            TemporaryFailure,
            "the encrypted connection to {place} failed",
            "A virus scanner or a company proxy that opens encrypted connections needs its certificate in the file "
            "that the variable GRPC_DEFAULT_SSL_ROOTS_FILE_PATH names.",
        ),
    ),
    (
        "ServiceUnavailable",
        re.compile(r"HTTP proxy", re.I),
        Row(TemporaryFailure, "the proxy does not let us through to {place}", "Check proxy in teamtactics.ini."),
    ),
    # Told without details by older services, and where the details got lost on the way.
    ("Forbidden", re.compile(r"billing", re.I), NO_BILLING),
    ("Forbidden", re.compile(r"has not been used in project|it is disabled", re.I), SWITCHED_OFF),
    (
        "Forbidden NotFound",
        re.compile(r"Project \S+ has been deleted|permission denied on resource project|project not found", re.I),
        NO_PROJECT,
    ),
    (
        "FailedPrecondition",
        re.compile(r"Datastore Mode|Cloud Datastore projects", re.I),
        Row(SinkRefused, "{place} is in Datastore mode", "Create a Firestore database in Native mode."),
    ),
    (
        # One document, not the database: it was to be as it was read, and somebody has removed it.
        "NotFound",
        re.compile(r"no (document|entity) to update", re.I),
        CONTENDED,
    ),
    (
        # Of a commit: less of it may pass. Not contention, whatever status it comes with.
        "FailedPrecondition Aborted ResourceExhausted Unknown InternalServerError",
        re.compile(r"too (big|large)|larger than max|exceeds maximum size|payload size exceeds|status: 413", re.I),
        CANNOT_EVER,
    ),
    ("InvalidArgument", re.compile(r"resource name given|invalid project", re.I), WRONG_NAME),
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
    row = _BY_REASON.get(str(getattr(error, "reason", "")))
    if row is not None:
        return row
    fields = list(_bad_fields(error))
    if "InvalidArgument" in names and fields and all(map(_PLACE_FIELD.match, fields)):
        return WRONG_NAME
    text = str(error)
    hidden_sign_in = "metadata from plugin failed" in text or "RefreshError" in names
    for kinds, pattern, row in _BY_TEXT:
        if names.intersection(kinds.split()) and pattern.search(text) and (row is not NO_TOKEN or hidden_sign_in):
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
