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
    WHOLE = "whole"
    RETRY_PARKED = "retry-parked"
    LOG = "log"
    DATA_FOLDER = "data-folder"
    SETTINGS = "settings"
    EDIT = "edit"
    RELOAD = "reload"
    DEBUG = "debug"
    AUTOSTART = "autostart"
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
        choice: What it asks for; None for a line that only tells something.

        is_checked: None for an entry without a check mark.
    """

    text: str
    choice: Choice | None = None
    is_checked: bool | None = None


SEPARATOR = Entry("")
"""A line between two groups."""


def entries(status: Status, switches: Switches) -> tuple[Entry, ...]:
    """Return the menu from top to bottom."""
    parked = tally(status).refused
    return (
        *(Entry(line) for line in words.lines(status)),
        SEPARATOR,
        _pause(status),
        Entry("Check everything", Choice.CHECK),
        Entry("Show laps", Choice.LAPS),
        Entry("Is the record whole?", Choice.WHOLE),
        *([Entry(f"Try parked items again ({parked})", Choice.RETRY_PARKED)] if parked else []),
        SEPARATOR,
        Entry("Open log", Choice.LOG),
        Entry("Open data folder", Choice.DATA_FOLDER),
        Entry(_("Settings…"), Choice.SETTINGS),
        Entry("Edit configuration", Choice.EDIT),
        Entry("Reload configuration", Choice.RELOAD),
        Entry("Debug logging", Choice.DEBUG, switches.debug),
        *([] if switches.autostart is None else [Entry("Start with Windows", Choice.AUTOSTART, switches.autostart)]),
        SEPARATOR,
        Entry("Report a problem…", Choice.REPORT),
        Entry("About", Choice.ABOUT),
        Entry("Quit", Choice.QUIT),
    )


def _pause(status: Status) -> Entry:
    if status.is_paused:
        return Entry("Resume", Choice.RESUME)
    is_live = status.simulator is SimulatorState.CONNECTED
    return Entry("Pause until the next session" if is_live else "Pause", Choice.PAUSE)
