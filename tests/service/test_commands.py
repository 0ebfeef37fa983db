"""What the menu asks for is done beside the tray: at once for the tray, told when it fails, never in its way."""

from __future__ import annotations

import logging
import os
import re
import threading
import time
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from e2e.client import until
from support.cloud_parcels import lap
from teamtactics.errors import ConfigError
from teamtactics.model.parcel import Document
from teamtactics.model.status import SimulatorState, Status
from teamtactics.reports import check, page_files
from teamtactics.reports.check import CheckProbes, CheckResult
from teamtactics.service.app import utc_now
from teamtactics.service.menu import commands
from teamtactics.service.menu.commands import Commands
from teamtactics.service.service import Service
from teamtactics.settings import watch
from teamtactics.settings.settings import Settings
from teamtactics.store.records import IS_TEAM
from teamtactics.tray.menu import Choice
from teamtactics.tray.notices import Notice

GOOD = CheckResult("Firestore", True, "reached")
BAD = CheckResult("topic", False, "it does not exist; create it")


class Desk:
    """A service that is not started, its commands, and what was opened and answered."""

    def __init__(self, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        self.ini = folder / "teamtactics.ini"
        self.ini.write_text("; mine\n[global]\nlogfile = irtactics.log\ndataDir = data\n")
        self.service = Service(self.ini)
        self.opened: list[str] = []
        self.checks: list[list[CheckResult]] = []
        self.may_check = threading.Event()
        self.may_check.set()
        self.commands = Commands(self.service)
        monkeypatch.setattr(check, "run_checks", self._check)
        monkeypatch.setattr(commands, "open_path", lambda path: self.opened.append(path.name))
        monkeypatch.setattr(
            self.commands._window, "show", lambda config: self.opened.append(f"settings of {config.name}")
        )
        self.commands.start()

    def choose(self, choice: Choice) -> None:
        began_s = time.monotonic()
        self.commands.choose(choice)
        assert time.monotonic() - began_s < 0.1, "the tray's thread has waited"

    def answer(self) -> Notice:
        said: list[Notice] = []

        def is_said() -> bool:
            said.extend(self.commands.answers())
            return bool(said)

        until(is_said, 10.0, lambda: "no answer")
        return said[0]

    def until_opened(self, name: str) -> None:
        until(lambda: name in self.opened, 10.0, lambda: f"{name} was not opened, but {self.opened}")

    def until_idle(self) -> None:
        """Wait until all that was asked for is done, the check beside it too."""
        self.choose(Choice.LOG)
        number = len(self.opened)
        until(lambda: len(self.opened) > number, 10.0, lambda: "the menu's thread does not go on")
        until(lambda: not self.commands._checking.is_alive, 10.0, lambda: "the check does not end")

    def _check(self, _configuration: Settings | ConfigError, _probes: CheckProbes) -> list[CheckResult]:
        self.may_check.wait(10)
        return self.checks.pop() if self.checks else [GOOD]


def joined(collection: str, simulator: SimulatorState = SimulatorState.CONNECTED) -> Status:
    return Status(0.0, simulator=simulator, collection=collection)


@pytest.fixture
def desk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Desk]:
    for name in [name for name in os.environ if "EMULATOR" in name]:
        monkeypatch.delenv(name)
    for name in ("no_proxy", "NO_PROXY"):
        monkeypatch.setenv(name, "localhost")
    made = Desk(tmp_path, monkeypatch)
    yield made
    made.may_check.set()
    made.commands.close()
    made.service.close()


def test_a_left_click_is_answered_with_the_status(desk: Desk) -> None:
    desk.choose(Choice.STATUS)
    assert desk.answer().text.startswith("Waiting for iRacing\n")


@pytest.mark.parametrize(
    ("choice", "name"),
    [
        (Choice.LOG, "irtactics.log"),
        (Choice.DATA_FOLDER, "data"),
        (Choice.SETTINGS, "settings of teamtactics.ini"),
        (Choice.EDIT, "teamtactics.ini"),
        (Choice.CHECK, "check.html"),
        (Choice.HELP, "help.html"),
        (Choice.ABOUT, "about.html"),
    ],
)
def test_what_is_to_be_opened_is_opened(desk: Desk, choice: Choice, name: str) -> None:
    desk.choose(choice)
    desk.until_opened(name)


def test_what_was_refused_is_sent_once_more_and_that_is_told(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    tried: list[bool] = []
    monkeypatch.setattr(desk.service, "retry_parked", lambda: tried.append(True))
    desk.choose(Choice.RETRY_PARKED)
    assert (desk.answer().title, tried) == ("Sent once more", [True])


def test_debug_logging_is_remembered_in_the_ini_with_its_comments(desk: Desk) -> None:
    desk.choose(Choice.DEBUG)
    until(lambda: desk.commands.switches().debug, 5.0, lambda: "still off")
    until(lambda: "debug = on" in desk.ini.read_text(), 5.0, desk.ini.read_text)
    assert desk.ini.read_text().startswith("; mine\n")
    desk.choose(Choice.DEBUG)
    until(lambda: "debug = off" in desk.ini.read_text(), 5.0, desk.ini.read_text)
    assert not logging.getLogger("teamtactics").isEnabledFor(logging.DEBUG)


def test_an_ini_that_cannot_be_written_is_told_and_debug_logging_is_on_all_the_same(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refused(_path: Path, _content: bytes) -> None:
        raise PermissionError(13, "Access is denied", str(desk.ini))

    monkeypatch.setattr(commands, "replace_file", refused)
    desk.choose(Choice.DEBUG)
    notice = desk.answer()
    assert notice.title == "That did not work"
    assert "teamtactics.ini" in notice.text
    assert desk.commands.switches().debug


def test_a_failing_command_is_told_and_the_next_one_works(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(_path: Path) -> None:
        raise ZeroDivisionError("unforeseen")

    with monkeypatch.context() as patch:
        patch.setattr(commands, "open_path", broken)
        desk.choose(Choice.LOG)
        assert "unforeseen" in desk.answer().text
    desk.choose(Choice.LOG)
    desk.until_opened("irtactics.log")


def test_the_check_at_the_beginning_of_a_session_is_silent_when_all_is_well(desk: Desk) -> None:
    desk.commands.see(joined("race"))
    desk.choose(Choice.LOG)
    desk.until_opened("irtactics.log")
    time.sleep(0.2)
    assert (list(desk.commands.answers()), desk.opened) == ([], ["irtactics.log"])


def test_the_check_at_the_beginning_of_a_session_speaks_up_when_something_fails(desk: Desk) -> None:
    desk.checks.append([GOOD, BAD, BAD])
    desk.commands.see(joined("race"))
    notice = desk.answer()
    assert notice == Notice("Before you drive", "topic: it does not exist; create it (1 more: choose Check everything)")


def test_the_menu_works_while_a_check_waits_for_the_network(desk: Desk) -> None:
    desk.may_check.clear()
    desk.choose(Choice.CHECK)
    desk.choose(Choice.LOG)
    desk.until_opened("irtactics.log")
    desk.choose(Choice.CHECK)
    assert "still runs" in desk.answer().text
    desk.may_check.set()
    desk.until_opened("check.html")


def test_the_check_comes_once_in_a_session(desk: Desk) -> None:
    desk.checks.extend([[BAD], [GOOD], [BAD]])
    for picture in (joined("practice"), joined("practice"), joined("race", SimulatorState.WAITING), joined("race")):
        desk.commands.see(picture)
        desk.until_idle()
    assert [desk.answer().title, *(each.title for each in desk.commands.answers())] == ["Before you drive"]
    assert desk.checks == [[BAD]]


def with_a_race(desk: Desk, results: Document, *laps: int, is_single: bool = False) -> None:
    """Put a race of these laps into the store, with what the simulator says of it."""
    desk.commands.begin()
    until(lambda: desk.service.outbox is not None, 10.0, lambda: "no store")
    outbox = desk.service.outbox
    assert outbox is not None
    session = outbox.begin_session("Team@1#2#3", "t", {**results, IS_TEAM: not is_single}, utc_now())
    parcels = [lap("Team@1#2#3", number) for number in laps]
    outbox.append(session.id, parcels, checkpoint=None, session_time_s=1.0, utc=utc_now())


def test_whether_the_record_is_whole_is_said_when_asked(desk: Desk) -> None:
    desk.choose(Choice.WHOLE)
    assert "store cannot be used" in desk.answer().text
    with_a_race(desk, {"ResultLaps": 3}, 1, 2)
    desk.choose(Choice.WHOLE)
    notice = desk.answer()
    assert notice.title == "The record is not whole"
    assert notice.text.startswith("2 of 3 laps.\nLap 3 is missing")


def test_without_a_lap_there_is_no_record_to_ask_about(desk: Desk) -> None:
    desk.commands.begin()
    until(lambda: desk.service.outbox is not None, 10.0, lambda: "no store")
    desk.choose(Choice.WHOLE)
    assert desk.answer() == Notice("The record", "Nothing is recorded yet.")
    with_a_race(desk, {})
    desk.choose(Choice.WHOLE)
    assert desk.answer() == Notice("The record", "No lap is recorded.")


@pytest.mark.parametrize(
    ("laps", "is_single", "title"),
    [
        ((1, 2, 3), False, "The record is whole"),
        ((1, 2, 3), True, None),
        ((1, 3), True, "The record is not whole"),
        ((), False, None),
    ],
)
def test_at_the_end_of_a_session_it_is_said_of_a_team_and_where_something_is_missing(
    desk: Desk, laps: tuple[int, ...], is_single: bool, title: str | None
) -> None:
    with_a_race(desk, {"ResultLaps": 3} if laps else {}, *laps, is_single=is_single)
    desk.commands.see(joined("Team@1#2#3"))
    desk.commands.see(joined("another"))
    desk.until_idle()
    assert [each.title for each in desk.commands.answers()] == ([] if title is None else [title])


def test_without_a_store_the_laps_page_says_why(desk: Desk) -> None:
    desk.choose(Choice.LAPS)
    assert "store cannot be used" in desk.answer().text


def test_the_laps_page_is_made_of_the_store_and_opened(desk: Desk) -> None:
    desk.commands.begin()
    until(lambda: desk.service.outbox is not None, 10.0, lambda: "no store")
    desk.choose(Choice.LAPS)
    desk.until_opened("laps.html")
    assert "Nothing is recorded yet." in (desk.ini.parent / "data" / "laps.html").read_text(encoding="utf-8")


def test_a_report_is_written_beside_the_tray_and_its_folder_opened(desk: Desk) -> None:
    desk.commands.begin()
    until(lambda: desk.service.outbox is not None, 10.0, lambda: "no store")
    with_a_race(desk, {}, 1, 2)
    desk.choose(Choice.REPORT)
    desk.until_opened("reports")
    assert "Nothing was sent" in desk.answer().text
    (path,) = (desk.ini.parent / "data" / "reports").iterdir()
    with zipfile.ZipFile(path) as held:
        assert {"report.json", "documents.json", "irtactics.log", "teamtactics.ini"} == {*held.namelist()}


def test_a_report_that_cannot_be_written_is_told(desk: Desk) -> None:
    (desk.ini.parent / "data").mkdir(exist_ok=True)
    (desk.ini.parent / "data" / "reports").write_text("a file is in the way")
    desk.choose(Choice.REPORT)
    assert desk.answer().title == "That did not work"


def test_the_laps_page_is_renewed_while_somebody_may_look_at_it(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(page_files, "RENEWED_S", 0.0)
    desk.commands.begin()
    until(lambda: desk.service.outbox is not None, 10.0, lambda: "no store")
    desk.choose(Choice.LAPS)
    desk.until_opened("laps.html")
    outbox, page = desk.service.outbox, desk.ini.parent / "data" / "laps.html"
    assert outbox is not None
    outbox.begin_session("Team@1#2#3", "t", {}, utc_now())
    until(lambda: "Team: Session" in page.read_text(encoding="utf-8"), 10.0, lambda: "the page is as it was")


def test_when_the_user_logs_off_everything_ends_before_the_answer(desk: Desk) -> None:
    desk.commands.begin()
    assert not desk.commands.is_over
    desk.commands.session_ends()
    assert desk.commands.is_over


@pytest.mark.slow
def test_what_is_saved_is_taken_over_and_confirmed_and_a_mistake_told_once_each_time(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(watch, "SETTLED_S", 0.3)
    desk.ini.write_text("[global]\nstateInterval = 40\n")
    assert desk.answer() == Notice("Configuration", "What you saved is in force.")
    assert desk.service.settings.state_interval_s == 40.0
    desk.ini.write_text("[global]\niracingId = me\n")
    until(lambda: any("iracingId" in need for need in desk.service.needs()), 8.0, lambda: "no need")
    assert list(desk.commands.answers()) == [], "the need itself is told by the tray"
    desk.ini.write_text("[global]\n; well?\niracingId = me\n\n")
    desk.ini.write_text("[global]\niracingId = me\n\n")
    assert desk.answer().title == "The configuration is still wrong"


def test_our_own_check_mark_in_the_ini_is_not_told_as_somebody_s_change(desk: Desk) -> None:
    desk.choose(Choice.DEBUG)
    until(lambda: "debug = on" in desk.ini.read_text(), 5.0, desk.ini.read_text)
    desk.until_idle()
    assert not desk.service.settings_changed()
    assert list(desk.commands.answers()) == []


def test_the_list_of_sessions_has_all_that_were_recorded_with_their_pages(desk: Desk) -> None:
    desk.choose(Choice.EARLIER)
    assert "store cannot be used" in desk.answer().text
    with_a_race(desk, {}, 1, 2)
    outbox = desk.service.outbox
    assert outbox is not None
    outbox.begin_session("Team@1#2#4", "u", {}, utc_now())
    desk.choose(Choice.EARLIER)
    desk.until_opened("sessions.html")
    folder = desk.ini.parent / "data"
    links = re.findall(r'href="([^"]+)"', (folder / "sessions.html").read_text(encoding="utf-8"))
    assert links == ["laps.html", "laps-1.html"]
    assert all((folder / link).exists() for link in links)


def test_the_help_tells_what_the_icon_means_and_has_no_link_that_could_be_dead(desk: Desk) -> None:
    desk.choose(Choice.HELP)
    desk.until_opened("help.html")
    page = (desk.ini.parent / "data" / "help.html").read_text(encoding="utf-8")
    assert "amber triangle" in page and "red hourglass" in page
    assert "href" not in page


def test_a_new_user_gets_the_window_and_is_told_what_holds_until_then(desk: Desk) -> None:
    desk.commands.welcome()
    notice = desk.answer()
    assert "kept on this PC" in notice.text and len(notice.text) <= 255 and "…" not in notice.text
    desk.until_opened("settings of teamtactics.ini")
    assert "teamtactics.ini" not in desk.opened, "no editor"


def test_a_thread_of_the_tray_ends_with_it(desk: Desk) -> None:
    names: Callable[[], set[str]] = lambda: {thread.name for thread in threading.enumerate()}  # noqa: E731
    assert "commands" in names()
    desk.commands.close()
    assert "commands" not in names()
