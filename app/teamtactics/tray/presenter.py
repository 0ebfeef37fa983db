"""What the icon shows next: the same on every system; asked about once a second by the tray's own thread."""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from teamtactics.model.status import Status
from teamtactics.tray import words
from teamtactics.tray.menu import Choice, Entry, Switches, entries
from teamtactics.tray.notices import Notice, Told, notices
from teamtactics.tray.sign import Sign, sign

NAME = "teamtactics"


class Client(Protocol):
    """
    The running program as the tray sees it.

    Threads: everything is called from the tray's thread, so nothing may wait, ``session_ends`` excepted.
    """

    @property
    def is_over(self) -> bool:
        """Whether the icon is to go."""

    def begin(self) -> None:
        """Begin: the icon is there, or was tried to be shown."""

    def status(self) -> Status:
        """Return the newest picture of the whole."""

    def switches(self) -> Switches:
        """Return the check marks."""

    def choose(self, choice: Choice) -> None:
        """Begin to do what was chosen; the answer comes with ``answers``."""

    def answers(self) -> Sequence[Notice]:
        """Hand out, each once, what is to be said about things that were chosen."""

    def session_ends(self) -> None:
        """Put everything into a safe state now: the user logs off or the PC shuts down. May take a few seconds."""


@dataclass(frozen=True, slots=True)
class Shown:
    """What the icon shows: picture and tooltip, and at most one notification that is new."""

    sign: Sign
    tooltip: str
    notice: Notice | None = None


class Presenter:
    """
    Turns the client's status into what is shown.

    Threads: the tray's only.
    """

    def __init__(self, client: Client) -> None:
        self._client = client
        self._told = Told()
        self._unsaid: deque[Notice] = deque()

    def next(self, *, can_notify: bool = True) -> Shown:
        """
        Look at the client once and say what is to be shown; of several notifications one at a time.

        Args:
            can_notify: False while a notification would be lost; they are kept until then.
        """
        status = self._client.status()
        self._told, new = notices(self._told, status)
        self._unsaid.extend(new)
        self._unsaid.extend(self._client.answers())
        notice = self._unsaid.popleft() if self._unsaid and can_notify else None
        return Shown(sign(status), words.tooltip(status), notice)

    def menu(self) -> tuple[Entry, ...]:
        """Return the menu as it is now."""
        return entries(self._client.status(), self._client.switches())
