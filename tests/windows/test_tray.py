"""The tray on Windows: a real icon, its real menu opened by the pointer, every entry used; pictures are kept."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from e2e.race_process import RaceProcess
from teamtactics.settings.first_ini import shipped_ini
from windows.desktop import Desktop
from windows.toolchain import ROOT
from windows.tray_user import TrayUser

pytestmark = [pytest.mark.slow, pytest.mark.timeout(300)]

RUN = r"HKCU\Software\Microsoft\Windows\CurrentVersion\Run"
APPROVED = r"HKCU\Software\Microsoft\Windows\CurrentVersion\Explorer\StartupApproved\Run"


@pytest.fixture
def race(tmp_path: Path) -> Iterator[tuple[RaceProcess, Path]]:
    image = tmp_path / "live.dump"
    with RaceProcess("solo", image, 60.0, "410001") as process:
        yield process, image


def test_every_entry_of_the_menu_does_what_it_says(pc: Desktop) -> None:
    user = TrayUser(pc)
    user.start()
    user.wait_for("the icon is shown")
    time.sleep(1.0)

    user.choose("Debug logging", "1-menu")
    user.wait_for("Debug logging is on.")
    pc.screen.until(lambda: "debug = on" in user.ini.read_text())
    assert user.ini.read_text().startswith("; mine\n[global]\n"), "the comments stay"
    user.choose("Debug logging", "2-debug-logging-checked")
    user.wait_for("Debug logging is off.")

    user.choose("Help")
    pc.screen.until(lambda: user.has_opened("help.html"))
    user.choose("Earlier sessions")
    pc.screen.until(lambda: user.has_opened("sessions.html"))
    user.choose("Show laps")
    pc.screen.until(lambda: user.has_opened("laps.html"))
    assert "Nothing is recorded yet." in (pc.folder / "data" / "laps.html").read_text()
    user.choose("Check everything")
    pc.screen.until(lambda: user.has_opened("check.html"), 60.0)
    assert "googleAccessToken is not set" in (pc.folder / "data" / "check.html").read_text()
    user.choose("About")
    pc.screen.until(lambda: user.has_opened("about.html"))

    user.choose("Open log")
    pc.screen.until(lambda: any("irtactics.log" in window.name for window in pc.screen.windows()))
    user.shot("3-open-log")
    user.choose("Edit configuration")
    pc.screen.until(lambda: any("teamtactics.ini" in window.name for window in pc.screen.windows()))
    user.shot("4-edit-configuration")
    user.choose("Open data folder")
    pc.screen.until(lambda: user.has_opened("data"))

    user.choose("Quit")
    assert user.program is not None
    code, output = user.program.wait(30.0)
    assert code == 0, output
    assert "ended in order" in user.log()
    pc.screen.until(lambda: pc.screen.icons() == [])


def test_start_with_windows_is_a_registry_value_that_comes_and_goes(pc: Desktop) -> None:
    user = TrayUser(pc)
    user.start()
    user.choose("Start with Windows")
    pc.screen.until(lambda: pc.registry(RUN, "teamtactics") is not None)
    command = pc.registry(RUN, "teamtactics")
    assert command is not None
    assert "pythonw.exe" in command and "-m teamtactics --config" in command
    code, output = pc.run(
        "reg", "add", APPROVED, "/v", "teamtactics", "/t", "REG_BINARY", "/d", "030000000000000000000000", "/f"
    )
    assert code == 0, output
    # Switched off in the Task Manager: the menu shows it as off, and switching on there counts again.
    user.choose("Start with Windows", "6-start-with-windows")
    pc.screen.until(lambda: pc.registry(APPROVED, "teamtactics") is None)
    assert pc.registry(RUN, "teamtactics") == command
    user.choose("Start with Windows")
    pc.screen.until(lambda: pc.registry(RUN, "teamtactics") is None)


def test_what_is_saved_is_taken_over_and_a_broken_configuration_leaves_the_former_in_force(pc: Desktop) -> None:
    user = TrayUser(pc)
    user.start()
    good = user.ini.read_text()
    user.ini.write_text(good + "stateInterval = soon\niracingId = me\n")
    user.wait_for("the former one stays in force")
    time.sleep(4.0)
    user.shot("7-broken-configuration")
    user.choose("Show laps", "8-menu-with-a-need")
    user.ini.write_text(good + "stateInterval = 60\n")
    user.wait_for("the configuration was read again")
    time.sleep(1.5)
    user.shot("9-configuration-mended")
    assert user.program is not None and user.program.is_running


def test_pause_and_resume_during_a_race(pc: Desktop, race: tuple[RaceProcess, Path]) -> None:
    process, image = race
    user = TrayUser(pc, {"simulate": pc.windows_path(image)})
    user.start()
    user.wait_for("connected to")
    process.go()
    user.wait_for("in the car", 60.0)
    time.sleep(2.0)
    user.shot("10-driving")
    user.choose("Pause")
    user.wait_for("paused: nothing is recorded")
    time.sleep(1.5)
    user.shot("11-paused")
    user.choose("Pause", "12-menu-while-paused")
    user.wait_for("recording again")


def test_a_left_click_shows_the_status(pc: Desktop) -> None:
    user = TrayUser(pc)
    icon = user.start()
    pc.screen.click(icon)
    pc.screen.until(lambda: any(w.program == "explorer.exe" and w.height > 50 for w in pc.screen.windows()), 10.0)
    time.sleep(0.5)
    user.shot("13-left-click")


def test_killed_and_started_again_there_is_one_icon(pc: Desktop) -> None:
    user = TrayUser(pc)
    user.start()
    pc.kill("python.exe")
    pc.until_gone("python.exe")
    # Windows takes the icon of a program that died away when the pointer passes, Wine some seconds later.
    pc.screen.until(lambda: pc.screen.icons() == [])
    user.start()
    pc.screen.until(lambda: user.log().count("the icon is shown") == 2)
    time.sleep(2.0)
    assert len(pc.screen.icons()) == 1


def test_a_second_start_shows_the_first_ones_status_and_ends(pc: Desktop) -> None:
    user = TrayUser(pc)
    user.start()
    user.wait_for("the icon is shown")
    second = pc.start_source("--config", user.ini)
    code, output = second.wait(30.0)
    assert (code, "teamtactics runs already: Waiting for iRacing" in output) == (0, True), output
    assert len(pc.screen.icons()) == 1
    assert user.program is not None and user.program.is_running
    code, output = pc.start_source("quit").wait(30.0)
    assert (code, output.strip()) == (0, "teamtactics ends.")
    assert user.program.wait(30.0)[0] == 0


def test_a_second_start_waits_for_the_answer_of_a_first_one_that_is_still_loading(pc: Desktop) -> None:
    """The lock is taken at once, and what answers is loaded when the icon is there."""
    script = (
        "import os, threading\n"
        "from teamtactics.desktop.single_instance import SingleInstance, ask\n"
        "first, heard = SingleInstance(os.environ), []\n"
        "second = threading.Thread(target=lambda: heard.append(ask(os.environ, 'show')))\n"
        "second.start(); second.join(1.0)\n"
        "print(heard)\n"
        "first.listen(str.upper)\n"
        "second.join(); first.close()\n"
        "print(heard, ask(os.environ, 'show'))"
    )
    code, output = pc.run(
        pc.toolchain.python, "-X", "utf8", "-c", script, environment={"PYTHONPATH": pc.windows_path(ROOT / "app")}
    )
    assert (code, output.split("\n")[:2]) == (0, ["[]", "['SHOW'] None"]), output


def test_a_log_off_of_windows_is_not_refused_and_ends_in_order(pc: Desktop) -> None:
    user = TrayUser(pc)
    user.start()
    user.wait_for("the icon is shown")
    code, output = pc.run("wineboot", "--end-session", timeout_s=60.0)
    assert code == 0, output
    assert user.program is not None
    user.program.wait(30.0)
    assert "ended in order" in user.log()


def test_the_first_start_writes_the_ini_and_opens_the_window_to_fill_it_in(pc: Desktop) -> None:
    user = TrayUser(pc)
    program = pc.start_source(environment=user.environment)
    pc.screen.icon()
    ini = pc.roaming / "teamtactics" / "teamtactics.ini"
    pc.screen.until(lambda: any("Teamtactics: settings" in window.name for window in pc.screen.windows()))
    assert ini.read_bytes() == shipped_ini()
    pc.screen.until(lambda: any(w.program == "explorer.exe" and w.height > 50 for w in pc.screen.windows()))
    time.sleep(0.5)
    user.shot("14-first-start")
    ini.write_bytes(shipped_ini() + b"; saved\n")
    log = pc.roaming / "teamtactics" / "irtactics.log"
    pc.screen.until(lambda: "the configuration was read again" in log.read_text())
    assert program.is_running, program.output
    assert (pc.local / "teamtactics" / "teamtactics.sqlite3").exists()
