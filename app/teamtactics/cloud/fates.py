"""What an error of Google's means for us: whose matter it is."""

from __future__ import annotations

from dataclasses import dataclass

from teamtactics.errors import Contended, CredentialsRejected, PermanentFailure, SinkRefused, TemporaryFailure


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
