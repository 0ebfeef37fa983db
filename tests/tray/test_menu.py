"""The menu as a function of the status."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace

import pytest

from teamtactics.model.status import Status
from teamtactics.tray import words
from teamtactics.tray.menu import SEPARATOR, Choice, Entry, Switches, entries
from teamtactics.tray.sign import Face
from tray.statuses import BY_FACE, CONNECTED, IDLE, NEEDY, counts

WINDOWS = Switches(debug=False, autostart=False)


def test_the_menu_from_top_to_bottom() -> None:
    assert [entry.text for entry in entries(IDLE, WINDOWS)] == [
        "Waiting for iRacing",
        "40 laps recorded, all delivered",
        "",
        "Pause",
        "Check everything",
        "Show laps",
        "Earlier sessions",
        "Is the record whole?",
        "",
        "Settings…",
        "Start with Windows",
        "More",
        "",
        "Help",
        "Report a problem…",
        "About",
        "Quit",
    ]


def test_what_is_wanted_rarely_stands_in_a_menu_of_its_own() -> None:
    (more,) = [entry for entry in entries(IDLE, WINDOWS) if entry.entries]
    assert (more.text, more.choice) == ("More", None)
    assert [entry.text for entry in more.entries] == [
        "Edit configuration",
        "Open log",
        "Open data folder",
        "Debug logging",
    ]


@pytest.mark.parametrize("status", [*BY_FACE.values(), NEEDY])
def test_the_first_line_is_live_and_opens_the_check(status: Status) -> None:
    first = entries(status, WINDOWS)[0]
    assert (first.text, first.choice) == (words.lines(status)[0], Choice.CHECK)


@pytest.mark.parametrize("face", Face)
def test_every_situation_offers_everything_once(face: Face) -> None:
    shown = entries(BY_FACE[face], WINDOWS)[1:]
    choices = [entry.choice for entry in every(shown) if entry.choice is not None]
    other = Choice.PAUSE if BY_FACE[face].is_paused else Choice.RESUME
    assert sorted(choices) == sorted(set(Choice) - {Choice.STATUS, Choice.RETRY_PARKED, other})
    assert shown.count(SEPARATOR) == 3


def test_a_pause_says_how_long_it_lasts_and_can_be_ended() -> None:
    assert _texts(CONNECTED, Choice.PAUSE) == ["Pause until the next session"]
    assert _texts(replace(CONNECTED, is_paused=True), Choice.RESUME) == ["Resume"]


@pytest.mark.parametrize("on", [False, True])
def test_check_marks_follow_the_switches(on: bool) -> None:
    marks = {
        entry.choice: entry.is_checked
        for entry in every(entries(IDLE, Switches(on, on)))
        if entry.is_checked is not None
    }
    assert marks == {Choice.DEBUG: on, Choice.AUTOSTART: on}


def test_start_with_windows_is_offered_on_windows_only() -> None:
    assert _texts(IDLE, Choice.AUTOSTART, Switches(False, None)) == []


def every(shown: Iterable[Entry]) -> Iterator[Entry]:
    """All entries, also those of the menus within."""
    for entry in shown:
        yield entry
        yield from every(entry.entries)


def _texts(status, choice, switches=WINDOWS) -> list[str]:  # type: ignore[no-untyped-def]
    return [entry.text for entry in entries(status, switches) if entry.choice is choice]


def test_only_while_something_is_parked_it_can_be_tried_again() -> None:
    parked = replace(NEEDY, counts=counts(40, 0, parked=2))
    (entry,) = [entry for entry in entries(parked, WINDOWS) if entry.choice is Choice.RETRY_PARKED]
    assert entry.text == "Try again what was refused"
