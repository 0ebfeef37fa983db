"""
Every error teamtactics raises on purpose.

    TeamtacticsError
      ConfigError                  teamtactics.ini cannot be used; carries every problem at once
      OptionRefused                an option of the command line names what cannot be used
      TelemetryError
        SimulatorGone              the simulator ended or stopped publishing: normal, wait and reconnect
        LayoutChanged              a variable the collector cannot do without is missing
        SourceRefused              a recording or memory image that cannot be read: missing, truncated, not one
      OutboxError
        OutboxFull                 the disk is full: go on, tell the human
        OutboxHeld                 another process writes this store: one of the two must end
        OutboxDamaged              the file was unreadable; it has been moved aside and a new one begun
      DeliveryError                carries the sink and a hint for the human
        TemporaryFailure           the default for anything unknown: keep, back off, try again
          Contended                somebody else writes the same: try again soon; the sink is well
        PermanentFailure           this one parcel can never be accepted: park it, never delete it
        SinkRefused                nothing will be accepted until a human acts (permission, missing topic or project)
          CredentialsRejected      the credentials are not accepted: stop trying until the settings change
      TrayAbsent                   this system has no tray for the icon
      WindowAbsent                 this system can show no window
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from teamtactics.language import Said, local


def said_by(error: Exception) -> str:
    """Return what *error* says; a ``Said`` where it was made of one, which ``str`` would lose."""
    return error.args[0] if error.args and isinstance(error.args[0], Said) else str(error)


class TeamtacticsError(Exception):
    """Base of all errors raised on purpose; its text is meant for the person at the screen."""

    @property
    def said(self) -> str:
        """The text; a ``Said`` where it was made of one, which ``str`` would lose."""
        return said_by(self)


@dataclass(frozen=True, slots=True)
class Problem:
    """
    One thing wrong with the configuration.

    Attributes:
        file: Path of the ini as the user knows it.

        line: Line number from 1; None when the problem is of the file as a whole.

        key: The key as the user wrote it, or its ``[section]`` where the problem is of no key; None when it is of the
            file as a whole.

        value: What stands there, shortened; never the content of a credentials file.

        message: What is wrong, what is allowed, and what to do.

        is_warning: True when the program can work all the same.

        is_passing: True when the next attempt may succeed: a file is there and cannot be read at the moment.
    """

    file: str
    line: int | None
    key: str | None
    value: str | None
    message: str
    is_warning: bool = False
    is_passing: bool = False

    def __str__(self) -> str:
        return f"{self._place(self.value)}{self.message}"

    @property
    def local(self) -> str:
        """The whole text in the language in use."""
        return f"{self._place(None if self.value is None else local(self.value))}{local(self.message)}"

    def _place(self, value: str | None) -> str:
        where = self.file if self.line is None else f"{self.file}:{self.line}"
        if self.key is None:
            return f"{where}: "
        return f"{where}: {self.key}" + ("" if value is None else f" = {value}") + " — "


class ConfigError(TeamtacticsError):
    """teamtactics.ini cannot be used. ``problems`` holds every mistake found, not only the first."""

    def __init__(self, problems: Sequence[Problem]) -> None:
        self.problems = tuple(problems)
        super().__init__("\n".join(str(problem) for problem in self.problems))

    @property
    def local(self) -> str:
        """The whole text in the language in use."""
        return "\n".join(problem.local for problem in self.problems)

    @property
    def is_passing(self) -> bool:
        """Whether the next attempt may succeed, without anybody doing anything."""
        return any(problem.is_passing for problem in self.problems)

    @property
    def is_unread(self) -> bool:
        """Whether there is an ini and nothing is known of what it says, for the moment."""
        return any(problem.is_passing and problem.key is None for problem in self.problems)


class OptionRefused(TeamtacticsError):
    """An option of the command line names what cannot be used; the text says which, why, and what can."""


class TelemetryError(TeamtacticsError):
    """Something about the telemetry source."""


class SimulatorGone(TelemetryError):
    """The simulator ended, or published no new tick for some seconds. Normal: wait and reconnect."""


class LayoutChanged(TelemetryError):
    """A variable the collector cannot do without is missing or has another type; the text names it."""


class SourceRefused(TelemetryError):
    """A recording or memory image cannot be read; the text says which file, what is wrong and what to do."""


class OutboxError(TeamtacticsError):
    """Something about the file that keeps what was collected."""


class OutboxFull(OutboxError):
    """The disk is full or the file cannot be written now. Nothing that was stored is lost."""


class OutboxHeld(OutboxError):
    """Another process writes this store; the text says which."""


class NotInStore(OutboxError):
    """The program has ended, and not all that was recorded is in the store; the text says how many laps are where."""


class OutboxDamaged(OutboxError):
    """The outbox file was unreadable; it has been moved aside (``moved_to``) and a new one begun."""

    def __init__(self, message: str, moved_to: str) -> None:
        self.moved_to = moved_to
        super().__init__(message)


class DeliveryError(TeamtacticsError):
    """
    A sink did not take what it was given. Nothing is lost: the outbox keeps it.

    Attributes:
        sink: Which sink, e.g. ``firestore``.

        hint: What a human can do about it, in one sentence; empty when only waiting helps.

        confirmed: The numbers of those of the batch that the server has all the same.
    """

    def __init__(self, sink: str, message: str, hint: str = "") -> None:
        self.sink = sink
        self.hint = hint
        self.confirmed: Collection[int] = ()
        super().__init__(message)


class TemporaryFailure(DeliveryError):
    """Try again later. The default for anything unknown: keep, back off."""


class Contended(TemporaryFailure):
    """Refused as a whole because of somebody else's write, by a server that answers: try again soon."""


class PermanentFailure(DeliveryError):
    """This one parcel will never be accepted (malformed, too large): park it, never delete it."""


class SinkRefused(DeliveryError):
    """Nothing will be accepted until a human acts (permission denied, project, database or topic missing)."""


class CredentialsRejected(SinkRefused):
    """The credentials themselves are not accepted (revoked key, wrong clock, wrong kind of file)."""


class TrayAbsent(TeamtacticsError):
    """This system has no tray for the icon; the text says why and what to do instead."""


class WindowAbsent(TeamtacticsError):
    """No window can be shown here."""
