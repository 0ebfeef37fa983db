"""The tray on a real X11 desktop: icon, menu, messages, a tray that comes late, an orderly end."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from e2e.client import Client, until
from e2e.race_process import RaceProcess
from support.absent import absent
from support.recording_writer import write_recording
from tray.x11_user import SHOTS, X11User
from windows.screen import Screen
from windows.toolchain import WindowsAbsent

SETTINGS = "Teamtactics: settings"

pytestmark = [pytest.mark.slow, pytest.mark.timeout(180)]


def test_every_entry_of_the_menu_does_what_it_says(screen: Screen, tmp_path: Path) -> None:
    with X11User(tmp_path, screen) as user:
        client = user.client
        user.choose("Debug logging", "1-menu")
        client.wait_for("Debug logging is on.")
        until(lambda: "debug = on" in client.ini.read_text(), 5.0, client.log)
        user.choose("Debug logging", "2-debug-logging-checked")
        client.wait_for("Debug logging is off.")
        for choice, end in (
            ("Show laps", "laps.html"),
            ("Earlier sessions", "sessions.html"),
            ("Check everything", "check.html"),
            ("Help", "help.html"),
            ("About", "about.html"),
            ("Open log", "irtactics.log"),
            ("Open data folder", "/data"),
            ("Edit configuration", "teamtactics.ini"),
        ):
            user.choose(choice)
            user.until_opened(end)
        user.choose("Settings…")
        screen.until(lambda: any(window.name == SETTINGS for window in screen.windows()))
        user.shot("6-settings")
        screen.press("Escape")
        screen.until(lambda: not any(window.name == SETTINGS for window in screen.windows()))
        user.opened.unlink()
        user.choose_first_line()
        user.until_opened("check.html")
        user.choose("Quit")
        code, output = client.wait()
        assert code == 0, output
        assert "ended in order" in client.log()
        screen.until(lambda: user.icons() == [])


def test_the_first_start_opens_the_window_and_writes_the_ini(screen: Screen, tmp_path: Path) -> None:
    environment = {
        **os.environ,
        "DISPLAY": screen.display,
        **{name: str(tmp_path) for name in ("XDG_CONFIG_HOME", "XDG_DATA_HOME", "XDG_RUNTIME_DIR")},
    }
    tray = subprocess.Popen([sys.executable, "-m", "teamtactics"], env=environment)
    try:
        screen.until(lambda: any(window.name == SETTINGS for window in screen.windows()))
        screen.shot(SHOTS / "7-first-start.png")
        assert (tmp_path / "teamtactics" / "teamtactics.ini").is_file()
        screen.run("xdotool", "search", "--sync", "--onlyvisible", "--name", SETTINGS, "windowfocus", "--sync")
        screen.press("Escape")
        screen.until(lambda: not any(window.name == SETTINGS for window in screen.windows()))
        tray.terminate()
        assert tray.wait(30.0) == 0, "the window's end is not the tray's"
    finally:
        if tray.poll() is None:
            tray.kill()
            tray.wait(10.0)


def test_what_is_saved_is_taken_over_and_a_mistake_is_shown_until_it_is_mended(screen: Screen, tmp_path: Path) -> None:
    settings = {"simulate": str(write_recording(tmp_path / "short.ibt", 240))}
    with X11User(tmp_path / "client", screen, settings) as user:
        user.client.wait_for("short.ibt: 240 ticks read")
        screen.until(lambda: "iRacing ✗" in user.icon().name)
        time.sleep(1.5)
        client, plain = user.client, user.picture()
        good = client.ini.read_text()
        client.ini.write_text(good + "iracingId = me\n")
        client.wait_for("the former one stays in force")
        until(lambda: user.picture().tobytes() != plain.tobytes(), 5.0, lambda: "the icon shows nothing")
        assert "needs you" in user.icon().name
        user.shot("3-needs-you")
        user.choose("Show laps", "3-menu-needs-you")
        client.ini.write_text(good)
        client.wait_for("the configuration was read again")
        until(lambda: user.picture().tobytes() == plain.tobytes(), 5.0, lambda: "the icon still needs somebody")


def second_start(user: X11User) -> tuple[int, str]:
    other = Client(user.client.folder)
    other.environment = user.client.environment
    return other.run("run")


def test_a_second_start_shows_the_first_ones_status_and_ends(screen: Screen, tmp_path: Path) -> None:
    with X11User(tmp_path, screen) as user:
        code, output = second_start(user)
        assert (code, output.startswith("teamtactics runs already: ")) == (0, True)
        assert len(user.icons()) == 1
        screen.until(lambda: any(window.program == "!toplevel" for window in screen.windows()))
        user.shot("4-message-of-a-second-start")
        other = Client(user.client.folder)
        other.environment = user.client.environment
        assert other.run("quit") == (0, "teamtactics ends.\n")
        assert user.client.wait()[0] == 0
        assert other.run("quit") == (1, "teamtactics: it does not run in the tray\n")


def test_killed_and_started_again_there_is_one_icon(screen: Screen, tmp_path: Path) -> None:
    with X11User(tmp_path, screen) as user:
        user.icon()
        user.client.kill()
        user.client.start("run")
        until(lambda: user.client.log().count("the icon is shown") == 2, 20.0, user.client.log)
        time.sleep(1.0)
        assert len(user.icons()) == 1


def test_the_icon_changes_with_what_happens(screen: Screen, tmp_path: Path) -> None:
    image = tmp_path / "live.dump"
    with RaceProcess("solo", image, 60.0, "410001") as race:
        settings = {"simulate": str(image)}
        with X11User(tmp_path / "client", screen, settings) as user:
            follow_a_race(user, race)


def follow_a_race(user: X11User, race: RaceProcess) -> None:
    waiting = user.picture()
    race.go()
    user.client.wait_for("in the car", 60.0)
    time.sleep(2.5)
    driving = user.picture()
    user.shot("5-driving")
    assert driving.tobytes() != waiting.tobytes()
    user.choose("Pause")
    user.client.wait_for("paused: nothing is recorded")
    time.sleep(1.5)
    assert user.picture().tobytes() not in (driving.tobytes(), waiting.tobytes())
    user.choose("Pause")
    user.client.wait_for("recording again")


def test_the_icon_comes_when_the_tray_does_and_again_when_that_was_restarted(tmp_path: Path) -> None:
    try:
        with Screen.open(has_tray=False) as screen:
            icon_follows_the_tray(screen, tmp_path)
    except WindowsAbsent as error:
        absent(str(error))


def icon_follows_the_tray(screen: Screen, folder: Path) -> None:
    user = X11User(folder, screen)
    user.client.start("run")
    try:
        user.client.wait_for("this desktop has no system tray", 30.0)
        assert user.client.process is not None and user.client.process.poll() is None
        for _ in range(2):
            with screen.tray():
                user.icon()
            screen.until(lambda: user.icons() == [])
        assert user.client.stop()[0] == 0
    finally:
        user.client.kill()


@pytest.mark.parametrize("display", ["", ":4711"])
def test_without_a_screen_it_says_so_and_what_to_do_instead(tmp_path: Path, display: str) -> None:
    client = Client(tmp_path)
    client.environment |= {"DISPLAY": display, "XDG_RUNTIME_DIR": str(tmp_path)}
    code, output = client.run("run")
    assert code == 2
    assert "teamtactics run --headless" in output
    assert "Traceback" not in output


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_ends_it_in_order(screen: Screen, tmp_path: Path, number: signal.Signals) -> None:
    with X11User(tmp_path, screen) as user:
        assert user.client.process is not None
        user.client.process.send_signal(number)
        code, output = user.client.wait()
        assert code == 0, output
        assert "ended in order" in user.client.log()
