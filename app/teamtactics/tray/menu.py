"""Status → menu; pure."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from teamtactics.language import _
from teamtactics.model.status import SimulatorState, Status
from teamtactics.tray import words
from teamtactics.tray.sign import tally


class Choice(StrEnum):
    """What can be chosen; STATUS is the left click."""

    STATUS = "status"
    PAUSE = "pause"
    RESUME = "resume"
    CHECK = "check"
    LAPS = "laps"
    EARLIER = "earlier"
    WHOLE = "whole"
    RETRY_PARKED = "retry-parked"
    EDIT = "edit"
    AUTOSTART = "autostart"
    LOG = "log"
    DATA_FOLDER = "data-folder"
    SETTINGS = "settings"
    DEBUG = "debug"
    HELP = "help"
    REPORT = "report"
    ABOUT = "about"
    QUIT = "quit"


@dataclass(frozen=True, slots=True)
class Switches:
    """
    What the menu shows beside the status.

    Attributes:
        debug: Debug logging is on.

        autostart: Starts with Windows; None where that does not exist.
    """

    debug: bool = False
    autostart: bool | None = None


@dataclass(frozen=True, slots=True)
class Entry:
    """
    One line of the menu.

    Attributes:
        choice: What it asks for; None for a line that only tells something, or opens another menu.

        is_checked: None for an entry without a check mark.

        entries: The menu that it opens; empty for all others.
    """

    text: str
    choice: Choice | None = None
    is_checked: bool | None = None
    entries: tuple[Entry, ...] = ()


SEPARATOR = Entry("")
"""A line between two groups."""


def entries(status: Status, switches: Switches) -> tuple[Entry, ...]:
    """Return the menu from top to bottom; its first line is live: it tells the most urgent thing, and checks it."""
    first, *others = words.lines(status)
    return (
        Entry(first, Choice.CHECK),
        *(Entry(line) for line in others),
        SEPARATOR,
        _pause(status),
        Entry(_("Check everything"), Choice.CHECK),
        Entry(_("Show laps"), Choice.LAPS),
        Entry(_("Earlier sessions"), Choice.EARLIER),
        Entry(_("Is the record whole?"), Choice.WHOLE),
        *([Entry(_("Try again what was refused"), Choice.RETRY_PARKED)] if tally(status).refused else []),
        SEPARATOR,
        *_settings(switches),
        Entry(_("More"), entries=_more(switches)),
        SEPARATOR,
        Entry(_("Help"), Choice.HELP),
        Entry(_("Report a problem…"), Choice.REPORT),
        Entry(_("About"), Choice.ABOUT),
        Entry(_("Quit"), Choice.QUIT),
    )


def _settings(switches: Switches) -> tuple[Entry, ...]:
    settings = Entry(_("Settings…"), Choice.SETTINGS)
    if switches.autostart is None:
        return (settings,)
    return (settings, Entry(_("Start with Windows"), Choice.AUTOSTART, switches.autostart))


def _more(switches: Switches) -> tuple[Entry, ...]:
    """Return what is wanted rarely, mostly when something is looked into."""
    return (
        Entry(_("Edit configuration"), Choice.EDIT),
        Entry(_("Open log"), Choice.LOG),
        Entry(_("Open data folder"), Choice.DATA_FOLDER),
        Entry(_("Debug logging"), Choice.DEBUG, switches.debug),
    )


def _pause(status: Status) -> Entry:
    if status.is_paused:
        return Entry(_("Resume"), Choice.RESUME)
    is_live = status.simulator is SimulatorState.CONNECTED
    return Entry(_("Pause until the next session") if is_live else _("Pause"), Choice.PAUSE)
