"""What an error of Google's means for us: whose matter it is, and in which words it is told."""

from __future__ import annotations

from dataclasses import dataclass

from teamtactics.errors import (
    Contended,
    CredentialsRejected,
    DeliveryError,
    PermanentFailure,
    SinkRefused,
    TemporaryFailure,
)


class AlreadyThere(Contended):
    """A document that was to be created exists."""


class Held(Contended):
    """Somebody holds a document, and the server waited in vain for it: seconds, so the next attempt would as well."""


class Unreachable(TemporaryFailure):
    """Nobody answers: the line, not Google."""


class TooSlow(Unreachable):
    """No answer within the deadline: nobody knows what the server did."""


class NotAllowed(SinkRefused):
    """The account is known and lacks a right."""


class SignInRejected(CredentialsRejected):
    """Google refuses what we signed: the key, or only the time that this PC's clock wrote into it."""


class Unwritable(PermanentFailure):
    """Our own finding: whatever the place is like, this parcel cannot be said in Google's form."""


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
