"""The real window on an X11 screen, used with the keyboard: filled in, tested, saved, closed."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from PIL import Image

from support.absent import absent
from support.key_file import key_content
from teamtactics.settings.load import load_settings
from windows.screen import Screen
from windows.toolchain import WindowsAbsent

pytestmark = [
    pytest.mark.slow,
    pytest.mark.timeout(120),
    pytest.mark.skipif(sys.platform == "win32", reason="there it is Windows' own window"),
]

SHOTS = Path(__file__).parents[3] / ".cache" / "shots" / "x11"
GOOD, BAD = (0x1F, 0x7A, 0x34), (0xB3, 0x26, 0x1E)
"""The colours of the marks."""


def colours(screen: Screen, shot: Path) -> set[object]:
    screen.shot(shot)
    with Image.open(shot) as image:
        return {colour for _, colour in image.convert("RGB").getcolors(1 << 24) or ()}


@pytest.mark.parametrize(
    ("code", "title"), [("en", "Teamtactics: settings"), ("de", "Teamtactics: Einstellungen")], ids=["en", "de"]
)
def test_filled_in_tested_and_saved_in_one_window(tmp_path: Path, code: str, title: str) -> None:
    try:
        with Screen.open() as screen:
            use_the_window(screen, tmp_path, code, title)
    except WindowsAbsent as error:
        absent(str(error))


def use_the_window(screen: Screen, folder: Path, code: str, title: str) -> None:
    team = folder / "team.json"
    team.write_text(json.dumps({"key": key_content(), "topic": "laps"}))
    ini = folder / "conf" / "teamtactics.ini"
    ini.parent.mkdir()
    ini.write_text(f"; mine\n[global]\ndataDir = data\nlanguage = {code}\n")
    words = [sys.executable, "-m", "teamtactics", "--config", str(ini), "settings"]
    window = subprocess.Popen(words, env={**os.environ, "DISPLAY": screen.display})
    try:
        screen.until(lambda: any(one.name == title for one in screen.windows()))
        screen.run("xdotool", "search", "--sync", "--onlyvisible", "--name", title, "windowfocus", "--sync")
        screen.run("xdotool", "type", "--delay", "20", str(team))
        # Leaving the field reads the file: its account is shown, its topic fills the next one.
        screen.press("Tab")
        screen.until(lambda: GOOD in colours(screen, SHOTS / f"settings-{code}-1-file.png"))
        screen.press("Tab", "Tab", "Tab", "Tab", "space")
        # This key opens nothing, which the test of the credentials says.
        screen.until(lambda: BAD in colours(screen, SHOTS / f"settings-{code}-2-tested.png"))
        assert (ini.parent / "data").is_dir()
        assert sorted(path.name for path in ini.parent.iterdir()) == ["data", "teamtactics.ini"]
        screen.press("Return")
        screen.until(lambda: (ini.parent / "collector.json").exists() and "laps" in ini.read_text())
        screen.until(lambda: BAD not in colours(screen, SHOTS / f"settings-{code}-3-saved.png"))
        screen.press("Escape")
        assert window.wait(20.0) == 0
    finally:
        if window.poll() is None:
            window.kill()
            window.wait(10.0)
    settings = load_settings(ini, folder, {}, "linux")
    assert settings.message_topic == "projects/endurance-team/topics/laps"
    assert settings.language == code
    assert ini.read_text().startswith("; mine\n[global]\ndataDir = data\n")


def test_who_closes_the_window_does_not_wait_for_a_test_and_it_leaves_nothing(tmp_path: Path) -> None:
    """The key of a ``team.json`` is in a file for as long as it is tried."""
    script = """
import sys, threading
from pathlib import Path
from teamtactics.desktop.window.desk import Desk
from teamtactics.desktop.window.form import Fields

tries = threading.Event()

def check(ini):
    print(*(path.name for path in sorted(ini.parent.iterdir())), flush=True)
    tries.set()
    threading.Event().wait()

class Window:
    def read(self): return Fields(sys.argv[2])
    def fill(self, fields): pass
    def tell(self, lines): pass
    def set_busy(self, is_busy): pass

desk = Desk(Path(sys.argv[1]), None, check)
desk.begin(Window())
desk.test()
assert tries.wait(10)
"""
    (tmp_path / "team.json").write_text(json.dumps({"key": key_content()}))
    ini, scratch = tmp_path / "conf" / "teamtactics.ini", tmp_path / "scratch"
    scratch.mkdir()
    done = subprocess.run(
        [sys.executable, "-c", script, str(ini), str(tmp_path / "team.json")],
        env={**os.environ, "TMPDIR": str(scratch)}, capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip
    assert (done.returncode, done.stdout) == (0, "teamtactics.ini.test\n"), done.stderr
    assert list(ini.parent.iterdir()) == list(scratch.iterdir()) == []


def test_without_a_screen_it_says_so_and_names_the_file(tmp_path: Path) -> None:
    ini = tmp_path / "teamtactics.ini"
    words = [sys.executable, "-m", "teamtactics", "--config", str(ini), "settings"]
    done = subprocess.run(
        words, env={**os.environ, "DISPLAY": ":4711"}, capture_output=True, text=True, timeout=60, check=False
    )
    assert done.returncode == 2
    assert f"Edit {ini} instead." in done.stderr
    assert "Traceback" not in done.stderr
