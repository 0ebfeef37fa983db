"""The table from the libraries' errors to ours."""

from __future__ import annotations

import inspect
from functools import partial
from types import SimpleNamespace
from typing import Any

import google.protobuf.message as protobuf
import grpc
import pytest
from google.rpc.error_details_pb2 import BadRequest, ErrorInfo, LocalizedMessage
from google.rpc.status_pb2 import Status

from teamtactics import language
from teamtactics.cloud.calls.ended import Ended, ended_by, ended_with
from teamtactics.cloud.connection import refusal
from teamtactics.cloud.fates import AlreadyThere, Held, NotAllowed, SignInRejected, TooSlow, Unreachable, Where
from teamtactics.cloud.translate import row_of, translate
from teamtactics.errors import (
    Contended,
    DeliveryError,
    PermanentFailure,
    SinkRefused,
    TemporaryFailure,
)
from teamtactics.language import Said, local

STATUSES = [code.name for code in grpc.StatusCode if code.name != "OK"]
API: Any = SimpleNamespace(**{name.title().replace("_", ""): partial(Ended, name) for name in STATUSES})
"""Ends of calls by the status: ``API.NotFound("words")``."""
WHERE = Where("pubsub", "topic projects/p/topics/t", "roles/pubsub.publisher", "Create the topic t.")


def error_classes(module: Any) -> list[Any]:
    return [kind for _, kind in inspect.getmembers(module, inspect.isclass) if issubclass(kind, Exception)]


def test_every_status_has_a_row() -> None:
    """One that a new version adds fails here, until somebody has decided what it means."""
    assert [name for name in STATUSES if row_of(name) is None] == []


@pytest.mark.parametrize("kind", error_classes(protobuf), ids=lambda kind: str(kind.__name__))
def test_every_class_of_protobuf_has_a_row(kind: Any) -> None:
    """As above."""
    assert row_of(kind.__name__) is not None


@pytest.mark.parametrize(
    "error", [*(Ended(name, "words") for name in STATUSES), *(kind("words") for kind in error_classes(protobuf))]
)
def test_whatever_it_is_it_is_said_with_place_and_role(error: Exception) -> None:
    ours = translate(error, WHERE)
    assert isinstance(ours, DeliveryError)
    assert ours.sink == "pubsub"
    assert "{" not in f"{ours} {ours.hint}"


@pytest.mark.parametrize(
    ("error", "kind"),
    [
        (API.DeadlineExceeded("x"), TooSlow),
        (API.Unavailable("failed to connect to all addresses"), Unreachable),
        (API.Aborted("Transaction lock timeout."), Held),
        (API.FailedPrecondition("the stored version (2) does not match the required base version (1)"), Contended),
        (API.FailedPrecondition("not available for Firestore in Datastore Mode database"), SinkRefused),
        (API.NotFound("No document to update: projects/p/databases/(default)/documents/c/state"), Contended),
        (API.NotFound("no entity to update: app: ..."), Contended),
        (API.ResourceExhausted("x"), TemporaryFailure),
        (API.Internal("x"), TemporaryFailure),
        (API.Unknown("x"), TemporaryFailure),
        (API.Cancelled("x"), TemporaryFailure),
        (API.AlreadyExists("x"), AlreadyThere),
        (API.PermissionDenied("x"), NotAllowed),
        (API.NotFound("x"), SinkRefused),
        (API.InvalidArgument("too large"), PermanentFailure),
        (API.InvalidArgument("Transaction too big. Decrease transaction size."), PermanentFailure),
        (API.InvalidArgument("Invalid resource name given (name=projects/p/topics/!). Refer to"), SinkRefused),
        (API.Unauthenticated("x"), SignInRejected),
        (API.Unimplemented("Received http2 header with status: 405"), TemporaryFailure),
        (ended_by(grpc.RpcError("anything")), TemporaryFailure),
        (Ended("FROM_THE_FUTURE", "x"), TemporaryFailure),
        (ended_with(Status(code=4711, message="from the future")), TemporaryFailure),
        (type("FromTheFuture", (protobuf.EncodeError,), {})("x"), PermanentFailure),
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
        (API.Unavailable("HTTP proxy returned response code 407"), "proxy in teamtactics.ini"),
        (API.Unavailable("Ssl handshake failed: CERTIFICATE_VERIFY_FAILED"), "GRPC_DEFAULT_SSL_ROOTS_FILE_PATH"),
        (API.ResourceExhausted("Quota exceeded"), "midnight Pacific"),
        (API.PermissionDenied("Cloud Pub/Sub API has not been used in project"), "Enable its API"),
    ],
)
def test_the_hint_says_what_a_human_can_do(error: Exception, says: str) -> None:
    assert says in translate(error, WHERE).hint


NO_ACCESS = "Permission denied on resource project my-project."


@pytest.mark.parametrize(
    ("kind", "words", "reason", "fate", "hint"),
    [
        (
            "PermissionDenied",
            "Cloud Pub/Sub API has not been used in project 123 before or it is disabled. Enable it by visiting https://",
            "SERVICE_DISABLED",
            SinkRefused,
            "Enable its API",
        ),
        (
            "PermissionDenied",
            "This API method requires billing to be enabled. Please enable billing on project #1051023892108 by "
            "visiting https://console.developers.google.com/billing/enable?project=1051023892108 then retry.",
            "BILLING_DISABLED",
            SinkRefused,
            "Enable billing",
        ),
        (
            "PermissionDenied",
            "Project charming-module-137923 (#808448574146) has billing disabled. Please enable it.",
            None,
            SinkRefused,
            "Enable billing",
        ),
        (
            "PermissionDenied",
            "The billing account for the owning project is disabled in state absent",
            None,
            SinkRefused,
            "Enable billing",
        ),
        ("PermissionDenied", NO_ACCESS, "CONSUMER_INVALID", SinkRefused, "Check the project"),
        ("PermissionDenied", NO_ACCESS, None, SinkRefused, "Check the project"),
        (
            "PermissionDenied",
            "Project #1234567899 has been deleted.",
            "CONSUMER_INVALID",
            SinkRefused,
            "Check the project",
        ),
        ("PermissionDenied", "Project #1234567899 has been deleted.", None, SinkRefused, "Check the project"),
        (
            "InvalidArgument",
            "Project 'projects/my-project' not found",
            "RESOURCE_PROJECT_INVALID",
            SinkRefused,
            "project",
        ),
        (
            "NotFound",
            "Requested project not found or user does not have access to it (project=p).",
            None,
            SinkRefused,
            "Check the project",
        ),
        ("PermissionDenied", "Consumer 'projects/p' has been suspended.", "CONSUMER_SUSPENDED", SinkRefused, "console"),
        ("PermissionDenied", "User not authorized to perform this action.", None, NotAllowed, "roles/pubsub.publisher"),
        ("PermissionDenied", "Permission 'x' denied", "IAM_PERMISSION_DENIED", NotAllowed, "roles/pubsub.publisher"),
        (
            "Unauthenticated",
            "Request had invalid authentication credentials. Expected OAuth 2 access token, login cookie or other "
            "valid authentication credential. See https://developers.google.com/identity/sign-in/web/devconsole-project.",
            "ACCESS_TOKEN_EXPIRED",
            SignInRejected,
            "clock",
        ),
        ("ResourceExhausted", "Quota exceeded for quota metric", "RATE_LIMIT_EXCEEDED", TemporaryFailure, "midnight"),
        (
            "FailedPrecondition",
            "The Cloud Firestore API is not available for Cloud Datastore projects.",
            None,
            SinkRefused,
            "Native",
        ),
        (
            "InvalidArgument",
            "Transaction too big. Decrease transaction size.",
            None,
            PermanentFailure,
            "Create the topic",
        ),
        ("FailedPrecondition", "Transaction too big. Decrease transaction size.", None, PermanentFailure, ""),
        ("Aborted", "datastore transaction or write too big.", None, PermanentFailure, ""),
        # As Google's own emulator says it: no quota, but one request that is too large.
        ("ResourceExhausted", "gRPC message exceeds maximum size 4194304: 4500000", None, PermanentFailure, ""),
        ("ResourceExhausted", "Received message larger than max (4404019 vs. 4194304)", None, PermanentFailure, ""),
        ("Unknown", "Received http2 header with status: 413", None, PermanentFailure, ""),
        ("Aborted", "Too much contention on these documents. Please try again.", None, Held, ""),
    ],
)
def test_google_s_own_words_and_details(
    kind: str, words: str, reason: str | None, fate: type[DeliveryError], hint: str
) -> None:
    """As public bug reports quote them: with the reason that comes with them, and without one."""
    ours = translate(getattr(API, kind)(words, reason or ""), WHERE)
    assert type(ours) is fate
    assert hint in ours.hint


@pytest.mark.parametrize(
    ("fields", "fate"),
    [
        (["topic"], SinkRefused),
        (["database", "parent"], SinkRefused),
        (["messages[3].data"], PermanentFailure),
        (["topic", "messages[0].ordering_key"], PermanentFailure),
        ([], PermanentFailure),
    ],
)
def test_a_complaint_about_where_to_is_no_complaint_about_what(fields: list[str], fate: type[DeliveryError]) -> None:
    error = API.InvalidArgument("Request contains an invalid argument.", fields=fields)
    assert type(translate(error, WHERE)) is fate


def status_with_details() -> Status:
    """A refusal with all that Google gives, and something that nobody here reads."""
    status = Status(code=7, message="no")
    status.details.add().Pack(LocalizedMessage(locale="de", message="nein"))
    status.details.add().Pack(BadRequest(field_violations=[BadRequest.FieldViolation(field="topic")]))
    status.details.add().Pack(ErrorInfo(reason="BILLING_DISABLED"))
    return status


def test_a_status_inside_a_message_has_its_details_too() -> None:
    """As the watch gets it."""
    assert "billing" in refusal(status_with_details(), WHERE).hint


class FakeCall(grpc.RpcError):  # type: ignore[misc]  # grpc has no types
    """What gRPC raises."""

    def __init__(self, details: bytes | None) -> None:
        self._details = details

    def code(self) -> Any:
        return grpc.StatusCode.PERMISSION_DENIED

    def details(self) -> str | None:
        return "no"

    def trailing_metadata(self) -> Any:
        return None if self._details is None else (("x", "y"), ("grpc-status-details-bin", self._details))


@pytest.mark.parametrize(
    ("details", "reason", "fields"),
    [
        (status_with_details().SerializeToString(), "BILLING_DISABLED", ("topic",)),
        (Status(code=7).SerializeToString(), "", ()),
        (b"\xff no message", "", ()),
        (None, "", ()),
    ],
)
def test_the_details_of_a_call_are_read(details: bytes | None, reason: str, fields: tuple[str, ...]) -> None:
    """Also where there are none, or something between here and Google has damaged them."""
    end = ended_by(FakeCall(details))
    assert (end.status, end.message, end.reason, end.fields) == ("PERMISSION_DENIED", "no", reason, fields)


@pytest.mark.parametrize("code", [code for code in grpc.StatusCode if code.name != "OK"], ids=lambda code: code.name)
def test_a_status_by_number_has_the_name_that_grpc_gives_it(code: Any) -> None:
    assert ended_with(Status(code=code.value[0], message="x")).status == code.name


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
@pytest.mark.parametrize("kind", [API.Unavailable, API.InvalidArgument, API.Unauthenticated, protobuf.EncodeError])
def test_no_secret_gets_into_a_text(kind: Any, secret: str) -> None:
    ours = translate(kind(f"while sending {secret}"), WHERE)
    assert "SECRET" not in f"{ours} {ours.hint}"


def test_it_is_told_to_people_in_their_language_and_to_the_log_in_english() -> None:
    place = Said("Firestore database {name} of project {project}", name="(default)", project="p")
    missing = Said(
        "Create the Firestore database {name} (Native mode) in project {project}.", name="(default)", project="p"
    )
    ours = translate(API.NotFound("no {such} thing"), Where("firestore", place, "roles/x", missing))
    language.use("de")
    try:
        shown, hint = local(ours.said), local(ours.hint)
    finally:
        language.use(language.SOURCE)
    assert str(ours) == "Firestore database (default) of project p does not exist (not found: no {such} thing)"
    assert shown == "Firestore-Datenbank (default) des Projekts p gibt es nicht (not found: no {such} thing)"
    assert ours.hint == "Create the Firestore database (default) (Native mode) in project p."
    assert hint == "Lege die Firestore-Datenbank (default) (nativer Modus) im Projekt p an."


def test_every_row_has_its_german() -> None:
    """Whatever Google ends a call with: nothing of ours is left in English."""
    language.use("de")
    try:
        for name in STATUSES:
            ours = translate(Ended(name, ""), WHERE)
            assert local(ours.said) != str(ours), name
            assert ours.hint in ("", WHERE.when_missing) or local(ours.hint) != ours.hint, name
    finally:
        language.use(language.SOURCE)
