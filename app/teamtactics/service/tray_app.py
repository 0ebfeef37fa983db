"""``teamtactics`` without more: the tray app, wired together."""

from __future__ import annotations

import os
import sys

from teamtactics.desktop.single_instance import SingleInstance, ask
from teamtactics.errors import ConfigError, NotInStore, TrayAbsent
from teamtactics.language import SYSTEM, Said, _, use
from teamtactics.tray.icon import run_icon

TYPE_CHECKING = False
if TYPE_CHECKING:  # at run time they are loaded when the icon is there
    from pathlib import Path

    from teamtactics.service.menu.commands import Commands
    from teamtactics.service.service import Service

SHOW, QUIT = "show", "quit"
"""What another start can ask of the running one."""


def run_tray(config: Path | None) -> int:
    """
    Collect and deliver behind an icon until Quit; return the exit code.

    A second start shows the first one's status and ends.

    Raises:
        TrayAbsent: There is no tray on this system.
    """
    instance = SingleInstance(os.environ)
    if not instance.is_first:
        use(SYSTEM)  # whoever runs has read the settings, and answers in the language that they name
        sys.stdout.write((ask(os.environ, SHOW) or _("teamtactics runs already; its icon is in the tray.")) + "\n")
        return 0
    try:
        return _run(config, instance)
    finally:
        instance.close()


def quit_tray() -> int:
    """Ask the running tray to end in order; return 1 when there is none."""
    answer = ask(os.environ, QUIT)
    if answer is None:
        sys.stderr.write("teamtactics: " + _("it does not run in the tray") + "\n")
        return 1
    sys.stdout.write(f"{answer}\n")
    return 0


def _run(config: Path | None, instance: SingleInstance) -> int:
    behind = _BehindTheIcon(config, instance)
    try:
        run_icon(behind.made)
    except TrayAbsent as error:
        text = Said("{error}. Without a tray use: teamtactics run --headless", error=error.said)
        raise TrayAbsent(text) from error
    finally:
        behind.close()
    if (left := behind.left_over()) is not None:
        raise NotInStore(left)
    return 0


class _BehindTheIcon:
    """What the icon stands for: loaded and made once it is there, which takes longer than all before it."""

    def __init__(self, config: Path | None, instance: SingleInstance) -> None:
        self._config = config
        self._instance = instance
        self._service: Service | None = None
        self._commands: Commands | None = None

    def made(self) -> Commands:
        """Make the service and what the menu asks of it, and answer other starts from now on."""
        import logging

        from teamtactics.reports.parked import RETRY_PARKED
        from teamtactics.service.menu.commands import Commands
        from teamtactics.service.service import Service
        from teamtactics.service.startup import log_settings, stop_on_signals
        from teamtactics.tray import words
        from teamtactics.tray.menu import Choice

        is_first = _is_first(self._config)
        self._service = service = Service(self._config, on_status=lambda status: commands.see(status))
        self._commands = commands = Commands(service)
        log_settings(service.settings)
        if isinstance(service.configuration, ConfigError):
            log = logging.getLogger(__name__)
            log.error("the configuration cannot be used, everything stays on this PC:\n%s", service.configuration)
        stop_on_signals(service.stop)

        def answer(word: str) -> str:
            if word == RETRY_PARKED:
                commands.choose(Choice.RETRY_PARKED)
                return _("The running teamtactics sends once more what was refused.")
            commands.choose(Choice.QUIT if word == QUIT else Choice.STATUS)
            if word == QUIT:
                return _("teamtactics ends.")
            return _("teamtactics runs already: {status}").format(status=" · ".join(words.lines(commands.status())))

        self._instance.listen(answer)
        if self._instance.worker is not None:
            service.look_after(self._instance.worker)
        if is_first:
            commands.welcome()
        commands.start()
        return commands

    def close(self) -> None:
        """End it in order, as far as it was made."""
        if self._service is not None:
            self._service.close()
        if self._commands is not None:
            self._commands.close()

    def left_over(self) -> str | None:
        """Say, at the end, what did not come into the store; None when all did."""
        return None if self._service is None else self._service.left_over()


def _is_first(config: Path | None) -> bool:
    """Write the shipped ini where none is, as the installer does when it has asked; say whether there was none."""
    from teamtactics.settings.first_ini import program_dir, write_first_ini
    from teamtactics.settings.places import ini_candidates, is_there, user_config_dir

    candidates = ini_candidates(program_dir(), os.environ, sys.platform)
    if config is not None or any(is_there(place) for place in candidates):
        return False
    try:
        write_first_ini(user_config_dir(os.environ, sys.platform))
    except OSError:
        # Without an ini everything works and stays on this PC; the window of the menu says why it cannot save.
        return False
    return True
