"""The table from the libraries' errors to ours."""

from __future__ import annotations

import inspect
from typing import Any

import google.api_core.exceptions as api
import google.auth.exceptions as auth
import google.protobuf.message as protobuf
import grpc
import pytest

from teamtactics.cloud.translate import AlreadyThere, Held, NotAllowed, TooSlow, Where, row_of, translate
from teamtactics.errors import (
    Contended,
    CredentialsRejected,
    DeliveryError,
    PermanentFailure,
    SinkRefused,
    TemporaryFailure,
)

API: Any = api
AUTH: Any = auth
WHERE = Where("pubsub", "topic projects/p/topics/t", "roles/pubsub.publisher", "Create the topic t.")


def error_classes(module: Any) -> list[Any]:
    return [kind for _, kind in inspect.getmembers(module, inspect.isclass) if issubclass(kind, Exception)]


def made(kind: Any) -> Exception:
    try:
        return kind("words")  # type: ignore[no-any-return]
    except TypeError:
        return kind("words", cause=None)  # type: ignore[no-any-return]


@pytest.mark.parametrize(
    "kind", [*error_classes(api), *error_classes(auth), *error_classes(protobuf)], ids=lambda kind: str(kind.__name__)
)
def test_every_class_of_the_libraries_has_a_row(kind: Any) -> None:
    """A class that a new version adds fails here, until somebody has decided what it means."""
    assert row_of(kind) is not None
    ours = translate(made(kind), WHERE)
    assert isinstance(ours, DeliveryError)
    assert ours.sink == "pubsub"
    assert "{" not in f"{ours} {ours.hint}"


@pytest.mark.parametrize(
    ("error", "kind"),
    [
        (API.DeadlineExceeded("x"), TooSlow),
        (API.ServiceUnavailable("failed to connect to all addresses"), TemporaryFailure),
        (API.Aborted("Transaction lock timeout."), Held),
        (API.FailedPrecondition("the stored version (2) does not match the required base version (1)"), Contended),
        (API.FailedPrecondition("not available for Firestore in Datastore Mode database"), SinkRefused),
        (API.NotFound("No document to update: projects/p/databases/(default)/documents/c/state"), Contended),
        (API.NotFound("no entity to update: app: ..."), Contended),
        (API.ResourceExhausted("x"), TemporaryFailure),
        (API.InternalServerError("x"), TemporaryFailure),
        (API.BadGateway("x"), TemporaryFailure),
        (API.TooManyRequests("x"), TemporaryFailure),
        (API.Unknown("x"), TemporaryFailure),
        (API.Cancelled("x"), TemporaryFailure),
        (API.AlreadyExists("x"), AlreadyThere),
        (API.PermissionDenied("x"), NotAllowed),
        (API.Forbidden("x"), NotAllowed),
        (API.NotFound("x"), SinkRefused),
        (API.InvalidArgument("too large"), PermanentFailure),
        (API.InvalidArgument("Transaction too big. Decrease transaction size."), PermanentFailure),
        (API.InvalidArgument("Invalid resource name given"), SinkRefused),
        (API.Unauthenticated("x"), CredentialsRejected),
        (AUTH.RefreshError("invalid_grant: Invalid JWT"), CredentialsRejected),
        (AUTH.RefreshError("later", retryable=True), TemporaryFailure),
        (AUTH.TransportError("x"), TemporaryFailure),
        (API.ServiceUnavailable("Getting metadata from plugin failed: ('invalid_grant: Bad')"), CredentialsRejected),
        (API.ServiceUnavailable("Getting metadata from plugin failed: Could not sign"), CredentialsRejected),
        (API.ServiceUnavailable("Getting metadata from plugin failed: Max retries exceeded"), TemporaryFailure),
        (grpc.RpcError("anything"), TemporaryFailure),
        (type("FromTheFuture", (API.GoogleAPICallError,), {})("x"), TemporaryFailure),
    ],
    ids=repr,
)  # fmt: skip
def test_what_is_done_about_it(error: Exception, kind: type[DeliveryError]) -> None:
    assert type(translate(error, WHERE)) is kind


@pytest.mark.parametrize(
    ("error", "says"),
    [
        (API.PermissionDenied("x"), "roles/pubsub.publisher"),
        (API.NotFound("x"), "Create the topic t."),
        (API.Unauthenticated("x"), "clock"),
        (API.ServiceUnavailable("HTTP proxy returned response code 407"), "proxy in teamtactics.ini"),
        (API.ServiceUnavailable("Ssl handshake failed: CERTIFICATE_VERIFY_FAILED"), "GRPC_DEFAULT_SSL_ROOTS_FILE_PATH"),
        (API.ResourceExhausted("Quota exceeded"), "midnight Pacific"),
        (API.PermissionDenied("Cloud Pub/Sub API has not been used in project"), "Enable its API"),
    ],
)
def test_the_hint_says_what_a_human_can_do(error: Exception, says: str) -> None:
    assert says in translate(error, WHERE).hint


@pytest.mark.parametrize(
    "secret",
    [
        "-----BEGIN PRIVATE KEY-----\nMIIEvSECRET\n-----END PRIVATE KEY-----",
        "eyJhbGciOiJSUzI1NiJ9.eyJpc3MiOiJTRUNSRVQifQ.SECRET-signature",
        "ya29.a0SECRET_token",
        "http://user:SECRET@proxy:3128",
        '{"private_key": "MIIESECRET"}',
    ],
)
@pytest.mark.parametrize("kind", [API.ServiceUnavailable, API.InvalidArgument, API.Unauthenticated, AUTH.RefreshError])
def test_no_secret_gets_into_a_text(kind: Any, secret: str) -> None:
    ours = translate(kind(f"while sending {secret}"), WHERE)
    assert "SECRET" not in f"{ours} {ours.hint}"
