"""What the buttons of the settings window do, whoever draws it."""

from __future__ import annotations

import logging
import os
import queue
import sys
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Protocol

from teamtactics.desktop import autostart
from teamtactics.desktop.opening import open_path
from teamtactics.desktop.window.form import (
    Answers,
    Fields,
    answers_of,
    fields_of,
    path_of,
    read_ini,
    tidy,
    trial,
    write,
)
from teamtactics.errors import ConfigError, TeamtacticsError
from teamtactics.language import _, local
from teamtactics.settings.credentials import CredentialsProblem
from teamtactics.settings.first_ini import write_first_ini
from teamtactics.settings.load import load_settings
from teamtactics.settings.team_file import read_handout

log = logging.getLogger(__name__)

_EXPECTED = (TeamtacticsError, OSError, ValueError)


@dataclass(frozen=True, slots=True)
class Line:
    """
    One line below the fields.

    Attributes:
        ok: None for what only tells something.

        is_remark: Nothing is wrong, and yet somebody should know it; ``ok`` is None then.
    """

    ok: bool | None
    text: str
    is_remark: bool = False

    @property
    def mark(self) -> str:
        """The sign in front of it."""
        return "!" if self.is_remark else {True: "✓", False: "✗", None: "–"}[self.ok]

    def __str__(self) -> str:
        return f"{self.mark} {self.text}"


Check = Callable[[Path], Sequence[Line]]
"""Checks everything with the ini of this name; takes as long as servers take to answer."""


class View(Protocol):
    """A window, as the desk sees it. Threads: its own, which is the one that calls the desk."""

    def read(self) -> Fields:
        """Return what stands in the fields."""

    def fill(self, fields: Fields) -> None:
        """Let the fields show this."""

    def tell(self, lines: Sequence[Line]) -> None:
        """Show these lines in the place of the former ones."""

    def set_busy(self, is_busy: bool) -> None:
        """Let *Test* and *Save* wait, or be pressed again."""

    def close(self) -> None:
        """Go away."""


class Desk:
    """
    Args:
        ini: Whether it is there or not.

        config: The ini that was named when the program was started; for *Start with Windows*.

    Attributes:
        is_again: The window closed only to be opened again, in another language.

        former: What the ini says.

        lines: What was told last.

    Raises:
        OSError: The ini cannot be read.
    """

    def __init__(self, ini: Path, config: Path | None, check: Check) -> None:
        self._ini, self._config, self._check = ini, config, check
        self._view: View | None = None
        self._taken = ""
        self._found: queue.SimpleQueue[Sequence[Line]] = queue.SimpleQueue()
        self.is_again = False
        self.lines: Sequence[Line] = ()
        self.former = self._read()

    def begin(self, view: View) -> None:
        """Fill the window."""
        self._view, self.is_again = view, False
        view.fill(self.former)
        view.tell(self.lines)

    def take(self, name: str) -> None:
        """Take a file that was chosen or dropped; of a ``team.json`` also the topic."""
        view = self._seen()
        path = self._ini.parent / path_of(name)
        fields = replace(view.read(), key_file=str(path_of(name)))
        found = read_handout(path)
        if isinstance(found, CredentialsProblem):
            self._tell([Line(False, local(found.text))])
        else:
            if found.is_team:
                fields = replace(fields, topic=found.topic or "")
            account = found.account
            text = _("{file}: account {account}, project {project}")
            said = text.format(file=path.name, account=account.client_email, project=account.project_id)
            self._tell([Line(True, said)])
        self._taken = fields.key_file
        view.fill(fields)

    def look_at_key(self) -> bool:
        """Take what was typed or pasted as key file, when it is another than before; say whether it was."""
        name = tidy(self._seen().read().key_file)
        is_new = bool(name) and name not in (self.former.key_file, self._taken)
        if is_new:
            self.take(name)
        return is_new

    def test(self) -> None:
        """Check what stands in the window, saved or not; the result comes with a later ``tick``."""
        view = self._seen()
        answers = self._answers()
        if answers is None:
            return
        view.set_busy(True)
        self._tell([Line(None, _("Testing; this takes some seconds…"))])
        threading.Thread(target=lambda: self._found.put(self._tested(answers)), name="test", daemon=True).start()

    def tick(self) -> None:
        """Show what a test has found; to be called some times a second."""
        if not self._found.empty():
            self._seen().set_busy(False)
            self._tell(self._found.get())

    def save(self) -> None:
        """Write the ini, unless there is a mistake."""
        view = self._seen()
        answers = self._answers()
        if answers is None:
            return
        fields, former = view.read(), self.former
        try:
            write(self._ini, answers)
            if fields.autostart is not None and fields.autostart != former.autostart:
                autostart.switch(fields.autostart, autostart.start_command(self._config))
            self.former = self._read()
        except _EXPECTED as error:
            self._tell([Line(False, _("This could not be saved: {why}").format(why=_told(error)))])
            return
        self._taken = ""
        self.is_again = self.former.language != former.language
        if self.is_again:
            view.close()  # what was saved is said by the new one, in its language
        else:
            view.fill(self.former)
            self.say_saved()

    def say_saved(self) -> None:
        """Tell that everything is saved, and where."""
        text = _("Saved in {file}. A running teamtactics takes it over by itself.")
        self.lines = [Line(True, text.format(file=self._ini)), *self._untouched()]
        if self._view is not None and not self.is_again:
            self._view.tell(self.lines)

    def _untouched(self) -> list[Line]:
        """Tell what is wrong in the ini all the same, by somebody else's hand: with it nothing is taken over."""
        try:
            load_settings(self._ini, self._ini.parent, os.environ, sys.platform)
        except ConfigError as error:
            here = [one for one in error.problems if one.file == str(self._ini) and not one.is_warning]
            return [Line(False, problem.local) for problem in here]
        return []

    def open_file(self) -> None:
        """Open the ini in the user's editor; it has more settings than the window."""
        try:
            if not self._ini.exists():
                write_first_ini(self._ini.parent)
            open_path(self._ini)
        except OSError as error:
            self._tell([Line(False, _told(error))])

    def _answers(self) -> Answers | None:
        """Return what is to be changed; None when something is wrong, which is shown then."""
        view = self._seen()
        seen = view.read()
        fields = replace(seen, key_file=tidy(seen.key_file), topic=tidy(seen.topic), iracing_id=tidy(seen.iracing_id))
        if fields != seen:
            view.fill(fields)
        if self.look_at_key():
            fields = view.read()
        answers = answers_of(fields, self.former, self._ini.parent)
        if answers.mistakes:
            self._tell([Line(False, text) for text in answers.mistakes])
            return None
        return answers

    def _tested(self, answers: Answers) -> Sequence[Line]:
        try:
            with trial(self._ini, answers) as (ini, names):
                lines = self._check(ini)
        except _EXPECTED as error:
            return [Line(False, _told(error))]
        except Exception as error:
            # Shown as well: else the window would wait for ever.
            log.exception("the test failed")
            return [Line(False, repr(error))]
        for tried, meant in names.items():
            lines = [replace(line, text=line.text.replace(tried, meant)) for line in lines]
        return lines

    def _read(self) -> Fields:
        try:
            starts = autostart.is_on()
        except OSError as error:
            log.debug("the registry was not read: %s", error)
            starts = None
        return fields_of(read_ini(self._ini), starts)

    def _tell(self, lines: Sequence[Line]) -> None:
        self.lines = lines
        self._seen().tell(lines)

    def _seen(self) -> View:
        assert self._view is not None, "a window begins with begin"
        return self._view


def _told(error: Exception) -> str:
    """Return an error's text in the language in use, as far as it is translated."""
    if isinstance(error, ConfigError):
        return error.local
    return local(error.args[0]) if len(error.args) == 1 and isinstance(error.args[0], str) else str(error)
