"""The service and its commands as the tray wants to see them."""

from __future__ import annotations

from collections.abc import Sequence

from teamtactics.model.status import Status
from teamtactics.service.commands import Commands
from teamtactics.service.service import Service
from teamtactics.tray.menu import Choice, Switches
from teamtactics.tray.notices import Notice

LOG_OFF_S = 4.0
"""Windows gives five seconds before it calls a program hung; what is collected is on disk before that anyway."""


class TrayClient:
    """Implements ``tray.presenter.Client``; nothing waits, ``session_ends`` excepted."""

    def __init__(self, service: Service, commands: Commands) -> None:
        self._service = service
        self._commands = commands

    @property
    def is_over(self) -> bool:
        """Whether everything behind the icon has ended."""
        return self._service.is_over

    def begin(self) -> None:
        """Begin to collect and deliver."""
        self._service.start()

    def status(self) -> Status:
        """Return the newest picture."""
        return self._service.board.status

    def switches(self) -> Switches:
        """Return the check marks."""
        return self._commands.switches()

    def choose(self, choice: Choice) -> None:
        """Begin to do what was chosen."""
        self._commands.ask(choice)

    def answers(self) -> Sequence[Notice]:
        """Hand out what is to be said."""
        return self._commands.answers()

    def session_ends(self) -> None:
        """End in order, as far as Windows gives time for it."""
        self._service.close(LOG_OFF_S)
