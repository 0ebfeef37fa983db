"""What the menu asks for, done in a thread of its own, so that the tray never waits for disk or network."""

from __future__ import annotations

import logging
import os
import queue
import sys
import threading
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from teamtactics.atomic_file import replace_file
from teamtactics.desktop import autostart
from teamtactics.desktop.opening import open_path
from teamtactics.desktop.window.starting import SettingsWindow
from teamtactics.errors import TeamtacticsError, said_by
from teamtactics.language import _, local
from teamtactics.model.status import SimulatorState, Status
from teamtactics.reports.session_end import Followed, over
from teamtactics.service.board import Present
from teamtactics.service.configuration import TAKE_OVER_LIMIT_S
from teamtactics.service.menu.record import MenuOfRecord
from teamtactics.service.service import Service
from teamtactics.settings.edit import with_value
from teamtactics.settings.first_ini import write_first_ini
from teamtactics.settings.places import user_config_dir
from teamtactics.tray import words
from teamtactics.tray.fitting import MESSAGE_UNITS, TITLE_UNITS, clip, shortened
from teamtactics.tray.menu import Choice, Switches
from teamtactics.tray.notices import Notice
from teamtactics.worker import Worker, beat

if TYPE_CHECKING:  # at run time the reports are loaded when one is asked for: the icon is there sooner
    from teamtactics.reports.check import CheckResult

log = logging.getLogger(__name__)

SILENT_LIMIT_S = 4.0
"""The menu's thread looks once a second whether something was asked."""
BUSY_LIMIT_S = TAKE_OVER_LIMIT_S
"""Longer than a command may take: other settings wait for couriers, a check for deadlines of several servers."""
LOG_OFF_S = 4.0
"""Windows gives five seconds before it calls a program hung; what is collected is on disk before that anyway."""


class Commands:
    """
    The service as the tray wants it (``tray.presenter.Client``), with the threads ``commands`` and ``check``.

    Threads: may be called from any; ``close`` and ``session_ends`` wait, the rest returns at once.
    """

    def __init__(self, service: Service) -> None:
        self._service = service
        self._asked: queue.SimpleQueue[Callable[[], None] | None] = queue.SimpleQueue()
        self._answers: queue.SimpleQueue[Notice] = queue.SimpleQueue()
        self._record = MenuOfRecord(service, self.say, self._open, Present(self.status))
        self._window = SettingsWindow()
        self._checked_session: str | None = None
        self._followed = Followed()
        self._check_asked: Callable[[], None] = self._check_silently
        self._worker = Worker("commands", self._run, SILENT_LIMIT_S)
        self._checking = Worker("check", lambda _stop: self._do(self._check_asked), BUSY_LIMIT_S)
        service.look_after(self._worker, self._checking)
        self._actions: dict[Choice, Callable[[], None]] = {
            Choice.CHECK: lambda: self._check_beside(self._check),
            Choice.LAPS: self._record.show_laps,
            Choice.EARLIER: self._record.show_sessions,
            Choice.WHOLE: self._record.say_whether_whole,
            Choice.RETRY_PARKED: self._retry_parked,
            Choice.LOG: self._open_log,
            Choice.DATA_FOLDER: self._open_data_folder,
            Choice.SETTINGS: lambda: self._window.show(service.config),
            Choice.EDIT: self._edit,
            Choice.DEBUG: self._switch_debug,
            Choice.AUTOSTART: self._switch_autostart,
            Choice.REPORT: self._record.report_problem,
            Choice.HELP: self._help,
            Choice.ABOUT: self._about,
        }

    def start(self) -> None:
        """Begin to do what is asked."""
        self._worker.start()

    def close(self, timeout_s: float = 2.0) -> None:
        """End after what is being done; a check that hangs in a call ends with the process."""
        self._worker.end()
        self._asked.put(None)
        self._worker.join(timeout_s)

    @property
    def is_over(self) -> bool:
        """Whether everything behind the icon has ended."""
        return self._service.is_over

    def begin(self) -> None:
        """Begin to collect and deliver: behind the icon, which the user sees before all that takes long to load."""
        self._service.start()

    def session_ends(self) -> None:
        """End in order, as far as Windows gives time for it."""
        self._service.close(LOG_OFF_S)

    def status(self) -> Status:
        """Return the newest picture as far as it is true; a dead supervisor is begun again by it."""
        return self._service.status()

    def choose(self, choice: Choice) -> None:
        """Do what was chosen, soon."""
        service = self._service
        if choice is Choice.STATUS:
            self.say(words.APP, words.message(self.status()))
        elif choice is Choice.PAUSE:
            service.pause()
        elif choice is Choice.RESUME:
            service.resume()
        elif choice is Choice.QUIT:
            service.stop()
        else:
            self._asked.put(self._actions[choice])

    def see(self, status: Status) -> None:
        """
        Take a new picture: check when another session was joined, and hold the record of one that is over against the
        simulator's results.

        Threads: one, about once a second.
        """
        if status.collection != self._checked_session and status.simulator is SimulatorState.CONNECTED:
            self._checked_session = status.collection
            self._asked.put(lambda: self._check_beside(self._check_silently))
        self._followed, ended = over(self._followed, status)
        if ended is not None:
            self._asked.put(lambda: self._record.say_whether_whole(ended))

    def welcome(self) -> None:
        """Greet a new user: show the window with the few things to fill in, and say what holds until then."""
        text = _("Until you have filled in the window that opens, everything you drive is kept on this PC.")
        self.say(_("Welcome to Teamtactics"), text)
        self._asked.put(lambda: self._window.show(self._service.config))

    def answers(self) -> Sequence[Notice]:
        """Hand out what is to be said, each once."""
        found = []
        while not self._answers.empty():
            found.append(self._answers.get())
        return found

    def switches(self) -> Switches:
        """Return the check marks."""
        try:
            starts = autostart.is_on()
        except OSError as error:
            log.debug("the registry was not read: %s", error)
            starts = None
        return Switches(logging.getLogger("teamtactics").isEnabledFor(logging.DEBUG), starts)

    def say(self, title: str, text: str) -> None:
        """Show a notification."""
        self._answers.put(Notice(clip(title, TITLE_UNITS), shortened(text, MESSAGE_UNITS)))

    def _run(self, stop: threading.Event) -> None:
        while not stop.is_set():
            beat("waiting")
            try:
                action = self._asked.get(timeout=1.0)
            except queue.Empty:
                self._do(self._follow_the_ini)
                if self._record.is_renewed:
                    beat("renewing the laps page", BUSY_LIMIT_S)
                    self._do(self._record.renew_pages)
                continue
            if action is not None:
                beat("doing what was chosen", BUSY_LIMIT_S)
                self._do(action)

    def _do(self, action: Callable[[], None]) -> None:
        try:
            action()
        except (TeamtacticsError, OSError, UnicodeError) as error:
            log.warning("%s", error)
            self.say(_("That did not work"), local(said_by(error)))
        except Exception as error:
            # The menu must go on working; the user is told and the log has it all.
            log.exception("a command of the menu failed")
            text = _("{error}; the log has the details").format(error=repr(error))
            self.say(_("That did not work"), text)

    def _check_beside(self, check: Callable[[], None]) -> None:
        """Check in a thread of its own: without a network it takes a while, and the menu is to work meanwhile."""
        if self._checking.is_alive:
            if check == self._check:  # somebody waits for its page
                self.say(_("Check"), _("The check still runs; it is told when it has ended."))
            return
        self._check_asked = check
        self._checking.start()

    def _check(self) -> None:
        from teamtactics.reports.pages import check_page  # with the template library, only when a page is made

        lines = self._checked()
        self._open_page("check.html", check_page(lines, datetime.now(UTC)))

    def _check_silently(self) -> None:
        failed = [line for line in self._checked() if line.ok is False]
        if failed:
            text = failed[0].line
            if len(failed) > 1:
                text += _(" ({more} more: choose Check everything)").format(more=len(failed) - 1)
            self.say(_("Before you drive"), text)

    def _checked(self) -> Sequence[CheckResult]:
        from teamtactics.reports.check import run_checks  # with telemetry and cloud, only when there is a check
        from teamtactics.service.probes import probes

        configuration = self._service.configuration
        lines = run_checks(configuration, probes(configuration))
        for line in lines:
            level = logging.WARNING if line.ok is False else logging.INFO
            log.log(level, "check: %s: %s", line.name, line.text)
        return lines

    def _retry_parked(self) -> None:
        self._service.retry_parked()
        self.say(_("Sent once more"), _("What was refused is sent once more. What is refused again is told."))

    def _open_log(self) -> None:
        path = self._service.log.path
        if path is None:
            warning = self._service.log.warning or _("No place for it could be written.")
            self.say(_("There is no log"), warning)
        else:
            self._open(path)

    def _open_data_folder(self) -> None:
        self._open(self._service.settings.data_dir)

    def _edit(self) -> None:
        self._open(self._ini())

    def _follow_the_ini(self) -> None:
        """Take over what was saved; a mistake that is new is told as a need."""
        if not self._service.settings_changed():
            return
        beat("taking over the configuration", TAKE_OVER_LIMIT_S)
        known = self._service.configuration
        error = self._service.reload()
        if error is None:
            self.say(_("Configuration"), _("What you saved is in force."))
        elif str(error) == str(known):
            need = local(next(iter(self._service.needs()), error.local))
            self.say(_("The configuration is still wrong"), need)

    def _switch_debug(self) -> None:
        on = not self.switches().debug
        self._service.log.set_debug(on)
        path = self._ini()
        replace_file(path, with_value(path.read_bytes(), "debug", "on" if on else "off"))
        # So that our own writing is not taken for somebody's, and told.
        self._service.reload()

    def _switch_autostart(self) -> None:
        autostart.switch(not autostart.is_on(), autostart.start_command(self._service.config))

    def _help(self) -> None:
        from teamtactics.reports.pages import help_page  # only when a page is made

        self._open_page("help.html", help_page())

    def _about(self) -> None:
        from teamtactics.reports.pages import about_page  # only when a page is made

        service = self._service
        self._open_page("about.html", about_page(service.settings, service.log.path))

    def _ini(self) -> Path:
        """Return the ini in use; where there is none one is written with its comments."""
        path = self._service.settings.ini_path or self._service.config
        if path is not None and path.exists():
            return path
        return write_first_ini(path.parent if path is not None else user_config_dir(os.environ, sys.platform))

    def _open_page(self, name: str, text: str) -> None:
        folder = self._service.settings.data_dir
        folder.mkdir(parents=True, exist_ok=True)
        path = folder / name
        replace_file(path, text.encode())
        self._open(path)

    def _open(self, path: Path) -> None:
        log.info("opened %s", path)
        open_path(path)
